"""The widths of finite differences and their errors, as numbers."""

from __future__ import annotations

import math

from manim import DOWN, LEFT, RIGHT, Animation, AnimationGroup, VGroup

from scenes import style
from scenes.fading import FadeIn
from scenes.mobjects.side_panel import INNER, PAD, ROW, TOP, panel_card, row_y, rule_above
from scenes.typesetting.labels import Label
from scenes.typesetting.numerals import as_math, figures
from scenes.wording.autograd import Widths, power_markup, power_text

MOST_ROWS = 11


def listed_widths(widths: Widths) -> list[int]:
    """Return which widths are listed: evenly many, the last and the best among them."""
    count = len(widths.widths)
    stride = max(1, math.ceil(count / (MOST_ROWS - 1)))
    return sorted({*range(0, count, stride), widths.best, count - 1}) if count else []


class DifferenceTableView(VGroup):
    """A table of widths and errors, the best in the ink, the others muted.

    Args:
        widths: The widths and their errors.
    """

    def __init__(self, widths: Widths) -> None:
        super().__init__()
        self.widths = widths
        self.listed = listed_widths(widths)
        colours, y = style.palette(), row_y(0)
        left = Label("width $h$", colour=colours.muted, shown="width h")
        left.move_to((INNER[0], y, 0), LEFT)
        right = Label("error", colour=colours.muted).move_to((INNER[1], y, 0), RIGHT)
        right.align_to(left, DOWN)
        ground = panel_card(TOP, row_y(max(1, len(self.listed))) - ROW / 2 - PAD)
        self.ground = VGroup(ground, rule_above(1), left, right)
        self.rows = [self._row(place, k) for place, k in enumerate(self.listed, start=1)]
        self.add(self.ground)

    def write(self) -> list[Animation]:
        """Return one animation a row, from the widest to the narrowest."""
        return [AnimationGroup(*(FadeIn(cell) for cell in row)) for row in self.rows]

    def _row(self, place: int, k: int) -> VGroup:
        best = k == self.widths.best and (self.widths.falls or self.widths.rises)
        colour = style.palette().ink if best else style.palette().muted
        width, error = float(self.widths.widths[k]), float(self.widths.errors[k])
        left = Label(power_markup(width), colour=colour, shown=power_text(width))
        written = figures(error, 2)
        right = Label(f"${as_math(written)}$", colour=colour, shown=written)
        left.move_to((INNER[0], row_y(place), 0), LEFT)
        return VGroup(left, right.move_to((INNER[1], row_y(place), 0), RIGHT))
