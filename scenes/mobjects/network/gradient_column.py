"""The side panel of the network's clip: its parameters counted, then its gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    Animation,
    AnimationGroup,
    Create,
    Line,
    VGroup,
)

from descent.text.numbers import NumberFormat, counted
from scenes import style
from scenes.facts.partials import Partial, counted_parameters, largest_in_order
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
from scenes.typesetting.labels import Label, number
from scenes.typesetting.markup import indexed

MOST_ROWS = 10
BAR = 13.0
NARROWEST_BARS = 0.8
COLUMN_GAP = 0.18
SPECK = 1e-4
LEAST_BAR = 0.04  # of a partial that is not zero: five pixels of 1080p


class ParameterCount(VGroup):
    """Each layer's weight and bias with its shape, and the number of parameters in all.

    Args:
        network: The `descent.NetworkGradient`.
    """

    def __init__(self, network: Any) -> None:
        super().__init__()
        every = counted_parameters(network)
        rows = every if len(every) <= MOST_ROWS - 1 else [*every[: MOST_ROWS - 3], None, every[-1]]
        self.total = sum(count for *_, count in every)
        self.add(panel_card(TOP, row_y(len(rows) + 1) - ROW / 2 - PAD), self._heads())
        for place, row in enumerate(rows, start=1):
            self.add(self._row(place, row))
        self.add(rule_above(1), rule_above(len(rows) + 1), self._sum(len(rows) + 1))

    @staticmethod
    def _heads() -> VGroup:
        muted = style.palette().muted
        shape = Label("shape", color=muted).move_to((_middle(), row_y(0), 0))
        return VGroup(
            Label("tensor", color=muted).move_to((INNER[0], row_y(0), 0), LEFT),
            shape,
            Label("count", color=muted).move_to((INNER[1], row_y(0), 0), RIGHT),
        )

    @staticmethod
    def _row(place: int, row: tuple[str, str, int] | None) -> VGroup:
        y = row_y(place)
        if row is None:
            return VGroup(Label("$dots.v$", plain_text="⋮").move_to((INNER[0], y, 0), LEFT))
        name, shape, count = row
        color = style.palette().parameter
        return VGroup(
            level_with_row(Label(f"${name[0]}_({name[1:]})$", color=color, plain_text=name), place),
            Label(f"${shape.replace('×', 'times')}$", plain_text=shape).move_to((_middle(), y, 0)),
            Label(f"{count}").move_to((INNER[1], y, 0), RIGHT),
        )

    def _sum(self, place: int) -> VGroup:
        color, y = style.palette().parameter, row_y(place)
        return VGroup(
            Label("total", color=color).move_to((INNER[0], y, 0), LEFT),
            Label(f"{self.total}", color=color).move_to((INNER[1], y, 0), RIGHT),
        )


def _middle() -> float:
    return (INNER[0] + INNER[1]) / 2 - 0.25


class GradientColumn(VGroup):
    """The gradient as a column: name, number and signed bar of every partial.

    Where not all fit, the largest are shown and the hidden ones are counted.

    Args:
        every: All partials of the network, in order.
    """

    def __init__(self, every: Sequence[Partial]) -> None:
        super().__init__()
        over = len(every) > MOST_ROWS
        self.rows = largest_in_order(every, MOST_ROWS - over)
        self.hidden = len(every) - len(self.rows)
        self.names = VGroup(*(self._name(place, one) for place, one in enumerate(self.rows, 1)))
        self.numbers = self._numbers()
        self.zero, self.bar_scale = self._bar_scale()
        self.bars = [self._bar(place, one) for place, one in enumerate(self.rows, 1)]
        last = len(self.rows) + bool(self.hidden)
        self.card = VGroup(panel_card(TOP, row_y(last) - ROW / 2 - PAD), rule_above(1))
        self.heads = self._heads()
        self.axis = self._axis(len(self.rows))
        self.rest = self._rest(last)

    def appear(self) -> FadeIn:
        """Return the animation that brings the empty column."""
        return FadeIn(VGroup(self.card, self.heads, self.axis))

    def collect(self, one: Partial) -> AnimationGroup:
        """Return the animation that writes the row of a partial and draws its bar."""
        place = self.rows.index(one)
        written = (FadeIn(self.names[place]), FadeIn(self.numbers[place]))
        return AnimationGroup(Create(self.bars[place]), *written)

    def count_hidden(self) -> list[Animation]:
        """Return the animation that counts the hidden partials, if any."""
        return [FadeIn(self.rest)] if self.hidden else []

    @staticmethod
    def _name(place: int, one: Partial) -> Label:
        name = Label(f"${indexed(one.name)}$", color=style.palette().parameter, plain_text=one.name)
        return level_with_row(name, place)

    def _numbers(self) -> VGroup:
        """Return the numbers, with fewer digits where the bars would have no room."""
        for mantissa in (2, 1, 0):
            labels = VGroup(*(self._number(one, mantissa) for one in self.rows))
            right = INNER[0] + self.names.width + COLUMN_GAP + max(n.width for n in labels)
            if INNER[1] - right > NARROWEST_BARS + COLUMN_GAP:
                break
        for place, label in enumerate(labels, start=1):
            label.move_to((right, row_y(place), 0), RIGHT)
        return labels

    @staticmethod
    def _number(one: Partial, mantissa: int) -> Label:
        return number(
            one.value, NumberFormat(3, mantissa), color=style.palette().gradient, signed=True
        )

    def _bar_scale(self) -> tuple[float, float]:
        """Return the place of zero, and scene units per unit of the gradient."""
        left, right = self.numbers.get_right()[0] + COLUMN_GAP, INNER[1]
        signed = [np.sign(one.value) * one.size for one in self.rows]
        low, high = min(0.0, *signed), max(0.0, *signed)
        if high == low:
            return (left + right) / 2, 0.0
        # Room for a least bar on a side whose partials are too small to need any.
        left, right = left + LEAST_BAR, right - LEAST_BAR
        scale = (right - left) / (high - low)
        return left - low * scale, scale

    def _bar(self, place: int, one: Partial) -> Line:
        length = np.sign(one.value) * max(one.size * self.bar_scale, LEAST_BAR) if one.size else 0.0
        start = np.array([self.zero, row_y(place), 0])
        # Manim's line needs two ends, also where it is invisible.
        end = start + (length or SPECK) * RIGHT
        width = BAR if length else 0
        bar = Line(start, end, color=style.palette().gradient, stroke_width=width)
        return bar.set_z_index(style.FRONT)

    def _axis(self, rows: int) -> Line:
        ends = ((self.zero, row_y(1) + 0.4 * ROW, 0), (self.zero, row_y(rows) - 0.4 * ROW, 0))
        axis = Line(*ends, color=style.palette().muted, stroke_width=style.HAIRLINE)
        return axis.set_z_index(style.FRONT)

    def _heads(self) -> VGroup:
        colors, y = style.palette(), row_y(0)
        left = Label("parameter", color=colors.parameter).move_to((INNER[0], y, 0), LEFT)
        right = Label("partial", color=colors.gradient).move_to((INNER[1], y, 0), RIGHT)
        return VGroup(left, right.align_to(left, DOWN))

    def _rest(self, place: int) -> Label:
        label = Label(f"and {counted(self.hidden, 'smaller one')}", color=style.palette().muted)
        return label.move_to((INNER[0], row_y(place), 0), LEFT)
