"""The rows of the data as a table."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import LEFT, RIGHT, Line, RoundedRectangle, VGroup

from descent.text.numbers import counted, exact, fixed
from scenes import style
from scenes.facts.selection import shown_rows
from scenes.mobjects.boxes import Box
from scenes.mobjects.layout import COLUMN, PAD
from scenes.mobjects.side_panel import card
from scenes.typesetting.labels import Label, number_label

ROW = 0.33
CAPACITY = 5
MIDDLE = 0.62
NUMBERS, BETWEEN = 0.5, 0.2


class RowTable(VGroup):
    """A card with one line per row: its number, its x, its y.

    Args:
        rows: The `understanding_gradients.lecture.recordings.Rows`.
        capacity: The number of lines for rows.
    """

    def __init__(self, rows: Any, capacity: int = CAPACITY) -> None:
        super().__init__()
        self.rows = rows
        self.indices = shown_rows(len(rows.x), rows.picked, capacity)
        self.hidden = len(rows.x) - len(self.indices)
        lines = 1 + len(self.indices) + (self.hidden > 0)
        self.box = Box(COLUMN.left, COLUMN.top - lines * ROW - 2 * PAD, COLUMN.right, COLUMN.top)
        self.card = card(self.box)
        self.written = self._written()
        self.ends = self._ends()
        self.heads = self._heads()
        self.lines = {index: self._cells(index) for index in self.indices}
        self.cells = {index: VGroup(*line) for index, line in self.lines.items()}
        self.more = self._more()
        self.add(self.card, self.heads, *self.cells.values(), self.more)

    def plain_texts(self) -> dict[int, list[str]]:
        """Return the plain texts of each line: the row's number, x, y."""
        return {index: [label.plain_text for label in line] for index, line in self.lines.items()}

    def source(self, index: int) -> VGroup:
        """Return the line of a row, or the line that counts the hidden rows."""
        return self.cells[index] if index in self.cells else self.more

    def frame(self, index: int) -> RoundedRectangle:
        """Return a frame around the line of a row."""
        return line_frame(self.box, self._y(index))

    def _y(self, index: int) -> float:
        return self._line_y(1 + self.indices.index(index))

    def _line_y(self, line: int) -> float:
        return self.box.top - PAD - (line + 0.5) * ROW

    def _heads(self) -> VGroup:
        heads = VGroup(*self._line(0, "row", "x", "y"))
        y = self._line_y(0) - ROW / 2
        ends = ((self.box.left + PAD, y, 0), (self.box.right - PAD, y, 0))
        rule = Line(*ends, stroke_width=style.HAIRLINE, color=style.palette().grid)
        return VGroup(heads, rule.set_z_index(style.FRONT))

    def _written(self) -> dict[int, tuple[str, str]]:
        """Return x and y of each line as plain text, in short form where there is no room."""
        texts = {i: (exact(self.rows.x[i]), exact(self.rows.y[i])) for i in self.indices}
        if self._widths(texts).sum() > self.box.width - 2 * PAD - NUMBERS - 2 * BETWEEN:
            return {i: (_short(self.rows.x[i]), _short(self.rows.y[i])) for i in self.indices}
        return texts

    def _widths(self, texts: dict[int, tuple[str, str]]) -> np.ndarray:
        """Return how wide the widest x and the widest y are, shape (2,)."""
        labels = [[number_label(text).width for text in line] for line in texts.values()]
        return np.max(labels, axis=0)

    def _ends(self) -> tuple[float, float]:
        """Return where the columns of x and y end: x further left where y is wide."""
        end = self.box.right - PAD
        usual = self.box.left + MIDDLE * self.box.width
        return min(usual, end - self._widths(self.written)[1] - BETWEEN), end

    def _cells(self, index: int) -> list[Label]:
        return self._line(1 + self.indices.index(index), str(index + 1), *self.written[index])

    def _line(self, line: int, row: str, x: str, y: str) -> list[Label]:
        level = self._line_y(line)
        number = Label(row, color=style.palette().muted)
        number.move_to((self.box.left + PAD, level, 0), LEFT)
        labels = [number]
        for text, role, end in zip((x, y), ("ink", "truth"), self.ends, strict=True):
            color = getattr(style.palette(), role)
            label = number_label(text, color=color)
            labels.append(label.move_to((end, level, 0), RIGHT))
        return labels

    def _more(self) -> VGroup:
        if not self.hidden:
            return VGroup()
        words = f"and {counted(self.hidden, 'more row')}"
        label = Label(words, color=style.palette().muted)
        place = (self.box.left + PAD, self._line_y(1 + len(self.indices)), 0)
        return VGroup(label.move_to(place, LEFT))


def _short(value: float) -> str:
    """Return a number with one figure before its power of ten, if it has one."""
    return fixed(value, mantissa=0) if "·" in exact(value) else exact(value)


def line_frame(box: Box, y: float) -> RoundedRectangle:
    """Return a frame around the line at the height `y` of a table in `box`."""
    frame = RoundedRectangle(
        corner_radius=0.08,
        width=box.width - PAD,
        height=ROW,
        stroke_color=style.palette().ink,
        stroke_width=0.7 * style.LINE,
    )
    return frame.move_to(((box.left + box.right) / 2, y, 0)).set_z_index(style.FRONT)
