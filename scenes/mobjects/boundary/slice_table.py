"""The numbers of a slice: its slopes, the rule of one step, and where five rates lead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import LEFT, RIGHT, Animation, VGroup

from descent.text.numbers import NEARLY_ZERO, rate
from scenes import style
from scenes.facts.selection import AS_GOOD_AS_ZERO
from scenes.facts.slices import factor, height_factor, sample_at, start_of
from scenes.fading import FadeIn, FadeOut
from scenes.mobjects.boundary.slice_plot import ROLES
from scenes.mobjects.side_panel import PAD, TOP, panel_card
from scenes.typesetting.fitting import fitting_number, fitting_rate
from scenes.typesetting.labels import Label, number_label
from scenes.typesetting.markup import as_math, colored, rate_formula

ROW = 0.5
COLUMNS = (1.38, 2.53, 3.52)  # right edges, from the left edge of the panel
ROOM = 0.74  # of a column, with a gap before it
SYMBOLS = ("", "$1 \\/ lambda$", "", "$2 \\/ lambda$", "")
LEAST = 5e-4  # of a factor: a smaller one reads 0
LEFT_EDGE = style.SIDE_LEFT + PAD
TABLE_LEFT = style.SIDE_LEFT - 0.3


class NumberCard(VGroup):
    """Rows of words with a number each, filled one after the other.

    Args:
        rows: Markup, colour role and number of each: plain text, or a value.
        head: Markup of a first row without a number; none by default.
        top: Its upper edge, in scene units.
    """

    def __init__(
        self, rows: Sequence[tuple[str, str, str | float]], head: str = "", top: float = TOP
    ) -> None:
        super().__init__()
        self.top, self.rows = top, VGroup()
        count = len(rows) + bool(head)
        self.bottom = top - 2 * PAD - count * ROW
        self.add(panel_card(top, self.bottom))
        if head:
            self.add(Label(head, color=style.palette().muted).move_to(self._place(0), LEFT))
        for k, (words, role, value) in enumerate(rows, start=bool(head)):
            color = getattr(style.palette(), role)
            name = Label(words, color=color).move_to(self._place(k), LEFT)
            room = style.RIGHT - PAD - style.GAP - name.get_right()[0]
            number = (
                number_label(value, color=color)
                if isinstance(value, str)
                else fitting_rate(value, room, color)
            )
            number.move_to((style.RIGHT - PAD, self._place(k)[1], 0), RIGHT)
            self.rows.add(VGroup(name, number))

    def bring_in(self, row: int) -> Animation:
        """Return the animation that brings in a row."""
        self.add(self.rows[row])
        return FadeIn(self.rows[row])

    def filled(self) -> NumberCard:
        """Return the card with all of its rows."""
        self.add(*self.rows)
        return self

    def _place(self, row: int) -> np.ndarray:
        return np.array([LEFT_EDGE, self.top - PAD - (row + 0.5) * ROW, 0.0])


def slope_card(one: Any) -> NumberCard:
    """Return λ and the slopes at one and two times the distance of the start."""
    rows: list[tuple[str, str, str | float]] = [
        ("sharpness $lambda$", "loss", float(one.sharpness))
    ]
    for times in (1, 2):
        k, at = sample_at(one, times), as_math(rate(times * start_of(one)))
        rows.append((f"slope at $d = {at}$", "gradient", float(one.slopes[k])))
    return NumberCard(rows)


def rule_card(one: Any, top: float) -> NumberCard:
    """Return the numbers of one step of the small rate."""
    descent = one.descents[0]
    eta = colored("learning_rate", rate_formula(rate(float(one.rates[0]))))
    (start, end), slope = descent.iterates[:2, 0], descent.gradients[0, 0]
    rows = [
        ("slope $= lambda d$", "gradient", float(slope)),
        ("step $= eta lambda d$", "learning_rate", float(start - end)),
        ("$(1 - eta lambda) d$", "parameter", float(end)),
    ]
    return NumberCard(rows, f"one step, {eta}", top)


class LandingTable(VGroup):
    """Five rates, and by what each multiplies distance and height in one step.

    Args:
        one: The `understanding_gradients.lecture.recordings.Slice`, with descents.
        top: Its upper edge, in scene units.
    """

    def __init__(self, one: Any, top: float = TOP) -> None:
        super().__init__()
        self.one, self.top = one, top
        self.bottom = top - 2 * PAD - 6 * ROW
        self.questions = VGroup(*(self._cell(row, 1, "?") for row in range(5)))
        self.add(panel_card(top, self.bottom, TABLE_LEFT), self._heads(), self.questions)

    def fill(self) -> list[Animation]:
        """Return the animations that put the recorded factors into the table."""
        cells = VGroup()
        for row, descent in enumerate(self.one.descents):
            for column, value in ((1, factor(descent)), (2, height_factor(descent))):
                cells.add(self._number(row, column, value))
        self.remove(self.questions)
        self.add(cells)
        return [FadeOut(self.questions), FadeIn(cells)]

    def _number(self, row: int, column: int, value: float) -> Label:
        if not np.isfinite(value):
            return self._cell(row, column, "–")
        color = getattr(style.palette(), ROLES[row])
        if AS_GOOD_AS_ZERO < abs(value) < LEAST:
            return self._cell(row, column, f"${as_math(NEARLY_ZERO)}$")
        value = 0.0 if abs(value) < AS_GOOD_AS_ZERO else value
        return fitting_number(value, ROOM, color).move_to(self._slot(row + 1, column), RIGHT)

    def _cell(self, row: int, column: int, text: str) -> Label:
        color = getattr(style.palette(), ROLES[row])
        return Label(text, color=color).move_to(self._slot(row + 1, column), RIGHT)

    def _heads(self) -> VGroup:
        muted = style.palette().muted
        heads = VGroup(
            Label("$eta$", color=style.palette().learning_rate).move_to(self._slot(0, 0), RIGHT),
            Label("$d times$", color=muted).move_to(self._slot(0, 1), RIGHT),
            Label("$h times$", color=muted).move_to(self._slot(0, 2), RIGHT),
        )
        for row, eta in enumerate(self.one.rates.tolist()):
            heads.add(*self._rate(row, eta))
        return heads

    def _rate(self, row: int, eta: float) -> list[Label]:
        """Return a rate and its symbol, if it has one; without its number where that is long."""
        color, slot = getattr(style.palette(), ROLES[row]), self._slot(row + 1, 0)
        if not SYMBOLS[row]:
            return [fitting_rate(eta, slot[0] - (TABLE_LEFT + PAD), color).move_to(slot, RIGHT)]
        symbol, number = Label(SYMBOLS[row], color=color), number_label(rate(eta), color)
        if number.width > slot[0] - (TABLE_LEFT + PAD) - symbol.width - PAD / 2:
            return [symbol.move_to(slot, RIGHT)]
        return [number.move_to(slot, RIGHT), symbol.move_to((TABLE_LEFT + PAD, slot[1], 0), LEFT)]

    def _slot(self, row: int, column: int) -> np.ndarray:
        y = self.top - PAD - (row + 0.5) * ROW
        return np.array([TABLE_LEFT + COLUMNS[column], y, 0.0])
