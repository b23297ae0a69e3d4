"""Line, point, squares and bar are four readings of the same two parameters, in every frame."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pytest

from scenes.facts.neurons import fits_two_pictures, is_of_neuron
from scenes.mobjects.two_pictures.two_pictures import TwoPictures
from scenes.registry import clip
from scenes.style import GUESS
from scenes.two_pictures_scene import GLIDE
from tests.every_frame import EveryFrame
from tests.lectures import DEFAULT, LECTURES, played, small_frames
from tests.legibility import visible_texts
from tests.marks import slow_except
from understanding_gradients.lecture.record import record_lecture

SLUG = "gradient-descent"
INPUTS = clip(SLUG).inputs
PIXEL = 14.22 / 1920  # of an HD frame, in scene units


class Seen:
    """The clip of a lecture, played once.

    Attributes:
        readings: What is read off the two pictures in every frame from the squares on.
        texts: What stands on screen at the end of each beat.
    """

    def __init__(self, settings):
        self.inputs, self.readings, self.texts = record_lecture(settings, INPUTS), [], {}
        with small_frames():
            look = EveryFrame(self.note_frame)
            self.scene = played(SLUG, self.inputs, look, on_beat_end=self.note_beat)

    def note_frame(self, scene):
        if "squares" in [beat.name for beat in scene.beats]:
            self.readings.append(read(scene.pictures))

    def note_beat(self, scene, beat):
        self.texts[beat.name] = [text.text for text in visible_texts(scene)]


@cache
def seen(name):
    return Seen(LECTURES[name])


@pytest.fixture(scope="module", params=slow_except(("default", "other-rows"), "default"))
def watched(request):
    """The pictures of a lecture, what was read off them in each frame, and what was recorded."""
    found = seen(request.param)
    return found.scene.pictures, np.array(found.readings), found.inputs


def read(pictures: TwoPictures):
    """Return what is drawn: both ends of the line, the point, the squares' area, the bar's end."""
    squares = [abs(np.prod(np.ptp(square.points[:, :2], axis=0))) for square in pictures.squares]
    sides = [np.ptp(square.points[:, :2], axis=0) for square in pictures.squares]
    for width, height in sides:
        assert width == pytest.approx(height, abs=1e-9), "a square"
    ends = *pictures.line.get_start()[:2], *pictures.line.get_end()[:2]
    point, bar = pictures.map.point[1].get_center()[:2], pictures.bar[-1].points[:, 0].max()
    return (*ends, *point, sum(squares), bar)


def values(pictures, readings):
    """Return the readings in units of the data: slope, height, W1, b1, mean area, bar."""
    rows, left = pictures.row_plot.plot, pictures.map.plot
    (x0, y0, x1, y1, u, v, area, bar) = readings.T

    def data(places, low, high, start, end):
        return low + (places - start) / (end - start) * (high - low)

    box = pictures.row_plot.box
    x0, x1 = (data(x, rows.x_low, rows.x_high, box.left, box.right) for x in (x0, x1))
    y0, y1 = (data(y, rows.y_low, rows.y_high, box.bottom, box.top) for y in (y0, y1))
    slope = (y1 - y0) / (x1 - x0)
    weight = data(u, left.x_low, left.x_high, left.box.left, left.box.right)
    bias = data(v, left.y_low, left.y_high, left.box.bottom, left.box.top)
    unit = box.height / (rows.y_high - rows.y_low)
    mean = area / unit**2 / len(pictures.squares)
    long = (bar - pictures.bar.box.left) / pictures.bar.box.width * pictures.bar.full
    return slope, y0 - slope * x0, weight, bias, mean, long


def test_the_lines_slope_and_height_are_the_points_coordinates_in_every_frame(watched):
    pictures, readings, _ = watched
    slope, height, weight, bias, _, _ = values(pictures, readings)
    plot = pictures.map.plot
    pixel = PIXEL * (plot.x_high - plot.x_low) / plot.box.width
    assert len(readings) > 20 and len(np.unique(weight.round(9))) > 10, "it moves"
    np.testing.assert_allclose(slope, weight, atol=pixel)
    np.testing.assert_allclose(height, bias, atol=pixel)


def test_the_squares_area_is_proportional_to_the_loss_and_to_the_bar_in_every_frame(watched):
    pictures, readings, inputs = watched
    _, _, weight, bias, mean, long = values(pictures, readings)
    rows = inputs["rows"]
    loss = ((weight[:, None] * rows.x + bias[:, None] - rows.y) ** 2).mean(axis=1)
    np.testing.assert_allclose(mean, loss, rtol=1e-6)
    np.testing.assert_allclose(long, mean, rtol=1e-6)


def test_every_recorded_loss_of_torch_is_reached_in_its_order(watched):
    pictures, readings, inputs = watched
    *_, mean, _ = values(pictures, readings)
    recorded = inputs["just_right"].trajectory.losses
    assert mean[-1] == pytest.approx(recorded[-1], rel=1e-6)
    at = [int(np.flatnonzero(np.isclose(mean, loss, rtol=1e-6))[-1]) for loss in recorded]
    assert at == sorted(at)


def test_what_is_drawn_moves_by_one_animation():
    inputs = seen("default").inputs
    with small_frames():
        pictures = TwoPictures(inputs["rows"], inputs["just_right"], 3)
        pictures.pour()
        motion, *_ = pictures.travel(0)
    drawn = set(motion.mobject.get_family())
    wanted = (pictures.line, pictures.map.point, *pictures.squares, *pictures.bar)
    assert all(one in drawn for one in wanted)


def test_a_dragged_point_swings_the_line_and_both_come_back():
    inputs = seen("default").inputs
    with small_frames():
        pictures = TwoPictures(inputs["rows"], inputs["just_right"], 3)
        (motion, _), readings = pictures.drag(), []
        motion.begin()
        for share in (0.0, 0.25, 0.5, 1.0):
            motion.interpolate(share)
            readings.append(read(pictures))
        slope, height, weight, bias, *_ = values(pictures, np.array(readings))
    np.testing.assert_allclose(slope, weight, atol=1e-9)
    np.testing.assert_allclose(height, bias, atol=1e-9)
    assert weight[0] == pytest.approx(weight[-1]) == pytest.approx(-1)
    assert weight[2] > weight[1] > weight[0] + 0.1


def test_while_the_point_is_dragged_no_number_of_another_place_is_seen():
    inputs, seen_at = seen("default").inputs, {}
    with small_frames():
        pictures = TwoPictures(inputs["rows"], inputs["just_right"], 3)
        moves = pictures.drag()
        for move in moves:
            move.begin()
        for share in np.linspace(0, 1, 25):
            for move in moves:
                move.interpolate(share)
            away = abs(pictures.params[0] - pictures.trajectory.iterates[0, 0])
            opacity = max(
                part.get_fill_opacity() for part in pictures.heads.family_members_with_points()
            )
            seen_at[share] = (away, opacity)
    assert seen_at[0.0][1] == seen_at[1.0][1] == 1
    assert all(opacity < 0.01 for away, opacity in seen_at.values() if away > 0.1)
    assert max(away for away, _ in seen_at.values()) > 0.5


@pytest.mark.slow
def test_a_hundred_steps_do_not_take_a_minute():
    beats = Seen(DEFAULT.replace(steps=100)).scene.beats
    rest = next(beat for beat in beats if beat.name == "and-so-on")
    assert rest.end - rest.start < 30


TWO = ["start", "squares", "step-1", "step-2", "and-so-on", "floor"]
CURVE = ["curve", "curve-step-1", "curve-step-2"]


def test_the_default_lecture_is_told_in_two_pictures_and_no_beat_ends_empty():
    scene, texts = seen("default").scene, seen("default").texts
    assert list(texts) == [*CURVE, *TWO]
    assert all(len(found) > 6 for found in texts.values())
    assert {"Θ = 5.846", "t = 0   η = 0.4"} <= set(texts["squares"])
    assert {"Θ = 1.632", "W1 = 1.248   b1 = 2.000"} <= set(texts["step-1"])
    assert "Θ_min = 0.070" in texts["floor"]
    assert scene.beats[-1].headline.startswith("No line goes through all 5 dots")


@pytest.mark.parametrize("lecture", slow_except(["valley", "one-parameter", "diverging"], "valley"))
def test_what_is_no_neuron_or_leaves_its_view_is_told_on_its_map_or_curve(lecture):
    scene, texts = seen(lecture).scene, seen(lecture).texts
    assert not hasattr(scene, "pictures")
    steps = scene.trajectory.steps
    told = ["start", "step-1", "step-2", *["and-so-on"] * (steps > 2)]
    assert list(texts) == ([] if lecture == "one-parameter" else CURVE) + told


def test_the_curve_names_the_parameter_that_is_held_and_both_rates():
    scene = seen("default").scene
    first, start = scene.beats[0].headline, scene.beats[len(CURVE)]
    plain = re.sub(r"#text\([^)]*\)+|[$\[\]]", "", first)
    assert plain == "Only W_(1) moves; b_(1) stays at 1.600. Learning rate eta = 0.13"
    assert start.name == "start"


def test_a_run_of_another_loss_under_the_neurons_names_is_not_taken_for_it():
    inputs = seen("default").inputs
    rows, run = inputs["rows"], inputs["just_right"]
    assert is_of_neuron(rows, run) and fits_two_pictures(rows, run)
    assert not is_of_neuron(rows, inputs["curve"])
    other = record_lecture(LECTURES["other-rows"], ["rows"])["rows"]
    assert not is_of_neuron(other, run)


def test_the_first_step_is_asked_before_it_is_taken():
    step = next(beat for beat in seen("default").scene.beats if beat.name == "step-1")
    assert step.end - step.start > GUESS + GLIDE
    assert step.headline.startswith("The line swings towards the data")
