"""Numbers as people write them, in plain text: with how many figures, and in which form."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

TINIEST, NEARLY_ZERO = 1e-99, "≈0"  # what is less may be too long to write even the short way


def digits(value: float, signed: bool = False, places: int = 3, mantissa: int = 2) -> str:
    """Return `value` as a person writes it, in plain text.

    Fixed point with `places` decimals below 10 and one fewer for each further digit before
    the point, so that the figures of a table keep their width; ``m·10^k`` for what would
    show no digit at all, and from 10,000 on.

    Args:
        value: Any float; infinities and nan are named.
        signed: Whether a plus sign is written.
        places: Decimals of a number below 10.
        mantissa: Decimals of m.
    """
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "+∞" if value > 0 else "−∞"
    sign = "−" if value < 0 else "+" if signed and value > 0 else ""
    size = abs(value)
    if size == 0 or 0.5 * 10**-places <= size < 9999.5:
        before = max(0, math.floor(math.log10(size) + 1e-12)) if size else 0
        return f"{sign}{size:.{max(0, places - before)}f}"
    factor, exponent = f"{size:.{mantissa}e}".split("e")
    return f"{sign}{factor}·10^{int(exponent)}".replace("^-", "^−")


def figures(value: float, significant: int = 3) -> str:
    """Return `value` with at most `significant` figures, in plain text: how rates are written."""
    if value == 0 or not math.isfinite(value):
        return digits(value)
    exponent = math.floor(math.log10(abs(value)))
    if not -4 <= exponent < 4:
        factor, power = digits(value, places=0, mantissa=significant - 1).split("·")
        return f"{_without_zeros(factor)}·{power}"
    rounded = float(f"{value:.{significant - 1}e}")
    return _without_zeros(f"{rounded:.{max(0, significant - 1 - exponent)}f}".replace("-", "−"))


def _without_zeros(text: str) -> str:
    """Return a decimal without the zeros at its end."""
    return text.rstrip("0").rstrip(".") if "." in text else text


def shortened(text: str) -> str:
    """Return the output of `digits` with a power of ten written the short way, as in "2e16"."""
    return text.replace("·10^", "e")


def read(text: str) -> float:
    """Return the number that plain text shows, written as by `digits`."""
    factor, _, exponent = text.replace("−", "-").partition("·10^")
    return float(factor) * 10.0 ** int(exponent or 0)


def as_math(text: str) -> str:
    """Return the output of `digits` or `shortened` as the inside of Typst mathematics."""
    power = re.match(r"^(.*)·10\^(.*)$", text)
    if power:
        return f"{as_math(power[1])} dot 10^({power[2].replace('−', '-')})"
    if re.search(r"\de", text):
        return f'"{text}"'
    return (
        text.replace("≈", "approx ")
        .replace("∞", "infinity")
        .replace("−", "-")
        .replace("nan", '"nan"')
    )


def numeral(value: float, signed: bool = False, places: int = 3) -> str:
    """Return `value` as Typst mathematics with its dollar signs, written as by `digits`."""
    return f"${as_math(digits(value, signed, places))}$"


@dataclass(frozen=True)
class Writing:
    """How numbers are written.

    Attributes:
        places: Decimals, as for `digits`.
        mantissa: Decimals before a power of ten.
        is_short: Whether that is written the short way, as in "2e16".
        least: Of a number that is smaller, only this is told.
    """

    places: int
    mantissa: int
    is_short: bool = False
    least: float = 0.0

    def number(self, value: float, signed: bool = False) -> str:
        """Return a number as plain text."""
        if 0 < abs(value) < self.least:
            return NEARLY_ZERO
        text = digits(value, signed, self.places, self.mantissa)
        return shortened(text) if self.is_short else text

    def given(self, text: str) -> str:
        """Return a number of the data, which keeps its figures unless there is no room."""
        return self.number(read(text)) if self.is_short and "·" in text else text


FULL = Writing(3, 2)
# From the fullest way of writing numbers to the shortest.
WRITINGS = (
    FULL,
    Writing(2, 2),
    Writing(2, 1),
    Writing(1, 1),
    Writing(1, 0),
    Writing(0, 0),
    Writing(2, 1, is_short=True),
    Writing(1, 1, is_short=True),
    Writing(1, 0, is_short=True),
    Writing(0, 0, is_short=True),
    Writing(0, 0, is_short=True, least=TINIEST),
)


def fewer_figures(places: int) -> Iterator[Writing]:
    """Yield ways of writing numbers of so many places, each shorter than the one before."""
    yield from (Writing(places, mantissa) for mantissa in (2, 1, 0))
    yield Writing(places, 0, is_short=True)
    yield Writing(places, 0, is_short=True, least=TINIEST)
