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

from scenes.style import CAPITAL_PX_PER_POINT, LABEL, WRITING, palette
from scenes.typesetting.numerals import FULL, Writing, as_math, fewer_figures, figures, shortened
from scenes.typesetting.outlines import CachedTypst

# The full stop, since three of them would be an ellipsis, and one after a number a list.
_SPECIAL = re.compile(r"([\\#$*_`<>@=\-+/~\[\]'\".])")
_GREEK = {"θ": "theta", "Θ": "Theta", "η": "eta", "λ": "lambda", "α": "alpha", "β": "beta"}
_POWER = re.compile(r"([+−]?[\d.]+)·10\^(−?\d+)")
_SYMBOL = re.compile(r"^([A-Za-zθΘηλαβ]+)(\d*)(?:\[([\d,]+)\])?$")


class Label(CachedTypst):
    """A piece of text or mathematics on screen.

    Args:
        markup: Typst markup; mathematics between dollar signs.
        size: Font size in Manim's points, one of those in `scenes.style`.
        colour: ``#RRGGBB``; the ink of the theme unless given. Parts may be painted otherwise
            with `colored`.
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
        cells = [colored(role, markup) for markup, role in parts.values()]
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


def colored(role: str, markup: str) -> str:
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


def _set_powers(markup: str) -> str:
    """Return markup with powers of ten, plainly written as by `digits`, set as mathematics."""
    return _POWER.sub(lambda power: f"${as_math(power[0])}$", markup)


def number(
    value: float,
    written: Writing = FULL,
    size: float = LABEL,
    colour: str | None = None,
    *,
    signed: bool = False,
) -> Label:
    """Return a `Label` that shows `value`, written as asked for."""
    shown = written.number(value, signed)
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
    labels: list[Label] = []
    for written in fewer_figures(places):
        labels = [number(value, written, colour=colour, signed=signed) for value in given]
        if all(label.width <= width for label in labels):
            break
    return labels


def rate_label(rate: float, colour: str, size: float = LABEL, width: float = math.inf) -> Label:
    """Return a `Label` that shows a learning rate, with as many figures as `width` has room for."""
    few = figures(rate, 2)
    in_powers = Writing(0, 1, is_short=True).number(rate)
    tries = (figures(rate, 3), few, shortened(few), in_powers)
    labels = [Label(f"${as_math(shown)}$", size, colour, shown=shown) for shown in tries]
    fitting = (label for label in labels if label.width <= width)
    return next(fitting, min(labels, key=lambda label: label.width))
