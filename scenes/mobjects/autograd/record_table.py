"""The side panel of autograd's clip: the recorded nodes, their values and gradients."""

from __future__ import annotations

import numpy as np
from manim import LEFT, RIGHT, UP, Animation, VGroup

from descent.text.numbers import format_array
from scenes import style
from scenes.facts.graph_reading import Reading
from scenes.fading import FadeIn
from scenes.mobjects.side_panel import (
    INNER,
    PAD,
    ROW,
    TOP,
    level_with_row,
    panel_card,
    row_y,
    rule_above,
)
from scenes.typesetting.fitting import first_within, fitting_number
from scenes.typesetting.graph_markup import node_markup
from scenes.typesetting.labels import Label
from scenes.typesetting.markup import escape

MOST_ROWS = 10
LEAST_GAP = 0.2
NAME_ROOM = 1.05


class RecordTable(VGroup):
    """Node, value and gradient of every recorded node, or of the leaves and the loss only.

    Args:
        reading: The graph.
    """

    def __init__(self, reading: Reading) -> None:
        super().__init__()
        self.reading = reading
        every = range(len(reading.nodes))
        self.listed = [i for i in every if len(every) <= MOST_ROWS or self._matters(i)]
        self.listed = self.listed[-MOST_ROWS:]
        self.cells: dict[tuple[str, int], Label] = {}
        self.card = VGroup(panel_card(TOP, row_y(len(self.listed)) - ROW / 2 - PAD), rule_above(1))
        self.heads = self._heads()
        self.names = VGroup(*(self._name(row, i) for row, i in enumerate(self.listed, 1)))
        self.add(self.card, self.heads, self.names)

    def plain_texts(self) -> dict[tuple[str, int], str]:
        """Return the plain text of each filled cell, by "value" or "gradient" and node."""
        return {place: label.plain_text for place, label in self.cells.items()}

    def fill(self, kind: str, *indices: int) -> list[Animation]:
        """Return the animations that write the "value" or "gradient" of nodes."""
        turns: list[Animation] = []
        for index in indices:
            if index in self.listed and (kind, index) not in self.cells:
                self.cells[kind, index] = self._cell(kind, index)
                turns.append(FadeIn(self.cells[kind, index]))
        return turns

    def _matters(self, index: int) -> bool:
        return index == len(self.reading.nodes) - 1 or bool(self.reading.nodes[index].name)

    def _heads(self) -> VGroup:
        colors, y = style.palette(), row_y(0)
        left = Label("node", color=colors.muted).move_to((INNER[0], y, 0), LEFT)
        value = Label("value", color=colors.ink).move_to((_value_right(), y, 0), RIGHT)
        slope = Label("gradient", color=colors.gradient).move_to((INNER[1], y, 0), RIGHT)
        value.align_to(left, UP)
        slope.align_to(left, UP)
        return VGroup(left, value, slope)

    def _name(self, row: int, index: int) -> Label:
        node, colors = self.reading.nodes[index], style.palette()
        color = colors.parameter if node.name else colors.muted
        text, room = self.reading.text(index), NAME_ROOM
        tries = (node_markup(self.reading, index, full) for full in (True, False))
        name = first_within(room, (Label(one, color=color, plain_text=text) for one in tries))
        return level_with_row(name, row)

    def _cell(self, kind: str, index: int) -> Label:
        node, colors = self.reading.nodes[index], style.palette()
        last = index == len(self.reading.nodes) - 1
        array = node.value if kind == "value" else node.gradient
        color = colors.gradient if kind == "gradient" else colors.loss if last else colors.ink
        right = INNER[1] if kind == "gradient" else _value_right()
        row = self.listed.index(index) + 1
        return self._number(array, color).move_to((right, row_y(row), 0), RIGHT)

    @staticmethod
    def _number(array: np.ndarray, color: str) -> Label:
        if array.ndim or np.isnan(array):
            text = f"[{array.size}]" if array.ndim else format_array(array)
            return Label(escape(text), color=color, plain_text=text)
        return fitting_number(float(array), INNER[1] - _value_right() - LEAST_GAP, color)


def _value_right() -> float:
    return INNER[0] + 0.6 * (INNER[1] - INNER[0])
