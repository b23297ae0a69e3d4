"""Three learning rates: very small, very large, just right."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from scenes import style
from scenes.descent_scene import DescentScene
from scenes.mobjects.descent.value_table import rate_figures
from scenes.wording.rates import describe_rule
from scenes.wording.runs import describe_end
from scenes.wording.titles import describe_opening, title_of


class StepByStep(DescentScene):
    """One descent, one step per beat, with its numbers and its loss curve beside it."""

    run_name: ClassVar[str]

    def construct(self) -> None:
        """Show the loss, take every step, say what became of it."""
        title = title_of(self.clip, self.run_name, self.inputs[self.run_name])
        self.clip = replace(self.clip, title=title)
        self.add_title()
        self.show_start()
        for t in range(self.trajectory.steps):
            self.step_beat(t)
        self.show_end()

    def show_start(self) -> None:
        """Show the start of the run, and how its rate compares with the critical one."""
        run = self.inputs[self.run_name]
        figures = rate_figures(run.trajectory, run.full)
        sentence = describe_opening(self.clip.title, self.run_name, run)
        self.beat("start", describe_rule(run, figures, self.run_name), f"{sentence}.")
        self.build(run, figures)
        self.hold()

    def show_end(self) -> None:
        """Let the recorded run go on to its end, and say what became of it."""
        sentence = describe_end(self.run)
        self.beat("carried-on", sentence, f"{sentence}.")
        if self.run.full.steps > self.trajectory.steps:
            self.fast_forward(self.run.full)
        self.hold(style.HOLD)


class VerySmallLearningRate(StepByStep):
    """Far below 2 / sharpness, every step is safe, but far too many are needed."""

    slug = "very-small-learning-rate"
    run_name = "very_small"


class VeryLargeLearningRate(StepByStep):
    """Above 2 / sharpness, every step overshoots by more than it corrects."""

    slug = "very-large-learning-rate"
    run_name = "very_large"


class JustRightLearningRate(StepByStep):
    """Between the two, a few steps reach the minimum."""

    slug = "just-right-learning-rate"
    run_name = "just_right"
