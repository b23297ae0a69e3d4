"""Axes whose numbers read well: few of them, round, and written as people write them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import (
    FixedLocator,
    Formatter,
    LogLocator,
    MaxNLocator,
    NullFormatter,
    NullLocator,
)

from descent.plots.mathtext import mathtext
from descent.text.numbers import scientific, significant, whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from numpy.typing import NDArray

DECADES = 2.0  # positive numbers that span more are shown on a log axis
FEW_DECADES = 2.2  # below, a log axis has 2 and 5 between its powers of ten
STRIDES = (1, 2, 3, 5, 10, 20, 50, 100, 200)  # decades from tick to tick
LEAST_SPAN, LEAST_SIZE = 1e-12, 1e-280  # what is closer together has no axis of its own
LARGEST = 1e300  # matplotlib's own margins overflow above
PLAIN_BELOW = 5  # power of ten from which on a tick has one


class Numbers(Formatter):
    """Writes ticks with as many digits as tell them apart; counts are written out in full."""

    def __init__(self, is_count: bool = False) -> None:
        self.is_count = is_count

    def format_ticks(self, values: Any) -> list[str]:
        """Return what stands at each of the ticks."""
        places = np.asarray(values, dtype=np.float64)
        apart = float(np.diff(np.unique(places)).min(initial=np.inf))
        largest = float(np.abs(places).max(initial=0.0))
        if self.is_count:
            return [whole(int(place)) for place in places]
        if not (math.isfinite(apart) and largest > 0):
            return [self(place) for place in places]
        digits = min(math.ceil(math.log10(largest / apart)) + 1, 15)
        # What subtraction leaves of a zero is zero.
        clean = np.where(np.abs(places) < apart / 1e6, 0.0, places)
        return [mathtext(significant(place, digits, PLAIN_BELOW)) for place in clean]

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Return what stands at one tick."""
        return mathtext(significant(x, 4, PLAIN_BELOW))


class Powers(Formatter):
    """Writes the ticks of a log axis: plain where these are near 1, else as powers of ten."""

    def format_ticks(self, values: Any) -> list[str]:
        """Return what stands at each of the ticks."""
        places = np.asarray(values, dtype=np.float64)
        is_plain = ((places >= 1e-3) & (places <= 1e3)).all()
        return [mathtext(significant(x, 4) if is_plain else scientific(x)) for x in places]

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Return what stands at one tick."""
        return mathtext(scientific(x))


def span_of(low: float, high: float) -> float:
    """Return how far `high` is above `low`, or a tenth of their size where that is hardly any."""
    size = max(abs(low), abs(high))
    is_some = high - low > max(LEAST_SPAN * size, LEAST_SIZE)
    return high - low if is_some else 0.1 * (size if size > LEAST_SIZE else 1.0)


def spans_decades(values: NDArray[np.float64]) -> bool:
    """Return whether `values` are shown on a log axis: none negative, spanning over 2 decades."""
    positive = values[values > 0]
    if positive.size == 0 or (values < 0).any():
        return False
    return math.log10(positive.max()) - math.log10(positive.min()) > DECADES


def set_linear(axis: Axis, about: int = 5, is_count: bool = False) -> None:
    """Give a linear axis about so many ticks."""
    steps = [1, 2, 5, 10]
    axis.set_major_locator(MaxNLocator(about, steps=steps, integer=is_count, min_n_ticks=1))
    axis.set_major_formatter(Numbers(is_count))


def set_log(axes: Axes, which: str, low: float, high: float) -> None:
    """Make the axis `which`, "x" or "y", logarithmic from `low` to `high`."""
    low, high = max(low, 1 / LARGEST), min(high, LARGEST)
    # What is zero leaves the axis at its lower end.
    scale: Any = axes.set_xscale if which == "x" else axes.set_yscale
    scale("log", nonpositive="clip")
    limits: Any = axes.set_xlim if which == "x" else axes.set_ylim
    limits(low, high)
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_locator(FixedLocator(log_ticks(low, high)))
    axis.set_major_formatter(Powers())
    axis.set_minor_formatter(NullFormatter())
    axis.set_minor_locator(LogLocator(numticks=1))


def set_symlog(axes: Axes, edge: float, low: float, high: float) -> None:
    """Make the vertical axis linear between ∓`edge`, logarithmic from there to `low` and `high`."""
    axes.set_yscale("symlog", linthresh=edge)
    axes.set_ylim(low, high)
    decades = {
        sign: math.log10(max(sign * end / edge, 1.0)) for sign, end in ((1, high), (-1, low))
    }
    stride = next(s for s in STRIDES if sum(decades.values()) / s <= 6)
    ticks = [
        sign * edge * 10.0**k
        for sign, reach in decades.items()
        for k in range(stride, math.floor(reach + 1e-9) + 1, stride)
    ]
    axes.yaxis.set_major_locator(FixedLocator(sorted([0.0, *ticks])))
    axes.yaxis.set_major_formatter(Numbers())
    axes.yaxis.set_minor_locator(NullLocator())


def log_ticks(low: float, high: float, about: int = 6) -> list[float]:
    """Return round numbers from `low` to `high`: powers of ten, with 2 and 5 between if few."""
    first, last = math.log10(low), math.log10(high)
    between = (1, 2, 5) if last - first < FEW_DECADES else (1,)
    stride = next(s for s in STRIDES if (last - first) / s <= about)
    exponents = range(math.floor(first / stride) * stride, math.ceil(last) + 1, stride)
    ticks = [m * 10.0**k for k in exponents for m in between if k > -308]
    return [tick for tick in ticks if low * (1 - 1e-9) <= tick <= high * (1 + 1e-9)]
