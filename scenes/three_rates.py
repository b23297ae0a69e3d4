"""Three learning rates from one start, one step at a time in lockstep."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import AnimationGroup, FadeIn, FadeOut, VGroup

from scenes import style, wording
from scenes.base import LectureScene
from scenes.mobjects.race import RaceOfLosses, RaceStage
from scenes.typeset import Label, digits, numeral, paint

PIECES = ("very_small", "just_right", "very_large")
WORDS = {"very_small": "very small", "just_right": "just right", "very_large": "very large"}


class ThreeLearningRates(LectureScene):
    """Same loss, same start, same steps: only the learning rate differs."""

    slug = "three-learning-rates"

    def construct(self) -> None:
        """Lay out the race, take every step, name the outcome."""
        self.runs: dict[str, Any] = {piece: self.given(piece) for piece in PIECES}
        self.add_title()
        self.show_start()
        for t in range(max(run.trajectory.steps for run in self.runs.values())):
            self.take(t)
        self.compare()

    def show_start(self) -> None:
        """Show the one start that all three share."""
        said = "The same loss, the same start: only the learning rate differs"
        self.beat("start", said, f"{said}.")
        self.stage = RaceStage(self.runs)
        self.losses = RaceOfLosses(self.runs)
        self.rates = self._rates()
        self.play(FadeIn(self.stage), FadeIn(self.losses), FadeIn(self.rates), run_time=style.MOVE)
        self.rest()
