"""A scene that takes the steps of a recorded run, one after the other."""

from __future__ import annotations

from typing import Any

from manim import Animation, Mobject

from scenes import style
from scenes.fading import FadeIn, FadeOut
from scenes.lecture_scene import LectureScene
from scenes.mobjects.descent.loss_history import LossHistory
from scenes.mobjects.descent.loss_panel import LossPanel
from scenes.mobjects.descent.value_table import ROWS, Ledger
from scenes.wording import runs as wording


class DescentScene(LectureScene):
    """A stage, a ledger and a loss curve that take the steps of one run together."""

    def build(self, run: Any) -> None:
        """Bring in the stage, the ledger and the loss curve of `run`, and its first gradient."""
        self.run, self.trajectory = run, run.trajectory
        self.stage = LossPanel(run)
        self.ledger = Ledger(self.trajectory)
        self.history = LossHistory(self.trajectory.losses)
        parts = (self.stage, self.ledger, self.history)
        self.play(*(FadeIn(part) for part in parts), run_time=style.MOVE)
        numbers = self.ledger.fill_all(0, *ROWS)
        self.play(self.stage.show_gradient(), *numbers, run_time=style.MOVE)

    def step_beat(self, t: int, prefix: str = "step") -> None:
        """Take the step from `t` to `t` + 1 as a beat of its own."""
        said = wording.say_step(self.trajectory, t)
        self.beat(f"{prefix}-{t + 1}", said, f"Step {t + 1}. {said}.")
        self.take(t)
        self.hold()

    def take(self, t: int) -> None:
        """Turn the gradient into the step, move along it, and look at the next gradient."""
        if self.stage.leaves_view(t + 1):
            self.play(*self.stage.widen(t + 1), run_time=style.BEAT)
        self.play(self.stage.turn_into_step(), run_time=style.MOVE)
        self.play(*self._motion(t), run_time=style.MOVE)
        slopes = self.ledger.fill_all(t + 1, "gradient", "change")
        self.play(self.stage.show_gradient(), *slopes, run_time=style.BLINK)

    def _motion(self, t: int) -> list[Animation]:
        numbers = self.ledger.fill_all(t + 1, "step", "parameters", "loss")
        emptied = self.ledger.clear("gradient", "change")
        return [*self.stage.move(), self.history.grow(t), *emptied, *numbers]

    def fast_forward(self, further: Any) -> None:
        """Let the run go on as `further` did, all its steps in one motion."""
        if self.stage.leaves_view(further.steps):
            self.play(*self.stage.widen(further.steps), run_time=style.BEAT)
        rows = ("step", "parameters", "gradient", "loss")
        numbers = [self.ledger.fill(row, further.steps, further) for row in rows]
        history = self.history.carry_on(further.losses, self.run.target)
        self.play(*self.stage.carry_on(further), history, *numbers, run_time=style.HOLD)

    def clear_away(self) -> None:
        """Take everything off the screen but the title and the claim."""
        kept = (self.title, self.headline)
        leaving: list[Mobject] = [mobject for mobject in self.mobjects if mobject not in kept]
        self.play(*(FadeOut(mobject) for mobject in leaving), run_time=style.BLINK)
