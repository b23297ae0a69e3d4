"""What may truthfully be said of the rows, and of one row's prediction."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from scenes.mobjects.descent.loss_history import thinned
from scenes.typesetting.labels import colored, partial, symbol
from scenes.typesetting.numerals import digits

AS_GOOD_AS_ZERO = 1e-12
LEAST_DECIMALS, MOST_DECIMALS = 2, 4


def say_rows(count: int) -> str:
    """Return what the rows of the data are."""
    return f"{count} row{'s' * (count != 1)} of data: each row is one dot"


def say_pick(index: int) -> str:
    """Return which row is looked at, counted from 1."""
    return f"Look at one row alone: row {index + 1}"


def say_residual(residual: float) -> str:
    """Return how the prediction misses the truth."""
    if residual == 0:
        return "The prediction meets the truth: the loss of this row is 0"
    side = "above" if residual > 0 else "below"
    return f"The prediction is {digits(abs(residual))} {side} the truth"


def steps_until_zero(residuals: np.ndarray, truth: float, at_most: int) -> list[int]:
    """Return at most `at_most` steps, from the start to the first whose residual is 0.

    What is left of a residual by rounding alone counts as 0.
    """
    small = AS_GOOD_AS_ZERO * max(1.0, abs(truth))
    met = np.flatnonzero(np.abs(residuals) <= small)
    last = int(met[0]) if len(met) else len(residuals) - 1
    return thinned(last + 1, at_most).tolist()


def decimals_of_zero(residual: float) -> int:
    """Return to how many decimals `residual` reads 0, at most `MOST_DECIMALS`."""
    if residual == 0:
        return MOST_DECIMALS
    return min(MOST_DECIMALS, math.floor(-math.log10(2 * abs(residual))))


def say_zero(residuals: np.ndarray, steps: int) -> str:
    """Return, as plain text, how near to 0 the loss has come.

    Args:
        residuals: Those that were shown, the first and the last among them.
        steps: How many steps were taken.
    """
    first, last = float(residuals[0]), float(residuals[-1])
    after = f"After {steps} step{'s' * (steps != 1)}" if steps else "Already at the start"
    if last == 0:
        return f"{after}: Loss = 0"
    if (places := decimals_of_zero(last)) >= LEAST_DECIMALS:
        return f"{after}: Loss = 0, to {places} decimals"
    return f"{after}: Loss = {digits(last)}, where it was {digits(first)}"


def say_cut(names: Sequence[str], axis: int) -> tuple[str, str]:
    """Return what a cut along parameter `axis` shows: a claim as markup, and a caption."""
    varied, held = names[axis], names[1 - axis]
    slope = colored("gradient", f"${partial(varied)}$")
    claim = f"Hold ${symbol(held)}$ and vary ${symbol(varied)}$: the slope of the cut is {slope}"
    caption = f"Hold {held} and vary {varied}: the slope of this cut is the partial derivative."
    return claim, caption
