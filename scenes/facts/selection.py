"""Which rows, steps or neurons are shown where there are more than fit."""

from __future__ import annotations

import math

import numpy as np

AS_GOOD_AS_ZERO = 1e-12
MOST_DECIMALS = 3
DRAWN_NEURONS, AT_EACH_END = 9, 4
SPELLED_LAYERS = 2
LISTED_WIDTHS = 11


def evenly_spaced(count: int, at_most: int) -> np.ndarray:
    """Return at most `at_most` indices below `count`, the first and the last among them."""
    return np.unique(np.linspace(0, count - 1, min(count, at_most)).round().astype(int))


def steps_until_zero(residuals: np.ndarray, truth: float, singly: int) -> list[int]:
    """Return the steps 0 … `singly` − 1, and the first whose residual is 0, or else the last.

    A residual that is only rounding counts as 0.
    """
    small = AS_GOOD_AS_ZERO * max(1.0, abs(truth))
    zeros = np.flatnonzero(np.abs(residuals) <= small)
    last = int(zeros[0]) if len(zeros) else len(residuals) - 1
    return sorted({*range(min(singly, last)), last})


def decimals_of_zero(residual: float) -> int:
    """Return to how many decimals `residual` reads 0, at most `MOST_DECIMALS`."""
    if residual == 0:
        return MOST_DECIMALS
    return min(MOST_DECIMALS, math.floor(-math.log10(2 * abs(residual))))


def first_at_or_below(losses: np.ndarray, target: float) -> int | None:
    """Return the first step whose loss is at most `target`, or None."""
    reached = np.flatnonzero(np.asarray(losses) <= target)
    return int(reached[0]) if len(reached) else None


def shown_rows(count: int, picked: int, lines: int) -> list[int]:
    """Return which of `count` rows a table of `lines` lines shows, `picked` among them.

    One line is kept for the number of hidden rows where not all fit.
    """
    if count <= lines:
        return list(range(count))
    first = np.arange(lines - 1)
    first[-1] = max(first[-1], picked)
    return first.tolist()


def drawn_neurons(count: int) -> list[int | None]:
    """Return which neurons of a column are drawn, top down; None is a gap with dots."""
    if count <= DRAWN_NEURONS:
        return list(range(count))
    return [*range(AT_EACH_END), None, *range(count - AT_EACH_END, count)]


def spelled_layers(layers: int) -> list[int | None]:
    """Return the layers that the formula of the gradient spells out; None is for dots."""
    if layers <= SPELLED_LAYERS:
        return list(range(1, layers + 1))
    return [1, None, layers]


def listed_widths(count: int, best: int) -> list[int]:
    """Return which of `count` widths are listed: every k-th, the last and the best."""
    stride = max(1, math.ceil(count / (LISTED_WIDTHS - 1)))
    return sorted({*range(0, count, stride), best, count - 1}) if count else []
