"""Gradient descent, step by step: along the curve of one parameter, then over two."""

from __future__ import annotations

from scenes.claims import first_true
from scenes.facts import chips
from scenes.facts.neurons import fits_two_pictures
from scenes.mobjects.descent.value_table import rate_figures
from scenes.two_pictures_scene import SLOW_STEPS, TwoPicturesScene
from scenes.wording import prompts
from scenes.wording import two_pictures as wording

CURVE_STEPS = 2


class GradientDescent(TwoPicturesScene):
    """The slope at the point gives the step, in one dimension as in two."""

    slug = "gradient-descent"

    def construct(self) -> None:
        """Descend along a cut of the loss, then over both parameters."""
        rows, run = self.inputs["rows"], self.inputs["just_right"]
        self.add_title()
        if len(run.trajectory.names) == 2:
            self.descend_along_curve()
        if fits_two_pictures(rows, run):
            self.tell_in_two_pictures(rows, run)
        else:
            self.descend_on_map()

    def descend_along_curve(self) -> None:
        """Show the loss over one parameter, with its tangent, and take some steps."""
        run, curve = self.inputs["just_right"], self.inputs["curve"]
        figures = rate_figures(curve.trajectory)
        announced = first_true(wording.one_parameter(curve, run, figures))
        self.build(curve, figures, chips.over_rows(run))
        self.add(*self.parts)
        self.beat("curve", announced, wording.held_caption(curve, run))
        self.show_start_values()
        for t in range(min(CURVE_STEPS, self.trajectory.steps)):
            self.step_beat(t, "curve-step")

    def descend_on_map(self) -> None:
        """Show the loss over all its parameters, and take all steps."""
        run = self.inputs["just_right"]
        figures = rate_figures(run.trajectory)
        kinds = wording.both_parameters, wording.the_parameter
        announced = first_true(*(kind(run, figures) for kind in kinds))
        is_first = not self.on_stage()
        self.build(run, figures, chips.over_rows(run))
        if is_first:
            self.add(*self.parts)
        self.beat("start", announced, "Downhill is against the gradient.")
        if not is_first:
            self.change_stage(*self.parts)
        self.show_start_values()
        slow = min(SLOW_STEPS, self.trajectory.steps)
        for t in range(slow):
            self.step_beat(t)
        if slow < self.trajectory.steps:
            self.play_the_rest(slow)

    def play_the_rest(self, first: int) -> None:
        """Take the remaining steps without a stop."""
        self.beat(
            "and-so-on", prompts.later_steps(first, self.trajectory.steps), prompts.THE_REST_CUE
        )
        for t in range(first, self.trajectory.steps):
            self.play_step(t)
        self.say(first_true(wording.all_steps(self.trajectory)))
