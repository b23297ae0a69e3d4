"""The target: a loss of 0, and why the error is squared before it is minimised."""

from __future__ import annotations

from typing import Any

from manim import Create, GrowFromPoint, ReplacementTransform, Transform, TransformFromCopy, VGroup

from scenes import style
from scenes.fading import FadeIn, FadeOut
from scenes.lecture_scene import LectureScene
from scenes.mobjects.rows.neuron_line import NeuronLine
from scenes.mobjects.rows.prediction_loss import LEFT_HALF, RIGHT_HALF, PredictionLoss
from scenes.mobjects.rows.row_plot import RING, RowPlot
from scenes.mobjects.rows.step_table import StepTable
from scenes.mobjects.rows.step_working import Convention, StepWorking
from scenes.typesetting.labels import Label, colored
from scenes.wording import rows as wording

SHOWN = 9
SLOW_STEPS = 3


class ZeroLoss(LectureScene):
    """The residual closes as the parameters move; squared, 0 is the floor of a bowl."""

    slug = "zero-loss"

    def construct(self) -> None:
        """Close the residual, then compare the bare difference with its square."""
        self.rows: Any = self.given("rows")
        self.trajectory = self.given("one_row").trajectory
        self.stage = RowPlot(self.rows, self.trajectory.iterates)
        self.neuron = NeuronLine(self.stage, self.trajectory.iterates[0])
        self.predictions = self.stage.predictions(self.trajectory.iterates)
        self.residuals = self.predictions - self.stage.truth
        self.shown = wording.steps_until_zero(self.residuals, self.stage.truth, SHOWN)
        self.add_title()
        self.show_target()
        if len(self.shown) > 1:
            self.close_residual()
        self.read_zero()
        self.show_bare_difference()
        self.show_square()
        self.state_convention()

    def show_target(self) -> None:
        """Start where the last clip ended, and name the target."""
        target = _loss_is_zero()
        self.beat(
            "target",
            f"The target: {target}, the prediction meets the truth",
            "The target is a loss of 0: the prediction meets the truth.",
        )
        stage, neuron, shown = self.stage, self.neuron, self.shown
        places = max(3, wording.decimals_of_zero(self.residuals[-1]))
        self.table = StepTable(shown, self.predictions[shown], self.residuals[shown], places)
        self.working = StepWorking(self.trajectory, stage.x, self.table.box.bottom)
        self.ring = stage.ring()
        self.tag = Label(colored("truth", '$Y_"actual"$'), shown="Y_actual")
        neuron.beside(self.tag, self.ring.get_center(), buff=RING)
        stage.fade_others()
        drawn = (stage, neuron.line, neuron.drop, neuron.point, self.ring, self.tag)
        self.play(FadeIn(*drawn, self.table, self.working), run_time=style.MOVE)
        self.play(Create(neuron.residual), self.table.fill(0), run_time=style.MOVE)
        self.hold()

    def close_residual(self) -> None:
        """Let the parameters take the recorded steps."""
        headline = "As $W_1$ and $b_1$ move, the line swings and the residual closes"
        self.beat(
            "closing", headline, "As the parameters move, the line swings and the residual closes."
        )
        for line in range(1, len(self.shown)):
            start, end = self.shown[line - 1], self.shown[line]
            self.add(self.neuron.leave_ghost())
            swing = self.neuron.swing(self.trajectory, start, end)
            time = style.MOVE if line <= SLOW_STEPS else style.BLINK
            self.play(swing, *self.working.go_to(end), run_time=time)
            self.play(self.table.fill(line), run_time=style.BLINK)
        self.hold()

    def read_zero(self) -> None:
        """Read the last recorded loss."""
        said = wording.say_zero(self.residuals[self.shown], self.shown[-1])
        self.beat("zero", said.replace("Loss = 0", _loss_is_zero()), f"{said}.")
        self.frame = self.table.frame(len(self.shown) - 1)
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
        stage, neuron, shown = self.stage, self.neuron, self.shown
        self.bare = PredictionLoss(stage.truth, self.predictions[shown], squared=False)
        kept = VGroup(*(neuron.ghost(self.trajectory.iterates[t]) for t in shown))
        segments = VGroup(*(neuron.segment(self.trajectory.iterates[t]) for t in shown))
        leaving = (stage, neuron.line, neuron.drop, neuron.point, neuron.residual, neuron.ghosts)
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
        predictions, truth = self.predictions[self.shown], self.stage.truth
        aside = PredictionLoss(truth, predictions, squared=False, box=LEFT_HALF)
        square = PredictionLoss(truth, predictions, squared=True, box=RIGHT_HALF)
        axes = FadeIn(square.plot, square.level)
        self.play(Transform(self.bare, aside), axes, run_time=style.BEAT)
        pairs = zip(self.bare.drawn(), square.drawn(), strict=True)
        moves = [TransformFromCopy(difference, its_square) for difference, its_square in pairs]
        self.play(*moves, *self.table.square(), run_time=style.BEAT)
        self.hold()

    def state_convention(self) -> None:
        """Say what "loss" means from here on."""
        said = "From now on: the squared error, without ½; over several rows, their mean"
        self.beat("convention", said, f"{said}.")
        self.play(FadeIn(Convention(self.table.box.bottom)), run_time=style.MOVE)
        self.hold(style.HOLD)


def _loss_is_zero() -> str:
    return colored("loss", "Loss $= 0$")
