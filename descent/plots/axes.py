"""Axis limits, ticks and tick labels: few round numbers, written as in the film."""

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
from descent.text.numbers import PLAIN_FROM, scientific, significant, whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from numpy.typing import NDArray

DECADES = 2.0  # a wider range of positive numbers has a log axis
FEW_DECADES = 2.2  # a narrower log axis has 2 and 5 between its powers of ten
STRIDES = (1, 2, 3, 5, 10, 20, 50, 100, 200)  # decades between ticks
LEAST_SPAN, LEAST_SIZE = 1e-12, 1e-280  # a smaller range is widened
LARGEST = 1e300  # matplotlib's margins overflow above
PLAIN_BELOW = 5  # from this power of ten on, tick labels have one


class LinearFormatter(Formatter):
    """Tick labels with enough digits to tell them apart; counts are written in full."""

    def __init__(self, is_count: bool = False) -> None:
        self.is_count = is_count

    def format_ticks(self, values: Any) -> list[str]:
        """Return the labels of all ticks."""
        ticks = np.asarray(values, dtype=np.float64)
        apart = float(np.diff(np.unique(ticks)).min(initial=np.inf))
        largest = float(np.abs(ticks).max(initial=0.0))
        if self.is_count:
            return [whole(int(tick)) for tick in ticks]
        if not (math.isfinite(apart) and largest > 0):
            return [self(tick) for tick in ticks]
        digits = min(math.ceil(math.log10(largest / apart)) + 1, 15)
        # Rounding errors about zero are zero.
        ticks = np.where(np.abs(ticks) < apart / 1e6, 0.0, ticks)
        labels = [significant(tick, digits, PLAIN_BELOW) for tick in ticks]
        if any("·" in label for label in labels):  # then all have a power of ten
            labels = [significant(tick, digits, PLAIN_FROM) for tick in ticks]
        return [mathtext(label) for label in labels]

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Return the label of one tick."""
        return mathtext(significant(x, 4, PLAIN_BELOW))


class LogFormatter(Formatter):
    """Tick labels of a log axis: plain numbers if all are near 1, else powers of ten."""

    def format_ticks(self, values: Any) -> list[str]:
        """Return the labels of all ticks."""
        ticks = np.asarray(values, dtype=np.float64)
        is_plain = ((ticks >= 1e-3) & (ticks <= 1e3)).all()
        return [mathtext(significant(x, 4) if is_plain else scientific(x)) for x in ticks]

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Return the label of one tick."""
        return mathtext(scientific(x))


def axis_span(low: float, high: float) -> float:
    """Return high − low, or a tenth of their size if they hardly differ."""
    size = max(abs(low), abs(high))
    is_some = high - low > max(LEAST_SPAN * size, LEAST_SIZE)
    return high - low if is_some else 0.1 * (size if size > LEAST_SIZE else 1.0)


def spans_decades(values: NDArray[np.float64]) -> bool:
    """Return whether `values` need a log axis: none is negative, and they span over 2 decades."""
    positive = values[values > 0]
    if positive.size == 0 or (values < 0).any():
        return False
    return math.log10(positive.max()) - math.log10(positive.min()) > DECADES


def set_linear(axis: Axis, about: int = 5, is_count: bool = False) -> None:
    """Give a linear axis at most about `about` ticks."""
    steps = [1, 2, 5, 10]
    axis.set_major_locator(MaxNLocator(about, steps=steps, integer=is_count, min_n_ticks=1))
    axis.set_major_formatter(LinearFormatter(is_count))


def set_log(axes: Axes, which: str, low: float, high: float) -> None:
    """Make the axis `which`, "x" or "y", logarithmic from `low` to `high`."""
    low, high = max(low, 1 / LARGEST), min(high, LARGEST)
    # A line to zero leaves the axes at their lower edge.
    scale: Any = axes.set_xscale if which == "x" else axes.set_yscale
    scale("log", nonpositive="clip")
    limits: Any = axes.set_xlim if which == "x" else axes.set_ylim
    limits(low, high)
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_locator(FixedLocator(log_ticks(low, high)))
    axis.set_major_formatter(LogFormatter())
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
    axes.yaxis.set_major_formatter(LinearFormatter())
    axes.yaxis.set_minor_locator(NullLocator())


def log_ticks(low: float, high: float, about: int = 6) -> list[float]:
    """Return powers of ten from `low` to `high`, with 2 and 5 between if they are few.

    LogLocator has no strides of 5, 20 or 50 decades, and labels 2 and 5 by another rule.
    """
    first, last = math.log10(low), math.log10(high)
    between = (1, 2, 5) if last - first < FEW_DECADES else (1,)
    stride = next(s for s in STRIDES if (last - first) / s <= about)
    exponents = range(math.floor(first / stride) * stride, math.ceil(last) + 1, stride)
    ticks = [m * 10.0**k for k in exponents for m in between if k > -308]
    return [tick for tick in ticks if low * (1 - 1e-9) <= tick <= high * (1 + 1e-9)]
