"""From the bowl to the map to the arrow: every length and place is that of the recording."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from manim import DL, UR

from scenes.facts.contour_lines import map_lines
from scenes.facts.gradients import without_noise
from scenes.mobjects.boxes import MAIN
from scenes.mobjects.gradient_field import GradientFieldArrows
from scenes.mobjects.gradient_map import GradientMap
from scenes.mobjects.lens import (
    HALO,
    RADIUS,
    GradientLens,
    magnification,
    needs_lens,
    within_circle,
)
from scenes.mobjects.neuron.compass import DIAL, Compass
from scenes.mobjects.neuron.surface import LossSurface
from scenes.mobjects.neuron.tilt import Tilt
from tests.lectures import LECTURES, played, small_frames
from tests.marks import slow_except
from understanding_gradients.lecture.record import record_lecture

NAMES = ("neuron", "directions", "rows", "just_right", "gradient_field")
PX = 1080 / 8  # of a scene unit, in a frame 1080 high
LEAST_PX = 24
SEEN = ("default", "far-start", "valley", "tiny-row", "other-rows")


@pytest.fixture(autouse=True)
def apart() -> Iterator[None]:
    with small_frames():
        yield


@pytest.fixture(scope="module")
def inputs() -> Any:
    return record_lecture(LECTURES["default"], NAMES)


def length(mark: Any) -> float:
    return float(np.linalg.norm(mark.get_end() - mark.get_start()))


def middle(mark: Any) -> tuple[float, ...]:
    return tuple(np.round((mark.get_start() + mark.get_end())[:2] / 2, 3).tolist())


def test_every_gradient_is_drawn_in_the_scale_that_is_told(inputs):
    drawn = GradientMap(inputs["just_right"])
    told = drawn.scale_label().plain_text.removeprefix("gradient × ")
    over, _, under = told.partition("/")
    scale = float(over) / float(under)
    plot = drawn.view.plot
    unit = plot.box.width / (plot.x_high - plot.x_low)
    for t, gradient in enumerate(drawn.trajectory.gradients[:4]):
        mark: Any = drawn.uphill(t)
        assert length(mark) == pytest.approx(scale * unit * np.linalg.norm(gradient), rel=1e-3)
        ahead = (mark.get_end() - mark.get_start())[:2]
        assert ahead / np.linalg.norm(ahead) == pytest.approx(gradient / np.linalg.norm(gradient))


def test_downhill_is_the_opposite_of_uphill(inputs):
    drawn = GradientMap(inputs["just_right"])
    up, down = (
        mark.get_end() - drawn.path.place(0) for mark in (drawn.uphill(0), drawn.downhill(0))
    )
    assert down == pytest.approx(-up, abs=1e-6)


def test_the_surface_lies_down_on_the_map_that_follows(inputs):
    run = inputs["neuron"]
    landscape, start = run.landscapes[0], run.trajectory.iterates[0]
    surface = LossSurface(landscape, start, float(run.trajectory.losses[0]))
    plot = GradientMap(run).view.plot
    tilt = Tilt(surface, surface.mark(), landscape, plot)
    animation = tilt.lie_down()
    animation.begin()
    animation.finish()
    lines = [
        plot.places(line[:, 0], line[:, 1])
        for level, parts in map_lines(landscape)
        if level <= surface.relief.cap
        for line in parts
    ]
    assert len(lines) == len(tilt.rings) >= 8
    for ring, line in zip(tilt.rings, lines, strict=True):
        np.testing.assert_allclose(np.array(ring.get_anchors())[[0, -1]], line[[0, -1]], atol=1e-6)
    corners = np.array([edge.get_start() for edge in tilt.floor])
    assert corners.min(axis=0)[:2] == pytest.approx([MAIN.left, MAIN.bottom], abs=1e-6)
    assert corners.max(axis=0)[:2] == pytest.approx([MAIN.right, MAIN.top], abs=1e-6)
    assert tilt.mark.get_center() == pytest.approx(plot.place(*start), abs=1e-6)


def test_the_eye_that_went_round_comes_back(inputs):
    run = inputs["neuron"]
    start, loss = run.trajectory.iterates[0], float(run.trajectory.losses[0])
    surface = LossSurface(run.landscapes[0], start, loss)
    tilt = Tilt(surface, surface.mark(), run.landscapes[0], GradientMap(run).view.plot)
    before = {id(patch): patch.get_center() for patch in surface.sheet.patches}
    animation = tilt.turn()
    animation.begin()
    animation.interpolate(0.25)
    moved = [np.linalg.norm(p.get_center() - before[id(p)]) for p in surface.sheet.patches]
    assert max(moved) > 0.2
    depths = [tilt.start.depth(solid).mean() for solid in surface.sheet.solids]
    assert np.diff(depths).max() > 0, "the painter's order is that of the turned surface"
    animation.finish()
    for patch in surface.sheet.patches:
        assert patch.get_center() == pytest.approx(before[id(patch)], abs=1e-6)


def test_the_needle_ends_straight_uphill_and_reads_the_length_of_the_gradient(inputs):
    run, directions = inputs["neuron"], inputs["directions"]
    compass = Compass(directions, GradientMap(run).path.place(0), 0.2)
    for animation in (compass.sweep(), compass.go_steepest()):
        animation.begin()
        animation.finish()
    gradient = run.trajectory.gradients[0]
    ahead = compass.hand.get_end() - compass.hand.get_start()
    apart = math.atan2(ahead[1], ahead[0]) - math.atan2(gradient[1], gradient[0])
    assert abs(math.degrees(math.remainder(apart, math.tau))) < 1
    farthest = max(np.linalg.norm(dot.get_center() - compass.centre) for dot in compass.dots)
    assert farthest == pytest.approx(DIAL)
    assert compass.reading(directions.slopes.max()).plain_text == "slope +5.708"
    assert compass.length(gradient).plain_text == "|(−5.620, −1.000)| = 5.708"
    assert all(dot.get_fill_opacity() == 1 for dot in compass.dots)


def test_at_a_minimum_the_dial_is_a_point(inputs):
    level = replace(inputs["directions"], slopes=np.zeros(36))
    compass = Compass(level, np.zeros(3), 0.2)
    assert all(dot.get_center() == pytest.approx(compass.centre) for dot in compass.dots)


def flat_start(inputs: Any) -> dict[str, Any]:
    """The recordings of a start where the gradient is nothing but rounding noise."""
    run = inputs["neuron"]
    gradients = run.trajectory.gradients.copy()
    gradients[0] = (2e-16, -1e-16)
    flat = replace(run, trajectory=replace(run.trajectory, gradients=gradients))
    # The slopes around the start are as small, and may lead elsewhere.
    level = replace(inputs["directions"], slopes=2e-16 * np.cos(np.arange(36) + 1))
    return {**inputs, "neuron": flat, "directions": level, "just_right": flat}


def test_a_gradient_of_rounding_noise_has_no_arrow_and_is_called_zero(inputs):
    flat = flat_start(inputs)
    drawn = GradientMap(flat["neuron"])
    assert drawn.uphill(0) is None and drawn.downhill(0) is None
    assert not without_noise(flat["neuron"]).gradients[0].any()
    scene = played("gradient-of-a-neuron", flat)
    assert scene.beats[-1].name == "compass"
    assert "the gradient is zero" in scene.beats[-1].headline
    instant = played("gradient-at-an-instant", flat)
    assert [beat.name for beat in instant.beats] == ["elsewhere", "field", "instant-0"]


def test_every_arrow_of_a_field_is_long_enough_and_points_along_its_gradient(inputs):
    drawn = GradientMap(inputs["just_right"])
    arrows = GradientFieldArrows(inputs["gradient_field"], drawn)
    assert len(arrows.marks) > 20
    ways = {middle(mark): mark for mark in arrows.marks}
    for place, gradient in zip(arrows.places, arrows.gradients, strict=True):
        mark = ways[tuple(np.round(drawn.view.plot.place(*place)[:2], 3).tolist())]
        ahead = (mark.get_end() - mark.get_start())[:2]
        assert length(mark) * PX > LEAST_PX
        assert ahead / np.linalg.norm(ahead) == pytest.approx(
            gradient / np.linalg.norm(gradient), abs=1e-6
        )


@pytest.mark.parametrize("name", slow_except(SEEN, "valley", "tiny-row"))
def test_each_gradient_is_seen_beside_its_point_or_under_a_lens(name):
    run = record_lecture(LECTURES[name], ["just_right"])["just_right"]
    drawn = GradientMap(run)
    for t in np.flatnonzero(run.views == run.views[0]).tolist():
        drawn.path.t = t
        mark: Any = GradientLens(drawn, t).arrow if needs_lens(drawn, t) else drawn.uphill(t)
        assert (length(mark) - HALO) * PX >= LEAST_PX
        assert not needs_lens(drawn, t) or length(mark) < RADIUS


def test_a_lens_enlarges_map_and_arrow_alike(inputs):
    drawn = GradientMap(inputs["just_right"])
    drawn.path.t = 3
    lens, mark = GradientLens(drawn, 3), drawn.drawn(drawn.trajectory.gradients[3])
    assert length(lens.arrow) == pytest.approx(lens.factor * np.linalg.norm(mark))
    assert lens.seen.width == pytest.approx(2 * RADIUS / lens.factor)


def test_the_name_of_a_point_keeps_clear_of_what_its_lens_shows(inputs):
    for t in (2, 3):
        drawn = GradientMap(inputs["just_right"], is_tagged=True, start=t)
        assert needs_lens(drawn, t)
        drawn.show_tag()
        seen = GradientLens(drawn, t).seen
        rim = [seen.point_from_proportion(k / 90) for k in range(90)]
        low, high = drawn.path.tag.get_corner(DL)[:2], drawn.path.tag.get_corner(UR)[:2]
        assert not [at for at in rim if (low <= at[:2]).all() and (at[:2] <= high).all()]


@pytest.mark.parametrize("size", [0.45, 0.2, 0.018, 1e-4, 3e-11])
def test_a_lens_makes_a_short_arrow_visible(size):
    assert HALO + LEAST_PX / PX <= size * magnification(size) < RADIUS


def test_what_lies_in_a_circle_is_cut_at_it():
    across = np.array([[-3.0, 0, 0], [3, 0, 0], [3, 3, 0], [0, 3, 0], [0, -3, 0]])
    parts = within_circle(across, np.zeros(3), 1.0)
    assert [part.tolist() for part in parts] == [
        [[-1, 0, 0], [1, 0, 0]],
        [[0, 1, 0], [0, -1, 0]],
    ]


def test_the_map_stands_still_from_one_clip_to_the_other(inputs):
    pictures: list[np.ndarray] = []

    def keep(scene: Any, beat: Any) -> None:
        if beat.name in ("check", "elsewhere"):
            pictures.append(scene.renderer.still(scene)[..., :3].astype(float))

    for slug in ("gradient-of-a-neuron", "gradient-at-an-instant"):
        played(slug, inputs, on_beat_end=keep)
    last, first = pictures
    height, width = last.shape[:2]
    columns = slice(
        *(round((x / (8 * width / height) + 0.5) * width) for x in (MAIN.left, MAIN.right))
    )
    rows = slice(*(round((0.5 - y / 8) * height) for y in (MAIN.top, MAIN.bottom)))
    differs = np.abs(last - first)[rows, columns].max(axis=2) > 25
    assert differs.mean() < 0.001
    assert last[rows, columns].std() > 5, "there is a map"
