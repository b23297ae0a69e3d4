"""The recordings that clips draw: recorded numbers, each recording in its own file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from descent.arrays import read_only
from descent.checks.errors import InvalidValue
from descent.gradients.finite_differences import DifferenceTable
from descent.gradients.graph import BackwardGraph
from descent.models.network import NetworkGradient
from descent.runs.trajectory import Trajectory
from descent.serialization import OMIT_EMPTY, Saveable
from descent.text.numbers import ROUNDING
from descent.views.landscape import Landscape
from understanding_gradients.lecture.network import NetworkPass
from understanding_gradients.lecture.secants import Secants

if TYPE_CHECKING:
    from numpy.typing import NDArray


def _none() -> NDArray[np.float64]:
    return np.empty(0)


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
class RowLosses(Saveable):
    """The loss of each row, and their mean, along a descent.

    Attributes:
        squared_errors: (W1·x + b1 − y)² of each of N rows at each iterate, shape (steps+1, N).
        means: Their mean at each iterate, Θ, shape (steps+1,).
    """

    squared_errors: NDArray[np.float64]
    means: NDArray[np.float64]

    def __post_init__(self) -> None:
        """Freeze the arrays and check that they fit together."""
        object.__setattr__(self, "squared_errors", read_only(self.squared_errors))
        object.__setattr__(self, "means", read_only(self.means))
        if self.squared_errors.shape[:1] != self.means.shape:
            shapes = self.squared_errors.shape, self.means.shape
            raise ValueError(f"there must be one mean per iterate; got {shapes[0]}, {shapes[1]}.")


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
        rows: Over how many rows of the data its loss is the neuron's mean; 0 for another loss.
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
    rows: int = 0

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
class Slice(Saveable):
    """The loss along a line through its minimum, in the direction in which it is curved most.

    Attributes:
        center: The place on the line from which distances and heights are measured, the lowest
            one, shape (n,).
        direction: Of the line, of length 1, shape (n,).
        is_through_minimum: Whether `center` is the loss's minimum; else the line goes through the
            start of the lecture.
        curvatures: Eigenvalues of the Hessian there, increasing, shape (n,); the last is λ.
        distances: Places on the line, in units of the parameters, shape (k,).
        heights: The loss there less that at `center`, shape (k,).
        slopes: The derivative there, shape (k,).
        rates: A small rate, 1/λ, the lecture's middle rate, 2/λ and its largest, shape (5,).
        descents: Of the one parameter d, from one distance, at each of them. None where the slice
            is no parabola near `center`; then the arrays but the first three are empty too.
    """

    center: NDArray[np.float64]
    direction: NDArray[np.float64]
    is_through_minimum: bool
    curvatures: NDArray[np.float64]
    distances: NDArray[np.float64]
    heights: NDArray[np.float64]
    slopes: NDArray[np.float64]
    rates: NDArray[np.float64]
    descents: tuple[Trajectory, ...]

    def __post_init__(self) -> None:
        """Freeze the arrays and check that they fit together."""
        arrays = ("center", "direction", "curvatures", "distances", "heights", "slopes", "rates")
        for name in arrays:
            object.__setattr__(self, name, read_only(getattr(self, name)))
        object.__setattr__(self, "descents", tuple(self.descents))
        if len(self.descents) != len(self.rates):
            counts = len(self.rates), len(self.descents)
            raise ValueError(f"descents must be one for each rate; got {counts}.")
        shapes = {self.distances.shape, self.heights.shape, self.slopes.shape}
        if len(shapes) > 1:
            raise ValueError(f"distances, heights and slopes must be equally long; got {shapes}.")

    @property
    def sharpness(self) -> float:
        """The curvature λ along the slice."""
        return float(self.curvatures[-1])


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
        shown_rates: The three of the lecture's runs, shape (3,), or (0,).
        shown_losses: The loss after `steps` steps at each of them, as `final_losses`.
    """

    learning_rates: NDArray[np.float64]
    final_losses: NDArray[np.float64]
    steps: int
    start_loss: float
    sharpness: float
    critical_learning_rate: float
    shown_rates: NDArray[np.float64] = field(default_factory=_none, metadata=OMIT_EMPTY)
    shown_losses: NDArray[np.float64] = field(default_factory=_none, metadata=OMIT_EMPTY)

    def __post_init__(self) -> None:
        """Freeze the arrays and check that they fit together."""
        object.__setattr__(self, "learning_rates", read_only(self.learning_rates))
        object.__setattr__(self, "final_losses", read_only(self.final_losses))
        object.__setattr__(self, "shown_rates", read_only(self.shown_rates))
        object.__setattr__(self, "shown_losses", read_only(self.shown_losses))
        shapes = self.learning_rates.shape, self.final_losses.shape
        if self.learning_rates.ndim != 1 or shapes[0] != shapes[1]:
            raise ValueError(
                f"rates and losses must be equally long; got {shapes[0]}, {shapes[1]}."
            )

    @property
    def onset(self) -> float:
        """The least of the rates whose run ends higher than it began; inf if there is none.

        What rounding alone adds to a loss is not higher.
        """
        least = self.start_loss + ROUNDING * abs(self.start_loss)
        rising = self.learning_rates[self.final_losses > least]
        return float(rising.min()) if len(rising) else float("inf")


