"""The clips of the learning rates: what they show, in which order, and for which recordings."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pytest
from manim import Dot

from scenes import SCENES, style
from scenes.facts.heights import PIXELS
from scenes.mobjects.boundary.log_ruler import LogRuler
from scenes.mobjects.boundary.run_on import StepCounter
from scenes.mobjects.boundary.slice_plot import SlicePlot
from scenes.mobjects.descent.loss_panel import LossPanel
from scenes.mobjects.descent.rate_curve import RateCurve
from scenes.mobjects.lens import HALO
from scenes.mobjects.step_lens import needs_step_lens
from scenes.typesetting.labels import Label
from tests.claims.recordings import lecture
from tests.lectures import played, small_frames
from tests.marks import slow_except

CHOOSING = "choosing-the-learning-rate"
SMALL, LARGE, RIGHT = (
    f"{name}-learning-rate" for name in ("very-small", "very-large", "just-right")
)
CLIPS = (CHOOSING, SMALL, LARGE, RIGHT)
SLICE = ["slice", "rule", "bet", "land", "again"]


class Shown(NamedTuple):
    """What stood there at the end of a beat."""

    t: int
    count: str | None
    lens: Any
    rates: str


@cache
def seen(slug, name="default"):
    """Play a clip once; return its scene, and what stood there at the end of each beat."""
    shown = {}

    def look(scene, beat):
        if slug != CHOOSING:
            counter, lens, t = scene.counter, scene.lens, scene.panel.path.t
            count = None if counter is None else counter.submobjects[0].plain_text
            rates = " ".join(scene.table.plain_texts().get("step", []))
            shown[beat.name] = Shown(t, count, None if lens is None else lens.copy(), rates)

    with small_frames():
        return played(slug, lecture(name), on_beat_end=look), shown


@pytest.mark.render
@pytest.mark.parametrize("slug", [SMALL, LARGE])
def test_the_viewer_guesses_after_the_start_and_before_the_first_step(slug):
    start, guess, first, *_ = seen(slug)[0].beats
    assert [start.name, guess.name, first.name] == ["start", "guess", "step-1"]
    assert guess.end - guess.start >= style.GUESS


@pytest.mark.render
def test_six_small_steps_are_quick_and_counted():
    scene, shown = seen(SMALL)
    steps = [beat for beat in scene.beats if beat.name.startswith("step")]
    assert [beat.name for beat in steps] == [f"step-{t}" for t in range(1, 7)]
    assert all(1.2 - 1e-6 <= beat.end - beat.start <= 2 for beat in steps)
    assert not any(beat.headline for beat in steps)
    assert shown["step-6"].count == "step 6 of 539"
    assert shown["carried-on"].count == "step 539 of 539"


@pytest.mark.render
def test_steps_that_are_told_are_counted_too():
    scene, shown = seen(SMALL, "barely")
    assert next(beat for beat in scene.beats if beat.name == "step-1").headline
    assert [shown[f"step-{t}"].count for t in (1, 2, 6)] == [f"step {t} of 68" for t in (1, 2, 6)]


def test_the_counter_counts_in_time_with_the_steps():
    with small_frames():
        counter = StepCounter(100)
        run = counter.run(100)
        run.begin()
        shown = []
        for part in np.linspace(0, 1, 21):
            run.interpolate(part)
            shown.append(counter.t)
    assert shown[0] == 0 and shown[-1] == 100
    assert (np.diff(shown) >= 0).all() and len(set(shown)) > 15


@pytest.mark.render
def test_a_run_that_has_grown_beyond_every_picture_ends_on_the_ruler_though_it_is_finite():
    scene, _ = seen(LARGE, "barely")
    assert not scene.run.full.diverged
    assert scene.panel not in scene.mobjects
    (ruler,) = (one for one in scene.mobjects if isinstance(one, LogRuler))
    assert ruler.point.get_center()[0] < ruler.line.get_end()[0] - 1
    shown = [one for top in scene.mobjects for one in top.get_family()]
    texts = [one.plain_text for one in shown if isinstance(one, Label)]
    assert "last step" in texts and "10 000" in texts
    # The number of the step stands between the sentence and the name of the ruler.
    name = next(one for one in ruler.get_family() if "log scale" in getattr(one, "plain_text", ""))
    assert name.get_top()[1] < scene.counter.get_bottom()[1]
    assert scene.counter.get_top()[1] < scene.headline.get_bottom()[1] - 0.15


@pytest.mark.render
def test_a_diverging_run_ends_on_a_ruler_and_its_point_never_strobes():
    scene, _ = seen(LARGE)
    (ruler,) = (one for one in scene.mobjects if isinstance(one, LogRuler))
    assert scene.panel not in scene.mobjects
    texts = [label.plain_text for label in ruler.get_family() if hasattr(label, "plain_text")]
    assert "largest number float64 has: 1.8·10^308" in texts
    assert [text for text in texts if text.startswith("10^")] == [
        *("10^0", "10^100", "10^200", "10^300")
    ]
    run = lecture("default")["very_large"]
    place = ruler.place(float(np.log10(run.full.losses[-1])))
    np.testing.assert_allclose(ruler.point.get_center(), place, atol=1e-6)
    # From one frame to the next the place moves less than its own width.
    moved = ruler.run()
    moved.begin()
    places = []
    for part in np.linspace(0, 1, 4 * 60):
        moved.interpolate(part)
        places.append(ruler.point.get_center()[0])
    assert 0 <= np.diff(places).min() and np.diff(places).max() < ruler.point.width


@pytest.mark.render
def test_the_boundary_is_explained_before_it_is_measured():
    scene, _ = seen(CHOOSING)
    names = [beat.name for beat in scene.beats]
    assert names == ["question", "very-small", "very-large", *SLICE, "curve"]
    said = {beat.name: beat.headline for beat in scene.beats}
    assert said["curve"].startswith("Beyond $2 \\/ lambda = 0.526$")
    assert "just right" not in " ".join([*said.values(), *(b.caption for b in scene.beats)])


@pytest.mark.render
def test_without_a_slice_the_curve_alone_is_shown():
    scene, _ = seen(CHOOSING, "unbounded")
    assert not set(SLICE) & {beat.name for beat in scene.beats}
    assert scene.beats[-1].headline.startswith("The loss is curved downwards here")
    shown = [one for one in scene.mobjects if one is not scene.headline]
    texts = [one.plain_text for top in shown for one in top.get_family() if isinstance(one, Label)]
    assert texts and not any("lambda" in text or "oundary" in text for text in texts)


def test_balls_land_where_the_recording_says():
    one = lecture("default")["slice"]
    with small_frames():
        slice_plot = SlicePlot(one)
        for move in slice_plot.take_step():
            move.begin()
            move.interpolate(1.0)
    for ball, run in zip(slice_plot.balls, one.descents, strict=True):
        place = slice_plot.plot.place(run.iterates[1, 0], run.losses[1])
        np.testing.assert_allclose(ball.get_center(), place, atol=1e-6)


def test_the_curve_has_a_dot_for_each_rate_at_its_recorded_loss_and_the_loss_of_the_start():
    table = lecture("default")["rates"]
    with small_frames():
        curve = RateCurve(table)
        curve.draw()
        line = curve.start_line()[0]
        pairs = list(zip(table.shown_rates, table.shown_losses, strict=True))
        marks = [curve.mark(*pair, "#ffffff") for pair in pairs]
        places = [curve.plot.place(*pair) for pair in pairs]
    assert line.get_center()[1] == pytest.approx(curve.plot.y(table.start_loss))
    for mark, place in zip(marks[:2], places[:2], strict=True):
        assert isinstance(mark[0], Dot)
        np.testing.assert_allclose(mark.get_center(), place, atol=1e-6)
    assert not isinstance(marks[2][0], Dot)  # 3·10^24 is beyond the axis
    assert marks[2].get_center()[0] == pytest.approx(places[2][0])


@pytest.mark.parametrize("loss", ["double_well", "negative"])
def test_an_axis_of_losses_shows_the_start_apart_from_the_lowest(loss):
    table = lecture(loss)["rates"]
    with small_frames():
        plot = RateCurve(table).plot
    apart = abs(plot.y(table.start_loss) - plot.y(float(table.final_losses.min())))
    assert apart > 0.1 * plot.box.height


@pytest.mark.render
@pytest.mark.parametrize("name", slow_except(["default", "houses", "heating"], "default", "houses"))
def test_steps_are_not_told_any_more_when_there_is_nothing_left_to_see(name):
    scene, _ = seen(RIGHT, name)
    run = lecture(name)["just_right"]
    steps = [beat for beat in scene.beats if beat.name.startswith("step")]
    assert len(steps) == run.trajectory.steps
    heights = run.trajectory.losses - run.minimum
    for t, beat in enumerate(steps):
        if heights[t] < 0.01 * heights[0]:
            assert beat.headline in ("", beat.name.replace("step-", "Step "))


@pytest.mark.render
@pytest.mark.parametrize("name", slow_except(["houses", "heating"], "houses"))
def test_a_run_far_from_its_minimum_is_not_called_just_right_and_the_minimum_is_in_view(name):
    scene, _ = seen(RIGHT, name)
    assert scene.clip.title != "Small, but just right"
    said = {beat.name: beat.headline for beat in scene.beats}
    run = lecture(name)["just_right"]
    assert run.landscapes[0].contains(run.minimiser) and "minimum" not in said
    assert said["carried-on"].startswith("The best of the 3 rates tried")


@pytest.mark.render
@pytest.mark.parametrize("name", slow_except(["default", "houses", "double_well"], "default"))
def test_a_step_hidden_by_its_point_is_seen_under_a_lens(name):
    scene, shown = seen(SMALL, name)
    path = scene.panel.path
    steps = [one for beat, one in shown.items() if beat.startswith("step")]
    assert [one.t for one in steps] == list(range(1, scene.trajectory.steps + 1))
    for t, lens in ((one.t, one.lens) for one in steps):
        (_, *_, dot) = lens.trail
        way = path.place(t) - path.place(t - 1)
        assert np.linalg.norm(way) < HALO
        np.testing.assert_allclose(dot.get_center(), lens.centre - lens.factor * way, atol=1e-6)
        assert np.linalg.norm(dot.get_center() - lens.centre) - HALO > 24 / PIXELS
        (label,) = [part for part in lens if isinstance(part, Label)]
        assert label.plain_text == f"lens × {lens.factor:.0f}"
    assert scene.lens not in scene.mobjects, "it leaves before the run goes on"


def test_a_step_that_can_be_seen_has_no_lens():
    with small_frames():
        for rate in ("just_right", "very_large"):
            assert not needs_step_lens(LossPanel(lecture("default")[rate]))
        assert needs_step_lens(LossPanel(lecture("default")["very_small"]))


def test_the_curve_of_two_wells_shows_both():
    for rate in ("just_right", "very_large"):
        landscape = lecture("double_well")[rate].landscapes[0]
        losses = landscape.values
        bottoms = (losses[1:-1] < losses[:-2]) & (losses[1:-1] < losses[2:])
        assert bottoms.sum() == 2
        # The ridge between them is a good part of the picture's height.
        between = np.flatnonzero(bottoms)
        ridge = losses[between[0] : between[1]].max() - losses.min()
        assert ridge > 0.15 * np.ptp(losses)


@pytest.mark.render
def test_one_rate_has_one_text_within_a_clip():
    _, shown = seen(SMALL, "rosenbrock")
    texts = {text for one in shown.values() for text in re.findall(r"η = ([^ ]+)", one.rates)}
    assert len(texts) == 1


def test_a_rate_below_the_boundary_or_with_a_lower_end_is_not_very_large():
    from scenes.wording.titles import earns_name

    assert not earns_name("very_large", lecture("negative")["very_large"])
    assert earns_name("very_large", lecture("default")["very_large"])
    assert CHOOSING in SCENES


def test_a_gradient_points_along_the_axes_where_they_have_scales_of_their_own():
    run = lecture("heating")["just_right"]
    with small_frames():
        panel = LossPanel(run)
        mark = panel.gradient_mark(0)
        drawn = mark.get_end() - mark.get_start()
        ahead = run.trajectory.iterates[0] + 1e-3 * run.trajectory.gradients[0]
        way = panel.view.plot.place(*ahead) - panel.path.place(0)
        (note,) = [name for name in panel.view.plot.above if "scale" in name.plain_text]
    assert drawn / np.linalg.norm(drawn) == pytest.approx(way / np.linalg.norm(way), abs=1e-6)
    assert "1 : 10" in note.plain_text
    with small_frames():
        above = LossPanel(lecture("default")["just_right"]).view.plot.above
    assert not any("scale" in name.plain_text for name in above)
