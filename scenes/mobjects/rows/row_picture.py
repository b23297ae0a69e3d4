"""The picture of the loss of one row: one clip makes it, part by part, the next begins with it."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import Mobject, VGroup

from scenes.facts import chips
from scenes.mobjects.chip import loss_of
from scenes.mobjects.formulas import prediction_formula
from scenes.mobjects.rows.neuron_line import NeuronLine
from scenes.mobjects.rows.row_plot import BESIDE_RING, RowPlot
from scenes.mobjects.rows.row_table import RowTable
from scenes.mobjects.rows.row_working import RowWorking
from scenes.typesetting.labels import Label
from scenes.typesetting.markup import colored

SHORT = 0.7  # scene units: a name is no name of a shorter bar beside it


class RowPicture:
    """The rows in a table and in a plot, the neuron's line, and the error of the picked row.

    Args:
        rows: The `understanding_gradients.lecture.recordings.Rows`.
        iterates: Every (W1, b1) of the descent of that row, shape (k, 2); drawn is the first.
    """

    def __init__(self, rows: Any, iterates: np.ndarray) -> None:
        self.table = RowTable(rows)
        self.row_plot = RowPlot(rows, iterates, lines=iterates[-1:])
        self.neuron = NeuronLine(self.row_plot, iterates[0])
        self.working = RowWorking(rows, iterates[0], self.table.box.bottom)
        self.frame, self.ring = self.table.frame(rows.picked), self.row_plot.ring()
        self.line_tag = self.neuron.line_label(prediction_formula())
        self.truth_tag = Label(colored("truth", '$Y_"actual"$'), plain_text="Y_actual")
        self.point_tag = Label(colored("prediction", '$Y_"predicted"$'), plain_text="Y_predicted")
        self.loss_tag = self._place_tags()
        self.over = loss_of(chips.picked_row(rows), self.row_plot.box)

    def _place_tags(self) -> Label | VGroup:
        """Put the tags to free places; return that of the error, empty if none can be beside it."""
        neuron, there = self.neuron, self.ring.get_center()
        neuron.beside(self.truth_tag, there, self.line_tag, buff=BESIDE_RING)
        neuron.beside(self.point_tag, neuron.here(), self.line_tag, self.truth_tag)
        if np.linalg.norm(neuron.here() - there) < SHORT:
            return VGroup()
        tag = Label(colored("loss", "Loss"), plain_text="Loss")
        others = self.line_tag, self.truth_tag, self.point_tag
        return neuron.beside(tag, (neuron.here() + there) / 2, *others)

    def plotted(self) -> list[Mobject]:
        """Return the plot with all that belongs to the picked row, and its name."""
        neuron = self.neuron
        drawn = [self.row_plot, neuron.line, neuron.drop, neuron.point, neuron.residual]
        return [*drawn, self.ring, self.truth_tag]

    def worked(self) -> list[Mobject]:
        """Return the other names, the table and the finished working."""
        working = self.working
        tags = self.line_tag, self.point_tag, self.loss_tag
        prediction = working.card, working.formula, working.numeric, working.predicted
        loss = working.loss_card, working.loss_formula, working.difference, working.loss
        return [*tags, self.table, self.frame, *prediction, *loss]
