"""The target: a loss of 0, and why the error is squared and averaged before it is minimised."""

from __future__ import annotations

from typing import Any

from manim import Create, GrowFromPoint, ReplacementTransform, Transform, TransformFromCopy, VGroup

from scenes import style
from scenes.claims import Prompt, first_true
from scenes.facts import chips
from scenes.facts.selection import steps_until_zero
from scenes.fading import FadeIn, FadeOut
from scenes.lecture_scene import LectureScene
from scenes.mobjects.chip import chip_above, loss_of
from scenes.mobjects.rows.prediction_loss import LEFT_HALF, RIGHT_HALF, PredictionLoss
from scenes.mobjects.rows.row_picture import RowPicture
from scenes.mobjects.rows.row_plot import FAINT
from scenes.mobjects.rows.step_table import StepTable
from scenes.mobjects.rows.step_working import Convention, StepWorking
from scenes.wording import rows as wording

SINGLY = 3  # steps that are shown one by one, the start among them


class ZeroLoss(LectureScene):
    """The residual closes as the parameters move; squared, 0 is the floor of a bowl."""

    slug = "zero-loss"

    def construct(self) -> None:
        """Close the residual, compare the bare difference with its square, look at all rows."""
        self.rows: Any = self.inputs["rows"]
        self.losses: Any = self.inputs["row_losses"]
        self.trajectory = self.inputs["one_row"].trajectory
        iterates = self.trajectory.iterates
        self.picture = RowPicture(self.rows, iterates)
        self.row_plot, self.neuron = self.picture.row_plot, self.picture.neuron
        self.predictions = self.row_plot.predictions(iterates)
        self.residuals = self.predictions - self.row_plot.truth
        self.steps = steps_until_zero(self.residuals, self.row_plot.truth, SINGLY)
        self.add_title()
        self.show_target()
        if len(self.steps) > 1:
            self.close_residual()
        self.read_zero()
        self.show_bare_difference()
        self.show_square()
        self.state_convention()
        if len(self.rows.x) > 1:
            self.look_at_all_rows()

    def show_target(self) -> None:
        """Start where the last clip ended, and name the target."""
        picture, steps = self.picture, self.steps
        self.over = picture.over
        self.add(*picture.plotted(), *picture.worked(), self.over)
        self.beat("target", wording.target(), "There the prediction is the truth.")
        self.table = StepTable(steps, self.predictions[steps], self.residuals[steps])
        self.working = StepWorking(self.trajectory, picture.row_plot.x, self.table.box.bottom)
        faint = [dot.animate.set_opacity(FAINT) for dot in picture.row_plot.others()]
        self.play(*faint, FadeOut(*picture.worked()), run_time=style.BLINK)
        self.play(FadeIn(self.table, self.working), run_time=style.BLINK)
        self.play(self.table.fill(0), run_time=style.MOVE)

    def close_residual(self) -> None:
        """Let the parameters take the recorded steps."""
        prompt = Prompt("Now the parameters move, step by step")
        self.beat("closing", prompt, "t counts the steps; how each is chosen comes later.")
        for line in range(1, len(self.steps)):
            start, end = self.steps[line - 1], self.steps[line]
            self.add(self.neuron.leave_ghost())
            swing = self.neuron.swing(self.trajectory, start, end)
            self.play(swing, *self.working.go_to(end), run_time=style.MOVE)
            self.play(self.table.fill(line), run_time=style.BLINK)
        if claim := wording.closing(self.residuals[self.steps]):
            self.say(claim)

    def read_zero(self) -> None:
        """Read the last recorded loss."""
        self.beat("zero", caption="The last line of the table.")
        self.frame = self.table.frame(len(self.steps) - 1)
        self.play(Create(self.frame), run_time=style.MOVE)
        given = self.residuals[self.steps], self.steps[-1]
        kinds = wording.is_zero, wording.nearly_zero, wording.not_zero
        self.say(first_true(*(kind(*given) for kind in kinds)))

    def show_bare_difference(self) -> None:
        """Draw the difference over the prediction: the residuals become its heights."""
        question = Prompt("Why not make this difference as small as possible?")
        self.beat("bare", question, "Every residual becomes a height over its prediction.")
        row_plot, neuron, steps = self.row_plot, self.neuron, self.steps
        self.bare = PredictionLoss(row_plot.truth, self.predictions[steps], squared=False)
        kept = VGroup(*(neuron.ghost(self.trajectory.iterates[t]) for t in steps))
        segments = VGroup(*(neuron.segment(self.trajectory.iterates[t]) for t in steps))
        self.add(segments, kept)
        word, self.over = self.over
        beside_name = chip_above(chips.picked_row(self.rows), self.bare.plot)
        self.play(
            FadeOut(*self.picture.plotted(), neuron.ghosts, self.frame, self.working, word),
            FadeIn(self.bare.plot, self.bare.level),
            self.over.animate.move_to(beside_name),
            ReplacementTransform(kept, self.bare.dots),
            ReplacementTransform(segments, self.bare.stems),
            run_time=style.BEAT,
        )
        self.play(Create(self.bare.curve), run_time=style.MOVE)
        end = self.bare.curve.get_start()
        self.play(GrowFromPoint(self.bare.endless, end), run_time=style.BLINK)
        self.add(self.bare)
        self.say(first_true(wording.bare_has_no_lowest(self.bare.heights())))

    def show_square(self) -> None:
        """Square every difference: the line becomes a bowl."""
        self.beat("squared", Prompt("And if it is squared?"), "There is a way down, and an end.")
        predictions, truth = self.predictions[self.steps], self.row_plot.truth
        aside = PredictionLoss(truth, predictions, squared=False, box=LEFT_HALF)
        self.square = PredictionLoss(truth, predictions, squared=True, box=RIGHT_HALF)
        axes = FadeIn(self.square.plot, self.square.level)
        self.play(Transform(self.bare, aside), axes, run_time=style.BEAT)
        pairs = zip(self.bare.drawn(), self.square.drawn(), strict=True)
        moves = [TransformFromCopy(difference, its_square) for difference, its_square in pairs]
        self.play(*moves, *self.table.square(), run_time=style.BEAT)
        self.add(self.square)
        self.say(first_true(wording.square_has_lowest(self.square.heights())))

    def state_convention(self) -> None:
        """State the meaning of "loss" from here on."""
        mean = float(self.losses.means[-1]) if len(self.rows.x) > 1 else None
        self.convention = Convention(self.table.box.bottom, mean)
        prompt = Prompt("From now on the loss is the squared error")
        self.beat("convention", prompt, "There is no factor ½ in it, as in PyTorch's MSELoss.")
        self.play(FadeIn(self.convention), *self.table.rename(), run_time=style.MOVE)

    def look_at_all_rows(self) -> None:
        """Light the other rows again: the line that meets the picked one misses them."""
        question = Prompt("And the other rows?")
        self.beat("all-rows", question, "The line was moved for one row alone.")
        arriving = FadeIn(*self.picture.plotted())
        self.play(FadeOut(self.bare, self.square), arriving, run_time=style.MOVE)
        lit = [dot.animate.set_opacity(1) for dot in self.row_plot.others()]
        self.play(*lit, Create(self.neuron.other_segments()), run_time=style.BEAT)
        over = loss_of(chips.all_rows(len(self.rows.x)), self.row_plot.box)
        self.play(FadeIn(self.convention.mean, over), FadeOut(self.over), run_time=style.MOVE)
        given = self.rows, self.losses
        kinds = wording.perfect_for_one, wording.perfect_for_all, wording.good_for_one
        claim = first_true(*(kind(*given) for kind in kinds))
        self.say(claim, wording.others(*given))
