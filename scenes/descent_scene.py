"""A scene that takes the steps of a recorded run, one after the other."""

from __future__ import annotations

from typing import Any, ClassVar

from manim import Animation, Mobject

from scenes import style
from scenes.lecture_scene import LectureScene
from scenes.mobjects.descent.length_table import LengthTable
from scenes.mobjects.descent.loss_history import LossHistory
from scenes.mobjects.descent.loss_panel import LossPanel
from scenes.mobjects.descent.value_table import ROWS, ValueTable
from scenes.wording import outcomes, prompts

QUICK = 0.4  # of each of the three motions of a step that is not told


class DescentScene(LectureScene):
    """A loss panel, a table and a loss curve that take the steps of one run together.

    Attributes:
        run_name: That of the learning rate, whose colour the run has; "" for the colours of
            parameters, loss and learning rate.
    """

    run_name: ClassVar[str] = ""

    def build(self, run: Any, figures: int | None = None, over: str = "") -> None:
        """Make the panel, the table and the loss curve of `run`, its `parts`.

        Args:
            run: The `understanding_gradients.lecture.recordings.Run`.
            figures: Significant ones of every learning rate in the table; see `ValueTable`.
            over: What the loss is taken over; see `scenes.facts.chips`.
        """
        self.run, self.trajectory = run, run.trajectory
        self.last_outcome, self.has_said_outcome = "", False
        color = getattr(style.palette(), self.run_name) if self.run_name else None
        self.panel: Any = LossPanel(run, color=color)
        table = ValueTable if run.projection is None else LengthTable
        self.table = table(
            self.trajectory,
            figures=figures,
            rate_role=self.run_name or "learning_rate",
            sharpness=run.sharpness,
            over=over,
            full=run.full,
        )
        self.history = LossHistory(
            self.trajectory.losses,
            color=color,
            minimum=run.minimum,
            is_lowest=run.is_global,
            batch_losses=self.trajectory.batch_losses,
        )
        self.parts: tuple[Mobject, ...] = (self.panel, self.table, self.history)

    def show_start_values(self) -> None:
        """Show the first gradient and the numbers of the start."""
        numbers = self.table.fill_all(0, *ROWS)
        self.play(self.panel.show_gradient(), *numbers, run_time=style.MOVE)

    def says_outcome(self, t: int) -> bool:
        """Return whether it is said what step `t` to `t` + 1 did."""
        return True

    def step_beat(self, t: int, prefix: str = "step") -> None:
        """Take the step from `t` to `t` + 1 in a beat; say afterwards what it did, if that is new.

        Args:
            t: The step.
            prefix: Of the name of the beat.
        """
        name, outcome = f"{prefix}-{t + 1}", outcomes.describe_step(self.run, t)
        if self.says_outcome(t) and outcome != self.last_outcome:
            self.beat(name, prompts.step_number(t))
            self.play_step(t)
            self.say(outcome, prompts.place_cue(self.run, t))
            self.last_outcome, self.has_said_outcome = outcome, True
            return
        # The question that is not answered yet stays in its place.
        headline, cue = (
            (prompts.step_number(t), "") if self.has_said_outcome else ("", prompts.step_cue(t))
        )
        self.beat(name, headline, cue, is_quick=True)
        self.last_outcome = ""
        self.play_quickly(t)

    def play_step(self, t: int) -> None:
        """Turn the gradient into the step, move along it, and show the next gradient."""
        if self.panel.leaves_view(t + 1):
            self.play(*self.panel.widen(t + 1), run_time=style.BEAT)
        self.play(*self._turn(t), run_time=style.MOVE)
        self.play(*self._motion(t), run_time=style.MOVE)
        slopes = self.table.fill_all(t + 1, "gradient", "change")
        self.play(self.panel.show_gradient(), *slopes, run_time=style.BLINK)

    def play_quickly(self, t: int) -> None:
        """Take a step as `play_step` does, in less time."""
        if self.panel.leaves_view(t + 1):
            self.play(*self.panel.widen(t + 1), run_time=style.MOVE)
        self.play(*self._turn(t), run_time=QUICK)
        self.play(*self._motion(t), run_time=QUICK)
        slopes = self.table.fill_all(t + 1, "gradient", "change")
        self.play(self.panel.show_gradient(), *slopes, run_time=QUICK)

    def _turn(self, t: int) -> list[Animation]:
        return [self.panel.turn_into_step()]

    def _motion(self, t: int) -> list[Animation]:
        numbers = self.table.fill_all(t + 1, "step", "parameters", "loss")
        emptied = self.table.clear("gradient", "change")
        return [*self.panel.move(), self.history.grow(t), *emptied, *numbers]
