"""What the axes of a map of learning rates show."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# A map shows so many powers of ten above the first loss, and below it: further up a loss only
# explodes, further down it is nothing.
DECADES_ABOVE, DECADES_BELOW = 4.0, 16.0
LINEAR_ABOVE = 2.0  # times what was gained, where a negative loss allows no powers of ten
NEAR = 4.0  # times the range of the rates, within which the boundary is drawn
LEAST = 1e-300
SMALLEST, LARGEST = math.ulp(0.0), sys.float_info.max  # numbers


def rate_axis(rates: NDArray[np.float64], critical: float | None) -> tuple[float, float]:
    """Return the range of rates that the map shows: all, and the boundary if it is near."""
    low, high = float(rates.min()), float(rates.max())
    if low == high:
        low, high = max(low / 3, SMALLEST), min(high * 3, LARGEST)
    if critical is not None and low / NEAR <= critical <= high * NEAR:
        low, high = min(low, critical / 1.2), max(high, min(critical * 1.2, LARGEST))
    return low, high


def loss_axis(losses: NDArray[np.float64], first: float, logarithmic: bool) -> tuple[float, float]:
    """Return the range of losses that an axis shows, the first loss well inside."""
    low, high = min(first, float(losses.min())), max(first, float(losses.max()))
    if not logarithmic:
        gained = (first - low) or max(1.0, abs(first))
        high = min(high, first + LINEAR_ABOVE * gained)
        room = 0.06 * (high - low) or max(1.0, abs(first))
        return low - room, high + room
    high = min(high, first * 10**DECADES_ABOVE)
    low = max(low, first * 10**-DECADES_BELOW, LEAST)
    room = max((high / low) ** 0.06, 1.5)
    return low / room, high * room
