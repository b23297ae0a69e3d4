"""The three fates of a learning rate: very small, very large, just right."""

from __future__ import annotations

from typing import Any, ClassVar

from manim import Animation, FadeIn

from scenes import style, wording
from scenes.base import LectureScene
from scenes.mobjects.history import LossHistory
from scenes.mobjects.ledger import ROWS, Ledger
from scenes.mobjects.stage import DescentStage


class StepByStep(LectureScene):
    """One descent, one step a beat, with its numbers and its loss curve beside it."""

    piece: ClassVar[str]
    opening: ClassVar[str]

    def construct(self) -> None:
        """Show the loss, take every step, say what became of it."""
        self.run: Any = self.given(self.piece)
        self.trajectory = self.run.trajectory
        self.add_title()
        self.show_start()
        for t in range(self.trajectory.steps):
            self.take(t)
        self.carry_on()

    def show_start(self) -> None:
        """Lay out the stage, the ledger and the loss curve, and the first gradient."""
        self.beat("start", wording.say_rate(self.run), self.opening)
        self.stage = DescentStage(self.run)
        self.ledger = Ledger(self.trajectory)
        self.history = LossHistory(self.trajectory.losses)
        arriving = (FadeIn(part) for part in (self.stage, self.ledger, self.history))
        self.play(*arriving, run_time=style.MOVE)
        fills = self.ledger.fill_all(0, *ROWS)
        self.play(self.stage.show_gradient(), *fills, run_time=style.MOVE)
        self.rest()

    def take(self, t: int) -> None:
        """Take the step from `t` to `t` + 1."""
        said = wording.say_step(self.trajectory, t)
        self.beat(f"step-{t + 1}", said, f"Step {t + 1}. {said}.")
        if self.stage.leaves_view(t + 1):
            self.play(*self.stage.widen(t + 1), run_time=style.BEAT)
        self.play(self.stage.turn_into_step(), run_time=style.MOVE)
        numbers = self.ledger.fill_all(t + 1, "step", "parameters", "loss")
        emptied = self.ledger.clear("gradient", "change")
        motion = (*self.stage.move(), self.history.grow(t))
        self.play(*motion, *emptied, *numbers, run_time=style.MOVE)
        slopes = self.ledger.fill_all(t + 1, "gradient", "change")
        self.play(self.stage.show_gradient(), *slopes, run_time=style.BLINK)
        self.rest()

    def carry_on(self) -> None:
        """Let PyTorch's run go on to its end, and say what became of it."""
        said = wording.say_end(self.run)
        self.beat("carried-on", said, f"{said}.")
        further = self.run.continued
        if further.steps > self.trajectory.steps:
            self.play(*self._fast_forward(further), run_time=style.HOLD)
        self.rest(style.HOLD)

    def _fast_forward(self, further: Any) -> list[Animation]:
        rows = ("step", "parameters", "gradient", "loss")
        return [
            *self.stage.carry_on(further),
            self.history.carry_on(further.losses, self.run.target),
            *(self.ledger.fill(row, further.steps, further) for row in rows),
        ]


class VerySmallLearningRate(StepByStep):
    """Far below 2 / sharpness, every step is safe, and there are far too many of them."""

    slug = "very-small-learning-rate"
    piece = "very_small"
    opening = "A very small learning rate: watch how far each step goes."


class VeryLargeLearningRate(StepByStep):
    """Above 2 / sharpness, every step overshoots by more than it corrects."""

    slug = "very-large-learning-rate"
    piece = "very_large"
    opening = "A very large learning rate: watch where each step lands."


class JustRightLearningRate(StepByStep):
    """Between the two, a few steps reach the minimum."""

    slug = "just-right-learning-rate"
    piece = "just_right"
    opening = "A learning rate that is small, but just right."
