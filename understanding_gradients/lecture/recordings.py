"""The recordings that clips draw: recorded numbers, each recording in its own file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from descent.arrays import check_equally_long, check_shape, freeze
from descent.checks.errors import InvalidValue
from descent.gradients.finite_differences import DifferenceTable
from descent.gradients.graph import BackwardGraph
from descent.models.network import NetworkGradient
from descent.pictures.run import Run
from descent.runs.trajectory import Trajectory
from descent.serialization import OMIT_EMPTY, Saveable
from descent.text.numbers import ROUNDING
from descent.views.landscape import Landscape
from understanding_gradients.lecture.gradients import DirectionalDerivatives, GradientField
from understanding_gradients.lecture.network import NetworkPass
from understanding_gradients.lecture.secants import Secants
from understanding_gradients.lecture.standing import Standing
from understanding_gradients.lecture.start_view import StartView

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
        freeze(self, "x", "y")
        check_equally_long(self, "x", "y")
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
        freeze(self, "squared_errors", "means")
        check_shape("means", self.means, self.squared_errors.shape[:1])


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
        freeze(self, "center", "direction", "curvatures")
        freeze(self, "distances", "heights", "slopes", "rates")
        object.__setattr__(self, "descents", tuple(self.descents))
        check_shape("rates", self.rates, (len(self.descents),))
        check_equally_long(self, "distances", "heights", "slopes")

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
        freeze(self, "learning_rates", "final_losses", "shown_rates", "shown_losses")
        check_equally_long(self, "learning_rates", "final_losses")

    @property
    def onset(self) -> float:
        """The least of the rates whose run ends higher than it began; inf if there is none.

        What rounding alone adds to a loss is not higher.
        """
        least = self.start_loss + ROUNDING * abs(self.start_loss)
        rising = self.learning_rates[self.final_losses > least]
        return float(rising.min()) if len(rising) else float("inf")


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
    "standing": Standing,
    "start_view": StartView,
}
RATE_NAMES = ("very_small", "just_right", "very_large")
# Those of the lecture's own loss and start; and those that no loss or start changes. The others are
# of the neuron, and change with the start where the lecture's loss is the neuron's.
OF_THE_LECTURE = {
    *RATE_NAMES,
    *("curve", "gradient_field", "gradient_view", "rates", "slice", "standing", "start_view"),
}
# Those that change with the learning rates, and those that do where the loss is the neuron's.
OF_THE_RATES = {*RATE_NAMES, "gradient_field", "gradient_view", "rates", "slice", "standing"}
OF_THE_NEURONS_RATES = {"neuron", "directions"}
OF_THE_ROWS = {"rows", "network", "network_pass"}
# Those of the lecture's loss that another start may leave as they are.
OF_THE_LOSS = {"standing", "start_view"}
# Those that have as many steps as the lecture's descent: a clip that is given one shows them, or a
# view that holds them.
OF_THE_STEPS = {*RATE_NAMES, "curve", "neuron"}
# Those that clips draw which tell of every parameter by itself.
OF_EACH_PARAMETER = {"curve", "gradient_field"}


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
