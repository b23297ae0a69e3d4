"""Text, mathematics and numbers, set by Typst.

Everything readable on screen is a `Label`, so that one check can measure all of it: its
size, its place, its colour. Markup is written by scenes; text that comes from a lecturer
goes through `escape` first.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from manim import VGroup

from scenes.outlines import Outlined
from scenes.style import CAPITAL_PX_PER_POINT, LABEL, WRITING, palette

# The full stop, since three of them would be an ellipsis, and one after a number a list.
_SPECIAL = re.compile(r"([\\#$*_`<>@=\-+/~\[\]'\".])")
_GREEK = {"θ": "theta", "Θ": "Theta", "η": "eta", "λ": "lambda", "α": "alpha", "β": "beta"}
TINIEST, NEARLY_ZERO = 1e-99, "≈0"  # what is less may be too long to write even the short way
_POWER = re.compile(r"([+−]?[\d.]+)·10\^(−?\d+)")
_SYMBOL = re.compile(r"^([A-Za-zθΘηλαβ]+)(\d*)(?:\[([\d,]+)\])?$")


class Label(Outlined):
    """A piece of text or mathematics on screen.

    Args:
        markup: Typst markup; mathematics between dollar signs.
        size: Font size in Manim's points, one of those in `scenes.style`.
        colour: ``#RRGGBB``; the ink of the theme unless given. Parts may be painted otherwise
            with `paint`.
        shown: What a person reads there, as plain text; the markup unless given.
    """

    def __init__(
        self,
        markup: str,
        size: float = LABEL,
        colour: str | None = None,
        shown: str | None = None,
    ) -> None:
        self.shown = markup if shown is None else shown
        self.text_colour = colour or palette().ink
        code = f'#text(fill: rgb("{self.text_colour}"))[{_set_powers(markup)}]'
        super().__init__(code, size, self.text_colour)
        self.set_z_index(WRITING)

    @property
    def capital_px(self) -> float:
        """Height of a capital in pixels of a frame 1080 high, as now scaled."""
        return self.font_size * CAPITAL_PX_PER_POINT


class Phrase(Label):
    """A line, or a table, whose parts can be moved and transformed each on its own.

    Typst sets it as a whole, so that all parts share their baselines.

    Args:
        parts: Markup and colour role of each part, in reading order.
        columns: As many columns as the table has; a single line unless given.
        size: Font size in Manim's points.
    """

    def __init__(
        self, parts: Mapping[str, tuple[str, str]], columns: int = 0, size: float = LABEL
    ) -> None:
        cells = [paint(role, markup) for markup, role in parts.values()]
        grid = (
            f"#grid(columns: {columns}, column-gutter: 0.35em, row-gutter: 0.75em, align: center,"
        )
        table = f"{grid} {', '.join(f'[{cell}]' for cell in cells)})"
        super().__init__(table if columns else " ".join(cells), size)
        counts = [len(Label(markup, size).submobjects) for markup, _ in parts.values()]
        if sum(counts) != len(self.submobjects):
            raise RuntimeError(f"the parts of {self.typst_code!r} cannot be told apart.")
        ends = np.cumsum(counts)
        self.parts = {
            name: Part(self, name, self.submobjects[end - count : end])
            for name, count, end in zip(parts, counts, ends, strict=True)
        }


class Part(VGroup):
    """Some glyphs of a label, to be moved on their own and still read as text."""

    def __init__(self, whole: Label, shown: str, glyphs: Sequence[Any]) -> None:
        super().__init__(*glyphs)
        self.whole, self.shown, self.text_colour = whole, shown, whole.text_colour
        self.set_z_index(WRITING)

    @property
    def capital_px(self) -> float:
        """Height of a capital in pixels of a frame 1080 high."""
        return self.whole.capital_px


def escape(text: str) -> str:
    """Return `text` as Typst markup that shows it letter by letter."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def paint(role: str, markup: str) -> str:
    """Return `markup` in the colour of `role`, for use in text or mathematics."""
    return f'#text(fill: rgb("{getattr(palette(), role)}"))[{markup}]'


def symbol(name: str) -> str:
    """Return a parameter's name, such as "W1" or "b2[0,1]", as Typst mathematics."""
    match = _SYMBOL.match(name)
    if match is None:
        return f'upright("{_quoted(name)}")'
    letters, digits, index = match.groups()
    base = _GREEK.get(letters, letters if len(letters) == 1 else f'upright("{letters}")')
    below = ",".join(part for part in (digits, index) if part)
    return f"{base}_({below})" if below else base


def _quoted(text: str) -> str:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    # No power of ten is to be set inside it.
    return quoted.replace("^", "\\u{5e}")


def partial(name: str, stacked: bool = False) -> str:
    """Return ∂Θ/∂name as Typst mathematics, on one line unless `stacked`."""
    if stacked:
        return f"frac(partial Theta, partial {symbol(name)})"
    return f"partial Theta \\/ partial {symbol(name)}"


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


def _set_powers(markup: str) -> str:
    """Return markup with powers of ten, plainly written as by `digits`, set as mathematics."""
    return _POWER.sub(lambda power: f"${as_math(power[0])}$", markup)


def shortened(text: str) -> str:
    """Return the output of `digits` with a power of ten written the short way, as in "2e16"."""
    return text.replace("·10^", "e")


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


def number(
    value: float,
    size: float = LABEL,
    colour: str | None = None,
    *,
    signed: bool = False,
    places: int = 3,
    mantissa: int = 2,
) -> Label:
    """Return a `Label` that shows `value`, written as by `digits`."""
    shown = digits(value, signed, places, mantissa)
    return Label(f"${as_math(shown)}$", size, colour, shown=shown)


def fitting_number(
    value: float, width: float, colour: str, *, signed: bool = False, places: int = 3
) -> Label:
    """Return a `Label` that shows `value` with as many figures as `width` has room for."""
    return fitting_numbers([value], width, colour, signed=signed, places=places)[0]


def fitting_numbers(
    values: Iterable[float], width: float, colour: str, *, signed: bool = False, places: int = 3
) -> list[Label]:
    """Return a `Label` for each of `values`, all written alike, none wider than `width` if may be.

    Numbers side by side are compared: "3e153" beside "1 · 10¹⁵³" would look like two things.
    """
    given = list(values)
    for mantissa in (2, 1, 0):
        labels = [
            number(value, colour=colour, signed=signed, places=places, mantissa=mantissa)
            for value in given
        ]
        if all(label.width <= width for label in labels):
            return labels
    shortest = [short_number(value, colour, signed=signed, places=places) for value in given]
    return [
        Label(f"${as_math(NEARLY_ZERO)}$", colour=colour, shown=NEARLY_ZERO)
        if label.width > width and abs(value) < TINIEST
        else label
        for value, label in zip(given, shortest, strict=True)
    ]


def short_number(value: float, colour: str, *, signed: bool = False, places: int = 3) -> Label:
    """Return a `Label` that shows `value`, powers of ten written the short way, as in "2e16"."""
    shown = shortened(digits(value, signed, places, mantissa=0))
    return Label(f"${as_math(shown)}$", colour=colour, shown=shown)


def rate_label(rate: float, colour: str, size: float = LABEL, width: float = math.inf) -> Label:
    """Return a `Label` that shows a learning rate, with as many figures as `width` has room for."""
    for significant in (3, 2):
        shown = figures(rate, significant)
        label = Label(f"${as_math(shown)}$", size, colour, shown=shown)
        if label.width <= width:
            return label
    shown = shortened(shown)
    return Label(f"${as_math(shown)}$", size, colour, shown=shown)
