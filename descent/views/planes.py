"""Planes in the space of all parameters, onto which paths and losses are projected."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from descent.arrays import check_shape, read_only
from descent.checks.autograd import with_autograd
from descent.checks.errors import InvalidValue
from descent.checks.function import carrying
from descent.checks.loss import check_callable
from descent.checks.numbers import as_numbers, check_finite, check_start, check_whole
from descent.checks.texts import check_names, some_of
from descent.runs.trajectory import check_runs
from descent.serialization import Saveable
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
from descent.views.some_rows import over_rows, rows_of
from descent.views.thinned_paths import JointPath, on_plane

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from torch import Tensor

    from descent.arrays import Loss
    from descent.checks.function import Value
    from descent.runs.trajectory import Trajectory

AXES = ("direction 1", "direction 2")


class PlanePath(NamedTuple):
    """A run's path on a plane.

    Attributes:
        steps: The steps of its points, shape (k,).
        coordinates: Where they are on the plane, shape (k, 2).
    """

    steps: NDArray[np.int64]
    coordinates: NDArray[np.float64]


ARRAYS = ("origin", "directions", "variance_shares")


@dataclass(frozen=True, eq=False)
class Plane(Saveable):
    """The points θ = origin + x·directions[0] + y·directions[1] of all parameters.

    What is drawn on a plane is the loss `restrict` gives, and a path is drawn where `project` puts
    it: on the very same plane, so that contours and path agree.

    Attributes:
        origin: The point with coordinates (0, 0), shape (n,).
        directions: What a coordinate moves by, shape (2, n). Those of `path_plane` are orthonormal,
            so that distances and right angles are seen as they are; those of `random_plane` have
            the lengths that filter normalisation gives them.
        names: What the two axes are called.
        variance_shares: The share of a path's variance that lies along each direction, shape (2,);
            empty if no path chose the plane, shape (0,).

    Raises:
        InvalidValue: If shapes contradict the above, a number is not finite, or both directions
            point the same way.

    Example:
        >>> import descent
        >>> plane = descent.Plane([0, 0, 1], [[1, 0, 0], [0, 1, 0]])
        >>> plane.project([[3, 4, 6]]).tolist(), plane.distance([[3, 4, 6]]).tolist()
        ([[3.0, 4.0]], [5.0])
        >>> bowl = plane.restrict(lambda p: (p**2).sum())
        >>> descent.sample(bowl, [(-1, 1), (-1, 1)], resolution=3).values.tolist()
        [[3.0, 2.0, 3.0], [2.0, 1.0, 2.0], [3.0, 2.0, 3.0]]

    References:
        Li et al. (2018), arXiv:1712.09913.
    """

    origin: NDArray[np.float64]
    directions: NDArray[np.float64]
    names: tuple[str, str] = AXES
    variance_shares: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))

    def __post_init__(self) -> None:
        """Freeze the arrays and check that they fit together."""
        for name in ARRAYS:
            object.__setattr__(self, name, read_only(as_numbers(getattr(self, name), name)))
            check_finite(name, getattr(self, name))
        check_names(self.names)
        object.__setattr__(self, "names", tuple(self.names))
        if self.origin.ndim != 1 or len(self.origin) < 2:
            got = f"shape {self.origin.shape}"
            raise InvalidValue("origin", "have two or more parameters", self.origin, got=got)
        check_shape("directions", self.directions, (2, len(self.origin)))
        if len(orthonormal(self.directions)) < 2:
            constraint = "be two that point different ways"
            got = "two along one line"
            repair = "let two or more parameters move, or take another seed."
            raise InvalidValue("directions", constraint, self.directions, got=got, repair=repair)
        if len(self.names) != 2:
            raise InvalidValue("names", "be two that differ", self.names)
        check_shape("variance_shares", self.variance_shares, (0,), (2,))

    @property
    def shown(self) -> float:
        """The share of the path's variance that the plane shows; nan if no path chose it."""
        shares = self.variance_shares
        return min(1.0, float(shares.sum())) if shares.size else math.nan

    def project(self, points: ArrayLike | Tensor) -> NDArray[np.float64]:
        """Return the coordinates of the places on the plane that are nearest, by least squares.

        `points` has shape (k, n), the coordinates (k, 2).

        Raises:
            InvalidValue: If `points` has another shape or is not finite.
        """
        away, size = self._away(points)
        return size * (away @ np.linalg.pinv(self.directions))

    def lift(self, coordinates: ArrayLike | Tensor) -> NDArray[np.float64]:
        """Return the parameters at places on the plane.

        `coordinates` has shape (…, 2), the parameters (…, n).

        Raises:
            InvalidValue: If `coordinates` are not pairs.
        """
        pairs = as_numbers(coordinates, "coordinates")
        if pairs.shape[-1:] != (2,):
            raise InvalidValue(
                "coordinates", "have shape (…, 2)", coordinates, got=str(pairs.shape)
            )
        return self.origin + pairs @ self.directions

    def path(self, run: Trajectory) -> PlanePath:
        """Return where a run's path is drawn: its iterates as `project` puts them.

        Where not every iterate was kept, they are those of ``run.recorded_steps``, or the sketched
        ones: where there is a sketch, coordinates between exact iterates are estimates.

        Args:
            run: A recorded run of as many parameters.

        Returns:
            The ``steps`` of the points, shape (k,), and their ``coordinates``, shape (k, 2).

        Raises:
            InvalidValue: If the run has another number of parameters.

        Example:
            >>> import descent
            >>> run = descent.record(descent.LOSSES["bowl"], [2, 1], learning_rate=0.1, steps=2)
            >>> path = descent.path_plane(run).path(run)
            >>> path.steps.tolist(), path.coordinates[0].tolist()
            ([0, 1, 2], [2.0, 1.0])
        """
        if len(run.names) != len(self.origin):
            constraint = f"be one of {len(self.origin)} parameters"
            raise InvalidValue("run", constraint, got=f"one of {len(run.names)}")
        steps = run.recorded_steps if run.sketch is None else run.sketch.steps
        return PlanePath(steps, on_plane(self, run))

    def distance(self, points: ArrayLike | Tensor) -> NDArray[np.float64]:
        """Return how far off the plane points lie, which a picture of the plane cannot show.

        `points` has shape (k, n), the Euclidean distances (k,).

        Raises:
            InvalidValue: If `points` has another shape or is not finite.
        """
        away, size = self._away(points)
        basis = orthonormal(self.directions)
        return size * np.linalg.norm(away - away @ basis.T @ basis, axis=1)

    def restrict(self, loss: Loss) -> Loss:
        """Return `loss` as a loss of the two coordinates, named after the axes.

        Like any loss it can be sampled, descended and batched by torch.func.vmap.

        Args:
            loss: Maps params, shape (n,), to a scalar tensor.
        """
        return _OnPlane(loss, self)

    def _away(self, points: ArrayLike | Tensor) -> tuple[NDArray[np.float64], float]:
        """Return `points` as seen from the origin, divided by a power of two, and that power."""
        given = as_numbers(points, "points")
        if given.ndim != 2 or given.shape[1] != len(self.origin) or not np.isfinite(given).all():
            constraint = f"be finite and of shape (k, {len(self.origin)})"
            got = f"shape {given.shape}"
            repair = "leave out rows with nan or inf."
            raise InvalidValue("points", constraint, points, got=got, repair=repair)
        size = max(power_of_two(given), power_of_two(self.origin))
        return given / size - self.origin / size, size


class _OnPlane:
    """A loss of all parameters as a loss of a plane's two coordinates."""

    @with_autograd
    def __init__(self, loss: Loss, plane: Plane) -> None:
        import torch

        check_callable(loss)

        self.loss, self.names, self._plane = loss, plane.names, plane
        self._origin = torch.tensor(plane.origin)
        self._directions = torch.tensor(plane.directions)

    def __call__(self, params: Tensor, /) -> Tensor:
        origin, directions = self._origin.to(params.device), self._directions.to(params.device)
        return self.loss(origin + params @ directions)

    @property
    def rows(self) -> int:
        """How many rows of data the loss is of, as far as that is known; see `OfRows`."""
        return rows_of(self.loss)

    def over_rows(self, start: int, stop: int) -> _OnPlane:
        """Return the loss over some of these rows."""
        return _OnPlane(over_rows(self.loss, start, stop), self._plane)

    def carrying(self, *, is_evaluating: bool = False) -> Value:
        """Return its value at a point, each evaluation leaving its state to the next."""
        value = carrying(self.loss, is_evaluating=is_evaluating)
        origin, directions = self._origin.numpy(), self._directions.numpy()
        return lambda point: value(origin + point @ directions)


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
