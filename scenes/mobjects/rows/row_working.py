"""The loss of one row worked out, line by line, with the row's own numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import LEFT, Animation, AnimationGroup, Mobject, VGroup

from descent.text.numbers import exact
from scenes.fading import FadeIn, FadeOut
from scenes.mobjects.formulas import (
    loss_formula,
    loss_worked,
    prediction_formula,
    prediction_worked,
    rest_of,
    result,
)
from scenes.mobjects.layout import CARD_GAP, PAD, column_card, line_place
from scenes.mobjects.morph import morph
from scenes.mobjects.side_panel import card
from scenes.typesetting.labels import Label

LINES = 3
INDENT = 0.35


class RowWorking(VGroup):
    """Two cards: the working of ŷ of the picked row, and of its loss.

    Args:
        rows: The `understanding_gradients.lecture.recordings.Rows`.
        params: (W1, b1).
        below: The lower edge of the card above it, in scene units.
    """

    def __init__(self, rows: Any, params: np.ndarray, below: float) -> None:
        super().__init__()
        x, y = float(rows.x[rows.picked]), float(rows.y[rows.picked])
        weight, bias = (float(value) for value in params)
        self.prediction = weight * x + bias
        self.residual = self.prediction - y
        self.box = column_card(below - CARD_GAP, LINES)
        self.loss_box = column_card(self.box.bottom - CARD_GAP, LINES)
        width = self.box.width - 2 * PAD - INDENT
        self.card, self.loss_card = card(self.box), card(self.loss_box)
        self.formula = self._put(prediction_formula(), 0)
        self.symbolic = self._put(prediction_worked(weight, bias, "x", width), 1)
        self.numeric = self._put(prediction_worked(weight, bias, exact(x), width), 1)
        self.predicted = self._put(result(self.prediction, "prediction", width), 2)
        self.loss_formula = self._put(loss_formula(), 3)
        self.difference = self._put(loss_worked(self.prediction, exact(y), width), 4)
        self.loss = self._put(result(self.residual, "loss", width), 5)

    def plain_texts(self) -> list[str]:
        """Return every line as plain text, top to bottom, with its final numbers."""
        lines = (self.formula, self.numeric, self.predicted)
        return [line.plain_text for line in (*lines, self.loss_formula, self.difference, self.loss)]

    def put_parameters(self) -> Animation:
        """Return the animation in which W1 and b1 become their numbers."""
        select = self.formula.select
        return _write(self.symbolic, weight=select("weight"), bias=select("bias"))

    def put_x(self, cell: Mobject) -> Animation:
        """Return the animation in which a table's cell becomes the x of the working."""
        return AnimationGroup(FadeOut(self.symbolic), _write(self.numeric, x=cell))

    def put_prediction(self, point: Mobject) -> Animation:
        """Return the animation in which the prediction comes out of `point`."""
        return _write(self.predicted, value=point)

    def put_difference(self, cell: Mobject) -> Animation:
        """Return the animation in which ŷ and a table's cell become Y_predicted and Y_actual."""
        return _write(self.difference, prediction=self.predicted.select("value"), truth=cell)

    def put_loss(self, segment: Mobject) -> Animation:
        """Return the animation in which the loss comes out of `segment`."""
        return _write(self.loss, value=segment)

    def _put(self, line: Label, number: int) -> Label:
        box = self.box if number < LINES else self.loss_box
        indent = INDENT if number % LINES else 0.0
        return line.move_to(line_place(box, number % LINES, indent), LEFT)


def _write(line: Label, **sources: Mobject) -> Animation:
    """Return the animation that writes `line`, its parts coming out of their `sources`."""
    moves = (morph(source, line.select(name)) for name, source in sources.items())
    return AnimationGroup(FadeIn(rest_of(line, *sources)), *moves)
