"""The gradient depends on the place: another instant, another gradient."""

from __future__ import annotations

from scenes import style
from scenes.fading import FadeIn
from scenes.lecture_scene import LectureScene
from scenes.mobjects.descent.loss_history import LossHistory
from scenes.mobjects.descent.loss_panel import LossPanel
from scenes.mobjects.descent.value_table import ValueTable
from scenes.typesetting.markup import colored, typeset
from scenes.wording import runs as wording

INSTANTS = 3
NUMBERS = ("step", "parameters", "gradient", "loss")


class GradientAtAnInstant(LectureScene):
    """Gradient(θ^t) is calculated at the parameters of step t."""

    slug = "gradient-at-an-instant"

    def construct(self) -> None:
        """Look at the gradient at the start, at some later steps, at all of them."""
        self.run = self.inputs["just_right"]
        self.trajectory = self.run.trajectory
        self.add_title()
        self.show_start()
        last = min(INSTANTS, self.trajectory.steps)
        for t in range(1, last + 1):
            self.go_to(t)
        self.show_all(last)

    def show_start(self) -> None:
        """Show the gradient at t = 0."""
        gradient = colored("gradient", "Gradient$(theta^0)$")
        headline = f"{gradient} is calculated at an instant: here, at $t = 0$"
        self.beat("instant-0", headline, "The gradient is calculated at a specific instant t.")
        self.panel = LossPanel(self.run)
        self.table = ValueTable(self.trajectory, NUMBERS)
        self.history = LossHistory(self.trajectory.losses)
        arriving = (FadeIn(part) for part in (self.panel, self.table, self.history))
        self.play(*arriving, run_time=style.MOVE)
        self.play(
            self.panel.show_gradient(), *self.table.fill_all(0, *NUMBERS), run_time=style.MOVE
        )
        self.hold()

    def go_to(self, t: int) -> None:
        """Move to step `t`, leave the old gradient there, pale, and show the new one."""
        sentence = wording.describe_turn(self.trajectory, t)
        self.beat(f"instant-{t}", typeset(sentence, {f"t = {t}": f"$t = {t}$"}), f"{sentence}.")
        if self.panel.leaves_view(t):
            self.play(*self.panel.widen(t), run_time=style.BEAT)
        self.add(self.panel.leave_gradient())
        numbers = self.table.fill_all(t, "step", "parameters", "loss")
        emptied = self.table.clear("gradient")
        motion = (*self.panel.move(), self.history.grow(t - 1))
        self.play(*motion, *numbers, *emptied, run_time=style.MOVE)
        self.play(self.panel.show_gradient(), self.table.fill("gradient", t), run_time=style.MOVE)
        self.hold()

    def show_all(self, last: int) -> None:
        """Show the gradient at every later step."""
        sentence = "One loss, and at every place a gradient of its own"
        self.beat("every-instant", sentence, f"{sentence}.")
        for t in range(last + 1, self.trajectory.steps + 1):
            if self.panel.leaves_view(t):
                self.play(*self.panel.widen(t), run_time=style.BEAT)
            self.add(self.panel.leave_gradient())
            numbers = self.table.fill_all(t, *NUMBERS)
            motion = (*self.panel.move(), self.history.grow(t - 1))
            self.play(*motion, *numbers, run_time=style.BLINK)
            self.play(self.panel.show_gradient(), run_time=style.BLINK)
        self.hold(style.HOLD)
