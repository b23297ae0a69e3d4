"""Three learning rates from one start, step by step together; then what to remember."""

from __future__ import annotations

from typing import Any

from scenes import style
from scenes.claims import first_true
from scenes.fading import FadeIn
from scenes.lecture_scene import LectureScene
from scenes.mobjects.descent.comparison import ComparisonLosses, ComparisonTable
from scenes.mobjects.race.panel import RacePanel
from scenes.wording import race
from scenes.wording.titles import RATE_NAMES, names_of


class ThreeLearningRates(LectureScene):
    """Same loss, same start, same steps: only the learning rate differs."""

    slug = "three-learning-rates"

    def construct(self) -> None:
        """Let the viewer bet, take every step, name the outcome; then the recap."""
        self.runs: dict[str, Any] = {name: self.inputs[name] for name in RATE_NAMES}
        self.names = names_of(self.runs)
        self.add_title()
        self.show_start()
        self.ask_which()
        for t in range(self.steps):
            self.play_step(t)
        self.compare()

    @property
    def steps(self) -> int:
        """How many steps the longest run takes."""
        return max(run.trajectory.steps for run in self.runs.values())

    def show_start(self) -> None:
        """Show the one start that all three share."""
        self.beat("start", caption="Three runs leave from the cross.")
        self.panel = RacePanel(self.runs)
        self.losses = ComparisonLosses(self.runs)
        self.table = ComparisonTable(self.runs, self.names)
        arriving = (FadeIn(part) for part in (self.panel, self.losses, self.table))
        self.play(*arriving, *self.table.fill(0), run_time=style.MOVE)
        self.say(first_true(race.one_start(self.runs)))

    def ask_which(self) -> None:
        """Let the viewer guess which run will be lowest."""
        if self.steps:
            self.beat("guess", caption="Place your bet.")
            self.ask(race.which_is_lowest(self.runs))

    def play_step(self, t: int) -> None:
        """Let every run take its step from `t` to `t` + 1."""
        self.beat(f"step-{t + 1}", race.step_name(t + 1), is_quick=True)
        if self.panel.leaves_view(t + 1):
            self.play(*self.panel.widen(t + 1), run_time=style.MOVE)
        motion = (*self.panel.step(t), *self.losses.step(t), *self.table.fill(t + 1))
        self.play(*motion, run_time=style.BEAT)

    def compare(self) -> None:
        """Say which rate ended lowest."""
        self.beat("outcome", caption="Their losses are side by side at the right.")
        kinds = race.one_is_best, race.lowest, race.equally_low, race.all_gone
        self.say(first_true(*(kind(self.runs, self.names) for kind in kinds)))
