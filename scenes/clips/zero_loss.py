"""The target: a loss of 0, and why the error is squared before it is minimised."""

from __future__ import annotations

from typing import Any

from manim import Create, GrowFromPoint, ReplacementTransform, Transform, TransformFromCopy, VGroup

from scenes import style
from scenes.facts.selection import decimals_of_zero, steps_until_zero
from scenes.fading import FadeIn, FadeOut
from scenes.lecture_scene import LectureScene
from scenes.mobjects.rows.neuron_line import NeuronLine
from scenes.mobjects.rows.prediction_loss import LEFT_HALF, RIGHT_HALF, PredictionLoss
from scenes.mobjects.rows.row_plot import RING, RowPlot
from scenes.mobjects.rows.step_table import StepTable
from scenes.mobjects.rows.step_working import Convention, StepWorking
from scenes.typesetting.labels import Label
from scenes.typesetting.markup import colored, typeset
from scenes.wording import rows as wording

MOST_STEPS = 9
SLOW_STEPS = 3


class ZeroLoss(LectureScene):
    """The residual closes as the parameters move; squared, 0 is the floor of a bowl."""

    slug = "zero-loss"

    def construct(self) -> None:
        """Close the residual, then compare the bare difference with its square."""
        self.rows: Any = self.inputs["rows"]
        self.trajectory = self.inputs["one_row"].trajectory
        self.row_plot = RowPlot(self.rows, self.trajectory.iterates)
        self.neuron = NeuronLine(self.row_plot, self.trajectory.iterates[0])
        self.predictions = self.row_plot.predictions(self.trajectory.iterates)
        self.residuals = self.predictions - self.row_plot.truth
        self.steps = steps_until_zero(self.residuals, self.row_plot.truth, MOST_STEPS)
        self.add_title()
        self.show_target()
        if len(self.steps) > 1:
            self.close_residual()
        self.read_zero()
        self.show_bare_difference()
        self.show_square()
        self.state_convention()

    def show_target(self) -> None:
        """Start at the end of the last clip, and name the target."""
        target = _loss_is_zero()
        self.beat(
            "target",
            f"The target: {target}, the prediction meets the truth",
            "The target is a loss of 0: the prediction meets the truth.",
        )
        row_plot, neuron, steps = self.row_plot, self.neuron, self.steps
        decimals = max(3, decimals_of_zero(self.residuals[-1]))
        self.table = StepTable(steps, self.predictions[steps], self.residuals[steps], decimals)
        self.working = StepWorking(self.trajectory, row_plot.x, self.table.box.bottom)
        self.ring = row_plot.ring()
        self.tag = Label(colored("truth", '$Y_"actual"$'), plain_text="Y_actual")
        neuron.beside(self.tag, self.ring.get_center(), buff=RING)
        row_plot.fade_others()
        drawn = (row_plot, neuron.line, neuron.drop, neuron.point, self.ring, self.tag)
        self.play(FadeIn(*drawn, self.table, self.working), run_time=style.MOVE)
        self.play(Create(neuron.residual), self.table.fill(0), run_time=style.MOVE)
        self.hold()

    def close_residual(self) -> None:
        """Let the parameters take the recorded steps."""
        headline = "As $W_1$ and $b_1$ move, the line swings and the residual closes"
        self.beat(
            "closing", headline, "As the parameters move, the line swings and the residual closes."
        )
        for line in range(1, len(self.steps)):
            start, end = self.steps[line - 1], self.steps[line]
            self.add(self.neuron.leave_ghost())
            swing = self.neuron.swing(self.trajectory, start, end)
            time = style.MOVE if line <= SLOW_STEPS else style.BLINK
            self.play(swing, *self.working.go_to(end), run_time=time)
            self.play(self.table.fill(line), run_time=style.BLINK)
        self.hold()

    def read_zero(self) -> None:
        """Read the last recorded loss."""
        sentence = wording.describe_zero(self.residuals[self.steps], self.steps[-1])
        self.beat("zero", typeset(sentence, {"Loss = 0": _loss_is_zero()}), f"{sentence}.")
        self.frame = self.table.frame(len(self.steps) - 1)
        self.play(Create(self.frame), run_time=style.MOVE)
        self.hold(style.HOLD)

    def show_bare_difference(self) -> None:
        """Draw the difference over the prediction: the residuals become its heights."""
        headline = "Over the prediction, the bare difference has no lowest value"
        self.beat(
            "bare",
            headline,
            "The bare difference has no lowest value: it falls below 0 without end.",
        )
        row_plot, neuron, steps = self.row_plot, self.neuron, self.steps
        self.bare = PredictionLoss(row_plot.truth, self.predictions[steps], squared=False)
        kept = VGroup(*(neuron.ghost(self.trajectory.iterates[t]) for t in steps))
        segments = VGroup(*(neuron.segment(self.trajectory.iterates[t]) for t in steps))
        leaving = (row_plot, neuron.line, neuron.drop, neuron.point, neuron.residual, neuron.ghosts)
        self.add(segments, kept)
        self.play(
            FadeOut(*leaving, self.ring, self.tag, self.frame, self.working),
            FadeIn(self.bare.plot, self.bare.level),
            ReplacementTransform(kept, self.bare.dots),
            ReplacementTransform(segments, self.bare.stems),
            run_time=style.BEAT,
        )
        self.play(Create(self.bare.curve), run_time=style.MOVE)
        end = self.bare.curve.get_start()
        self.play(GrowFromPoint(self.bare.endless, end), run_time=style.BLINK)
        self.add(self.bare)
        self.hold()

    def show_square(self) -> None:
        """Square every difference: the line becomes a bowl."""
        headline = "Squared, it has one: 0 is now the floor of a bowl"
        self.beat(
            "squared", headline, "Squared, 0 is the floor of a bowl: something to go down to."
        )
        predictions, truth = self.predictions[self.steps], self.row_plot.truth
        aside = PredictionLoss(truth, predictions, squared=False, box=LEFT_HALF)
        square = PredictionLoss(truth, predictions, squared=True, box=RIGHT_HALF)
        axes = FadeIn(square.plot, square.level)
        self.play(Transform(self.bare, aside), axes, run_time=style.BEAT)
        pairs = zip(self.bare.drawn(), square.drawn(), strict=True)
        moves = [TransformFromCopy(difference, its_square) for difference, its_square in pairs]
        self.play(*moves, *self.table.square(), run_time=style.BEAT)
        self.hold()

    def state_convention(self) -> None:
        """State the meaning of "loss" from here on."""
        sentence = "From now on: the squared error, without ½; over several rows, their mean"
        self.beat("convention", sentence, f"{sentence}.")
        self.play(FadeIn(Convention(self.table.box.bottom)), run_time=style.MOVE)
        self.hold(style.HOLD)


def _loss_is_zero() -> str:
    return colored("loss", "Loss $= 0$")
