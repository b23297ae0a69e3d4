"""Learning rates with two significant figures, as a lecturer would choose them."""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

FIGURES = 2  # so that a worked sum can be checked by hand
SLIGHTLY_MORE = 1 + 1e-12  # so that a half is rounded up, whatever its rounding error


def rounded(rate: float) -> float:
    """Return the nearest rate of two significant figures."""
    return float(f"{rate * SLIGHTLY_MORE:.{FIGURES - 1}e}")


def rounded_down(rate: float) -> float:
    """Return the largest rate of two significant figures that is not above `rate`."""
    return _rounded(rate, ROUND_FLOOR)


def rounded_up(rate: float) -> float:
    """Return the smallest rate of two significant figures that is not below `rate`."""
    return _rounded(rate, ROUND_CEILING)


def _rounded(rate: float, rounding: str) -> float:
    # A rate that has two figures up to rounding errors keeps them.
    if math.isclose(rounded(rate), rate):
        return rounded(rate)
    exact = Decimal(rate)
    unit = Decimal((0, (1,), exact.adjusted() - FIGURES + 1))
    return float(exact.quantize(unit, rounding))
