"""Gradient descent, step by step: along the curve of one parameter, then over two."""

from __future__ import annotations

from scenes import style
from scenes.descent_scene import DescentScene
from scenes.wording import runs as wording

CURVE_STEPS = 3
SLOW_STEPS = 2


class GradientDescent(DescentScene):
    """The slope where the point stands says where to step, in one dimension as in two."""

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
            self.take_the_rest(slow)

    def show_curve(self) -> None:
        """Show the loss over one parameter, with its tangent."""
        said = "One parameter: the gradient is the slope of the tangent"
        self.beat("curve", said, f"{said}.")
        self.build(self.given("curve"))
        self.hold()

    def show_descent(self) -> None:
        """Show the loss that is minimised, over all its parameters."""
        run = self.given("just_right")
        two = len(run.trajectory.names) == 2
        said = "Two parameters: the gradient points straight uphill, the step downhill"
        self.beat("start", said if two else wording.say_rate(run), f"{said}." if two else "")
        self.clear_away()
        self.build(run)
        self.hold()

    def take_the_rest(self, first: int) -> None:
        """Take the remaining steps without a stop."""
        said = wording.say_descent(self.trajectory)
        self.beat("and-so-on", said, f"And so on. {said}.")
        for t in range(first, self.trajectory.steps):
            self.take(t)
        self.hold(style.HOLD)
