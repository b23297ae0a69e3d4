"""A scene in which a step moves the neuron's line and its point on the map together."""

from __future__ import annotations

from typing import Any

from manim import Create, GrowFromCenter, GrowFromPoint

from scenes import style
from scenes.claims import Prompt, first_true
from scenes.descent_scene import DescentScene
from scenes.facts import chips
from scenes.fading import FadeIn, FadeOut
from scenes.mobjects.descent.value_table import rate_figures
from scenes.mobjects.formulas import rest_of
from scenes.mobjects.morph import morph
from scenes.mobjects.two_pictures.two_pictures import TwoPictures
from scenes.wording import prompts
from scenes.wording import two_pictures as wording

SLOW_STEPS = 2
REST_TIME = 10  # of the steps after the slow ones, in units of `style.TIME_STEP`
GLIDE = 1.6  # seconds of a motion that is to be followed in both pictures
FLOOR = (
    wording.floor,
    wording.floor_ahead,
    wording.floor_of_one_x,
    wording.floor_is_zero,
    wording.many_lines,
)


class TwoPicturesScene(DescentScene):
    """The neuron's line over the rows, and its point on the map of the loss."""

    def tell_in_two_pictures(self, rows: Any, run: Any) -> None:
        """Take all steps of a run that `scenes.facts.neurons.fits_two_pictures`."""
        self.rows, self.run, self.trajectory = rows, run, run.trajectory
        self.figures = rate_figures(run.trajectory)
        self.pictures = TwoPictures(rows, run, self.figures, chips.all_rows(len(rows.x)))
        self.show_line_and_point()
        self.show_squares()
        slow = min(SLOW_STEPS, self.trajectory.steps)
        for t in range(slow):
            self.take_step(t)
        if slow < self.trajectory.steps:
            self.take_the_rest(slow)
        self.show_floor()

    def show_line_and_point(self) -> None:
        """Bring in both pictures; the numbers of the line become the place of the point."""
        pictures = self.pictures
        announced = first_true(wording.both_parameters(self.run, self.figures))
        self.beat("start", announced, "Left, the line over the data; right, the map of the loss.")
        line_head: Any
        point_head: Any
        line_head, point_head = pictures.heads[:2]
        arriving = (pictures.cover, pictures.row_plot, pictures.map)
        self.change_stage(*arriving)
        self.play(Create(pictures.line), FadeIn(line_head), run_time=style.MOVE)
        guides = pictures.map.guides(pictures.params)
        names = ("weight", "bias")
        flying = [morph(line_head.select(name), point_head.select(name)) for name in names]
        resting = FadeIn(rest_of(point_head, *names))
        self.play(resting, *flying, Create(guides), run_time=style.BEAT)
        self.add(pictures.heads)
        self.play(GrowFromCenter(pictures.map.point), FadeOut(guides), run_time=style.BLINK)
        self.play(*pictures.drag(), run_time=GLIDE)
        self.say(first_true(wording.one_line_one_point(self.rows, self.run)))

    def show_squares(self) -> None:
        """Put a square on every residual, and pour their mean area into the bar."""
        pictures = self.pictures
        self.beat("squares", caption="Each square stands on one residual.")
        growing = [
            GrowFromPoint(square, dot.get_center())
            for square, dot in zip(pictures.squares, pictures.row_plot.dots, strict=True)
        ]
        self.play(*growing, run_time=style.MOVE)
        pouring = pictures.pour()
        arriving = [FadeIn(pictures.track(), pictures.chip()), *pictures.write(0)]
        self.play(*pouring, *arriving, run_time=style.BEAT)
        self.mark = pictures.lowest_mark()
        self.play(FadeIn(self.mark), run_time=style.BLINK)
        self.say(first_true(wording.mean_area(self.rows, self.run)))

    def take_step(self, t: int) -> None:
        """Take a step in a beat: the first with a question, and all with what they did."""
        self.beat(f"step-{t + 1}", caption=prompts.step_cue(t))
        if t == 0:
            question = Prompt("One step downhill: what will the line do?")
            self.ask(question, "On the map, an arrow shows the step.")
        self.play_two(t, GLIDE if t == 0 else style.BEAT)
        kinds = [wording.line_comes_nearer, wording.line_goes_too_far, wording.line_stays]
        if t > 0:
            kinds.insert(0, wording.another_step)
        self.say(first_true(*(kind(self.trajectory, t) for kind in kinds)))

    def play_two(self, t: int, seconds: float) -> None:
        """Draw the arrow of step `t`, then move the point along it and everything with it."""
        arrow = self.pictures.map.step_arrow(t)
        start = self.pictures.map.point.get_center()
        self.play(GrowFromPoint(arrow, start), run_time=style.BLINK)
        self.add(self.pictures.mark_loss(t))
        self.play(*self.pictures.travel(t), FadeOut(arrow), run_time=seconds)

    def take_the_rest(self, first: int) -> None:
        """Take the remaining steps without a stop."""
        self.beat(
            "and-so-on", prompts.later_steps(first, self.trajectory.steps), prompts.THE_REST_CUE
        )
        remaining = range(first, self.trajectory.steps)
        each = min(style.MOVE, style.TIME_STEP * max(1, REST_TIME // len(remaining)))
        for t in remaining:
            self.add(self.pictures.mark_loss(t))
            self.play(*self.pictures.travel(t), run_time=each)
        self.say(first_true(wording.all_steps(self.trajectory)))

    def show_floor(self) -> None:
        """Say how low the loss can come, and light what is left of it."""
        claims = [kind(self.rows, self.run) for kind in FLOOR]
        if not any(claims):
            return
        self.beat("floor", caption="What is left of the squares is what is left of the loss.")
        self.play(*self.pictures.light(), run_time=style.BEAT)
        self.say(first_true(*claims))
