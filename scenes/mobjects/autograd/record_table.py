"""The right column of autograd's clip: what was recorded, with its values and gradients."""

from __future__ import annotations

import numpy as np
from manim import LEFT, RIGHT, UP, Animation, VGroup

from scenes import style
from scenes.facts.graph_reading import Reading
from scenes.fading import FadeIn
from scenes.mobjects.network.gradient_column import on_line
from scenes.mobjects.side_panel import INNER, PAD, ROW, TOP, panel_card, row_y, rule_above
from scenes.typesetting.labels import Label, escape, fitting_number, symbol
from scenes.wording.autograd import format_array

MOST_ROWS = 10
LEAST_GAP = 0.2
DIGIT = 8 * style.LABEL * style.CAPITAL_PX_PER_POINT / 1080


class RecordTable(VGroup):
    """Node, value and gradient of everything autograd recorded, or of leaves and loss only.

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
        self.ground = VGroup(
            panel_card(TOP, row_y(len(self.listed)) - ROW / 2 - PAD), rule_above(1)
        )
        self.heads = self._heads()
        self.names = VGroup(*(self._name(row, i) for row, i in enumerate(self.listed, 1)))
        self.add(self.ground, self.heads, self.names)

    def shown(self) -> dict[tuple[str, int], str]:
        """Return what stands in each filled cell, by "value" or "gradient" and node."""
        return {place: label.shown for place, label in self.cells.items()}

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
        colours, y = style.palette(), row_y(0)
        left = Label("recorded", colour=colours.muted).move_to((INNER[0], y, 0), LEFT)
        value = Label("value", colour=colours.ink).move_to((_value_right(), y, 0), RIGHT)
        slope = Label("gradient", colour=colours.gradient).move_to((INNER[1], y, 0), RIGHT)
        value.align_to(left, UP)
        slope.align_to(left, UP)
        return VGroup(left, value, slope)

    def _name(self, row: int, index: int) -> Label:
        node, colours = self.reading.nodes[index], style.palette()
        if node.name:
            name = Label(f"${symbol(node.name)}$", colour=colours.parameter, shown=node.name)
            return on_line(name, row)
        last = index == len(self.reading.nodes) - 1
        colour = colours.loss if last else colours.muted
        word = Label(escape(node.operation), colour=colour, shown=node.operation)
        word.move_to((INNER[0], row_y(row), 0), LEFT)
        # Level with the row's digits, whatever hangs below the line, as in "pow".
        line = max(glyph.get_bottom()[1] for glyph in word.family_members_with_points())
        return word.shift((row_y(row) - DIGIT / 2 - line) * UP)

    def _cell(self, kind: str, index: int) -> Label:
        node, colours = self.reading.nodes[index], style.palette()
        last = index == len(self.reading.nodes) - 1
        array = node.value if kind == "value" else node.gradient
        colour = colours.gradient if kind == "gradient" else colours.loss if last else colours.ink
        right = INNER[1] if kind == "gradient" else _value_right()
        row = self.listed.index(index) + 1
        return self._number(array, colour).move_to((right, row_y(row), 0), RIGHT)

    @staticmethod
    def _number(array: np.ndarray, colour: str) -> Label:
        if array.ndim or np.isnan(array):
            said = f"[{array.size}]" if array.ndim else format_array(array)
            return Label(escape(said), colour=colour, shown=said)
        return fitting_number(float(array), INNER[1] - _value_right() - LEAST_GAP, colour)


def _value_right() -> float:
    return INNER[0] + 0.6 * (INNER[1] - INNER[0])
