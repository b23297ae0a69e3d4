"""Loss and sharpness are drawn in lockstep, each where it was recorded or measured."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from manim import DashedLine

from descent import LOSSES, record
from scenes.lecture_scene import LectureScene
from scenes.mobjects.descent.sharpness_picture import SharpnessPicture
from scenes.sharpness_passage import SharpnessPassage
from tests.lectures import small_frames
from tests.test_layout import stood

LOSSES_OF_RUN = np.linspace(4.0, 1.0, 9)
MEASURED = np.array([0, 4, 8]), np.array([3.0, 7.0, 5.0])


@pytest.fixture
def picture():
    with small_frames():
        yield SharpnessPicture(LOSSES_OF_RUN, MEASURED, 5.0, "$2 \\/ eta = 5$", "#ECEFF4")


@pytest.mark.parametrize(
    ("step", "loss", "sharp"), [(0, 4, 3), (2, 3.25, 5), (4, 2.5, 7), (8, 1, 5)]
)
def test_both_points_are_at_one_step(picture, step, loss, sharp):
    picture.set_step(step)
    upper, lower = (curve.point.get_center() for curve in picture.curves)
    np.testing.assert_allclose(upper, picture.upper.place(step, loss), atol=1e-9)
    np.testing.assert_allclose(lower, picture.lower.place(step, sharp), atol=1e-9)
    assert upper[0] == pytest.approx(lower[0]) == pytest.approx(picture.now.get_center()[0])
    for curve in picture.curves:
        assert curve.line.get_end() == pytest.approx(curve.point.get_center())


def test_looking_back_leaves_the_curves_as_they_are(picture):
    picture.set_step(8)
    picture.look_at(2).interpolate_mobject(1.0)
    assert picture.step == 2
    for curve in picture.curves:
        assert curve.line.get_end() == pytest.approx(curve.place(8))
        assert curve.point.get_center() == pytest.approx(curve.place(2))


def test_the_line_is_at_the_limit_and_there_is_none_without(picture):
    (line,) = (one for one in picture.marks if isinstance(one, DashedLine))
    assert line.get_center()[1] == pytest.approx(picture.lower.y(5.0))
    without = SharpnessPicture(LOSSES_OF_RUN, MEASURED, np.nan, "", "#ECEFF4")
    assert not len(without.marks)
    assert without.lower.box.width > picture.lower.box.width


@pytest.mark.parametrize(
    ("values", "limit"),
    [
        ([3.0, 7.0, 5.0], 5.0),
        ([3.0, 3.0, 3.0], 3.0),
        ([0.0, 0.0, 0.0], 4e5),
        ([-3.0, 2.0, -1.0], 200.0),
        ([1e-3, 1e5, 1.0], 20.0),
        ([7.0, 7.1, 7.2], 5.0),
    ],
)
def test_it_can_be_read_at_any_height_of_the_line(values, limit):
    measured = MEASURED[0], np.array(values)
    with small_frames():
        drawn = SharpnessPicture(
            LOSSES_OF_RUN, measured, limit, f"$2 \\/ eta$ = ${limit:g}$", "#888888"
        )
        drawn.set_step(8)
    assert stood(drawn) == []


def test_a_run_without_a_measured_sharpness_has_no_such_beat():
    full = record(LOSSES["bowl"], [2, 1], learning_rate=0.1, steps=2)
    for along in ([], [np.nan, 6.0, np.nan]):
        run = SimpleNamespace(full=full, sharpness_along=np.array(along))
        with small_frames():
            scene = SharpnessPassage(SimpleNamespace(title="", slug=""), {})
            scene.show_sharpness(run, "#888888")
        assert isinstance(scene, LectureScene) and scene.beats == []
