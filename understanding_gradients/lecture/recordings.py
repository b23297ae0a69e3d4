"""The recordings that clips draw: recorded numbers, each recording in its own file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from descent.arrays import read_only
from descent.checks.errors import InvalidValue
from descent.gradients.finite_differences import DifferenceTable
from descent.gradients.graph import BackwardGraph
from descent.models.network import NetworkGradient
from descent.runs.trajectory import Trajectory
from descent.serialization import Saveable
from descent.views.landscape import Landscape

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Rows(Saveable):
    """The data, and the index of the row that is shown in detail.

    Inputs `x` and targets `y` have shape (N,).
    """

    x_name: str
    y_name: str
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    picked: int

    def __post_init__(self) -> None:
        """Freeze the arrays and check that they fit together."""
        object.__setattr__(self, "x", read_only(self.x))
        object.__setattr__(self, "y", read_only(self.y))
        if self.x.ndim != 1 or self.x.shape != self.y.shape:
            raise ValueError(f"x and y must be equally long; got {self.x.shape}, {self.y.shape}.")
        if not 0 <= self.picked < len(self.x):
            raise ValueError(f"picked must be from 0 to {len(self.x) - 1}; got {self.picked}.")


@dataclass(frozen=True, eq=False)
class Run(Saveable):
    """One descent: the steps shown, the full run, and the views to draw it in.

    Attributes:
        trajectory: The steps that are shown one by one.
        full: The same run up to `target`, to its divergence, or to the recording's limit of
            steps; its first steps have the same bits as `trajectory`.
        landscapes: The loss over windows from narrow to wide; the first is common to all the
            runs of one loss, the last contains the full run unless it diverged.
        views: For each shown step t, the index of the narrowest landscape that contains the
            iterates 0 … t, shape (steps+1,); the widest for iterates too far out to draw.
        sharpness: Largest Hessian eigenvalue at the start.
        critical_learning_rate: 2 / sharpness; inf where the loss does not curve upwards.
        target: The last loss of the just-right run, plus a millionth of its fall; -inf for a run
            that is not compared with others.
        minimiser: The minimum that lies downhill of the descent, shape (n,), or (0,) where none
            is found.
        minimum: The loss there; nan where none is found.
        is_global: Whether no lower loss exists, which is known of a quadratic loss alone.
        description: The loss in words.
        learning_rate: The rate of every step, also of a run whose first step diverged; the first
            rate of a schedule, or of several parameters.
    """

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

    def __post_init__(self) -> None:
        """Freeze the views and check that they point at landscapes."""
        object.__setattr__(self, "landscapes", tuple(self.landscapes))
        object.__setattr__(self, "views", read_only(self.views, dtype=np.int64))
        object.__setattr__(self, "minimiser", read_only(self.minimiser))
        if self.views.shape != self.trajectory.losses.shape:
            raise ValueError(f"views must be one per iterate; got shape {self.views.shape}.")
        if self.views.min() < 0 or self.views.max() >= len(self.landscapes):
            raise ValueError(f"views must be indices of landscapes; got {self.views.tolist()}.")

    @property
    def lowest(self) -> float:
        """The lowest loss that is known: the minimum, or that of this or the just-right run."""
        known = self.full.losses.min(), self.target, self.minimum
        return float(min(loss for loss in known if np.isfinite(loss)))

    def view(self, step: int) -> Landscape:
        """Return the landscape to draw while step `step` is shown."""
        return self.landscapes[int(self.views[step])]


@dataclass(frozen=True, eq=False)
class RateTable(Saveable):
    """The final losses of one descent at many learning rates.

    Attributes:
        learning_rates: Increasing, evenly spread over a logarithmic axis, shape (k,).
        final_losses: The loss after `steps` steps at each of them, inf where the run was thrown
            out, shape (k,).
        steps: How many steps each run took.
        start_loss: The loss at their common start.
        sharpness: Largest Hessian eigenvalue at the start.
        critical_learning_rate: 2 / sharpness; inf where the loss does not curve upwards.
    """

    learning_rates: NDArray[np.float64]
    final_losses: NDArray[np.float64]
    steps: int
    start_loss: float
    sharpness: float
    critical_learning_rate: float

    def __post_init__(self) -> None:
        """Freeze the arrays and check that they fit together."""
        object.__setattr__(self, "learning_rates", read_only(self.learning_rates))
        object.__setattr__(self, "final_losses", read_only(self.final_losses))
        shapes = self.learning_rates.shape, self.final_losses.shape
        if self.learning_rates.ndim != 1 or shapes[0] != shapes[1]:
            raise ValueError(
                f"rates and losses must be equally long; got {shapes[0]}, {shapes[1]}."
            )

    @property
    def onset(self) -> float:
        """The least of the rates whose run ends higher than it began; inf if there is none."""
        rising = self.learning_rates[self.final_losses > self.start_loss]
        return float(rising.min()) if len(rising) else float("inf")


Recording = Rows | Run | RateTable | BackwardGraph | DifferenceTable | NetworkGradient | Landscape
ClipInputs = Mapping[str, Recording]

RECORDINGS: dict[str, type[Recording]] = {
    "rows": Rows,
    "one_row": Run,
    "neuron": Run,
    "curve": Run,
    "graph": BackwardGraph,
    "differences": DifferenceTable,
    "network": NetworkGradient,
    "very_small": Run,
    "just_right": Run,
    "very_large": Run,
    "rates": RateTable,
    "gradient_view": Landscape,
}
RATE_NAMES = ("very_small", "just_right", "very_large")


def check_name(name: str) -> None:
    """Check that `name` is one of `RECORDINGS`."""
    if name not in RECORDINGS:
        raise InvalidValue("a recording", f"be one of {', '.join(RECORDINGS)}", name)


def recording_path(folder: str | os.PathLike[str], name: str) -> Path:
    """Return the path of the recording `name` in `folder`."""
    check_name(name)
    return Path(folder) / f"{name}.safetensors"


def save_recordings(recordings: ClipInputs, folder: str | os.PathLike[str]) -> dict[str, Path]:
    """Write each recording to its own file in `folder`, and return the files' paths."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    return {
        name: recording.save(recording_path(folder, name)) for name, recording in recordings.items()
    }


def load_recordings(folder: str | os.PathLike[str], names: Iterable[str]) -> dict[str, Recording]:
    """Read the recordings `names` from `folder`, without torch."""
    paths = {name: recording_path(folder, name) for name in names}
    return {name: RECORDINGS[name].load(path) for name, path in paths.items()}
