"""One run as a clip shows it: its first steps, its full length, and its views."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from descent.arrays import check_shape, freeze
from descent.pictures.regions import Regions
from descent.runs.projected import ProjectedTrajectory, Projection
from descent.runs.trajectory import Trajectory
from descent.serialization import OMIT_DEFAULT, OMIT_EMPTY, Saveable
from descent.views.landscape import Landscape

if TYPE_CHECKING:
    from numpy.typing import NDArray


def _none() -> NDArray[np.float64]:
    return np.empty(0)


@dataclass(frozen=True, eq=False)
class Run(Saveable):
    """One descent: the steps shown, the full run, and the views to draw it in.

    A run of many parameters is drawn on a plane: `trajectory` and `full` are in its coordinates,
    the landscapes are the loss on it, and `projection` holds what is true in all parameters.

    Attributes:
        trajectory: The steps that are shown one by one.
        full: The same run up to `target`, to its divergence, or to the recording's limit of
            steps; its first steps have the same bits as `trajectory`.
        landscapes: The loss over windows from narrow to wide; none where the loss is not at hand.
            The first is common to all the runs of one loss, the last contains the full run unless
            it diverged.
        views: For each shown step t, the index of the narrowest landscape that contains the
            iterates 0 … t, shape (steps+1,); the widest for iterates too far out to draw.
        sharpness: Largest Hessian eigenvalue at the start.
        critical_learning_rate: 2 / sharpness; inf where the loss does not curve upwards.
        target: The last loss of the just-right run, plus a millionth of its fall; -inf for a run
            that is not compared with others.
        minimiser: The minimum that lies downhill of the descent, shape (n,), or (0,) where none
            is found.
        minimum: The loss there, 0 where only rounding tells it from 0; nan where none is found.
        is_global: Whether no lower loss exists, which is known of a quadratic loss alone.
        description: The loss in words.
        learning_rate: The rate of every step, also of a run whose first step diverged; the first
            rate of a schedule, or of several parameters.
        rows: Over how many rows of the data its loss is the neuron's mean; 0 for another loss.
        overview: The loss over the whole run where `full` is drawn on another plane than
            `trajectory`; else empty.
        sharpness_along: Largest Hessian eigenvalue at the iterates of the full run, in all
            parameters, shape (full.steps+1,); nan where it was not measured. Shape (0,) if it was
            not asked for.
        regions: What a classifier of points of a plane answers along the full run; None for any
            other loss.
    """

    INSIDE: ClassVar[dict[str, str]] = {"PicturedRun": "picture"}

    trajectory: Trajectory
    full: Trajectory
    landscapes: tuple[Landscape, ...]
    views: NDArray[np.int64]
    sharpness: float
    critical_learning_rate: float
    target: float
    minimiser: NDArray[np.float64]
    minimum: float
    is_global: bool
    description: str
    learning_rate: float
    rows: int = 0
    overview: tuple[Landscape, ...] = field(default=(), metadata=OMIT_EMPTY)
    sharpness_along: NDArray[np.float64] = field(default_factory=_none, metadata=OMIT_EMPTY)
    regions: Regions | None = field(default=None, metadata=OMIT_DEFAULT)

    def __post_init__(self) -> None:
        """Freeze the views and check that they point at landscapes."""
        object.__setattr__(self, "landscapes", tuple(self.landscapes))
        object.__setattr__(self, "overview", tuple(self.overview))
        freeze(self, "views", dtype=np.int64)
        freeze(self, "minimiser", "sharpness_along")
        if len(self.sharpness_along):
            check_shape("sharpness_along", self.sharpness_along, self.full.losses.shape)
        check_shape("views", self.views, self.trajectory.losses.shape)
        if self.views.min() < 0 or self.views.max() >= max(1, len(self.landscapes)):
            raise ValueError(f"views must be indices of landscapes; got {self.views.tolist()}.")

    @property
    def projection(self) -> Projection | None:
        """What holds of the shown steps in all parameters; None where all of these are drawn."""
        run = self.trajectory
        return run.projection if isinstance(run, ProjectedTrajectory) else None

    @property
    def lowest(self) -> float:
        """The lowest loss that is known: the minimum, or that of this or the just-right run."""
        known = self.full.losses.min(), self.target, self.minimum
        return float(min(loss for loss in known if np.isfinite(loss)))

    def view(self, step: int) -> Landscape:
        """Return the landscape to draw while step `step` is shown."""
        return self.landscapes[int(self.views[step])]
