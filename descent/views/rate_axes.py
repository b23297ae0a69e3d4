"""The ranges of the axes of a learning-rate map."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Powers of ten shown above and below the first loss.
DECADES_ABOVE, DECADES_BELOW = 4.0, 16.0
LINEAR_ABOVE = 2.0  # range above the first loss on a linear axis, relative to that below
NEAR = 4.0  # largest factor between the rates and a boundary that is shown
LEAST = 1e-300
SMALLEST, LARGEST = math.ulp(0.0), sys.float_info.max


def rate_axis(rates: NDArray[np.float64], critical: float | None) -> tuple[float, float]:
    """Return the range of the rate axis: all rates, and the boundary if it is near."""
    low, high = float(rates.min()), float(rates.max())
    if low == high:
        low, high = max(low / 3, SMALLEST), min(high * 3, LARGEST)
    if critical is not None and low / NEAR <= critical <= high * NEAR:
        low, high = min(low, critical / 1.2), max(high, min(critical * 1.2, LARGEST))
    return low, high


def loss_axis(losses: NDArray[np.float64], first: float, logarithmic: bool) -> tuple[float, float]:
    """Return the range of the loss axis, with the first loss well inside."""
    low, high = min(first, float(losses.min())), max(first, float(losses.max()))
    if not logarithmic:
        fall = (first - low) or max(1.0, abs(first))
        high = min(high, first + LINEAR_ABOVE * fall)
        room = 0.06 * (high - low) or max(1.0, abs(first))
        return low - room, high + room
    high = min(high, first * 10**DECADES_ABOVE)
    low = max(low, first * 10**-DECADES_BELOW, LEAST)
    room = max((high / low) ** 0.06, 1.5)
    return low / room, high * room
