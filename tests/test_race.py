"""Three runs over one loss: no present place hides another, and the winner stays in sight."""

from __future__ import annotations

from functools import cache
from itertools import combinations

import numpy as np
import pytest
from manim import Dot

from descent import LOSSES, record
from scenes import style
from scenes.mobjects.boxes import Box
from scenes.mobjects.race.fan import fan_out
from scenes.mobjects.race.inset import DISC, clipped, inset_box
from scenes.mobjects.race.panel import MUCH
from tests.every_frame import EveryFrame
from tests.lectures import DEFAULT, LECTURES, played, small_frames
from tests.marks import slow_except
from understanding_gradients.lecture.from_runs import comparison_inputs
from understanding_gradients.lecture.record import record_lecture

SLUG = "three-learning-rates"
NAMES = ("very_small", "just_right", "very_large")
INPUTS = (*NAMES, "rates", "gradient_view")
CHOSEN = {
    "default": DEFAULT,
    "rosenbrock": DEFAULT.replace(loss="rosenbrock", start="suggest"),
    "himmelblau": DEFAULT.replace(loss="himmelblau", start="suggest"),
    "one-parameter": LECTURES["one-parameter"],
    "diverging-at-once": LECTURES["diverging-at-once"],
}


class Seen:
    """The clip of a lecture, played once.

    Attributes:
        gaps: The least distance of two discs, in every frame.
        inset_gaps: The same within the inset, once there is one.
        ends: Where the inset has discs at the outcome, by the name of their rate.
    """

    def __init__(self, name):
        self.inputs = record_lecture(CHOSEN[name], INPUTS)
        self.gaps, self.inset_gaps, self.ends = [], [], {}
        with small_frames():
            look = EveryFrame(self.note_frame)
            self.scene = played(SLUG, self.inputs, look, on_beat_end=self.note_beat)

    def note_frame(self, scene):
        panel = getattr(scene, "panel", None)
        if panel is None or panel not in scene.mobjects and panel.discs not in scene.mobjects:
            return
        self.gaps.append(smallest_gap([disc.get_center() for disc in panel.discs]))
        if panel.inset is not None:
            discs = [mark.get_center() for mark in panel.inset.marks if isinstance(mark, Dot)]
            self.inset_gaps.append(smallest_gap(discs))

    def note_beat(self, scene, beat):
        if beat.name == "outcome" and scene.panel.inset is not None:
            self.ends.update(scene.panel.inset.discs())


seen = cache(Seen)
each_lecture = pytest.mark.parametrize("name", slow_except(CHOSEN, "default"))


def smallest_gap(places):
    pairs = combinations(np.asarray(places), 2)
    return min((float(np.linalg.norm(one - other)) for one, other in pairs), default=np.inf)


@pytest.mark.render
@each_lecture
def test_no_disc_covers_another_in_any_frame(name):
    assert len(seen(name).gaps) > 20
    assert min(seen(name).gaps) >= 2 * style.POINT
    assert min(seen(name).inset_gaps, default=np.inf) >= 2 * DISC


@pytest.mark.render
@each_lecture
def test_the_lowest_run_is_in_the_main_view_or_the_inset_apart_from_its_own_path(name):
    inputs, inset = seen(name).inputs, seen(name).scene.panel.inset
    finite = [name for name in NAMES if not inputs[name].trajectory.diverged]
    best = min(finite, key=lambda name: inputs[name].trajectory.losses[-1])
    last = inputs[best].trajectory.iterates[-1]
    if inset is not None and inputs[best].landscapes[0].contains(last):
        assert best in seen(name).ends


@pytest.mark.render
@each_lecture
def test_the_inset_comes_when_the_view_is_much_wider_and_a_frame_marks_what_it_shows(name):
    panel = seen(name).scene.panel
    (low, high), widest = panel.first.window[0], panel.view.landscape.window[0]
    is_much_wider = widest[1] - widest[0] >= MUCH * (high - low)
    assert (panel.inset is not None) == is_much_wider == (len(panel.frames) == 1)
    if is_much_wider:
        frame, plot = panel.frames[0], panel.view.plot
        assert frame.get_center()[0] == pytest.approx(plot.x((low + high) / 2), abs=0.01)
        assert frame.width >= abs(plot.x(high) - plot.x(low)) - 1e-6


def test_equal_places_are_fanned_around_the_place():
    places = np.zeros((3, 3))
    apart = fan_out(places, 0.3)
    assert 0.3 * (1 - 2e-3) <= smallest_gap(apart) < 0.33
    np.testing.assert_allclose(apart.mean(axis=0), 0, atol=1e-9)


def test_places_that_are_far_apart_stay():
    places = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], dtype=float)
    np.testing.assert_allclose(fan_out(places, 0.3), places, atol=1e-3)


def test_a_line_is_clipped_to_its_part_in_a_box():
    box = Box(0, 0, 2, 1)
    start, end = clipped(np.array([-1.0, 0.5, 0]), np.array([3.0, 0.5, 0]), box)
    assert start.tolist() == [0, 0.5, 0] and end.tolist() == [2, 0.5, 0]
    assert clipped(np.array([-1.0, 2, 0]), np.array([3.0, 2, 0]), box) is None


def test_the_inset_takes_the_corner_with_the_fewest_places():
    main = Box(0, 0, 9, 6)
    busy = np.array([[1, 1, 0], [8, 1, 0], [8, 5, 0]], dtype=float)
    box = inset_box(main, busy)
    assert box.left < 4 and box.bottom > 3


def test_the_inset_is_smaller_where_it_would_cover_a_place_in_every_corner():
    main = Box(0, 0, 9, 6)
    near = np.array([[2.75, 1.9, 0], [2.75, 4.1, 0], [6.25, 1.9, 0], [6.25, 4.1, 0]])
    wide, small = inset_box(main, near[:3]), inset_box(main, near)
    assert small.width < wide.width
    gaps = [np.clip(at[:2], [small.left, small.bottom], [small.right, small.top]) for at in near]
    assert min(np.hypot(*(at[:2] - gap)) for at, gap in zip(near, gaps, strict=True)) > style.POINT


@pytest.mark.render
def test_the_viewer_bets_before_the_first_step_and_the_outcome_comes_after_the_last():
    scene = seen("default").scene
    names = [beat.name for beat in scene.beats]
    steps = [f"step-{t}" for t in range(1, 7)]
    assert names[:9] == ["start", "guess", *steps, "outcome"]
    assert names[9:] == ["recap", "recap-step", "recap-rate", "code", "end"]
    guess = scene.beats[1]
    assert guess.headline == "Which is lowest after 6 steps?"
    assert guess.end - guess.start >= style.GUESS


@pytest.mark.render
def test_a_film_of_three_runs_has_no_recap_of_the_lecture():
    bowl = LOSSES["bowl"]
    runs = [record(bowl, [2, 1], learning_rate=rate, steps=3) for rate in (0.01, 0.2, 0.35)]
    with small_frames():
        scene = played(SLUG, comparison_inputs(runs, bowl))
    assert [beat.name for beat in scene.beats] == [
        "start",
        "guess",
        "step-1",
        "step-2",
        "step-3",
        "outcome",
    ]
