"""The update rule: assembled term by term, then worked once with the numbers of a step."""

from __future__ import annotations

from manim import DOWN, UL, TransformFromCopy, VGroup

from descent.text.numbers import fixed
from descent.text.runs import diverged_at, ending
from scenes import style
from scenes.fading import FadeIn
from scenes.lecture_scene import LectureScene
from scenes.mobjects.boxes import Box
from scenes.mobjects.descent.loss_panel import LossPanel
from scenes.mobjects.descent.update_formula import update_formula
from scenes.mobjects.descent.worked_update import ORDER, worked_update
from scenes.typesetting.markup import symbol, typeset

FORMULA_Y = 1.75
PANEL_BOX = Box(-5.45, -2.5, -0.35, 0.9)
SUM_LEFT, SUM_TOP, SUM_STEP = 0.95, 0.3, 1.75
BEFORE = {"old": (), "rate": ("minus",), "gradient": ("times",), "new": ("equals",)}


class UpdateRule(LectureScene):
    """Each parameter is changed by deducting its gradient times the learning rate."""

    slug = "update-rule"

    def construct(self) -> None:
        """Assemble the rule beside a picture of what each term means, then work it."""
        run = self.inputs["just_right"]
        self.trajectory = run.trajectory
        self.add_title()
        self.panel = LossPanel(run, PANEL_BOX, view=int(run.views[min(1, self.trajectory.steps)]))
        self.formula = update_formula(FORMULA_Y)
        self.terms = self.formula.parts
        self.show_parameters()
        self.show_gradient()
        self.show_learning_rate()
        if not self.trajectory.steps:
            self.show_divergence()
            return
        self.show_step()
        for column in range(len(self.trajectory.names)):
            self.work(column)

    def show_parameters(self) -> None:
        """Show the parameters as a place on the loss."""
        sentence = "The parameters at step t: the place where the descent stands"
        self.beat("parameters", typeset(sentence, {"step t": "step $t$"}), f"{sentence}.")
        self.play(FadeIn(self.panel), run_time=style.MOVE)
        self.play(TransformFromCopy(self.panel.path.point, self.terms["old"]), run_time=style.BEAT)
        self.hold()

    def show_gradient(self) -> None:
        """Show the gradient as an arrow uphill."""
        sentence = "The gradient there points uphill"
        self.beat("gradient", sentence, f"{sentence}.")
        self.play(self.panel.show_gradient(), run_time=style.MOVE)
        assert self.panel.mark is not None
        self.play(TransformFromCopy(self.panel.mark, self.terms["gradient"]), run_time=style.BEAT)
        self.hold()

    def show_learning_rate(self) -> None:
        """Show that the minus turns the gradient downhill and the learning rate scales it."""
        sentence = "The minus turns it downhill, the learning rate says how far"
        self.beat("learning-rate", sentence, f"{sentence}.")
        middle = VGroup(*(self.terms[name] for name in ("minus", "rate", "times")))
        self.play(FadeIn(middle, shift=0.2 * DOWN), run_time=style.MOVE)
        if self.trajectory.steps:
            self.play(self.panel.turn_into_step(), run_time=style.BEAT)
        self.hold()

    def show_divergence(self) -> None:
        """Say that the next place is not finite."""
        sentence = ending(self.trajectory)
        if self.trajectory.behavior == "diverging":
            sentence = f"{diverged_at(self.trajectory)}: no finite number is that far away"
        self.beat("diverged", sentence, f"{sentence}.")
        self.hold(style.HOLD)

    def show_step(self) -> None:
        """Show the next place."""
        sentence = "Deduct it, and these are the parameters of the next step"
        self.beat("update", sentence, f"{sentence}.")
        self.panel.keep_mark()
        self.play(*self.panel.move(), run_time=style.BEAT)
        arriving = FadeIn(self.terms["equals"])
        landed = TransformFromCopy(self.panel.path.point, self.terms["new"])
        self.play(arriving, landed, run_time=style.BEAT)
        self.hold()

    def work(self, column: int) -> None:
        """Put the numbers of the first step into the rule, for one parameter."""
        name = self.trajectory.names[column]
        old, new = self.trajectory.iterates[:2, column]
        went = f"from {fixed(old)} to {fixed(new)}"
        headline = f"Once with numbers: ${symbol(name)}$ {went}"
        self.beat(f"numbers-{column + 1}", headline, f"Once with numbers: {name} {went}.")
        table = worked_update(self.trajectory, column)
        table.move_to((SUM_LEFT, SUM_TOP - SUM_STEP * column, 0), UL)
        symbols = VGroup(*(table.parts[f"symbol-{term}"] for term in ORDER))
        self.play(TransformFromCopy(self.formula, symbols), run_time=style.BEAT)
        for term in ("old", "rate", "gradient", "new"):
            number = table.parts[f"number-{term}"]
            signs = [table.parts[f"number-{sign}"] for sign in BEFORE[term]]
            arriving = [FadeIn(part) for part in signs]
            source = table.parts[f"symbol-{term}"]
            self.play(TransformFromCopy(source, number), *arriving, run_time=style.MOVE)
        self.hold(style.HOLD if column else style.PAUSE)
