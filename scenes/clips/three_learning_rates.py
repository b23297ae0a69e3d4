"""Three learning rates from one start, step by step together; then what to remember."""

from __future__ import annotations

from typing import Any

from manim import UL, Animation

from scenes import style
from scenes.claims import Claim, first_true
from scenes.facts import chips
from scenes.facts.rates import is_boundary
from scenes.fading import FadeIn
from scenes.lecture_scene import LectureScene
from scenes.mobjects.boxes import MAIN
from scenes.mobjects.chip import theta_at_right
from scenes.mobjects.opening import OpeningPicture, end_card
from scenes.mobjects.race.comparison import ComparisonLosses, ComparisonTable
from scenes.mobjects.race.panel import RacePanel
from scenes.mobjects.recap import (
    GradientPicture,
    RatePicture,
    column_box,
    column_code,
    column_line,
)
from scenes.typesetting.labels import Label
from scenes.wording import planes, prompts, race
from scenes.wording import recap as wording
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
        if "rates" in self.inputs:
            self.recap()
            self.end()

    @property
    def steps(self) -> int:
        """How many steps the longest run takes."""
        return max(run.trajectory.steps for run in self.runs.values())

    def show_start(self) -> None:
        """Show the one start that all three share."""
        self.panel = RacePanel(self.runs)
        self.losses = ComparisonLosses(self.runs)
        self.table = ComparisonTable(self.runs, self.names)
        over = chips.over_rows(self.inputs["just_right"])
        self.add(self.panel, self.losses, self.table, theta_at_right(over, MAIN))
        self.beat("start", caption="Three runs leave from the cross.")
        self.play(*self.table.fill(0), run_time=style.MOVE)
        self.say(first_true(race.one_start(self.runs)))
        if (said := race.one_plane(self.runs)) is not None:
            self.beat("plane", said, planes.PLANE_CUE)
        if (said := planes.some_rows(self.runs["just_right"])) is not None:
            self.beat("rows", said, planes.ROWS_CUE)

    def ask_which(self) -> None:
        """Let the viewer guess which run will be lowest."""
        if self.steps:
            self.beat("guess", caption="Place your bet.")
            self.ask(race.which_is_lowest(self.runs))

    def play_step(self, t: int) -> None:
        """Let every run take its step from `t` to `t` + 1."""
        is_leaving = self.panel.leaves_view(t + 1)
        is_first = is_leaving and self.panel.brings_inset(t + 1)
        caption = "The small picture keeps the first view." if is_first else ""
        self.beat(f"step-{t + 1}", prompts.step_number(t), caption, is_quick=True)
        if is_leaving:
            self.play(*self.panel.widen(t + 1), run_time=style.MOVE)
        motion = (*self.panel.step(t), *self.losses.step(t), *self.table.fill(t + 1))
        self.play(*motion, run_time=style.MOVE)

    def compare(self) -> None:
        """Say which rate ended lowest."""
        self.beat("outcome", caption="Their losses are side by side at the right.")
        kinds = race.one_is_best, race.one_is_lowest, race.some_tie, race.all_gone
        self.say(first_true(*(kind(self.runs, self.names) for kind in kinds)))

    def recap(self) -> None:
        """Say what to remember, each with its picture."""
        run, table, wide = (self.inputs[key] for key in ("just_right", "rates", "gradient_view"))
        self.beat("recap", caption="Three pictures of what was recorded.")
        title = Label(wording.RECAP_TITLE, style.TITLE).move_to((style.LEFT, style.TOP, 0), UL)
        gradient = GradientPicture(run, wide, column_box(0))
        self.leave_words()
        self.change_stage(title, gradient)
        self.title = title
        self.play_each(gradient.grow())
        self.show_line(0, wording.the_gradient(run), wording.no_gradient(run))
        self.beat("recap-step", caption="So we walk against it, a little way.")
        step = GradientPicture(run, wide, column_box(1))
        self.play(FadeIn(step), *step.grow(), run_time=style.MOVE)
        self.play_each(step.turn())
        self.play_each(step.contract())
        self.show_line(1, wording.the_step(run), wording.no_step(run))
        self.recap_rate(table)
        self.beat("code", caption="This is all of it, in PyTorch.")
        codes = (column_code(text, column) for column, text in enumerate(wording.codes(run)))
        self.play(*(FadeIn(label) for label in codes), run_time=style.MOVE)

    def recap_rate(self, table: Any) -> None:
        """Draw the loss of every rate, and say where the limit is."""
        self.beat("recap-rate", caption=wording.rate_caption(table))
        at = table.critical_learning_rate if is_boundary(table) else table.onset
        name = "$2 \\/ lambda$" if is_boundary(table) else wording.onset_name(table)
        picture = RatePicture(table, at, name, column_box(2))
        self.play(FadeIn(picture), run_time=style.BLINK)
        self.play(*picture.draw(), run_time=style.BEAT)
        self.play_each(picture.show_mark())
        kinds = wording.the_rate, wording.measured_onset, wording.some_rise, wording.none_rises
        self.show_line(2, *(kind(table) for kind in kinds))

    def play_each(self, motion: list[Animation]) -> None:
        """Play a motion, if there is one."""
        if motion:
            self.play(*motion, run_time=style.MOVE)

    def show_line(self, column: int, *claims: Claim | None) -> None:
        """Write the first claim that is true below the picture of a column."""
        line = column_line(first_true(*claims), column)
        self.let_read(line)
        self.play(FadeIn(line), run_time=style.BLINK)

    def end(self) -> None:
        """Answer the question of the opening, over the finished descent."""
        run = self.inputs["just_right"]
        self.beat("end", caption="Thank you for watching.")
        picture, words = OpeningPicture(run), end_card(*wording.end_lines(run))
        picture.finish()
        self.leave_words()
        self.change_stage(picture, words[0])
        for line in words[1:]:
            self.play(FadeIn(line), run_time=style.MOVE)
            self.let_read(line)

    def leave_words(self) -> None:
        """Let the title and the line under it leave with the stage."""
        self.title = self.headline = None
