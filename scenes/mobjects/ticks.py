"""Which numbers an axis has."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

WIDE_NUMBER = 10_000.0
MOST_FIGURES = 4.5


# Not matplotlib's MaxNLocator and LogLocator: these bound the number of ticks, which makes another
# choice on a tenth of the lecture's axes, and they depend on rcParams, which a user's file may set.
def nice_ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Return some `about` round numbers, each 1, 2 or 5 · 10^k after the one before."""
    span = high - low
    if not (span > 0 and math.isfinite(span)):
        return [low]
    raw = span / about
    power = 10.0 ** math.floor(math.log10(raw))
    step = min((1, 2, 5, 10), key=lambda factor: abs(math.log(factor * power / raw))) * power
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return list(dict.fromkeys(k * step for k in range(first, last + 1)))


def decades(low: float, high: float, at_most: int = 5) -> list[float]:
    """Return powers of ten between `low` and `high`, at most `at_most` of them.

    Their exponents are multiples of 1, 2, 5, 10, 20, …: 10^0, 10^100, 10^200.
    """
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    for stride in (factor * 10**k for k in range(3) for factor in (1, 2, 5)):
        exponents = range(math.ceil(first / stride) * stride, last + 1, stride)
        if len(exponents) <= at_most:
            return [10.0**k for k in exponents or range(first, min(first, last) + 1)]
    raise AssertionError("no axis of float64 is that long")


def tick_decimals(ticks: Sequence[float]) -> int:
    """Return the number of decimals that tells ticks apart."""
    step = min(np.diff(ticks), default=1.0) if len(ticks) > 1 else 1.0
    return max(0, -math.floor(math.log10(step) + 1e-9)) if step > 0 else 0


def spacing(ticks: Sequence[float]) -> float:
    """Return the distance between ticks; 0 if there are fewer than two."""
    return (ticks[-1] - ticks[0]) / (len(ticks) - 1) if len(ticks) > 1 else 0.0


def common_base(ticks: Sequence[float]) -> float:
    """Return the number from which a linear axis counts; mostly 0.

    It is the first of `ticks` where these differ only in late figures.
    """
    step = spacing(ticks)
    if not step:
        return 0.0
    figures = math.log10(max(abs(tick) for tick in ticks) / step)
    return ticks[0] if figures > MOST_FIGURES else 0.0


def common_power(low: float, high: float) -> int:
    """Return the power of ten that the numbers of a linear axis are multiples of; mostly 0."""
    largest = max(abs(low), abs(high))
    if not math.isfinite(largest) or largest == 0 or 0.01 <= largest < WIDE_NUMBER:
        return 0
    return math.floor(math.log10(largest))
