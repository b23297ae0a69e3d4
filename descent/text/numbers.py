"""Numbers as plain text: "0.250", "0.25", "1.3·10^−7", "12 345", "97 %".

The film, plots, notebooks and pages all use these forms. A power of ten is written "·10^k"; scenes
set it by Typst, plots by mathtext, and `superscript` replaces it by Unicode superscripts.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LARGEST_FIXED = 9999.5
PLAIN_FROM, PLAIN_BELOW = -4, 4  # the range of exponents that is written without a power of ten
LONG_WHOLE = 1e7
ROUNDING = 1e-12  # rounding error of a share
TINIEST, NEARLY_ZERO = 1e-99, "≈0"  # the exponent of a smaller number may have three digits
NONE = "–"  # where there is no number
_EXPONENT = re.compile(r"(?<=10)\^(−?\d+)")
_RAISED = str.maketrans("−0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def fixed(value: float, signed: bool = False, decimals: int = 3, mantissa: int = 2) -> str:
    """Return a number in fixed point, of constant width in a table: "0.250", "12.50".

    It has `decimals` decimals below 10 and one fewer per further digit before the point. Numbers
    that would round to zero, and those from 10,000 on, are written ``m·10^k``.

    Args:
        value: Any float; infinities and nan are named.
        signed: Whether a plus sign is written.
        decimals: Decimals of a number below 10.
        mantissa: Decimals of m.
    """
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "+∞" if value > 0 else "−∞"
    sign = "−" if value < 0 else "+" if signed and value > 0 else ""
    size = abs(value)
    if size == 0 or 0.5 * 10**-decimals <= size < LARGEST_FIXED:
        before = max(0, math.floor(math.log10(size) + 1e-12)) if size else 0
        return f"{sign}{size:.{max(0, decimals - before)}f}"
    return sign + _with_power(size, mantissa)


def significant(value: float, figures: int = 3, plain_below: int = PLAIN_BELOW) -> str:
    """Return a number with at most `figures` significant figures: "0.25", "1.3·10^−7".

    Args:
        value: Any float; infinities and nan are named.
        figures: At least 1.
        plain_below: The exponent from which on a power of ten is written.
    """
    if value == 0 or not math.isfinite(value):
        return fixed(value, decimals=0)
    exponent = math.floor(math.log10(abs(value)))
    if not PLAIN_FROM <= exponent < plain_below:
        factor, power = _with_power(value, figures - 1).split("·")
        return f"{without_zeros(factor)}·{power}"
    rounded = float(f"{value:.{figures - 1}e}")
    return without_zeros(minus(f"{rounded:.{max(0, figures - 1 - exponent)}f}"))


def scientific(value: float) -> str:
    """Return a positive number with a power of ten: "10^0", "2·10^3"."""
    factor, power = _with_power(value, 3).split("·")
    factor = without_zeros(factor)
    return power if factor == "1" else f"{factor}·{power}"


def power_of_ten(value: float) -> str:
    """Return "10^−5" for a power of ten, and any other number in fixed point: "3·10^−7"."""
    if not (value > 0 and math.isfinite(value)):
        return fixed(value, decimals=0)
    exponent = math.log10(value)
    if math.isclose(exponent, round(exponent), abs_tol=1e-9):
        return minus(f"10^{round(exponent)}")
    return fixed(value, mantissa=0)


def exact(value: float) -> str:
    """Return a number with all of its decimals, up to five: "2.9", "4500"."""
    if value == round(value) and abs(value) < LONG_WHOLE:
        return minus(f"{value:.0f}") if value else "0"
    for decimals in range(1, 6):
        text = fixed(value, decimals=decimals)
        if "·" not in text and parse(text) == value:
            return text
    return fixed(value)


def parse(text: str) -> float:
    """Return the value of a text such as "−1.3·10^−7"."""
    factor, _, exponent = text.replace("−", "-").partition("·10^")
    return float(factor) * 10.0 ** int(exponent or 0)


def superscript(text: str) -> str:
    """Return text with Unicode superscripts for the exponents of 10."""
    return _EXPONENT.sub(lambda exponent: exponent[1].translate(_RAISED), text)


def format_array(array: NDArray[np.float64]) -> str:
    """Return one number in fixed point, a dash for nan, or the count of several numbers."""
    if array.ndim:
        return f"{array.size} numbers"
    return NONE if math.isnan(value := float(array)) else fixed(value)


def without_zeros(text: str) -> str:
    """Return a decimal without trailing zeros."""
    return text.rstrip("0").rstrip(".") if "." in text else text


def _with_power(value: float, mantissa: int) -> str:
    factor, exponent = f"{value:.{mantissa}e}".split("e")
    return minus(f"{factor}·10^{int(exponent)}")


def minus(text: str) -> str:
    """Return text with minus signs for hyphens."""
    return text.replace("-", "−")


def whole(count: int) -> str:
    """Return a whole number, from 10,000 on in groups of three digits: "12 345"."""
    return f"{count:,}".replace(",", " ") if count >= 10_000 else str(count)


def counted(count: int, noun: str) -> str:
    """Return a number of things: "1 step", "50 steps"."""
    return f"{whole(count)} {noun}{'s' * (count != 1)}"


def percent(share: float) -> str:
    """Return a share in per cent, with two digits or more: "42 %", "4.0 %", "less than 0.1 %".

    1 is "all"; another share has as many digits as tell it from 1, "99.98 %".
    """
    value = 100 * abs(share)
    if value < 0.05:
        return "less than 0.1 %"
    if math.isclose(value, 100, rel_tol=ROUNDING):
        return "all"
    decimals = 0 if value >= 9.95 else 1
    while float(f"{value:.{decimals}f}") == 100:
        decimals += 1
    return f"{value:.{decimals}f} %"


@dataclass(frozen=True)
class NumberFormat:
    """The form of the numbers of a table or formula.

    Attributes:
        decimals: As for `fixed`.
        mantissa: Decimals before a power of ten.
        is_narrow: Whether the exponent of a power of ten is set smaller than usual.
        least: A smaller number is written "≈0".
    """

    decimals: int
    mantissa: int
    is_narrow: bool = False
    least: float = 0.0

    def write(self, value: float, signed: bool = False) -> str:
        """Return a number in this form."""
        if 0 < abs(value) < self.least:
            return NEARLY_ZERO
        return fixed(value, signed, self.decimals, self.mantissa)

    def rewrite(self, text: str) -> str:
        """Return the text of a number in this form if it is a shorter one, else unchanged."""
        return self.write(parse(text)) if self.mantissa < FULL.mantissa and "·" in text else text


# One quantity has one text in all clips, that of `FULL`. Where there is little room, its exponent
# is set smaller; only a line of several numbers with long exponents has fewer figures.
FULL = NumberFormat(3, 2)
FORMATS = (
    FULL,
    *(NumberFormat(3, mantissa, is_narrow=True) for mantissa in (2, 1, 0)),
    NumberFormat(3, 0, is_narrow=True, least=TINIEST),
)


def rate(value: float, figures: int = 3) -> str:
    """Return a learning rate, of one step or for one parameter: "0.02"."""
    return significant(value, figures) if value else "0"
