"""One row's prediction and loss, step after step, as a table that grows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import LEFT, RIGHT, UP, Animation, Line, RoundedRectangle, VGroup

from scenes import style
from scenes.fading import FadeIn, FadeOut
from scenes.mobjects.boxes import Box
from scenes.mobjects.layout import COLUMN, PAD
from scenes.mobjects.rows.row_table import ROW, line_frame
from scenes.mobjects.side_panel import card
from scenes.typesetting.fitting import number_within
from scenes.typesetting.labels import Label

ENDS = {"prediction": 1.5, "loss": 2.66, "squared": COLUMN.width - PAD}
HEADS = {"prediction": "$hat(y)$", "loss": "Loss", "squared": "squared"}
ROLES = {"prediction": "prediction", "loss": "loss", "squared": "loss"}
COLUMN_ROOM = 1.02


class StepTable(VGroup):
    """A card with the columns t, ŷ, Loss and, later, its square.

    Args:
        steps: One per line.
        predictions: ŷ at each of `steps`.
        residuals: ŷ − y at each of `steps`.
        decimals: Of every number.
    """

    def __init__(
        self,
        steps: Sequence[int],
        predictions: np.ndarray,
        residuals: np.ndarray,
        decimals: int = 3,
    ) -> None:
        super().__init__()
        self.decimals = decimals
        self.steps = list(steps)
        self.values = {
            "prediction": predictions,
            "loss": residuals,
            "squared": np.asarray(residuals) ** 2,
        }
        lines = 1 + len(self.steps)
        self.box = Box(COLUMN.left, COLUMN.top - lines * ROW - 2 * PAD, COLUMN.right, COLUMN.top)
        self.cells: dict[tuple[int, str], Label] = {}
        self.heads: dict[str, Label] = {}
        for column in ENDS:
            self.heads[column] = self._head(column)
        self.add(card(self.box), self._corner(), self.heads["prediction"], self.heads["loss"])

    def plain_texts(self, column: str) -> list[str]:
        """Return the plain texts of a column, top to bottom."""
        lines = range(len(self.steps))
        return [self.cells[k, column].plain_text for k in lines if (k, column) in self.cells]

    def fill(self, line: int) -> Animation:
        """Return the animation that writes ŷ and the loss of a step into its line."""
        step = Label(f"${self.steps[line]}$", color=style.palette().muted)
        step.move_to((self.box.left + PAD, self._y(line + 1), 0), LEFT)
        cells = [self._cell(line, column) for column in ("prediction", "loss")]
        return FadeIn(VGroup(step, *cells))

    def square(self) -> list[Animation]:
        """Return the animations in which the squares come out of the losses, in a new column."""
        moves: list[Animation] = [FadeIn(self.heads["squared"])]
        for line in range(len(self.steps)):
            source = self.cells[line, "loss"]
            square = self._cell(line, "squared")
            moves.append(FadeIn(square, shift=square.get_right() - source.get_right()))
        return moves

    def rename(self) -> list[Animation]:
        """Return the animations after which the squares are called the loss."""
        moves: list[Animation] = []
        for column, word in (("loss", "error"), ("squared", "Loss")):
            leaving, self.heads[column] = self.heads[column], self._head(column, word)
            moves += [FadeOut(leaving), FadeIn(self.heads[column])]
        return moves

    def frame(self, line: int) -> RoundedRectangle:
        """Return a frame around a line."""
        return line_frame(self.box, self._y(line + 1))

    def _cell(self, line: int, column: str) -> Label:
        value = float(self.values[column][line])
        # A value below half of the last decimal reads 0, without a sign or a power of ten.
        value = 0.0 if abs(value) < 0.5 * 10**-self.decimals else value
        cell = number_within(COLUMN_ROOM, value, ROLES[column], decimals=self.decimals)
        self.cells[line, column] = cell
        return cell.move_to((self.box.left + ENDS[column], self._y(line + 1), 0), RIGHT)

    def _y(self, line: int) -> float:
        return self.box.top - PAD - (line + 0.5) * ROW

    def _head(self, column: str, word: str = "") -> Label:
        head = Label(word or HEADS[column], color=getattr(style.palette(), ROLES[column]))
        head.move_to((self.box.left + ENDS[column], self._y(0), 0), RIGHT)
        # Words of several kinds of letters share a baseline if those without descenders do.
        if column == "prediction":
            return head
        on_line = Label("Loss").move_to((0, self._y(0), 0))
        return head.shift((on_line.get_bottom()[1] - _baseline(head)) * UP)

    def _corner(self) -> VGroup:
        head = Label("$t$", color=style.palette().muted)
        head.move_to((self.box.left + PAD, self._y(0), 0), LEFT)
        y = self._y(0) - ROW / 2
        ends = ((self.box.left + PAD, y, 0), (self.box.right - PAD, y, 0))
        rule = Line(*ends, stroke_width=style.HAIRLINE, color=style.palette().grid)
        return VGroup(head, rule.set_z_index(style.FRONT))


def _baseline(word: Label) -> float:
    """Return the height at which the last letter of a word stands."""
    return float(word.submobjects[-1].get_bottom()[1])
