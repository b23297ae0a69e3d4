"""How large should the learning rate be? Too small, too large, and the boundary."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import DOWN, LEFT, RIGHT, TransformFromCopy, VGroup

from descent.text.numbers import rate
from scenes import style
from scenes.fading import FadeIn, FadeOut
from scenes.lecture_scene import LectureScene
from scenes.mobjects.boxes import Box
from scenes.mobjects.descent.loss_panel import LossPanel
from scenes.mobjects.descent.rate_curve import RateCurve
from scenes.mobjects.descent.update_formula import update_formula
from scenes.mobjects.side_panel import PAD, TOP, panel_card
from scenes.typesetting.labels import Label, number_label
from scenes.typesetting.markup import as_math, colored
from scenes.wording import runs as wording
from scenes.wording.rates import describe_boundary, is_boundary

FORMULA_Y = 1.9
LEFT_BOX, RIGHT_BOX = Box(-5.45, -1.95, -0.95, 1.05), Box(1.05, -1.95, 5.55, 1.05)
LEFT_HALF, RIGHT_HALF = Box(-7.3, -4.2, 0.1, 1.4), Box(0.1, -4.2, 7.3, 1.4)
RESULT_Y = -2.8
QUESTION_Y = 0.2
QUICK = 0.4
ROW = 0.55


class ChoosingTheLearningRate(LectureScene):
    """Too small takes too long, too large explodes; the boundary is 2 / sharpness."""

    slug = "choosing-the-learning-rate"

    def construct(self) -> None:
        """Ask, show both failures side by side, then the boundary."""
        self.rates: Any = self.inputs["rates"]
        self.add_title()
        self.ask_how_large()
        self.fail("very_small", LEFT_BOX, LEFT_HALF)
        self.fail("very_large", RIGHT_BOX, RIGHT_HALF)
        self.find_boundary()

    def ask_how_large(self) -> None:
        """Point at the one number of the rule that is free to choose."""
        sentence = "One number of the rule is ours to choose"
        self.beat("question", sentence, f"{sentence}: the learning rate. How large should it be?")
        self.formula = update_formula(FORMULA_Y)
        self.play(FadeIn(self.formula), run_time=style.MOVE)
        rate = self.formula.parts["rate"]
        self.question = Label("How large should it be?", style.TITLE, style.palette().learning_rate)
        self.question.move_to((style.LEFT, QUESTION_Y, 0), LEFT).set_x(rate.get_x())
        self.play(TransformFromCopy(rate, self.question), run_time=style.BEAT)
        self.hold()

    def fail(self, run_name: str, box: Box, half: Box) -> None:
        """Let a recorded run go through all its steps on a small panel."""
        run = self.inputs[run_name]
        sentence = wording.describe_failure(run)
        self.beat(run_name.replace("_", "-"), sentence, f"{sentence}.")
        panel = LossPanel(run, box, getattr(style.palette(), run_name), int(run.views[-1]), half)
        panel.path.untag()
        written = rate(run.learning_rate)
        name = Label(
            colored(run_name, f"$eta = {as_math(written)}$"),
            style.TEXT,
            plain_text=f"η = {written}",
        )
        name.move_to((box.right, box.top + 0.38, 0), RIGHT)
        leaving = [FadeOut(self.question)] if self.question in self.mobjects else []
        self.play(FadeIn(panel), FadeIn(name), *leaving, run_time=style.MOVE)
        for _ in range(run.trajectory.steps):
            self.play(*panel.path.move(), run_time=QUICK)
        result = Label(wording.describe_left(run), color=style.palette().loss)
        self.play(FadeIn(result.move_to((box.left, RESULT_Y, 0), LEFT)), run_time=style.BLINK)
        self.hold()

    def find_boundary(self) -> None:
        """Show the final loss of many rates, and the boundary above which they fail."""
        sentence = describe_boundary(self.rates)
        self.beat("boundary", sentence, f"{sentence}.")
        kept = (self.title, self.headline)
        self.play(*(FadeOut(one) for one in self.mobjects if one not in kept), run_time=style.BLINK)
        curve = RateCurve(self.rates)
        self.play(FadeIn(curve), run_time=style.MOVE)
        self.play(*curve.draw(), run_time=style.HOLD)
        marks = VGroup()
        for run_name in ("very_small", "very_large"):
            run = self.inputs[run_name]
            is_above = run.trajectory.diverged and run.trajectory.behavior != "unbounded"
            loss = float("inf") if is_above else float(run.trajectory.losses[-1])
            marks.add(curve.mark(run.learning_rate, loss, getattr(style.palette(), run_name)))
        self.play(FadeIn(marks), run_time=style.BLINK)
        self.play(
            FadeIn(curve.boundary(), shift=0.1 * DOWN), FadeIn(self._card()), run_time=style.BEAT
        )
        self.hold(style.HOLD)

    def _card(self) -> VGroup:
        """Return the numbers of the boundary."""
        colors = style.palette()
        critical, name = self.rates.critical_learning_rate, "boundary " * is_boundary(self.rates)
        rows = [("sharpness $lambda$", colors.loss, self.rates.sharpness)]
        if np.isfinite(critical):
            rows.append((f"{name}$2 \\/ lambda$", colors.learning_rate, critical))
        lines = VGroup(panel_card(TOP, TOP - 2 * PAD - len(rows) * ROW))
        for k, (words, color, value) in enumerate(rows):
            y = TOP - PAD - (k + 0.5) * ROW
            lines.add(Label(words, color=color).move_to((style.SIDE_LEFT + PAD, y, 0), LEFT))
            number = number_label(rate(float(value)), color=color)
            lines.add(number.move_to((style.RIGHT - PAD, y, 0), RIGHT))
        return lines
