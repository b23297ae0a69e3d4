"""The gradient belongs to the place: another instant, another gradient."""

from __future__ import annotations

from scenes import style
from scenes.fading import FadeIn
from scenes.lecture_scene import LectureScene
from scenes.mobjects.descent.loss_history import LossHistory
from scenes.mobjects.descent.loss_panel import LossPanel
from scenes.mobjects.descent.value_table import Ledger
from scenes.typesetting.labels import colored
from scenes.wording import runs as wording

INSTANTS = 3
NUMBERS = ("step", "parameters", "gradient", "loss")


class GradientAtAnInstant(LectureScene):
    """Gradient(θ^t) is calculated where the parameters stand at step t."""

    slug = "gradient-at-an-instant"

    def construct(self) -> None:
        """Look at the gradient at the start, at some later steps, at all of them."""
        self.run = self.given("just_right")
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
        self.stage = LossPanel(self.run)
        self.ledger = Ledger(self.trajectory, NUMBERS)
        self.history = LossHistory(self.trajectory.losses)
        arriving = (FadeIn(part) for part in (self.stage, self.ledger, self.history))
        self.play(*arriving, run_time=style.MOVE)
        self.play(
            self.stage.show_gradient(), *self.ledger.fill_all(0, *NUMBERS), run_time=style.MOVE
        )
        self.hold()

    def go_to(self, t: int) -> None:
        """Move to step `t`, leave the old gradient pale behind, and look at the new one."""
        said = wording.say_turn(self.trajectory, t)
        self.beat(f"instant-{t}", said.replace(f"t = {t}", f"$t = {t}$"), f"{said}.")
        if self.stage.leaves_view(t):
            self.play(*self.stage.widen(t), run_time=style.BEAT)
        self.add(self.stage.leave_gradient())
        numbers = self.ledger.fill_all(t, "step", "parameters", "loss")
        emptied = self.ledger.clear("gradient")
        motion = (*self.stage.move(), self.history.grow(t - 1))
        self.play(*motion, *numbers, *emptied, run_time=style.MOVE)
        self.play(self.stage.show_gradient(), self.ledger.fill("gradient", t), run_time=style.MOVE)
        self.hold()

    def show_all(self, last: int) -> None:
        """Show the gradient at every step that is left."""
        said = "One loss, and at every place a gradient of its own"
        self.beat("every-instant", said, f"{said}.")
        for t in range(last + 1, self.trajectory.steps + 1):
            if self.stage.leaves_view(t):
                self.play(*self.stage.widen(t), run_time=style.BEAT)
            self.add(self.stage.leave_gradient())
            numbers = self.ledger.fill_all(t, *NUMBERS)
            motion = (*self.stage.move(), self.history.grow(t - 1))
            self.play(*motion, *numbers, run_time=style.BLINK)
            self.play(self.stage.show_gradient(), run_time=style.BLINK)
        self.hold(style.HOLD)
