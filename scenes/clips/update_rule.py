"""The update rule at true scale, term by term, with the numbers and the PyTorch of one step."""

from __future__ import annotations

from typing import Any

from manim import LEFT, UL, Animation, Transform, VGroup

from descent.text.numbers import rate
from scenes import style
from scenes.claims import first_true
from scenes.facts import chips
from scenes.facts.gradients import is_zero, noise
from scenes.fading import FadeIn, FadeOut
from scenes.lecture_scene import LectureScene
from scenes.mobjects.boxes import Box
from scenes.mobjects.chip import theta_at_right
from scenes.mobjects.code_strip import CodeStrip
from scenes.mobjects.descent.update_formula import update_formula
from scenes.mobjects.descent.worked_update import worked_update
from scenes.mobjects.instants import LastInstant
from scenes.mobjects.side_panel import card
from scenes.mobjects.true_scale import TrueScaleStage
from scenes.wording import update as wording

FORMULA_Y = 2.1
STAGE = Box(-5.45, -2.5, 0.2, 1.2667)
COLUMN = Box(1.02, style.BOTTOM, style.RIGHT, 1.42)
PAD, GAP = 0.2, 0.14
ZOOM = style.BEAT
OTHERS = ("very_small", "very_large")


class UpdateRule(LectureScene):
    """Each parameter is changed by deducting its gradient times the learning rate."""

    slug = "update-rule"

    def construct(self) -> None:
        """Show each term at true scale, add them up, then let other rates scale the gradient."""
        self.run: Any = self.inputs["just_right"]
        self.trajectory = self.run.trajectory
        self.is_plain = not self.trajectory.steps or self.trajectory.follows_update_rule[0]
        self.build()
        self.show_parameters()
        self.show_gradient()
        if is_zero(self.run, 0):
            self.show_nothing()
        elif not self.is_plain:
            self.show_own_step()
        else:
            self.show_minus()
            self.show_learning_rate()
            if self.trajectory.steps:
                self.show_sum()
                self.ask_for_others()

    def build(self) -> None:
        """Make the stage, the formula, the numbers and the code."""
        self.add_title()
        self.wide = self.inputs["gradient_view"]
        self.stage = TrueScaleStage(self.run, self.wide, STAGE)
        self.formula = update_formula(FORMULA_Y)
        self.terms = self.formula.parts
        self.code = CodeStrip(
            wording.code_lines(self.run), COLUMN.left, COLUMN.bottom, COLUMN.right
        )
        self.numbers: dict[str, Any] = {}
        self.card, self.ruler = VGroup(), VGroup()
        if self.trajectory.steps and self.is_plain:
            least = noise(self.run, 0) if is_zero(self.run, 0) else 0.0
            grid = worked_update(self.trajectory, COLUMN.width - 2 * PAD, least)
            grid.move_to((COLUMN.left + PAD, COLUMN.top - PAD, 0), UL)
            self.numbers = grid.parts
            bottom = self.code.box.top + GAP
            self.card = VGroup(card(Box(COLUMN.left, bottom, COLUMN.right, COLUMN.top)))
            grid.move_to((grid.get_left()[0], (bottom + COLUMN.top) / 2, 0), LEFT)

    def show_parameters(self) -> None:
        """Show the parameters as a place on the loss."""
        before = self.add_stage()
        self.beat("parameters", wording.PLACE, wording.place_caption(self.trajectory))
        over = theta_at_right(chips.over_rows(self.run), STAGE)
        if before is not None:
            self.go_back(before)
        self.play(FadeIn(self.card, self.code, over), run_time=style.BLINK)
        arriving = FadeIn(self.terms["old"], target_position=self.stage.point)
        self.play(arriving, *self.code.light(0), run_time=style.BEAT)
        self.play_numbers("name", "old")

    def add_stage(self) -> LastInstant | None:
        """Show the last instant that was looked at, and return it; without one, the start."""
        if not {"gradient_field", "neuron", "rows"} <= set(self.inputs):
            self.add(self.stage)
            return None
        over = chips.over_rows(self.run) or chips.ANOTHER_LOSS
        before = LastInstant(self.run, self.inputs["gradient_field"], over)
        self.add(before.map, *before.around)
        return before

    def go_back(self, before: LastInstant) -> None:
        """Go back to the start, and make room for the rule beside the map."""
        view, path, stage = before.map.view, before.map.path, self.stage
        if view.view != stage.view.view:
            self.change_stage(stage)
            return
        start = path.head(0)
        leaving = [FadeOut(one) for one in (*before.around, path)]
        self.play(*leaving, FadeIn(start), run_time=style.BLINK)
        moves = view.go_to(stage.view)
        self.play(*moves, Transform(start, stage.path.head()), run_time=style.BEAT)
        # Each part moved by itself, so that each is removed by itself.
        self.remove(*view.get_family(), start)
        self.add(stage)

    def show_gradient(self) -> None:
        """Pull the view back, and draw the gradient at its true length."""
        self.beat("gradient", caption="One slope per parameter, all put into one arrow.")
        growing: list[Animation] = []
        if not is_zero(self.run, 0):
            if zoom := self.stage.zoom(self.stage.far):
                self.play(*zoom, run_time=ZOOM)
            growing.append(self.stage.grow_gradient())
        arriving = FadeIn(self.terms["gradient"], target_position=self.stage.point)
        self.play(*growing, arriving, *self.code.light(1), run_time=style.BEAT)
        self.play_numbers("gradient")
        claims = wording.uphill, wording.slanting_uphill, wording.far_uphill
        self.say(first_true(wording.flat(self.run), *(one(self.run, self.wide) for one in claims)))

    def show_nothing(self) -> None:
        """Say that a gradient of zero moves nothing."""
        self.beat("update", caption="Here gradient descent has arrived, or is stuck.")
        rest = [self.terms[name] for name in ("minus", "rate", "times", "equals", "new")]
        self.play(*(FadeIn(term) for term in rest), run_time=style.MOVE)
        if self.trajectory.steps:
            self.play_numbers("rate", "times", "is", "change")
            self.play_numbers("sign", "size", "equals", "new")
        self.say(first_true(wording.stays(self.run), wording.ended(self.run)))

    def show_own_step(self) -> None:
        """Show the step of an optimizer that has another update rule."""
        self.beat("update", caption=wording.own_rule_caption(self.run))
        self.play(self.stage.grow_step(), *self.code.light(2), run_time=style.BEAT)
        self.return_and_move()
        self.say(first_true(wording.own_rule(self.run)))

    def show_minus(self) -> None:
        """Turn the gradient through 180 degrees."""
        self.beat("minus", caption="The gradient leads up; we want to go down.")
        self.play(self.stage.turn(), FadeIn(self.terms["minus"]), run_time=style.BEAT)
        self.say(first_true(wording.downhill(self.run)))

    def show_learning_rate(self) -> None:
        """Scale the turned gradient by the learning rate, and work the product."""
        self.beat("learning-rate", caption="How far we dare to go is ours to choose.")
        arriving = (FadeIn(self.terms[name]) for name in ("rate", "times"))
        self.play(*arriving, run_time=style.BLINK)
        if self.trajectory.steps:
            self.contract()
            self.play_numbers("rate", "times", "is", "change")
        claims = wording.shortened, wording.stretched, wording.ended
        self.say(first_true(*(one(self.run) for one in claims)))

    def contract(self) -> None:
        """Give the arrow its length, beside a ruler; where it vanishes, come near to see it."""
        if self.stage.step_is_hidden():
            self.play(self.stage.contract(), run_time=style.BEAT)
            self.come_near(*self.stage.clear_ghost())
            return
        self.ruler = self.stage.ruler(rate(self.run.learning_rate))
        self.play(FadeIn(self.ruler), run_time=style.BLINK)
        self.play(self.stage.contract(), run_time=style.BEAT)

    def show_sum(self) -> None:
        """Let the view return and the point move, and work the sum."""
        self.beat("update", caption="Under torch.no_grad(); optimizer.step() does the same.")
        self.return_and_move(*self.stage.clear_ghost(), *map(FadeOut, self.ruler))
        for row in range(2, len(self.code.lines)):
            columns = range(len(self.trajectory.names))
            some = columns if len(self.code.lines) == 3 else [row - 2]
            self.play(*self.code.light(row), *self.add_up(some), run_time=style.MOVE)
        self.say(first_true(wording.summed(self.run)))

    def return_and_move(self, *leaving: Animation) -> None:
        """Bring the first view back, move the point along its step, and complete the formula."""
        self.come_near(*leaving)
        self.play(*self.stage.path.move(), run_time=style.MOVE)
        landed = FadeIn(self.terms["new"], target_position=self.stage.point)
        self.play(FadeIn(self.terms["equals"]), landed, run_time=style.MOVE)

    def come_near(self, *leaving: Animation) -> None:
        """Bring the first view back, after something has left."""
        if leaving:
            self.play(*leaving, run_time=style.BLINK)
        if zoom := self.stage.zoom(self.stage.near):
            self.play(*zoom, run_time=ZOOM)

    def add_up(self, columns: Any) -> list[Animation]:
        """Return the animations that add the change of some parameters."""
        moves: list[Animation] = []
        for k in columns:
            product = self.numbers[f"change-{k}"]
            moves.append(FadeIn(self.numbers[f"size-{k}"], target_position=product))
            moves += [FadeIn(self.numbers[f"{term}-{k}"]) for term in ("sign", "equals", "new")]
        return moves

    def ask_for_others(self) -> None:
        """Let the viewer guess the steps of the other learning rates, then draw them."""
        others = {name: self.inputs[name] for name in OTHERS if name in self.inputs}
        claim = wording.only_length(self.run, others)
        if claim is None:
            return
        self.beat("other-rates", caption="Guess where these two would land.")
        self.ask(wording.others_question(others))
        texts = {name: rate(run.learning_rate) for name, run in others.items()}
        drawn = self.stage.others(others, texts)
        self.play(*self.stage.grow_others(drawn), run_time=style.BEAT)
        self.say(claim, "The next clips choose this one number.")

    def play_numbers(self, *terms: str) -> None:
        """Bring in some terms of every parameter's numbers."""
        some = [part for key, part in self.numbers.items() if key.rpartition("-")[0] in terms]
        if some:
            self.play(*(FadeIn(part) for part in some), run_time=style.BLINK)
