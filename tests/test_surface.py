from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from descent.runs.trajectory import Trajectory
from descent.views.landscape import Landscape
from scenes.mobjects.boxes import Box
from scenes.mobjects.neuron.axonometry import (
    AZIMUTHS,
    HEIGHT,
    Relief,
    box_corners,
    cut_off,
    fitting,
    shown_range,
)
from scenes.mobjects.neuron.neuron_table import NeuronTable
from scenes.mobjects.neuron.surface import LossSurface
from tests.lectures import small_frames
from understanding_gradients.lecture.recordings import Run

BOX = Box(-5.0, -2.0, 2.0, 2.0)
HALF = (1.5, 1.0)
POINT = np.array([-1.0, 1.6])
CURVATURE = np.array([[3.0, 1.2], [1.2, 2.0]])
MINIMUM = np.array([1.2, 0.7])


@pytest.fixture(autouse=True)
def apart() -> Iterator[None]:
    with small_frames():
        yield


def bowl(params: np.ndarray) -> np.ndarray:
    away = params - MINIMUM
    return np.einsum("...i,ij,...j->...", away, CURVATURE / 2, away) + 0.1


def slopes(params: np.ndarray) -> np.ndarray:
    return CURVATURE @ (params - MINIMUM)


def landscape(hole: bool = False) -> Landscape:
    axes = (np.linspace(-1.8, 3.0, 121), np.linspace(-0.9, 2.3, 81))
    values = bowl(np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1))
    if hole:
        values[80:, :20] = np.nan
        values[:10, :10] = np.inf
    return Landscape(axes, values, ("W1", "b1"))


def neuron_run() -> Run:
    trajectory = Trajectory(
        iterates=POINT[None],
        losses=bowl(POINT[None]),
        gradients=slopes(POINT)[None],
        learning_rates=np.array([]),
        names=("W1", "b1"),
    )
    views = np.zeros(1, dtype=int)
    lowest = (np.empty(0), float("nan"), False)
    return Run(trajectory, trajectory, (landscape(),), views, 3.8, 0.5, 0.1, *lowest, "a bowl", 0.1)


@pytest.fixture(scope="module")
def points() -> np.ndarray:
    return np.random.default_rng(7).uniform(-1, 1, (20, 3))


@pytest.mark.parametrize("azimuth", AZIMUTHS)
def test_a_line_of_sight_is_one_place_on_the_screen(azimuth: float, points: np.ndarray) -> None:
    projection = fitting(azimuth, HALF, BOX)
    nearer = points + 0.7 * projection.towards_eye()
    assert projection.place(nearer) == pytest.approx(projection.place(points))
    assert (projection.depth(nearer) < projection.depth(points)).all()


@pytest.mark.parametrize("azimuth", AZIMUTHS)
def test_the_middle_of_two_points_is_the_middle_on_the_screen(
    azimuth: float, points: np.ndarray
) -> None:
    place = fitting(azimuth, HALF, BOX).place
    middles = (points[:10] + points[10:]) / 2
    assert place(middles) == pytest.approx((place(points[:10]) + place(points[10:])) / 2)


@pytest.mark.parametrize("azimuth", AZIMUTHS)
def test_the_solid_box_fills_its_place_on_the_screen(azimuth: float) -> None:
    corners = fitting(azimuth, HALF, BOX).place(box_corners(HALF))
    low, high = corners.min(axis=0), corners.max(axis=0)
    assert low[0] >= BOX.left - 1e-9 and high[0] <= BOX.right + 1e-9
    assert low[1] >= BOX.bottom - 1e-9 and high[1] <= BOX.top + 1e-9
    filled = (high[0] - low[0]) / BOX.width, (high[1] - low[1]) / BOX.height
    assert max(filled) == pytest.approx(1)


def test_higher_and_farther_points_are_higher_on_the_screen() -> None:
    projection = fitting(AZIMUTHS[0], HALF, BOX)
    low, high = projection.place(np.array([[0, 0, 0], [0, 0, 1.0]]))
    assert high[1] > low[1] and high[0] == pytest.approx(low[0])
    farther = projection.place(-projection.towards_eye()[None] * np.array([1, 1, 0]))[0]
    assert farther[1] > low[1]


