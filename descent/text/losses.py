"""How a loss changed, as plain text.

The argument `write` formats numbers: `fixed`, as in the film's tables, or `significant`.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from descent.text.numbers import ROUNDING, fixed, parse, percent

Write = Callable[[float], str]

TINY_FALL = 0.05  # of the height above the minimum
ALMOST_NONE = 0.0005  # a smaller share reads "less than 0.1 %"
ALL_BUT = 0.9995  # a larger share would read as "100 %"
READ_TO = 0.1  # of a change: how well two written losses must tell it
MANY_TIMES = 10.0


def is_same(one: float, other: float) -> bool:
    """Return whether two losses are the same up to rounding."""
    return math.isclose(one, other, rel_tol=ROUNDING)


def rises(before: float, after: float) -> bool:
    """Return whether a loss is higher than another one, by more than rounding."""
    return bool(after > before) and not is_same(before, after)


def many_times(before: float, after: float) -> str:
    """Return how many times as high a loss has become, "12"; "" unless that tells it best."""
    return fixed(after / before, decimals=0) if after > MANY_TIMES * before > 0 else ""


def reads_same(one: float, other: float, write: Write) -> bool:
    """Return whether two losses are the same number as they are written: "1000", "1000.0"."""
    return parse(write(one)) == parse(write(other))


def went(before: float, after: float, write: Write = fixed) -> str:
    """Return how a loss went: "goes from 7.000 to 0.500"; "falls by 2.00·10^−7" if that is more.

    From 1.0951 to 1.0949, as from 1.095 to 1.095, the written numbers would not tell how far.
    """
    if is_same(before, after):
        return f"stays at {write(before)}"
    as_read = parse(write(after)) - parse(write(before))
    if math.isclose(as_read, after - before, rel_tol=READ_TO):
        return f"goes from {write(before)} to {write(after)}"
    return f"{'falls' if after < before else 'rises'} by {write(abs(after - before))}"


def change(before: float, after: float, minimum: float = math.nan, write: Write = fixed) -> str:
    """Return how the loss changed: "73 % of the way down", to the minimum.

    Where no minimum is known below both losses, or a share of the height above it says nothing,
    two numbers are said.

    Args:
        before: The loss before.
        after: The loss after, which differs.
        minimum: The loss of the minimum that lies downhill; nan if none is known.
        write: Formats other numbers.
    """
    height = before - minimum
    is_known = minimum < min(before, after) and not is_same(before, minimum)
    share = (before - after) / height if is_known and math.isfinite(height) else math.nan
    if not share <= ALL_BUT:
        return f"the loss {went(before, after, write)}"
    if share > 0:
        only = "only " if ALMOST_NONE <= share < TINY_FALL else ""
        return f"{only}{percent(share)} of the way down"
    if 1 - share > MANY_TIMES:
        return f"{fixed(1 - share, decimals=0)} times as high above the minimum"
    higher = percent(-share)
    return f"{'twice as high' if higher == 'all' else f'{higher} higher'} above the minimum"
