"""The gradient depends on the place: a field of gradients, and those that a descent meets."""

from __future__ import annotations

from typing import Any

from manim import Create, GrowFromPoint, Mobject, TransformFromCopy

from scenes import style
from scenes.facts.gradients import first_zero
from scenes.fading import FadeIn, FadeOut
from scenes.lecture_scene import LectureScene
from scenes.mobjects.descent.value_table import ValueTable
from scenes.mobjects.gradient_field import PALE, GradientFieldArrows
from scenes.mobjects.gradient_map import GradientMap
from scenes.mobjects.lens import Lens, needs_lens
from scenes.wording import instant as wording

INSTANTS = 3
NUMBERS = ("step", "parameters", "gradient", "loss")
LEFT_BEHIND = 0.5


class GradientAtAnInstant(LectureScene):
    """Gradient(θ^t) is calculated at the parameters of step t."""

    slug = "gradient-at-an-instant"

    def construct(self) -> None:
        """Show gradients all over the map, then those at the places of the first steps."""
        self.run: Any = self.inputs["just_right"]
        self.field: Any = self.inputs["gradient_field"]
        self.trajectory = self.run.trajectory
        self.left: list[Mobject] = []
        self.lens: Lens | None = None
        self.add_title()
        self.show_map()
        self.show_field()
        self.show_start()
        end = first_zero(self.run)
        end = self.trajectory.steps if end is None else end
        for t in range(1, min(INSTANTS, end) + 1):
            self.show_instant(t)
        if end > INSTANTS:
            self.show_rest(end)

    def show_map(self) -> None:
        """Take up the map with the gradient of the start, and ask about other places."""
        self.beat("elsewhere", caption=wording.partials(self.run, 0))
        self.map = GradientMap(self.run, is_tagged=True)
        self.uphill, self.downhill = self.map.uphill(0), self.map.downhill(0)
        self.scale = self.map.scale_label()
        marks = (self.uphill, self.downhill, None if self.map.is_curve else self.scale)
        self.add(self.map, *(mark for mark in marks if mark is not None))
        self.ask(wording.everywhere())

    def show_field(self) -> None:
        """Show a gradient at many places."""
        self.beat("field")
        self.arrows = GradientFieldArrows(self.field, self.map)
        self.widths = self.arrows.label(self.map.box)
        leaving = [mark for mark in (self.downhill, self.scale) if mark in self.mobjects]
        self.play(FadeIn(self.widths), *map(FadeOut, leaving), run_time=style.BLINK)
        self.play(self.arrows.appear(), run_time=style.HOLD)
        count = len(self.arrows.marks)
        self.say(wording.field_said(self.field), wording.calculated(count))

    def show_start(self) -> None:
        """Count the steps from 0, at the start."""
        self.beat("instant-0", wording.SMALL_T, wording.first_place())
        self.table = ValueTable(self.trajectory, NUMBERS)
        pale = self.arrows.animate.set_opacity(PALE)
        scale = [] if self.map.is_curve else [FadeIn(self.scale)]
        self.play(pale, FadeOut(self.widths), FadeIn(self.table), *scale, run_time=style.MOVE)
        numbers = self.table.fill_all(0, *NUMBERS)
        self.play(self.map.show_tag(), *numbers, run_time=style.MOVE)
        self.mark = self.uphill

    def show_instant(self, t: int) -> None:
        """Move to step `t`, leave the old gradient there, pale, and show the new one."""
        self.beat(f"instant-{t}", caption=wording.walks(t))
        self.go_to(t, style.MOVE)
        if needs_lens(self.map, t):
            self.look_closer(t)
        self.say(wording.now(self.run, t), wording.partials(self.run, t))

    def go_to(self, t: int, seconds: float) -> None:
        """Take the step to `t`, and draw the gradient there."""
        self.put_lens_away()
        if self.map.leaves_view(t):
            leaving = [FadeOut(one) for one in (self.arrows, *self.left, self.scale, self.mark) if one]
            self.left, self.mark = [], None
            self.play(*leaving, *self.map.widen(t), run_time=style.BEAT)
            self.scale = self.map.scale_label()
            self.play(FadeIn(self.scale), run_time=style.BLINK)
        if self.mark is not None:
            self.left.append(self.mark.set_opacity(LEFT_BEHIND))
        numbers = self.table.fill_all(t, "step", "parameters", "loss")
        emptied = self.table.clear("gradient")
        self.play(*self.map.move(), *numbers, *emptied, run_time=seconds)
        self.mark = self.map.uphill(t)
        growing = [GrowFromPoint(self.mark, self.map.path.place(t))] if self.mark else []
        self.play(*growing, self.table.fill("gradient", t), run_time=seconds)

    def look_closer(self, t: int) -> None:
        """Show the gradient of step `t` under a lens."""
        self.lens = Lens(self.map, t)
        self.play(Create(self.lens.seen), FadeIn(self.lens), run_time=style.BLINK)
        self.play(TransformFromCopy(self.mark, self.lens.arrow), run_time=style.MOVE)

    def put_lens_away(self) -> None:
        """Remove the lens, if there is one."""
        if self.lens is not None:
            leaving = FadeOut(self.lens, self.lens.seen, self.lens.arrow)
            self.play(leaving, run_time=style.BLINK)
            self.lens = None

    def show_rest(self, end: int) -> None:
        """Go on to step `end`, quickly."""
        self.beat("every-instant", caption=wording.goes_on(end))
        for t in range(INSTANTS + 1, end + 1):
            self.go_to(t, style.BLINK)
        if needs_lens(self.map, end):
            self.look_closer(end)
        self.say(wording.last(self.run))
