"""What may truthfully be said of the rows, and of one row's prediction."""

from __future__ import annotations

from scenes.typeset import digits, escape


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
