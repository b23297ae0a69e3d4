"""Gradient descent, step by step: along the curve of one parameter, then over two."""

from __future__ import annotations

from descent.text.runs import descended
from scenes import style
from scenes.descent_scene import DescentScene
from scenes.mobjects.descent.value_table import rate_figures
from scenes.wording.rates import describe_rate

CURVE_STEPS = 3
SLOW_STEPS = 2


class GradientDescent(DescentScene):
    """The slope at the point gives the step, in one dimension as in two."""

    slug = "gradient-descent"

    def construct(self) -> None:
        """Descend along a curve, then over contours."""
        self.add_title()
        self.show_curve()
        for t in range(min(CURVE_STEPS, self.trajectory.steps)):
            self.step_beat(t, "curve-step")
        self.show_descent()
        slow = min(SLOW_STEPS, self.trajectory.steps)
        for t in range(slow):
            self.step_beat(t)
        if slow < self.trajectory.steps:
            self.play_the_rest(slow)

    def show_curve(self) -> None:
        """Show the loss over one parameter, with its tangent."""
        sentence = "One parameter: the gradient is the slope of the tangent"
        self.beat("curve", sentence, f"{sentence}.")
        self.build(self.inputs["curve"])
        self.hold()

    def show_descent(self) -> None:
        """Show the loss that is minimised, over all its parameters."""
        run = self.inputs["just_right"]
        two, figures = len(run.trajectory.names) == 2, rate_figures(run.trajectory)
        sentence = "Two parameters: the gradient points straight uphill, the step downhill"
        self.beat(
            "start", sentence if two else describe_rate(run, figures), f"{sentence}." if two else ""
        )
        self.clear_away()
        self.build(run, figures)
        self.hold()

    def play_the_rest(self, first: int) -> None:
        """Take the remaining steps without a stop."""
        sentence = descended(self.trajectory)
        self.beat("and-so-on", sentence, f"And so on. {sentence}.")
        for t in range(first, self.trajectory.steps):
            self.play_step(t)
        self.hold(style.HOLD)
