"""Plain text as matplotlib's mathtext: powers and parameters' names set as mathematics."""

from __future__ import annotations

import re
from collections.abc import Iterable

_DIGITS, _RAISED = "-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"
_LOWERED = str.maketrans(_RAISED + "−", _DIGITS + "-")
_POWER = re.compile(f"(?<=10)\\^(−?\\d+)|([{_RAISED}]+)")
_NUMBERED = re.compile(r"([A-Za-zα-ωΑ-Ω])(\d{1,3})")


def parameter(name: str) -> str:
    """Return a parameter's name: of W1 the number is a subscript, others are shown as they are."""
    found = _NUMBERED.fullmatch(name)
    return f"${found[1]}_{{{found[2]}}}$" if found else mathtext(name)


def mathtext(text: str, names: Iterable[str] = ()) -> str:
    """Return mathtext that shows a text as it is, with its powers raised.

    Args:
        text: Anything.
        names: Parameters that are set as mathematics, too, where they stand alone.
    """
    plain = text.replace("$", r"\$")
    for name in filter(_NUMBERED.fullmatch, names):
        plain = re.sub(rf"(?<!\w){name}(?!\d)", lambda _, n=name: parameter(n), plain)
    return _POWER.sub(lambda power: f"$^{{{(power[1] or power[2]).translate(_LOWERED)}}}$", plain)
