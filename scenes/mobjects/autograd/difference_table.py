"""The widths of finite differences and their errors, as numbers."""

from __future__ import annotations

from manim import DOWN, LEFT, RIGHT, Animation, AnimationGroup, VGroup

from descent.text.numbers import fixed, power_of_ten, significant
from scenes import style
from scenes.facts.differences import Widths
from scenes.facts.selection import listed_widths
from scenes.fading import FadeIn
from scenes.mobjects.side_panel import INNER, PAD, ROW, TOP, panel_card, row_y, rule_above
from scenes.typesetting.labels import Label, number_label


class ErrorTable(VGroup):
    """A table of widths and errors, the best in the colour of text, the others muted.

    Args:
        widths: The widths and their errors.
    """

    def __init__(self, widths: Widths) -> None:
        super().__init__()
        self.widths = widths
        self.listed = listed_widths(len(widths.widths), widths.best)
        colors, y = style.palette(), row_y(0)
        left = Label("width $h$", color=colors.muted, plain_text="width h")
        left.move_to((INNER[0], y, 0), LEFT)
        right = Label("error", color=colors.muted).move_to((INNER[1], y, 0), RIGHT)
        right.align_to(left, DOWN)
        card = panel_card(TOP, row_y(max(1, len(self.listed))) - ROW / 2 - PAD)
        self.card = VGroup(card, rule_above(1), left, right)
        self.rows = [self._row(place, k) for place, k in enumerate(self.listed, start=1)]
        self.add(self.card)

    def write(self) -> list[Animation]:
        """Return one animation per row, from the widest to the narrowest."""
        return [AnimationGroup(*(FadeIn(cell) for cell in row)) for row in self.rows]

    def _row(self, place: int, k: int) -> VGroup:
        best = k == self.widths.best and (self.widths.falls or self.widths.rises)
        color = style.palette().ink if best else style.palette().muted
        width, error = float(self.widths.widths[k]), float(self.widths.errors[k])
        left = number_label(power_of_ten(width), color=color)
        right = number_label(significant(error, 2) if error else fixed(error), color=color)
        left.move_to((INNER[0], row_y(place), 0), LEFT)
        return VGroup(left, right.move_to((INNER[1], row_y(place), 0), RIGHT))
