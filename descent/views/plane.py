"""A plane in the space of all parameters, onto which paths and losses are projected."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from descent.arrays import check_shape, read_only
from descent.checks.autograd import with_autograd
from descent.checks.errors import InvalidValue
from descent.checks.function import carrying
from descent.checks.loss import check_callable
from descent.checks.numbers import as_numbers, check_finite
from descent.checks.texts import check_names
from descent.serialization import Saveable
from descent.views.directions import (
    orthonormal,
    power_of_two,
)
from descent.views.some_rows import over_rows, rows_of
from descent.views.thinned_paths import on_plane

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
