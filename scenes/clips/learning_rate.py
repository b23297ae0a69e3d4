"""The three fates of a learning rate: very small, very large, just right."""

from __future__ import annotations

from typing import ClassVar

from scenes import style
from scenes.descent_scene import DescentScene
from scenes.wording import runs as wording
from scenes.wording.rates import say_rule


class StepByStep(DescentScene):
    """One descent, one step a beat, with its numbers and its loss curve beside it."""

    piece: ClassVar[str]

    def construct(self) -> None:
        """Show the loss, take every step, say what became of it."""
        self.add_title()
        self.show_start()
        for t in range(self.trajectory.steps):
            self.step_beat(t)
        self.carry_on()

    def show_start(self) -> None:
        """Show where the run starts, and how its rate compares with the critical one."""
        run = self.given(self.piece)
        self.beat("start", say_rule(run), f"{wording.say_opening(run)}.")
        self.build(run)
        self.hold()

    def carry_on(self) -> None:
        """Let PyTorch's run go on to its end, and say what became of it."""
        said = wording.say_end(self.run)
        self.beat("carried-on", said, f"{said}.")
        if self.run.full.steps > self.trajectory.steps:
            self.fast_forward(self.run.full)
        self.hold(style.HOLD)


class VerySmallLearningRate(StepByStep):
    """Far below 2 / sharpness, every step is safe, and there are far too many of them."""

    slug = "very-small-learning-rate"
    piece = "very_small"


class VeryLargeLearningRate(StepByStep):
    """Above 2 / sharpness, every step overshoots by more than it corrects."""

    slug = "very-large-learning-rate"
    piece = "very_large"


class JustRightLearningRate(StepByStep):
    """Between the two, a few steps reach the minimum."""

    slug = "just-right-learning-rate"
    piece = "just_right"