def test_cutting_off_keeps_the_part_below() -> None:
    square = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 2], [0, 1, 2.0]])
    assert cut_off(square, 3) == pytest.approx(square)
    assert len(cut_off(square, -1)) == 0
    half = cut_off(square, 1)
    assert half[:, 2].max() == 1
    assert half[:, 1].max() == pytest.approx(0.5)


def test_the_relief_has_the_sampled_losses_where_they_were_sampled() -> None:
    sampled = landscape()
    relief = Relief(sampled, float(bowl(POINT)))
    us, vs = sampled.axes[0][::7], sampled.axes[1][::5]
    ceiling = relief.values.max()
    expected = np.minimum(sampled.values[::7, ::5], ceiling)
    assert relief.sampled(us, vs) == pytest.approx(expected)


@pytest.mark.parametrize("loss", [0.0, 3.0, 50.0])
def test_the_range_holds_the_loss_at_the_point(loss: float) -> None:
    values = np.array([[0.0, 1.0], [4.0, np.inf], [1e9, np.nan]])
    floor, cap = shown_range(values, loss)
    assert floor <= loss <= cap
    assert cap < 1e9


def test_points_behind_a_wall_are_hidden() -> None:
    axis = np.linspace(-1, 1, 101)
    wall = np.where(np.abs(axis)[None, :] < 0.05, 1.0, 0.0) * np.ones((101, 1))
    relief = Relief(Landscape((axis, axis), wall, ("W1", "b1")), 1.0)
    projection = fitting(0.0, relief.half, BOX)
    behind, before = np.array([[0, 0.3, 0.05]]), np.array([[0, -0.5, 0.05]])
    assert relief.seen(behind, projection) == 0
    assert relief.seen(before, projection) == 1


def test_patches_are_drawn_from_the_farthest_to_the_nearest() -> None:
    surface = LossSurface(landscape(), POINT, float(bowl(POINT)))
    depths = [surface.projection.depth(solid).mean() for solid in surface.sheet.solids]
    assert (np.diff(depths) <= 1e-12).all()
    assert max(solid[:, 2].max() for solid in surface.sheet.solids) <= HEIGHT + 1e-9


def test_a_surface_leaves_out_nan() -> None:
    whole = LossSurface(landscape(), POINT, float(bowl(POINT)))
    torn = LossSurface(landscape(hole=True), POINT, float(bowl(POINT)))
    assert 0 < len(torn.sheet.patches) < len(whole.sheet.patches)
    assert all(np.isfinite(patch.points).all() for patch in torn.sheet.patches)


@pytest.mark.parametrize("axis", [0, 1])
def test_a_tangent_touches_its_cut_at_the_point(axis: int) -> None:
    surface = LossSurface(landscape(), POINT, float(bowl(POINT)))
    step = 1e-4 * np.eye(2)[axis]
    before, after = (surface.place(p, float(bowl(p))) for p in (POINT - step, POINT + step))
    tangent = surface.tangent(axis, float(slopes(POINT)[axis]))
    along_cut = (after - before) / np.linalg.norm(after - before)
    assert tangent.get_unit_vector() == pytest.approx(along_cut, abs=1e-3)
    assert tangent.get_center() == pytest.approx(surface.here(), abs=1e-6)
    distances = np.linalg.norm(surface.cut_curve(axis).points - surface.here(), axis=1)
    assert distances.min() < 0.02


def test_only_patches_in_front_of_the_cut_become_transparent() -> None:
    surface = LossSurface(landscape(), POINT, float(bowl(POINT)))
    front = {id(patch) for patch in surface.in_front(0)}
    depth_here = surface.projection.depth(surface.solid_point()[None])[0]
    same_u = [
        (id(patch) in front, surface.projection.depth(solid).mean() < depth_here)
        for patch, solid in zip(surface.sheet.patches, surface.sheet.solids, strict=True)
        if abs(solid[:, 0].mean() - surface.solid_point()[0]) < 0.05
    ]
    assert same_u and all(chosen == nearer for chosen, nearer in same_u)


def test_the_table_shows_the_recorded_numbers() -> None:
    shown = NeuronTable(neuron_run().trajectory).plain_texts()
    gradient = slopes(POINT)
    assert shown["theta"] == ["−1.000", "1.600"]
    assert shown["loss"] == [f"{float(bowl(POINT)):.3f}"]
    assert shown["slope"] == [f"{value:+.3f}".replace("-", "−") for value in gradient]
