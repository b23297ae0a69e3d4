"""Sentences about the rows, and about the prediction of one row."""

from __future__ import annotations

import numpy as np

from descent.text.numbers import counted, fixed
from descent.text.runs import steps_of
from scenes.facts.selection import decimals_of_zero

LEAST_DECIMALS = 2


def describe_rows(count: int) -> str:
    """Return, as plain text, what the rows of the data are."""
    return f"{counted(count, 'row')} of data: each row is one dot"


def describe_pick(index: int) -> str:
    """Return, as plain text, which row is picked, counted from 1."""
    return f"Look at one row alone: row {index + 1}"


def describe_residual(residual: float) -> str:
    """Return, as plain text, how the prediction misses the truth."""
    if residual == 0:
        return "The prediction meets the truth: the loss of this row is 0"
    side = "above" if residual > 0 else "below"
    return f"The prediction is {fixed(abs(residual))} {side} the truth"


def describe_zero(residuals: np.ndarray, steps: int) -> str:
    """Return, as plain text, how near to 0 the loss has come.

    Args:
        residuals: Those that were shown, the first and the last among them.
        steps: The number of steps.
    """
    first, last = float(residuals[0]), float(residuals[-1])
    after = f"After {steps_of(steps)}" if steps else "Already at the start"
    if last == 0:
        return f"{after}: Loss = 0"
    if (decimals := decimals_of_zero(last)) >= LEAST_DECIMALS:
        return f"{after}: Loss = 0, to {decimals} decimals"
    return f"{after}: Loss = {fixed(last)}, where it was {fixed(first)}"
