"""How large should the learning rate be? Too small, too large, and the boundary."""

from __future__ import annotations

from typing import Any

from manim import LEFT, RIGHT, TransformFromCopy, VGroup

from descent.text.numbers import rate
from scenes import style
from scenes.facts import chips
from scenes.fading import FadeIn, FadeOut
from scenes.lecture_scene import LectureScene
from scenes.mobjects.boundary.rate_cards import ShownRates, boundary_card
from scenes.mobjects.boxes import Box
from scenes.mobjects.chip import chip_above, theta_of
from scenes.mobjects.descent.loss_panel import LossPanel
from scenes.mobjects.descent.rate_curve import RateCurve
from scenes.mobjects.descent.update_formula import update_formula
from scenes.slice_passage import SlicePassage
from scenes.typesetting.fitting import first_within
from scenes.typesetting.labels import Label
from scenes.typesetting.markup import colored, rate_formula
from scenes.wording import boundary
from scenes.wording import runs as wording

FORMULA_Y = 1.9
LEFT_BOX, RIGHT_BOX = Box(-5.45, -1.95, -0.95, 1.05), Box(1.05, -1.95, 5.55, 1.05)
LEFT_HALF, RIGHT_HALF = Box(-7.3, -4.2, 0.1, 1.4), Box(0.1, -4.2, 7.3, 1.4)
RESULT_Y = -2.8
QUESTION_Y = 0.2
BESIDE = 0.25
QUICK = 0.4


class ChoosingTheLearningRate(SlicePassage, LectureScene):
    """Too small takes too long, too large explodes; the boundary is 2 / sharpness."""

    slug = "choosing-the-learning-rate"

    def construct(self) -> None:
        """Ask, show both failures side by side, then explain and measure the boundary."""
        self.rates: Any = self.inputs["rates"]
        self.add_title()
        self.ask_how_large()
        self.fail("very_small", LEFT_BOX, LEFT_HALF)
        self.fail("very_large", RIGHT_BOX, RIGHT_HALF)
        if self.inputs["slice"].descents:
            self.explain_on_slice(self.inputs["slice"], self.inputs["very_small"])
        self.measure_boundary()

    def ask_how_large(self) -> None:
        """Point at the one number of the rule that is free to choose."""
        self.formula = update_formula(FORMULA_Y)
        self.add(self.formula)
        self.beat("question", boundary.OURS_TO_CHOOSE, "In PyTorch it is called lr.")
        rate = self.formula.parts["rate"]
        self.question = Label(boundary.HOW_LARGE, style.TITLE, style.palette().learning_rate)
        self.question.move_to((style.LEFT, QUESTION_Y, 0), LEFT).set_x(rate.get_x())
        self.play(TransformFromCopy(rate, self.question), run_time=style.BEAT)
        self.let_read(self.question)
        self.hold()

    def fail(self, run_name: str, box: Box, half: Box) -> None:
        """Let a recorded run go through all its steps on a small panel."""
        run = self.inputs[run_name]
        written = rate(run.learning_rate)
        self.beat(run_name.replace("_", "-"), wording.trial(run), f"First steps with {written}.")
        panel = LossPanel(run, box, getattr(style.palette(), run_name), int(run.views[-1]), half)
        panel.path.untag()
        over = theta_of(chips.over_rows(run), panel.view.plot)
        markup, text = colored(run_name, rate_formula(written)), f"η = {written}"
        sizes = (style.TEXT, style.LABEL)
        room = box.right - BESIDE - (over.get_right()[0] if len(over) else box.left)
        name = first_within(room, (Label(markup, size, plain_text=text) for size in sizes))
        name.move_to((box.right, box.top + 0.38, 0), RIGHT)
        over = over if name.width <= room else VGroup()
        leaving = [FadeOut(self.question)] if self.question in self.mobjects else []
        self.play(FadeIn(panel, over), FadeIn(name), *leaving, run_time=style.BLINK)
        for _ in range(run.trajectory.steps):
            self.play(*panel.path.move(), run_time=QUICK)
        result = Label(wording.describe_left(run), color=style.palette().loss)
        self.play(FadeIn(result.move_to((box.left, RESULT_Y, 0), LEFT)), run_time=style.BLINK)
        self.say(wording.describe_failure(run), wording.failure_cue(run))

    def measure_boundary(self) -> None:
        """Show the final loss of many rates, and where it begins to end higher."""
        table = self.rates
        self.beat(
            "curve", boundary.many_rates(table), "Each place on the curve is a whole recorded run."
        )
        curve, shown = RateCurve(table), ShownRates(table)
        over = chip_above(chips.over_rows(self.inputs["very_small"]), curve.plot)
        self.change_stage(curve, over)
        self.play(*curve.draw(), run_time=style.BEAT)
        start = curve.start_line()
        marks = shown.marks(curve)
        self.play(FadeIn(start), FadeIn(marks), FadeIn(shown), run_time=style.MOVE)
        lines = [curve.at_rate(at, name, start) for at, name in boundary.named_rates(table)]
        arriving = [one for one in (*lines, boundary_card(table, shown.bottom)) if len(one)]
        if arriving:
            self.play(*map(FadeIn, arriving), run_time=style.MOVE)
        self.say(
            boundary.what_the_curve_shows(table),
            "Above the dashed level, the loss at the start: worse.",
        )
