"""What the step-by-step clips show is what was recorded, and they follow what they are given."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from descent.text.numbers import NONE, NumberFormat, fixed
from scenes import style
from scenes.mobjects.boundary.log_ruler import LogRuler
from scenes.mobjects.boundary.slice_table import NumberCard
from scenes.mobjects.descent.value_table import step_label
from scenes.typesetting.fitting import fitting_numbers, fitting_rate
from scenes.typesetting.labels import Label, number
from scenes.typesetting.markup import as_math
from tests.lectures import DEFAULT, played, small_frames
from tests.marks import slow_except
from understanding_gradients.lecture.record import record_lecture

CLIPS = {
    "very-small-learning-rate": "very_small",
    "very-large-learning-rate": "very_large",
    "just-right-learning-rate": "just_right",
}
STEPS = 3
LECTURES = {
    "default": DEFAULT.replace(steps=STEPS),
    "diverging": DEFAULT.replace(very_small=0.8, just_right=40.0, very_large=9e200, steps=STEPS),
    "one-parameter": DEFAULT.replace(loss="double_well", start="suggest", steps=STEPS),
}


def read_back(text: str) -> tuple[float, float]:
    """Return a shown number and half a unit of its last digit."""
    factor, _, power = text.replace("−", "-").partition("·10^")
    decimals = len(factor.partition(".")[2])
    scale = 10.0 ** int(power or 0)
    return float(factor) * scale, 0.5 * 10.0**-decimals * scale * (1 + 1e-9)


def assert_shows(texts, values):
    """Assert that each text is the value, to the digits shown."""
    assert len(texts) == len(values)
    for text, value in zip(texts, values, strict=True):
        number, tolerance = read_back(text)
        assert abs(number - value) <= tolerance, f"{text} is not {value}"


@pytest.fixture(scope="module", params=slow_except(LECTURES, "default"))
def inputs(request):
    return record_lecture(LECTURES[request.param], CLIPS.values())


only_default = pytest.mark.parametrize("inputs", ["default"], indirect=True, scope="module")


@pytest.fixture(scope="module")
def played_clip(inputs):
    """Play a clip once for all tests; return its scene, and what it showed at every beat."""

    @cache
    def play(slug):
        shown = {}

        def look(scene, beat):
            plot, point = scene.panel.view.plot, scene.panel.path.point.get_center()[:2]
            shown[beat.name] = scene.table.plain_texts(), point, plot

        with small_frames():
            return played(slug, inputs, on_beat_end=look), shown

    return play


def step_of(beat: str) -> int | None:
    """Return the step at which a beat ends; None after the last that is taken by itself."""
    if beat.startswith("step-"):
        return int(beat.removeprefix("step-"))
    return 0 if beat in ("start", "guess") else None


def steps_shown(shown):
    """Return the step and what was shown of every beat up to the last that takes one step."""
    steps = {name: step_of(name) for name in shown}
    return [(t, shown[name]) for name, t in steps.items() if t is not None]


@pytest.mark.render
@pytest.mark.parametrize("slug", CLIPS)
def test_the_table_shows_the_recorded_numbers_at_every_beat(slug, inputs, played_clip):
    run, (_, shown) = inputs[CLIPS[slug]], played_clip(slug)
    steps, changes = steps_shown(shown), np.diff(run.full.iterates, axis=0)
    assert {t for t, _ in steps} == set(range(run.trajectory.steps + 1))
    for t, (table, *_) in steps:
        assert table["step"][0].startswith(f"t = {t}")
        assert_shows(table["parameters"], run.trajectory.iterates[t])
        assert_shows(table["gradient"], run.trajectory.gradients[t])
        assert_shows(table["loss"], run.trajectory.losses[t : t + 1])
        if t < len(changes):
            assert_shows(table["change"], changes[t])
        else:
            assert table["change"] == [NONE] * len(run.trajectory.names)


@pytest.mark.render
@pytest.mark.parametrize("slug", CLIPS)
def test_the_last_numbers_are_those_where_the_run_ended(slug, inputs, played_clip):
    full, (scene, shown) = inputs[CLIPS[slug]].full, played_clip(slug)
    (headline,) = (beat.headline for beat in scene.beats if beat.name == "carried-on")
    table, *_ = shown["carried-on"]
    if table:
        (loss,) = table["loss"]
    else:
        # The table has made room for a ruler, and its place is taken by a card.
        (card,) = (one for one in scene.mobjects if isinstance(one, NumberCard))
        step, loss = (number.plain_text for _, number in card.rows)
        assert int(step) == full.steps
    assert_shows([loss], full.losses[-1:])
    if full.diverged:
        assert f"at step {full.steps + 1}:" in headline
    elif "the loss went from" in headline:
        assert headline.endswith(f"to {loss}")
    elif "to get as low as" in headline:
        assert f"It takes {full.steps} steps" in headline


def test_the_ruler_has_a_diverging_loss_at_its_power_of_ten():
    losses = np.array([5.8, 3.2e20, 7.5e307])
    with small_frames():
        ruler = LogRuler(losses, style.DARK.very_large)
    ticks = {
        float(read_back(one.plain_text.replace("10^", "1·10^"))[0]): one.get_x()
        for one in ruler.get_family()
        if isinstance(one, Label) and one.plain_text.startswith("10^")
    }
    assert sorted(ticks) == [1e0, 1e100, 1e200, 1e300]
    run = ruler.run()
    run.begin()
    for part, loss in ((0.0, losses[0]), (0.5, losses[1]), (1.0, losses[2])):
        run.interpolate_mobject(part)
        powers, places = np.log10(list(ticks)), list(ticks.values())
        expected = np.polyval(np.polyfit(powers, places, 1), np.log10(loss))
        assert ruler.point.get_x() == pytest.approx(expected, abs=0.01)
    assert ruler.leave().get_end()[0] > ruler.point.get_x()


@pytest.mark.render
@only_default
@pytest.mark.parametrize("slug", CLIPS)
def test_the_point_stands_on_the_last_iterate_and_in_view(slug, inputs, played_clip):
    iterates = inputs[CLIPS[slug]].trajectory.iterates
    for t, (_, (x, y), plot) in steps_shown(played_clip(slug)[1]):
        units = (plot.x_high - plot.x_low) / plot.box.width
        seen = plot.x_low + units * (x - plot.box.left), plot.y_low + units * (y - plot.box.bottom)
        np.testing.assert_allclose(seen, iterates[t], rtol=0, atol=0.03)
        assert plot.box.left < x < plot.box.right
        assert plot.box.bottom < y < plot.box.top


STEP_BEATS = [f"step-{t + 1}" for t in range(STEPS)]
BEATS = {
    "very-small-learning-rate": ["start", "guess", *STEP_BEATS, "carried-on"],
    "very-large-learning-rate": ["start", "guess", *STEP_BEATS, "carried-on"],
    "just-right-learning-rate": ["start", *STEP_BEATS, "carried-on"],
}


@pytest.mark.render
@only_default
@pytest.mark.parametrize("slug", CLIPS)
def test_beats_follow_one_another_and_leave_time_to_read(slug, played_clip):
    scene, _ = played_clip(slug)
    assert [beat.name for beat in scene.beats] == BEATS[slug]
    assert scene.beats[0].start == 0
    for before, after in zip(scene.beats, scene.beats[1:], strict=False):
        assert after.start == before.end
    for beat in scene.beats:
        seconds, shown = beat.end - beat.start, beat.end - beat.cue
        assert seconds * 5 == pytest.approx(round(seconds * 5))
        assert seconds <= 12
        is_quick = f"Step {beat.name[5:]}" in (beat.headline, beat.caption.removesuffix("."))
        if beat.headline and not is_quick:
            # A subtitle can be read at 17 characters a second.
            assert seconds >= 2 and shown >= len(beat.caption) / 17 - 1e-9


@pytest.mark.render
@pytest.mark.parametrize(
    "loss", ["double_well", pytest.param("rosenbrock", marks=pytest.mark.slow)]
)
def test_a_learning_rate_has_one_text_in_a_clip(loss):
    settings = DEFAULT.replace(loss=loss, start="suggest", steps=1)
    inputs, texts = record_lecture(settings, ["very_small"]), set()

    def look(scene, beat):
        texts.add(as_math(scene.table.plain_texts()["step"][0].rpartition("η = ")[2]))

    with small_frames():
        scene = played("very-small-learning-rate", inputs, on_beat_end=look)
    (text,) = texts
    assert f"$eta = {text}$" in scene.beats[0].headline
    assert inputs["very_small"].full.steps > 20


@pytest.mark.parametrize("value", [0.0, 1.0, -2.5, 99.996, 1234.5, 5e-7, 3.2e9, -8.1e-200])
def test_fixed_point_is_the_value_to_the_digits_shown(value):
    number, tolerance = read_back(fixed(value))
    assert abs(number - value) <= tolerance


def test_numbers_side_by_side_are_written_alike():
    with small_frames():
        color = style.DARK.parameter
        room = number(-1e-153, NumberFormat(3, 1, is_narrow=True)).width + 0.01
        assert fitting_numbers([2.13e15], room, color)[0].plain_text == "2.13·10^15"
        pair = fitting_numbers([-2.13e-153, 1e153], room, color)
        assert [label.plain_text for label in pair] == ["−2.1·10^−153", "1.0·10^153"]


def test_where_there_is_little_room_the_exponent_is_set_smaller():
    with small_frames():
        wide = number(-1e153).width
        (narrow,) = fitting_numbers([-1e153], 0.95 * wide, style.DARK.parameter)
        assert narrow.plain_text == "−1.00·10^153"
        assert narrow.width <= 0.95 * wide
        assert fitting_numbers([1e-300], 0.5, style.DARK.parameter)[0].plain_text == "≈0"


def test_a_rate_has_two_figures_at_least():
    with small_frames():
        narrow = fitting_rate(1.264e-5, 0.1, style.DARK.ink)
        assert narrow.plain_text == "1.3·10^−5"
        assert fitting_rate(1.264e-5, 9.0, style.DARK.ink).plain_text == "1.26·10^−5"


def test_steps_are_counted_in_groups_of_three_digits():
    with small_frames():
        assert step_label(10_000, 0.1, 2).plain_text == "t = 10 000   η = 0.1"