@dataclass(frozen=True, eq=False)
class DirectionalDerivatives(Saveable):
    """How fast a loss of two parameters changes in directions all around one place.

    Attributes:
        angles: Of the directions, in radians from the first parameter's axis, evenly around; the
            first is that of the gradient, shape (k,).
        slopes: The directional derivative along each; 0 if it is rounding noise, shape (k,).
        nudge: A short way along the first parameter.
        ways: Ways along the first parameter, from -2 to 3 nudges, shape (m,).
        losses: The loss after each of them, shape (m,).
        nudged_loss: The loss after the nudge.
    """

    angles: NDArray[np.float64]
    slopes: NDArray[np.float64]
    nudge: float
    ways: NDArray[np.float64]
    losses: NDArray[np.float64]
    nudged_loss: float

    def __post_init__(self) -> None:
        """Freeze the arrays and check that they fit together."""
        for name in ("angles", "slopes", "ways", "losses"):
            object.__setattr__(self, name, read_only(getattr(self, name)))
        _check_pairs("angles and slopes", self.angles, self.slopes)
        _check_pairs("ways and losses", self.ways, self.losses)


@dataclass(frozen=True, eq=False)
class GradientField(Saveable):
    """The gradient of one loss at many places of a view, in rows from the lower left.

    Attributes:
        places: Shape (k, n).
        gradients: Shape (k, n); nan outside the domain of the loss.
    """

    places: NDArray[np.float64]
    gradients: NDArray[np.float64]

    def __post_init__(self) -> None:
        """Freeze the arrays and check that they fit together."""
        object.__setattr__(self, "places", read_only(self.places))
        object.__setattr__(self, "gradients", read_only(self.gradients))
        if self.places.ndim != 2 or self.places.shape != self.gradients.shape:
            shapes = f"{self.places.shape}, {self.gradients.shape}"
            raise ValueError(f"places and gradients must be one per row; got {shapes}.")


def _check_pairs(which: str, one: NDArray[np.float64], other: NDArray[np.float64]) -> None:
    if one.ndim != 1 or one.shape != other.shape:
        raise ValueError(f"{which} must be equally long; got {one.shape}, {other.shape}.")


Recording = Saveable
ClipInputs = Mapping[str, Recording]

RECORDINGS: dict[str, type[Recording]] = {
    "rows": Rows,
    "one_row": Run,
    "row_losses": RowLosses,
    "neuron": Run,
    "directions": DirectionalDerivatives,
    "curve": Run,
    "graph": BackwardGraph,
    "nudged": BackwardGraph,
    "differences": DifferenceTable,
    "secants": Secants,
    "network": NetworkGradient,
    "network_pass": NetworkPass,
    "very_small": Run,
    "just_right": Run,
    "gradient_field": GradientField,
    "very_large": Run,
    "rates": RateTable,
    "gradient_view": Landscape,
    "slice": Slice,
}
RATE_NAMES = ("very_small", "just_right", "very_large")
# Those of the lecture's own loss and start; and those that no loss or start changes. The others are
# of the neuron, and change with the start where the lecture's loss is the neuron's.
OF_THE_LECTURE = {*RATE_NAMES, "curve", "gradient_field", "gradient_view", "rates", "slice"}
OF_THE_ROWS = {"rows", "network", "network_pass"}


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
