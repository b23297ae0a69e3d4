"""Planes against numpy's full PCA, least squares and the loss itself."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from descent import LOSSES, Plane, Trajectory, model_loss, path_plane, random_plane, record, sample
from descent.views.plane import AXES

unhurried = settings(deadline=None, max_examples=25)
seeds = st.integers(0, 2**32 - 1)


def bowl(size: int, seed: int = 0):
    curvatures = torch.tensor(np.random.default_rng(seed).uniform(0.3, 3, size))
    return lambda p: (curvatures * p**2).sum() / 2


def run_of(iterates, losses=None, gradients=None) -> Trajectory:
    iterates = np.asarray(iterates, dtype=np.float64)
    steps, size = iterates.shape
    return Trajectory(
        iterates=iterates,
        losses=np.arange(steps, 0, -1.0) if losses is None else losses,
        gradients=np.zeros((steps, size)) if gradients is None else gradients,
        learning_rates=np.ones(steps - 1),
        names=tuple(f"θ{i}" for i in range(size)),
    )


def network():
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 1))
    rows = torch.linspace(-1, 1, 12).reshape(6, 2)
    return model_loss(module, rows, rows.prod(1, keepdim=True), nn.MSELoss())


def value(loss, point) -> float:
    return loss(torch.tensor(point)).item()


# Any plane


@unhurried
@given(st.integers(2, 8), seeds)
def test_coordinates_of_a_lifted_place_are_its_own(size, seed):
    draw = np.random.default_rng(seed).standard_normal
    plane = Plane(draw(size), draw((2, size)))
    coordinates = draw((5, 2))
    points = plane.lift(coordinates)
    np.testing.assert_allclose(plane.project(points), coordinates, atol=1e-9)
    np.testing.assert_allclose(plane.distance(points), 0, atol=1e-9)


@unhurried
@given(st.integers(3, 8), seeds)
def test_no_place_on_the_plane_is_nearer_than_the_projected_one(size, seed):
    draw = np.random.default_rng(seed).standard_normal
    plane, points = Plane(draw(size), draw((2, size))), draw((4, size))
    solution, *_ = np.linalg.lstsq(plane.directions.T, (points - plane.origin).T, rcond=None)
    np.testing.assert_allclose(plane.project(points), solution.T, atol=1e-9)
    off = np.linalg.norm(points - plane.lift(solution.T), axis=1)
    np.testing.assert_allclose(plane.distance(points), off, atol=1e-9)


def test_huge_numbers_have_a_place_and_a_distance():
    plane = Plane(np.zeros(3), np.eye(2, 3))
    points = np.array([[3e200, 4e200, 5e200]])
    np.testing.assert_allclose(plane.project(points), points[:, :2])
    np.testing.assert_allclose(plane.distance(points), 5e200)


def test_path_and_contours_agree():
    loss, start, names = network()
    run = record(loss, start, learning_rate=0.3, steps=30, names=names)
    for plane in (path_plane(run), random_plane(start, names)):
        coordinates = plane.project(run.iterates)
        restricted = plane.restrict(loss)
        assert restricted.names == AXES
        for place, point in zip(coordinates, plane.lift(coordinates), strict=True):
            assert value(restricted, place) == pytest.approx(value(loss, point), rel=1e-12)


def test_a_restricted_loss_is_sampled_and_descended_like_any_other():
    loss, start, names = network()
    plane = random_plane(start, names)
    drawn = sample(plane.restrict(loss), [(-1, 1), (-2, 2)], 5)
    assert drawn.names == AXES
    corner = plane.lift([drawn.axes[0][1], drawn.axes[1][3]])
    assert drawn.values[1, 3] == pytest.approx(value(loss, corner), rel=1e-12)
    run = record(plane.restrict(loss), [0, 0], learning_rate=0.05, steps=1)
    slopes = plane.directions @ record(loss, start, learning_rate=1, steps=1).gradients[0]
    np.testing.assert_allclose(run.gradients[0], slopes, atol=1e-12)


def test_a_plane_is_kept_in_a_file(tmp_path):
    plane = path_plane(record(bowl(4), np.ones(4), learning_rate=0.2, steps=5))
    again = Plane.load(plane.save(tmp_path / "plane"))
    np.testing.assert_array_equal(again.directions, plane.directions)
    assert again.names == plane.names and again.shown == plane.shown
    assert np.isnan(random_plane([1.0, 2.0]).shown)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (([0], [[1], [1]]), r"origin must have two or more parameters; got shape \(1,\)"),
        (([0, 0], [[1, 0]]), r"directions must have shape \(2, 2\); got \(1, 2\)"),
        (([0, np.nan], [[1, 0], [0, 1]]), "origin must be finite"),
        (([0, 0], [[1, 1], [-2, -2]]), "must be two that point different ways"),
        (([0, 0], [[1, 1], [0, 0]]), "must be two that point different ways"),
        (([0, 0], [[1, 0], [0, 1]], ("x", "x")), "names must be texts that differ"),
        (
            ([0, 0], [[1, 0], [0, 1]], ("x", "y"), [1]),
            r"variance_shares must have shape \(0,\) or \(2,\); got \(1,\)",
        ),
    ],
)
def test_what_is_no_plane_is_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        Plane(*fields)


def test_points_and_coordinates_of_another_shape_are_refused():
    plane = random_plane([1.0, 2.0, 3.0])
    for points in ([1, 2, 3], [[1, 2]], [[1, 2, np.nan]]):
        with pytest.raises(ValueError, match=r"points must be finite and of shape \(k, 3\)"):
            plane.project(points)
    with pytest.raises(ValueError, match=r"coordinates must have shape \(…, 2\); got \(3,\)"):
        plane.lift([1, 2, 3])


# The plane of a path


@unhurried
@given(st.integers(3, 8), st.integers(3, 30), seeds)
def test_the_directions_and_shares_are_those_of_numpys_full_pca(size, steps, seed):
    run = record(bowl(size, seed), np.arange(1.0, size + 1), learning_rate=0.3, steps=steps)
    plane = path_plane(run)
    variances, axes = np.linalg.eigh(np.cov(run.iterates.T))
    shares = variances[::-1][:2] / variances.sum()
    np.testing.assert_allclose(plane.variance_shares, shares, atol=1e-9)
    assert plane.shown == pytest.approx(shares.sum())
    np.testing.assert_allclose(plane.directions @ plane.directions.T, np.eye(2), atol=1e-12)
    if shares[1] > 1e-6:
        np.testing.assert_allclose(
            np.abs(plane.directions @ axes[:, -2:]), [[0, 1], [1, 0]], atol=1e-4
        )


def test_many_steps_of_many_parameters_give_the_same_plane_as_the_full_pca(monkeypatch):
    monkeypatch.setattr("descent.views.directions.DENSE_ROWS", 40)
    run = run_of(np.random.default_rng(0).standard_normal((50, 45)).cumsum(axis=0))
    away = run.iterates - run.iterates.mean(axis=0)
    _, values, axes = np.linalg.svd(away, full_matrices=False)
    plane = path_plane(run)
    np.testing.assert_allclose(plane.variance_shares, values[:2] ** 2 / (values**2).sum())
    np.testing.assert_allclose(np.abs(plane.directions @ axes[:2].T), np.eye(2), atol=1e-8)
    assert path_plane(run_of(np.ones((50, 45)))).shown == 1


def test_it_passes_through_the_lowest_iterate_of_all_runs():
    falling = record(bowl(4), np.ones(4), learning_rate=0.2, steps=9)
    rising = record(bowl(4), np.full(4, 0.5), learning_rate=40, steps=200)
    assert rising.diverged and np.abs(rising.iterates).max() > 1e100
    np.testing.assert_array_equal(path_plane(falling).origin, falling.iterates[-1])
    np.testing.assert_array_equal(path_plane(rising).origin, rising.iterates[0])
    both = path_plane([rising, falling])
    np.testing.assert_array_equal(both.origin, falling.iterates[-1])
    assert np.isfinite(both.project(rising.iterates)).all()
    assert np.isfinite(both.distance(rising.iterates)).all()


@unhurried
@given(seeds)
def test_a_path_in_a_plane_is_shown_whole_with_the_very_losses_recorded(seed):
    generator = np.random.default_rng(seed)
    away, _ = np.linalg.qr(generator.standard_normal((6, 2)))
    corner, hidden = torch.tensor(generator.standard_normal(6)), torch.tensor(away)

    def loss(p):
        return ((hidden.T @ (p - corner)) ** 2 * torch.tensor([0.5, 2.0])).sum()

    run = record(loss, generator.standard_normal(6), learning_rate=0.2, steps=12)
    plane = path_plane(run)
    assert plane.shown == pytest.approx(1)
    np.testing.assert_allclose(plane.distance(run.iterates), 0, atol=1e-9)
    drawn = [value(plane.restrict(loss), place) for place in plane.project(run.iterates)]
    np.testing.assert_allclose(drawn, run.losses, rtol=1e-9, atol=1e-12)


@unhurried
@given(seeds)
def test_turning_all_of_space_turns_the_plane_and_leaves_the_coordinates(seed):
    run = record(bowl(5, seed), np.arange(1.0, 6.0), learning_rate=0.3, steps=20)
    turn, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((5, 5)))
    elsewhere = run_of(run.iterates @ turn.T + 3, run.losses)
    here, there = (path_plane(one).project(one.iterates) for one in (run, elsewhere))
    np.testing.assert_allclose(there, here, atol=1e-6)
    assert (here[np.abs(here).argmax(axis=0), [0, 1]] > 0).all()


def test_two_parameters_are_shown_as_they_are():
    loss = LOSSES["rosenbrock"]
    run = record(loss, loss.start, learning_rate=0.001, steps=5)
    plane = path_plane(run)
    assert plane.names == run.names and plane.shown == 1
    np.testing.assert_array_equal(plane.project(run.iterates), run.iterates)
    window = ((-1, 1), (0, 2))
    drawn, direct = sample(plane.restrict(loss), window, 9), sample(loss, window, 9)
    np.testing.assert_array_equal(drawn.values, direct.values)


def test_a_single_step_is_shown_with_the_gradient_that_leaves_its_line():
    run = record(bowl(4), np.ones(4), learning_rate=0.2, steps=1)
    plane = path_plane(run)
    assert plane.variance_shares == pytest.approx([1, 0])
    for vector in (*np.diff(run.iterates, axis=0), *run.gradients):
        within = plane.directions.T @ plane.directions @ vector
        np.testing.assert_allclose(within, vector, atol=1e-12)


def test_a_straight_path_is_shown_with_an_axis_and_one_that_stays_with_two():
    straight = record(lambda p: (p**2).sum(), [1, 2, 3], learning_rate=0.1, steps=7)
    plane = path_plane(straight)
    assert plane.variance_shares == pytest.approx([1, 0])
    np.testing.assert_allclose(np.abs(plane.directions[0]) * np.sqrt(14), [1, 2, 3])
    standing = path_plane(run_of(np.ones((3, 4))))
    np.testing.assert_array_equal(standing.directions, np.eye(2, 4))
    assert standing.shown == 1


def test_small_steps_far_out_are_not_lost():
    steps = np.random.default_rng(1).integers(-9, 9, (12, 4)) * 2.0**-20
    near, far = path_plane(run_of(steps)), path_plane(run_of(2.0**30 + steps))
    np.testing.assert_allclose(near.variance_shares, far.variance_shares, rtol=1e-9)
    np.testing.assert_allclose(
        near.project(steps), far.project(2.0**30 + steps), rtol=1e-6, atol=1e-12
    )


@pytest.mark.parametrize(
    ("trajectories", "error", "message"),
    [
        ([], ValueError, "runs must be at least one trajectory; got none"),
        ([3], TypeError, "runs must be trajectories, as record returns them; got 3"),
        (5, TypeError, "runs must be trajectories, as record returns them; got 5"),
        ([run_of(np.ones((2, 3))), run_of(np.ones((2, 4)))], ValueError, "the same parameters"),
        (run_of(np.ones((2, 1))), ValueError, "must have two or more parameters to span a plane"),
    ],
)
def test_runs_without_a_plane_are_refused(trajectories, error, message):
    with pytest.raises(error, match=message):
        path_plane(trajectories)
