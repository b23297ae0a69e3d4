"""Three learning rates from one start, step by step together."""

from __future__ import annotations

from typing import Any

from descent.text.runs import lowest
from scenes import style
from scenes.fading import FadeIn
from scenes.lecture_scene import LectureScene
from scenes.mobjects.descent.comparison import (
    ComparisonLosses,
    ComparisonPanel,
    ComparisonTable,
)
from scenes.wording.titles import RATE_NAMES, names_of


class ThreeLearningRates(LectureScene):
    """Same loss, same start, same steps: only the learning rate differs."""

    slug = "three-learning-rates"

    def construct(self) -> None:
        """Show the start, take every step, name the outcome."""
        self.runs: dict[str, Any] = {name: self.inputs[name] for name in RATE_NAMES}
        self.names = names_of(self.runs)
        self.add_title()
        self.show_start()
        for t in range(max(run.trajectory.steps for run in self.runs.values())):
            self.play_step(t)
        self.compare()

    def show_start(self) -> None:
        """Show the one start that all three share."""
        sentence = "The same loss and the same start: only the learning rate differs"
        self.beat("start", sentence, f"{sentence}.")
        self.panel = ComparisonPanel(self.runs)
        self.losses = ComparisonLosses(self.runs)
        self.table = ComparisonTable(self.runs, self.names)
        arriving = (FadeIn(part) for part in (self.panel, self.losses, self.table))
        self.play(*arriving, *self.table.fill(0), run_time=style.MOVE)
        self.hold()

    def play_step(self, t: int) -> None:
        """Let every run take its step from `t` to `t` + 1."""
        self.beat(f"step-{t + 1}", f"Step {t + 1}", f"Step {t + 1} of all three.")
        if self.panel.leaves_view(t + 1):
            self.play(*self.panel.widen(t + 1), run_time=style.BEAT)
        motion = (*self.panel.step(t), *self.losses.step(t), *self.table.fill(t + 1))
        self.play(*motion, run_time=style.BEAT)
        self.hold()

    def compare(self) -> None:
        """Say which rate ended lowest."""
        names = list(self.names.values())
        sentence = lowest(names, [run.trajectory for run in self.runs.values()])
        self.beat("outcome", sentence, f"{sentence}.")
        self.hold(style.HOLD)
