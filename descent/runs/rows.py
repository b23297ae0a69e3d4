"""The rows of a recording while it is made, and why it stopped."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from descent.runs.thinning.recorded import Recorded

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from descent.runs.parameters import Parameters
    from descent.runs.trajectory_checks import NextLoss, StoppedBy


class Recorder:
    """The rows recorded so far, and why the recording stopped.

    Args:
        steps: How many steps there is room for.
        params: The parameters.
        count: How many of them are kept; all by default.
    """

    def __init__(self, steps: int, params: Parameters, count: int | None = None) -> None:
        self.params = params
        # Adjacent in memory, so that one call checks a whole row.
        self._rows = np.empty((steps + 1, 2, len(params.vector()) if count is None else count))
        self.iterates, self.gradients = self._rows[:, 0], self._rows[:, 1]
        self.losses: list[float] = []
        self.batch_losses: list[float] = []
        self.diverged = False
        self.stopped_by: StoppedBy | None = None
        self.error = ""
        self.next_loss: NextLoss = ""

    def write(self, loss: float, batch_loss: float) -> bool:
        """Keep a row of the parameters as they are if it is finite, and return whether it was."""
        row = self._rows[len(self.losses)]
        row[0], row[1] = _as_array(self.params.vector()), _as_array(self.params.gradient())
        is_finite = math.isfinite(loss) and math.isfinite(batch_loss)
        if is_finite and np.isfinite(row).all():
            self.losses.append(loss)
            self.batch_losses.append(batch_loss)
            return True
        unfinished = loss if not math.isfinite(loss) else batch_loss
        ending = ending_of(
            np.isfinite(row[0]).all(), unfinished, self.losses[0] if self.losses else math.nan
        )
        self.stopped_by, self.diverged, self.next_loss = ending
        return False

    def recorded(self) -> Recorded:
        """Return the rows that were kept."""
        count = len(self.losses)
        return Recorded(self.iterates[:count], self.gradients[:count], np.arange(count))

    def is_last(self) -> bool:
        """Return whether parameters and gradient are those of the last row."""
        row = self._rows[len(self.losses) - 1]
        now = _as_array(self.params.vector()), _as_array(self.params.gradient())
        return np.array_equal(row[0], now[0]) and np.array_equal(row[1], now[1])

    def stop(self, error: str, is_by_loss: bool) -> None:
        """Record that an exception, of the loss or another, stopped it where the parameters are."""
        if np.isfinite(_as_array(self.params.vector())).all():
            self.stopped_by, self.error = "error", error
            self.next_loss = "none" if is_by_loss else ""
        else:  # which a loss may refuse with an exception
            self.stopped_by, self.diverged = "parameters", True


def _as_array(vector: Tensor) -> NDArray[np.float64]:
    """Return the numbers of a vector of any precision and device, each of them exactly."""
    return vector.cpu().double().numpy()


def ending_of(
    is_finite: bool | np.bool_, loss: float, first_loss: float
) -> tuple[StoppedBy, bool, NextLoss]:
    """Return what is not finite in a row, whether that is divergence, and the loss that was none.

    Args:
        is_finite: Whether the parameters of the row are finite.
        loss: Its loss; if that and the parameters are finite, the gradient is not.
        first_loss: The loss at the start.
    """
    if not is_finite:
        return "parameters", True, ""
    if math.isfinite(loss):
        return "gradient", loss > first_loss, ""
    return "loss", True, "nan" if math.isnan(loss) else "inf" if loss > 0 else "-inf"
