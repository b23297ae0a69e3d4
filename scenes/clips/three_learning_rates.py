"""Three learning rates from one start, one step at a time in lockstep."""

from __future__ import annotations

from typing import Any

from scenes import style
from scenes.fading import FadeIn
from scenes.lecture_scene import LectureScene
from scenes.mobjects.descent.comparison import (
    RUN_NAMES,
    ComparisonLosses,
    ComparisonPanel,
    ComparisonTable,
)
from scenes.wording import runs as wording


class ThreeLearningRates(LectureScene):
    """Same loss, same start, same steps: only the learning rate differs."""

    slug = "three-learning-rates"

    def construct(self) -> None:
        """Lay out the race, take every step, name the outcome."""
        self.runs: dict[str, Any] = {name: self.given(name) for name in RUN_NAMES}
        self.add_title()
        self.show_start()
        for t in range(max(run.trajectory.steps for run in self.runs.values())):
            self.take(t)
        self.compare()

    def show_start(self) -> None:
        """Show the one start that all three share."""
        said = "The same loss and the same start: only the learning rate differs"
        self.beat("start", said, f"{said}.")
        self.stage = ComparisonPanel(self.runs)
        self.losses = ComparisonLosses(self.runs)
        self.ledger = ComparisonTable(self.runs)
        arriving = (FadeIn(part) for part in (self.stage, self.losses, self.ledger))
        self.play(*arriving, *self.ledger.fill(0), run_time=style.MOVE)
        self.hold()

    def take(self, t: int) -> None:
        """Let every run take its step from `t` to `t` + 1."""
        self.beat(f"step-{t + 1}", f"Step {t + 1}", f"Step {t + 1} of all three.")
        if self.stage.leaves_view(t + 1):
            self.play(*self.stage.widen(t + 1), run_time=style.BEAT)
        motion = (*self.stage.step(t), *self.losses.step(t), *self.ledger.fill(t + 1))
        self.play(*motion, run_time=style.BEAT)
        self.hold()

    def compare(self) -> None:
        """Say which came lowest."""
        said = wording.say_lowest(self.runs)
        self.beat("outcome", said, f"{said}.")
        self.hold(style.HOLD)
