"""The loss of one row: how far the neuron's prediction is from the truth."""

from __future__ import annotations

from typing import Any

from manim import (
    Create,
    FadeIn,
    FadeOut,
    LaggedStart,
    Mobject,
    ReplacementTransform,
    TransformFromCopy,
    VGroup,
)

from scenes import style, wording_rows
from scenes.base import LectureScene
from scenes.mobjects.formula import rest_of
from scenes.mobjects.row_plot import RowPlot
from scenes.mobjects.row_table import RowTable
from scenes.mobjects.row_working import RowWorking
from scenes.typeset import Label, paint


class LossOfOneRow(LectureScene):
    """Loss = Y_predicted − Y_actual, for one row of real data."""

    slug = "loss-of-one-row"

    def construct(self) -> None:
        """Show the rows and the neuron's line; pick a row, predict it, take the difference."""
        self.rows: Any = self.given("rows")
        self.params = self.given("one_row").trajectory.iterates[0]
        self.add_title()
        self.table = RowTable(self.rows)
        self.stage = RowPlot(self.rows, self.params[None])
        self.working = RowWorking(self.rows, self.params, self.table.box.bottom)
        self.show_rows()
        self.show_neuron()
        self.pick_row()
        self.predict()
        self.take_difference()

    def show_rows(self) -> None:
        """Show table and plot together: each row becomes its dot."""
        said = wording_rows.say_rows(len(self.rows.x))
        self.beat("rows", said, f"{said}.")
        self.play(FadeIn(self.table), FadeIn(self.stage.plot, self.stage.names), run_time=style.MOVE)
        landing = [
            TransformFromCopy(self.table.source(index), dot)
            for index, dot in enumerate(self.stage.dots)
        ]
        self.play(LaggedStart(*landing, lag_ratio=0.3), run_time=style.HOLD)
        self.rest()

    def show_neuron(self) -> None:
        """Draw the neuron's line from its two parameters."""
        neuron = f"A neuron predicts with a line: it has a slope $W_1$ and a height $b_1$"
        self.beat("neuron", neuron, "A neuron predicts with a line; its parameters are W1 and b1.")
        working = self.working
        self.play(FadeIn(working.ground, working.formula), run_time=style.MOVE)
        self.play(working.put_parameters(), run_time=style.MOVE)
        self.tag = self.stage.line_label(Label(paint("prediction", "$hat(y)$"), shown="ŷ"))
        drawn = TransformFromCopy(VGroup(working.symbolic), self.stage.line)
        self.play(drawn, FadeIn(self.tag), run_time=style.MOVE)
        self.rest()

    def pick_row(self) -> None:
        """Pick one row, in the table and in the plot."""
        said = wording_rows.say_pick(self.rows.picked)
        self.beat("picked", said, f"{said}.")
        self.frame = self.table.frame(self.rows.picked)
        self.play(Create(self.frame), run_time=style.BLINK)
        self.play(TransformFromCopy(self.frame, self.stage.ring()), run_time=style.MOVE)
        self.rest()

    def predict(self) -> None:
        """Put the row's x into the neuron, and go up from x to the line."""
        claim = "Its prediction: go from $x$ to the line"
        self.beat("prediction", claim, "Its prediction: put its x into the neuron.")
        x = self.table.cells[self.rows.picked][1]
        self.play(self.working.put_x(x), run_time=style.MOVE)
        self.play(Create(self.stage.drop), run_time=style.MOVE)
        self.play(
            TransformFromCopy(self.stage.drop, self.stage.point),
            self.working.put_prediction(self.stage.point),
            run_time=style.MOVE,
        )
        self.rest()

    def take_difference(self) -> None:
        """Take the truth from the prediction: the segment between the two."""
        said = wording_rows.say_residual(self.working.residual)
        self.beat("residual", said, f"Loss is Y predicted minus Y actual. {said}.")
        truth = self.table.cells[self.rows.picked][2]
        self.play(FadeIn(self.working.loss_formula), run_time=style.BLINK)
        self.play(self.working.put_difference(truth), run_time=style.MOVE)
        self.play(
            TransformFromCopy(self.working.difference, self.stage.residual),
            run_time=style.MOVE,
        )
        self.play(self.working.put_loss(self.stage.residual), run_time=style.MOVE)
        self.rest(style.HOLD)
