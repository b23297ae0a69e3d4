"""Where noisy losses lead, told from the means of many of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.runs.behavior import Behavior

TENTH, FEWEST = 10, 5  # parts of a run, and how many losses each of them has at least
SURE = 3.0  # standard errors by which two means must differ
SLOWED = math.sqrt(0.5)  # from one half to the other, so that no more is to come than has fallen


@dataclass(frozen=True)
class Trend:
    """Where the noisy losses of a run lead.

    Attributes:
        first: The mean of the first tenth, of five losses at least.
        last: That of the last tenth.
        count: How many losses each of them is the mean of.
        error: The standard error of their difference, as of independent losses. Batches that are
            shuffled are nearly that; where noise lasts for several steps, it is too small.
        slows_down: Whether what fell in the second half is at most √½ of what fell in the first:
            going on so, no more is to come than has fallen.
    """

    first: float
    last: float
    count: int
    error: float
    slows_down: bool

    @property
    def falls(self) -> bool:
        """Whether the last mean is below the first by more than their noise."""
        return self.first - self.last > SURE * self.error

    @property
    def rises(self) -> bool:
        """Whether the last mean is above the first by more than their noise."""
        return self.last - self.first > SURE * self.error

    @property
    def behavior(self) -> Behavior:
        """The word for it."""
        if not self.falls:
            return "bounded"
        return "converging" if self.slows_down else "slow"


def trend_of(losses: NDArray[np.float64]) -> Trend | None:
    """Return the trend of some losses, shape (rows,), in order; None of fewer than 20.

    Example:
        >>> import numpy as np
        >>> from descent.runs.trend import trend_of
        >>> losses = 3 * 0.9 ** np.arange(100) + np.cos(7 * np.arange(100))
        >>> trend_of(losses).behavior, trend_of(np.cos(7 * np.arange(100))).behavior
        ('converging', 'bounded')
    """
    count = max(len(losses) // TENTH, FEWEST)
    if len(losses) < 4 * count:
        return None
    scale = float(np.abs(losses).max()) or 1.0
    centre = (len(losses) - count) // 2
    parts = [losses[at : at + count] / scale for at in (0, centre, len(losses) - count)]
    first, middle, last = (float(part.mean()) for part in parts)
    error = math.hypot(*(float(part.std(ddof=1)) for part in parts[::2])) / math.sqrt(count)
    slows_down = middle - last <= SLOWED * (first - middle)
    return Trend(first * scale, last * scale, count, error * scale, slows_down)
