"""Planes that are chosen by paths, or at random."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from descent.checks.errors import InvalidValue
from descent.checks.numbers import check_start, check_whole
from descent.checks.texts import some_of
from descent.runs.trajectory import check_runs
from descent.views.directions import (
    check_filters,
    filters_by_name,
    oriented,
    orthonormal,
    power_of_two,
    principal_directions,
    random_directions,
    shares_of_variance,
)
from descent.views.plane import Plane
from descent.views.thinned_paths import JointPath

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from torch import Tensor

    from descent.runs.trajectory import Trajectory


def path_plane(trajectories: Trajectory | Iterable[Trajectory]) -> Plane:
    """Return the plane that shows most of the variance of one recorded path or of several.

    Its directions are the first two principal components of all iterates, each counted once,
    about their mean. It passes through the iterate with the lowest recorded loss, which for a run
    that converges is its last, so that there at least the contours show the very loss that was
    recorded. The iterate farthest along a direction has a positive coordinate.

    Of a run whose rows were thinned, the plane is spanned by its exact iterates, and shows most of
    the variance of all that were sketched. The shares of variance are estimates then, and the plane
    passes through the exact iterate with the lowest loss.

    Two parameters are shown as they are: their values are the coordinates. A path that is a
    straight line, such as that of a single step, is shown with the direction in which a recorded
    gradient leaves it, else with a coordinate axis; one that does not move is shown whole.

    Args:
        trajectories: One recorded run, or several of the same loss.

    Returns:
        A Plane with orthonormal directions and with `variance_shares`.

    Raises:
        InvalidType: If something else than recorded runs is given.
        InvalidValue: If there is no run, or they have different or fewer than two parameters.

    Example:
        >>> import descent
        >>> def bowl(p):
        ...     return p[0] ** 2 + 2 * p[1] ** 2 + 4 * p[2] ** 2
        >>> run = descent.record(bowl, [1, 1, 1], learning_rate=0.05, steps=20)
        >>> plane = descent.path_plane(run)
        >>> plane.project(run.iterates).shape, f"{plane.shown:.1%} of the variance shown"
        ((21, 2), '99.9% of the variance shown')

    References:
        Li et al. (2018), arXiv:1712.09913, section 7.
    """
    runs = check_runs(trajectories)
    if len(runs[0].names) < 2:
        constraint = "have two or more parameters to span a plane"
        got = f"{some_of(runs[0].names)} alone"
        repair = "draw its curve with descent.sample."
        raise InvalidValue("trajectories", constraint, trajectories, got=got, repair=repair)
    if any(run.sketch is not None for run in runs) and len(runs[0].names) > 2:
        return _thinned_plane(runs)
    iterates = np.concatenate([run.iterates for run in runs])
    known = [run.evaluated for run in runs]
    gradients = itertools.chain.from_iterable(run.gradients for run in known)
    size = power_of_two(iterates)
    # Scaled by a power of two and shifted by a point, so that small steps far from 0 stay exact.
    moved = iterates / size - iterates[0] / size
    spread = moved - moved.mean(axis=0)
    if iterates.shape[1] == 2:
        a, b = runs[0].names
        return Plane(np.zeros(2), np.eye(2), (a, b), shares_of_variance(spread, np.eye(2)))
    directions = orthonormal(principal_directions(spread), gradients, np.eye(3, iterates.shape[1]))
    lowest = int(np.nanargmin(_losses_of_rows(runs)))
    directions = oriented(directions, (moved - moved[lowest]) @ directions.T)
    return Plane(
        iterates[lowest], directions, variance_shares=shares_of_variance(spread, directions)
    )


def _losses_of_rows(runs: Sequence[Trajectory]) -> NDArray[np.float64]:
    return np.concatenate([run.losses[run.recorded_steps] for run in runs])


def _thinned_plane(runs: Sequence[Trajectory]) -> Plane:
    """Return the plane of runs of which some were thinned."""
    path = JointPath(runs)
    found, shares = path.directions()
    gradients = itertools.chain.from_iterable(run.evaluated.gradients for run in runs)
    directions = orthonormal(found, gradients, np.eye(3, len(runs[0].names)))
    lowest = int(np.nanargmin(_losses_of_rows(runs)))
    rows = path.along(directions)
    directions = oriented(directions, path.weights @ rows - rows[lowest])
    every = itertools.chain.from_iterable(run.iterates for run in runs)
    origin = next(itertools.islice(every, lowest, None)).astype(np.float64)
    shares = shares if len(found) else np.array([1.0, 0.0])
    return Plane(origin, directions, variance_shares=shares)


def random_plane(
    at: ArrayLike | Tensor,
    names: Sequence[str] | None = None,
    *,
    seed: int = 0,
    filters: Sequence[int] | NDArray[np.int64] | None = None,
) -> Plane:
    """Return a plane through `at` along two random directions, filter by filter as long as `at`.

    Each direction d is drawn from a normal distribution, and each filter i of it rescaled,
    d_i ← d_i ‖θ_i‖ / ‖d_i‖, so that pictures of networks of different scales can be compared. A
    filter is what leads into one neuron or channel: a row of a weight's array. Biases and other
    arrays of one axis are held still, as by the authors' code.

    Args:
        at: Parameters that the plane passes through, shape (n,).
        names: One name per parameter, as `model_loss` gives them: "W2[0,1]" belongs to row 0 of W2,
            "b2[0]" is held still. Without names, or with others such as θ1, θ2, all parameters
            are one filter.
        seed: Which random directions.
        filters: Instead, a group number for each parameter, -1 for those held still, shape (n,).

    Returns:
        A Plane without `variance_shares`; its directions are no unit vectors, and nearly, not
        exactly, at right angles.

    Raises:
        InvalidValue: If names or filters do not fit `at`, or fewer than two parameters can move.

    Example:
        >>> import descent
        >>> plane = descent.random_plane([3, 4, 1, 0, 7], ["W1[0,0]", "W1[0,1]", "W1[1,0]",
        ...                              "W1[1,1]", "b1"], seed=1)
        >>> (plane.directions**2)[:, :2].sum(axis=1).round(9).tolist()
        [25.0, 25.0]
        >>> plane.directions[:, 4].tolist()
        [0.0, 0.0]

    References:
        Li et al. (2018), arXiv:1712.09913, section 4.
    """
    point = check_start(at, names)
    if filters is None:
        groups = filters_by_name(names or (), len(point))
    else:
        groups = check_filters(filters, len(point))
    seed = check_whole(seed, "seed", 0, 2**63 - 1)
    return Plane(point, random_directions(point, groups, seed))
