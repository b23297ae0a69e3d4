"""The gradient depends on the place: a field of gradients, and those that a descent meets."""

from __future__ import annotations

from typing import Any

from manim import Animation, GrowFromPoint, Mobject

from scenes import style
from scenes.facts import chips
from scenes.fading import FadeIn, FadeOut
from scenes.lecture_scene import LectureScene
from scenes.mobjects.chip import theta_of
from scenes.mobjects.descent.value_table import ValueTable
from scenes.mobjects.gradient_field import GradientFieldArrows
from scenes.mobjects.gradient_map import GradientMap
from scenes.mobjects.instants import LEFT_BEHIND, NUMBERS, last_instant
from scenes.mobjects.lens import GradientLens, needs_lens
from scenes.wording import instant as wording


class GradientAtAnInstant(LectureScene):
    """Gradient(θ^t) is calculated at the parameters of step t."""

    slug = "gradient-at-an-instant"

    def construct(self) -> None:
        """Show gradients all over the map, then those at the places of the first steps."""
        self.run: Any = self.inputs["just_right"]
        self.field: Any = self.inputs["gradient_field"]
        self.trajectory = self.run.trajectory
        self.last = last_instant(self.run)
        self.left: list[Mobject] = []
        self.lens: GradientLens | None = None
        self.add_title()
        self.show_map()
        self.show_field()
        self.show_start()
        for t in range(1, self.last + 1):
            self.show_instant(t)

    def show_map(self) -> None:
        """Take up the map with the gradient of the start, and ask about other places."""
        self.beat("elsewhere", caption=wording.partials(self.run, 0))
        self.map = GradientMap(self.run, is_tagged=True)
        self.uphill, self.downhill = self.map.uphill(0), self.map.downhill(0)
        self.scale = self.map.scale_label()
        marks = (self.uphill, self.downhill, None if self.map.is_curve else self.scale)
        self.add(self.map, *(mark for mark in marks if mark is not None))
        self.table = ValueTable(self.trajectory, NUMBERS, sharpness=self.run.sharpness)
        numbers = self.table.fill_all(0, *NUMBERS[1:])
        over = theta_of(
            chips.over_rows(self.run) or chips.ANOTHER_LOSS, self.map.view.plot, self.map.is_curve
        )
        lens = self.lay_lens(0)
        self.play(FadeIn(self.table, over), *numbers, *lens, run_time=style.BLINK)
        self.ask(wording.EVERYWHERE)

    def show_field(self) -> None:
        """Show a gradient at many places."""
        self.beat("field")
        self.arrows = GradientFieldArrows(self.field, self.map)
        self.widths = self.arrows.label(self.map.box)
        leaving = [mark for mark in (self.downhill, self.scale) if mark in self.mobjects]
        self.play(FadeIn(self.widths), *map(FadeOut, leaving), run_time=style.BLINK)
        self.play(self.arrows.appear(), run_time=style.BEAT)
        count = len(self.arrows.marks)
        self.say(wording.field_said(self.field), wording.calculated(count))

    def show_start(self) -> None:
        """Count the steps from 0, at the start."""
        self.beat("instant-0", wording.SMALL_T, "At t = 0 we stand at the start.")
        pale = self.arrows.step_back()
        scale = [] if self.map.is_curve else [FadeIn(self.scale)]
        self.play(pale, FadeOut(self.widths), *scale, run_time=style.MOVE)
        count = self.table.fill("step", 0)
        self.play(self.map.show_tag(), count, run_time=style.MOVE)
        self.mark = self.uphill

    def show_instant(self, t: int) -> None:
        """Move to step `t`, leave the old gradient there, pale, and show the new one."""
        self.beat(f"instant-{t}")
        if self.map.leaves_view(t):
            self.widen(t)
        leaving = [] if self.lens is None else [FadeOut(self.lens)]
        if self.mark is not None:
            self.left.append(self.mark.set_opacity(LEFT_BEHIND))
        numbers = self.table.fill_all(t, "step", "parameters", "loss")
        emptied = self.table.clear("gradient")
        self.play(*self.map.move(), *numbers, *emptied, *leaving, run_time=style.MOVE)
        self.play(*self.show_gradient(t), self.table.fill("gradient", t), run_time=style.MOVE)
        is_last = t == self.last
        said = wording.last(self.run, t) if is_last else wording.now(self.run, t)
        self.say(said, wording.partials(self.run, t))

    def show_gradient(self, t: int) -> list[Animation]:
        """Return the animations that draw the gradient of step `t`, if need be under a lens."""
        self.mark = self.map.uphill(t)
        growing = list[Animation]()
        if self.mark is not None:
            growing.append(GrowFromPoint(self.mark, self.map.path.place(t)))
        return growing + self.lay_lens(t)

    def lay_lens(self, t: int) -> list[Animation]:
        """Return the animations that bring a lens, if the point hides the gradient of step `t`."""
        self.lens = GradientLens(self.map, t) if needs_lens(self.map, t) else None
        return [] if self.lens is None else [FadeIn(self.lens)]

    def widen(self, t: int) -> None:
        """Go to a view that holds step `t`, where nothing else is drawn yet."""
        drawn = (self.arrows, *self.left, self.mark, self.scale)
        leaving = [FadeOut(one) for one in drawn if one in self.mobjects]
        self.left, self.mark = [], None
        self.play(*leaving, *self.map.widen(t), run_time=style.BEAT)
        if not self.map.is_curve:
            self.scale = self.map.scale_label()
            self.play(FadeIn(self.scale), run_time=style.BLINK)
