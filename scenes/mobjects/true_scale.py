"""One step at true scale: the gradient, and the change that it becomes, in the axes' own units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from manim import (
    PI,
    UP,
    Animation,
    Arrow,
    BackgroundRectangle,
    GrowFromPoint,
    Line,
    Rotate,
    Transform,
    VGroup,
)

from descent.views.landscape import contains
from scenes import style
from scenes.fading import FadeIn, FadeOut
from scenes.mobjects.arrows import arrow
from scenes.mobjects.boxes import Box
from scenes.mobjects.descent.iterate_path import IteratePath
from scenes.mobjects.descent.loss_view import CurveView, loss_view
from scenes.mobjects.label_placement import along, outline, place_beside
from scenes.mobjects.lens import is_hidden
from scenes.typesetting.labels import Label
from scenes.typesetting.markup import as_math

GHOST = 0.4
ASIDE = 0.17  # by how much the steps of other rates are drawn beside this one
CHIP = 0.06
TOO_SHORT = ": too short to see"
RULER_AWAY, RULER_TICK = 0.22, 0.08


class TrueScaleStage(VGroup):
    """A loss, the start of a run, and arrows from there that are as long as the axes say.

    Args:
        run: The `understanding_gradients.lecture.recordings.Run`.
        wide: Its loss over a view with room for the gradient.
        box: Where on the screen.
    """

    def __init__(self, run: Any, wide: Any, box: Box) -> None:
        super().__init__()
        self.run, self.trajectory, self.box = run, run.trajectory, box
        self.near = int(run.views[min(1, self.trajectory.steps)])
        landscapes = (*run.landscapes, wide)
        self.far = len(run.landscapes)
        if contains(run.landscapes[self.near].window, self._tips()).all():
            self.far = self.near
        self.view = loss_view(landscapes, self.trajectory.names, box, self.near)
        self.path = IteratePath(self.trajectory, self.view)
        self.path.keep_tag_clear(self._busy())
        self.arrows: dict[str, Arrow] = {}
        self.dodged: Any = self.path.tag
        self.add(self.view, self.path)

    @property
    def point(self) -> Any:
        """The point that stands for the parameters."""
        return self.path.point

    def zoom(self, view: int) -> list[Animation]:
        """Return the animations to another view; every arrow keeps its ends on the loss."""
        if view == self.view.view:
            return []
        moves = [*self.view.widen(view), *self.path.follow(self._busy())]
        for name, drawn in self.arrows.items():
            kept = self.arrow(name)
            if name == "against" and "step" in self.arrows:
                kept.set_opacity(GHOST)
            moves.append(Transform(drawn, kept))
        return moves

    def arrow(self, name: str) -> Arrow:
        """Return the arrow "gradient", "against" (it, turned round), or "step" in this view."""
        ends = {
            "gradient": lambda: self.trajectory.iterates[0] + self.trajectory.gradients[0],
            "against": lambda: self.trajectory.iterates[0] - self.trajectory.gradients[0],
            "step": lambda: self.trajectory.iterates[1],
        }
        role = "learning_rate" if name == "step" else "gradient"
        return arrow(self.path.place(0), self._place(ends[name]()), role)

    def grow_gradient(self) -> Animation:
        """Return the animation that draws the gradient at its true length."""
        return self._grow("gradient")

    def grow_step(self) -> Animation:
        """Return the animation that draws the first step."""
        return self._grow("step")

    def turn(self) -> Animation:
        """Return the animation that turns the gradient by 180° about the point."""
        drawn = self.arrows["against"] = self.arrows.pop("gradient")
        return Rotate(drawn, PI, about_point=self.path.place(0))

    def contract(self) -> Animation:
        """Return the animation in which the turned gradient becomes the step; a ghost stays."""
        ghost = self.arrow("against").set_opacity(GHOST)
        drawn = self.arrows.pop("against")
        self.arrows |= {"against": ghost, "step": drawn}
        self.add(ghost)
        return Transform(drawn, self.arrow("step"))

    def step_is_hidden(self) -> bool:
        """Return whether the point hides the first step in this view, but not in the first one."""
        way = self._place(self.trajectory.iterates[1]) - self.path.place(0)
        return self.view.view != self.near and is_hidden(way)

    def ruler(self, text: str) -> VGroup:
        """Return a ruler along the turned gradient up to where the step ends, with its name.

        Args:
            text: The learning rate, as plain text.
        """
        start, end = self.path.place(0), self._place(self.trajectory.iterates[1])
        along_arrow = self._place(self.trajectory.iterates[0] - self.trajectory.gradients[0])
        side, tick = RULER_AWAY * self._across(), RULER_TICK * self._across()
        color = style.palette().learning_rate
        ends = [(place + side - tick, place + side + tick) for place in (start, end)]
        lines = [(start + side, end + side), *ends]
        drawn = VGroup(*(Line(*line, stroke_width=style.LINE, color=color) for line in lines))
        label = Label(f"$times {as_math(text)}$", color=color, plain_text=f"×{text}")
        lines_drawn = along(start, along_arrow), along(start + side, end + side)
        obstacles = np.concatenate([*lines_drawn, outline(self.path.tag)])
        place_beside(label, (start + end) / 2 + 1.5 * side, obstacles, self.box)
        return VGroup(drawn.set_z_index(style.GEOMETRY + 1), on_chip(label))

    def clear_ghost(self) -> list[Animation]:
        """Return the animations that remove what is left of the turned gradient."""
        return [FadeOut(self.arrows.pop("against"))] if "against" in self.arrows else []

    def others(self, runs: Mapping[str, Any], texts: Mapping[str, str]) -> VGroup:
        """Return the first steps of other runs, each in its colour and with its learning rate.

        Args:
            runs: A `Run` by the name of its rate, all from the start of this one.
            texts: Their learning rates as plain text.
        """
        drawn, start = VGroup(), self.path.place(0)
        step = along(start, self._place(self.trajectory.iterates[1]))
        asides = [way * ASIDE * self._across() for way in (-1, 1)]
        tips = [self._place(run.trajectory.iterates[1]) for run in runs.values()]
        ways = [along(start + aside, tip + aside) for aside, tip in zip(asides, tips, strict=False)]
        self.dodged = self.path.dodge(*ways)
        busy = [step, outline(self.dodged), outline(self.point)]
        if isinstance(self.view, CurveView):
            busy.append(self.view.curve())
        for name, aside, tip, way in zip(runs, asides, tips, ways, strict=False):
            color = getattr(style.palette(), name)
            step = arrow(start, tip, name).shift(aside)
            unseen = TOO_SHORT if is_hidden(tip - start) else ""
            markup, plain = f"${as_math(texts[name])}${unseen}", f"{texts[name]}{unseen}"
            label = Label(markup, color=color, plain_text=plain)
            busy.append(way)
            end = start + aside + min(1.0, 0.9 * self.box.reach(start, tip - start)) * (tip - start)
            place_beside(label, end, np.concatenate(busy), self.box, 0.22)
            busy.append(along(label.get_left(), label.get_right()))
            drawn.add(VGroup(step, on_chip(label)))
        return drawn

    def grow_others(self, drawn: VGroup) -> list[Animation]:
        """Return the animations that draw the arrows of `others`; the θ^t makes way for them."""
        start = self.path.place(0)
        dodging: Any = self.path.tag.animate.move_to(self.dodged)
        grown = [GrowFromPoint(step, start) for step, _ in drawn]
        return [dodging, *grown, *(FadeIn(label, shift=0.1 * UP) for _, label in drawn)]

    def _grow(self, name: str) -> Animation:
        drawn = self.arrows[name] = self.arrow(name)
        self.add(drawn)
        return GrowFromPoint(drawn, self.path.place(0))

    def _across(self) -> np.ndarray:
        """Return the direction at right angles to the gradient that leads up the screen."""
        way = self._place(self.trajectory.iterates[0] + self.trajectory.gradients[0])
        way = way - self.path.place(0)
        way /= max(float(np.linalg.norm(way)), 1e-9)
        return np.array([-way[1], way[0], 0]) * (1.0 if way[0] >= 0 else -1.0)

    def _busy(self) -> np.ndarray:
        """Return places along the gradient, the turned gradient and its ruler, shape (k, 3)."""
        here = self.path.place(0)
        there = self._place(self.trajectory.iterates[0] + self.trajectory.gradients[0])
        beside = here + RULER_AWAY * self._across()
        return np.concatenate(
            [along(2 * here - there, there), along(beside, beside + here - there)]
        )

    def _place(self, params: np.ndarray) -> np.ndarray:
        """Return the place of parameters, at the loss of the start, shape (3,)."""
        return self.view.locate(params, self.trajectory.losses[0])

    def _tips(self) -> np.ndarray:
        start, gradient = self.trajectory.iterates[0], self.trajectory.gradients[0]
        return np.stack([start + gradient, start - gradient])


def on_chip(label: Label) -> VGroup:
    """Return `label` on a small card, so that it can be read over bright contours."""
    ground = style.palette().background
    chip = BackgroundRectangle(label, color=ground, fill_opacity=1, buff=CHIP)
    return VGroup(chip.set_z_index(style.GEOMETRY + 2), label)
