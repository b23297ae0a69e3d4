"""Text, mathematics and numbers on screen, set by Typst.

All readable text is a `Label`, so that one check measures its size, place and colour. Scenes write
markup; text that comes from a lecturer goes through `markup.escape` first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from manim import VGroup

from descent.text.numbers import FULL, NumberFormat
from scenes.style import CAPITAL_PX_PER_POINT, LABEL, WRITING, palette
from scenes.typesetting.markup import colored, formula, with_powers
from scenes.typesetting.outlines import CachedTypst

EM = 0.01  # scene units per point of a font's size


class Label(CachedTypst):
    """A piece of text or mathematics on screen.

    Args:
        markup: Typst markup; mathematics between dollar signs.
        size: Font size in Manim's points, one of those in `scenes.style`.
        color: ``#RRGGBB``; the ink of the theme by default. `colored` parts have their own.
        plain_text: The same as plain text; the markup by default.
    """

    def __init__(
        self,
        markup: str,
        size: float = LABEL,
        color: str | None = None,
        plain_text: str | None = None,
    ) -> None:
        self.plain_text = markup if plain_text is None else plain_text
        self.text_color = color or palette().ink
        code = f'#text(fill: rgb("{self.text_color}"))[{with_powers(markup)}]'
        super().__init__(code, size, self.text_color)
        self.set_z_index(WRITING)

    @property
    def capital_px(self) -> float:
        """Height of a capital in pixels of a frame 1080 high, at the present scale."""
        return self.font_size * CAPITAL_PX_PER_POINT


class Phrase(Label):
    """A line, or a table, whose parts can be moved and transformed one by one.

    Typst sets it as a whole, so that all parts share their baselines.

    Args:
        parts: Markup and colour role of each part, in reading order.
        columns: The number of columns of a table; 0 for a single line.
        size: Font size in Manim's points.
        align: How a table aligns its columns, as Typst writes it: "center", "(left, right)".
    """

    def __init__(
        self,
        parts: Mapping[str, tuple[str, str]],
        columns: int = 0,
        size: float = LABEL,
        align: str = "center",
    ) -> None:
        cells = [colored(role, markup) for markup, role in parts.values()]
        grid = (
            f"#grid(columns: {columns}, column-gutter: 0.35em, row-gutter: 0.75em, align: {align},"
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
    """Some glyphs of a label, which can be moved without the others and count as text."""

    def __init__(self, whole: Label, plain_text: str, glyphs: Sequence[Any]) -> None:
        super().__init__(*glyphs)
        self.whole, self.plain_text, self.text_color = whole, plain_text, whole.text_color
        self.set_z_index(WRITING)

    @property
    def capital_px(self) -> float:
        """Height of a capital in pixels of a frame 1080 high."""
        return self.whole.capital_px


def number_label(text: str, color: str | None = None, *, is_narrow: bool = False) -> Label:
    """Return a `Label` that shows the plain text of a number, its exponent smaller if narrow."""
    return Label(formula(text, is_narrow=is_narrow), color=color, plain_text=text)


def number(
    value: float, form: NumberFormat = FULL, *, color: str | None = None, signed: bool = False
) -> Label:
    """Return a `Label` that shows `value` in a form."""
    return number_label(form.write(value, signed), color=color, is_narrow=form.is_narrow)
