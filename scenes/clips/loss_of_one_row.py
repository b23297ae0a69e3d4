"""The loss of one row: how far the neuron's prediction is from the truth."""

from __future__ import annotations

from typing import Any

from manim import Animation, Create, GrowFromCenter, LaggedStart, TransformFromCopy

from scenes import style
from scenes.claims import Prompt, first_true
from scenes.fading import FadeIn
from scenes.lecture_scene import LectureScene
from scenes.mobjects.formulas import prediction_formula
from scenes.mobjects.morph import morph, morph_into_line
from scenes.mobjects.rows.neuron_line import NeuronLine
from scenes.mobjects.rows.row_plot import BESIDE_RING, RowPlot
from scenes.mobjects.rows.row_table import RowTable
from scenes.mobjects.rows.row_working import RowWorking
from scenes.typesetting.labels import Label
from scenes.typesetting.markup import colored
from scenes.wording import rows as wording


class LossOfOneRow(LectureScene):
    """Loss = Y_predicted − Y_actual, for one row of real data."""

    slug = "loss-of-one-row"

    def construct(self) -> None:
        """Show the rows and the neuron's line; pick a row, predict it, take the difference."""
        self.rows: Any = self.inputs["rows"]
        iterates = self.inputs["one_row"].trajectory.iterates
        self.params = iterates[0]
        self.add_title()
        self.table = RowTable(self.rows)
        self.row_plot = RowPlot(self.rows, iterates, lines=iterates[-1:])
        self.neuron = NeuronLine(self.row_plot, self.params)
        self.working = RowWorking(self.rows, self.params, self.table.box.bottom)
        self.show_rows()
        self.show_neuron()
        self.pick_row()
        self.predict()
        self.take_difference()

    def show_rows(self) -> None:
        """Show table and plot together: each row sends out its dot."""
        self.beat("rows", caption="Real data, in a table and in a plot.")
        self.play(
            FadeIn(self.table), FadeIn(self.row_plot.plot, self.row_plot.names), run_time=style.MOVE
        )
        indices = range(len(self.row_plot.dots))
        landing = [self.row_plot.land(index, self.table.source(index)) for index in indices]
        self.play(LaggedStart(*landing, lag_ratio=0.3), run_time=style.BEAT)
        self.say(first_true(wording.dots(self.rows), wording.shared_dots(self.rows)))

    def show_neuron(self) -> None:
        """Draw the neuron's line from its two parameters."""
        self.beat("neuron", caption="One neuron predicts y from x, with two parameters.")
        working = self.working
        self.play(FadeIn(working.card, working.formula), run_time=style.MOVE)
        self.play(working.put_parameters(), run_time=style.MOVE)
        self.add(working.symbolic)
        self.tag = self.neuron.line_label(prediction_formula())
        drawn = morph_into_line(working.symbolic, self.neuron.line)
        self.play(drawn, TransformFromCopy(working.formula, self.tag), run_time=style.BEAT)
        plot = self.row_plot.plot
        window = plot.x_low, plot.x_high
        self.say(first_true(wording.slope_and_height(window), wording.slope_alone(window)))

    def pick_row(self) -> None:
        """Pick one row, in the table and in the plot."""
        self.beat("picked", wording.pick(self.rows), "Its y is the truth: Y actual.")
        frame, ring = self.table.frame(self.rows.picked), self.row_plot.ring()
        self.ring = ring
        self.truth_tag = Label(colored("truth", '$Y_"actual"$'), plain_text="Y_actual")
        self.neuron.beside(self.truth_tag, ring.get_center(), self.tag, buff=BESIDE_RING)
        self.play(Create(frame), run_time=style.BLINK)
        self.play(TransformFromCopy(frame, ring), run_time=style.MOVE)
        named = morph(self.table.cells[self.rows.picked][2], self.truth_tag)
        self.play(named, run_time=style.MOVE)

    def predict(self) -> None:
        """Put the row's x into the neuron, and go up from x to the line."""
        question = Prompt("What does the neuron predict for it?")
        self.beat("prediction", question, "Put its x into the formula, or go up to the line.")
        working, neuron = self.working, self.neuron
        self.play(working.put_x(self.table.cells[self.rows.picked][1]), run_time=style.MOVE)
        self.add(working.numeric)
        self.play(Create(neuron.drop), run_time=style.MOVE)
        self.point_tag = Label(colored("prediction", '$Y_"predicted"$'), plain_text="Y_predicted")
        neuron.beside(self.point_tag, neuron.here(), self.tag, self.truth_tag)
        reached = GrowFromCenter(neuron.point)
        self.play(reached, working.put_prediction(neuron.point), run_time=style.MOVE)
        self.add(working.predicted)
        self.play(morph(working.predicted, self.point_tag), run_time=style.MOVE)
        given = self.rows, self.params
        self.say(first_true(wording.predicts(*given), wording.predicts_the_truth(*given)))

    def take_difference(self) -> None:
        """Subtract the truth from the prediction: the segment between the two."""
        working, neuron = self.working, self.neuron
        self.beat("residual", Prompt("How far is that from the truth?"), "The error has a sign.")
        self.play(FadeIn(working.loss_card, working.loss_formula), run_time=style.BLINK)
        truth = self.table.cells[self.rows.picked][2]
        self.play(working.put_difference(truth), run_time=style.MOVE)
        self.add(working.difference)
        self.play(morph_into_line(working.difference, neuron.residual), run_time=style.MOVE)
        self.play(working.put_loss(neuron.residual), *self._name_residual(), run_time=style.MOVE)
        self.add(working.loss)
        given = self.rows, self.params
        claim = first_true(wording.misses(*given), wording.meets(*given))
        self.say(claim, wording.sign_of_loss(working.residual))

    def _name_residual(self) -> list[Animation]:
        """Return the animation that names the segment, if it has a length."""
        if self.working.residual == 0:
            return []
        tag = Label(colored("loss", "Loss"), plain_text="Loss")
        middle = (self.neuron.here() + self.row_plot.picked_dot().get_center()) / 2
        self.neuron.beside(tag, middle, self.ring, self.tag, self.truth_tag, self.point_tag)
        return [TransformFromCopy(self.working.loss_formula.select("loss"), tag)]
