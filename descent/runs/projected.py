"""A recorded run as it is seen on a plane, with what holds of it in all its parameters."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, get_args

import numpy as np

from descent.arrays import check_shape, freeze
from descent.checks.errors import InvalidValue
from descent.checks.names import is_rate_of_group
from descent.runs.behavior import Behavior
from descent.runs.group_rates import distinct
from descent.runs.trajectory import Trajectory
from descent.serialization import OMIT_DEFAULT, OMIT_EMPTY, Saveable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.views.plane import Plane

COORDINATES = 2  # of a plane
LARGEST = float(np.finfo(np.float64).max)


@dataclass(frozen=True, eq=False)
class Projection(Saveable):
    """What holds of a run in all its parameters, which its picture on a plane does not show.

    Attributes:
        parameters: How many there are.
        shown: The share of the path's variance that the plane shows; nan if it does not move.
        gradient_norms: ‖gradient‖ at each iterate, shape (steps+1,).
        step_lengths: ‖θ^{t+1} − θ^t‖ of each step, shape (steps,).
        distances: How far off the plane each iterate is, shape (steps+1,); nan where not every row
            was kept.
        plane_losses: The loss at the place on the plane below each iterate, shape (steps+1,); nan
            where it was not computed.
        follows: 1 for each step that is −η·gradient, else 0, shape (steps,); where not every row
            was kept, this is told by the optimizer.
        behavior: That of the run; see `Trajectory.behavior`.
        start: A digest of the first iterate, by which runs from one start are told.
        rates: Where parameters have more than two rates, each of them in every step, shape
            (steps, groups); else empty.
    """

    parameters: int
    shown: float
    gradient_norms: NDArray[np.float64]
    step_lengths: NDArray[np.float64]
    distances: NDArray[np.float64]
    plane_losses: NDArray[np.float64]
    follows: NDArray[np.int64]
    behavior: str
    start: str
    rates: NDArray[np.float64] = field(
        default_factory=lambda: np.empty((0, 0)), metadata=OMIT_EMPTY
    )

    def __post_init__(self) -> None:
        """Freeze the arrays and check that they fit together."""
        freeze(self, "gradient_norms", "step_lengths", "distances", "plane_losses", "rates")
        freeze(self, "follows", dtype=np.int64)
        rows = self.gradient_norms.shape
        for name in ("distances", "plane_losses"):
            check_shape(name, getattr(self, name), rows)
        for name in ("step_lengths", "follows"):
            check_shape(name, getattr(self, name), (rows[0] - 1,))
        if self.behavior not in get_args(Behavior):
            raise InvalidValue("behavior", "be one of the words of Trajectory", self.behavior)


@dataclass(frozen=True, eq=False)
class ProjectedTrajectory(Trajectory):
    """A run of many parameters in the two coordinates of a plane, of the rows that were kept.

    Iterates and gradients are those on the plane, so that what is drawn of them is the run's
    picture. The losses are those that were recorded, and what the run is said to have done, its
    `behavior` among it, is what it did in all its parameters.

    Attributes:
        projection: What holds in all parameters.
    """

    projection: Projection | None = field(default=None, metadata=OMIT_DEFAULT)

    def __post_init__(self) -> None:
        """Check that the picture and what it is a picture of fit together."""
        super().__post_init__()
        if self.projection is None:
            raise InvalidValue("projection", "be given", None)
        check_shape("projection.gradient_norms", self.whole.gradient_norms, self.losses.shape)

    @property
    def whole(self) -> Projection:
        """What holds in all parameters."""
        assert self.projection is not None
        return self.projection

    @property
    def behavior(self) -> Behavior:
        """That of the run in all its parameters."""
        return self.whole.behavior  # pyright: ignore[reportReturnType]

    @property
    def gradient_norms(self) -> NDArray[np.float64]:
        """‖gradient‖ in all parameters at each iterate, shape (steps+1,)."""
        return self.whole.gradient_norms

    @property
    def step_lengths(self) -> NDArray[np.float64]:
        """‖θ^{t+1} − θ^t‖ in all parameters, shape (steps,)."""
        return self.whole.step_lengths

    @property
    def follows_update_rule(self) -> NDArray[np.bool_]:
        """Whether each step was −η·gradient in all parameters, shape (steps,)."""
        return self.whole.follows.astype(bool)

    def first(self, steps: int) -> Trajectory:
        """Refuse to cut a picture: what holds of a part is found from all parameters."""
        if steps >= self.steps:
            return self
        repair = "cut the run before it is projected."
        raise InvalidValue("steps", f"be {self.steps}, all that are drawn", steps, repair=repair)


def projected(
    run: Trajectory,
    plane: Plane,
    plane_losses: NDArray[np.float64] | None = None,
    names: tuple[str, ...] | None = None,
) -> ProjectedTrajectory:
    """Return a run as it is seen on a plane.

    Args:
        run: The recorded run, with the loss and the gradient of its last row.
        plane: Of the same parameters; the one of its path, where not every row was kept.
        plane_losses: The loss at the place on the plane below each iterate, as far as it is known.
        names: Of the two coordinates; by default those of the plane.
    """
    coordinates = bounded(plane.project(run.iterates))
    rates = run.learning_rates
    every = distinct(rates)
    if rates.ndim == 2:  # a plane has two coordinates: the least and the largest rate of each step
        rates = np.stack([rates.min(axis=1), rates.max(axis=1)], axis=1)
    unknown, is_whole = np.full(len(run.losses), np.nan), run.has_every_row
    follows = run.follows_update_rule if is_whole else [run.is_plain_gradient_descent] * run.steps
    return ProjectedTrajectory(
        iterates=coordinates,
        losses=run.losses,
        gradients=on_plane(run.gradients, plane),
        learning_rates=rates,
        names=names or plane.names,
        diverged=run.diverged,
        optimizer=run.optimizer,
        options=run.options,
        stopped_by=run.stopped_by,
        batch_losses=run.batch_losses,
        loss_counts=run.loss_counts,
        full_losses=run.full_losses,
        error=run.error,
        next_loss=run.next_loss,
        scheduled_options=run.scheduled_options,
        dtype=run.dtype,
        recorded_steps=run.recorded_steps,
        norms=run.norms,
        projection=Projection(
            parameters=len(run.names),
            shown=share_shown(run.iterates, plane) if is_whole else plane.shown,
            gradient_norms=bounded(run.gradient_norms),
            step_lengths=bounded(run.step_lengths),
            distances=bounded(plane.distance(run.iterates)) if is_whole else unknown,
            plane_losses=unknown if plane_losses is None else plane_losses,
            follows=np.array(follows, np.int64),
            behavior=run.behavior,
            start=hashlib.sha256(run.iterates[0].tobytes()).hexdigest(),
            rates=every if every.shape[1] > COORDINATES else np.empty((0, 0)),
        ),
    )


def rates_of(run: Trajectory) -> NDArray[np.float64]:
    """Return the distinct learning rates of every step, shape (steps, groups).

    Of a picture on a plane, which has two coordinates, they are those of all parameters; of rows
    that were thinned, those of all groups.
    """
    if isinstance(run, ProjectedTrajectory) and run.whole.rates.size:
        return run.whole.rates
    named = run.scheduled_options.items()
    others = [rates for name, rates in named if is_rate_of_group(name)]
    return distinct(
        np.column_stack([run.learning_rates, *others]) if others else run.learning_rates
    )


def on_plane(vectors: NDArray[np.float64], plane: Plane) -> NDArray[np.float64]:
    """Return the part of vectors, shape (k, n), that lies in a plane, in its coordinates."""
    size = float(np.abs(vectors).max(initial=0.0)) or 1.0
    return bounded(size * (vectors / size @ np.linalg.pinv(plane.directions)))


def share_shown(points: NDArray[np.float64], plane: Plane) -> float:
    """Return the share of the variance of points, shape (k, n), that a plane shows."""
    size = float(np.abs(points).max(initial=0.0)) or 1.0
    spread = points / size - (points / size).mean(axis=0)
    size = float(np.abs(spread).max()) or 1.0
    spread = spread / size
    seen = spread @ np.linalg.pinv(plane.directions) @ plane.directions
    total = float((spread**2).sum())
    return min(1.0, float((seen**2).sum()) / total) if total > 0 else float("nan")


def bounded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return numbers that a sum of squares made infinite as the largest that there is."""
    return np.clip(values, -LARGEST, LARGEST)
