"""The main panel of a descent: a loss, the path over it, and the gradient of each step."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import (
    Animation,
    AnimationGroup,
    Arrow,
    Group,
    GrowFromPoint,
    Line,
    Mobject,
    ReplacementTransform,
    Transform,
    VGroup,
)

from scenes import style
from scenes.fading import FadeOut
from scenes.mobjects.boxes import FRAME, MAIN, Box
from scenes.mobjects.descent.iterate_path import IteratePath
from scenes.mobjects.descent.loss_view import CurveView, loss_view
from scenes.mobjects.label_placement import along

LONGEST_GRADIENT = 1.05
TANGENT = 1.9
SHORTEST_ARROW = 0.02
PALE = 0.45


class LossPanel(VGroup):
    """A loss and one descent over it.

    Args:
        run: The `understanding_gradients.lecture.recordings.Run`.
        box: Where on the screen.
        color: Of the path; by default the colour of parameters.
        view: The first of the run's views to be shown; by default that of the start.
        frame: The part of the screen that is covered around the box.
    """

    def __init__(
        self,
        run: Any,
        box: Box = MAIN,
        color: str | None = None,
        view: int | None = None,
        frame: Box = FRAME,
    ) -> None:
        super().__init__()
        self.run, self.box, self.trajectory = run, box, run.trajectory
        self.follows = run.trajectory.follows_update_rule
        view = int(run.views[0]) if view is None else view
        self.view = loss_view(run.landscapes, run.trajectory.names, box, view, frame)
        self.path = IteratePath(run.trajectory, self.view, color)
        self.mark: Mobject | None = None
        self.left_marks: list[tuple[int, Mobject]] = []
        self.path.keep_tag_clear(self._mark_places(self.path.t))
        self.add(self.view, self.path)

    def show_gradient(self) -> Animation:
        """Return the animation that draws the gradient at the point."""
        self.mark = self.gradient_mark(self.path.t)
        return GrowFromPoint(self.mark, self.path.place(self.path.t))

    def leave_gradient(self) -> Mobject:
        """Return a pale copy of the gradient at the point, which stays there."""
        mark = self.gradient_mark(self.path.t).set_opacity(PALE)
        self.left_marks.append((self.path.t, mark))
        return mark

    def keep_mark(self) -> None:
        """Keep the drawn arrow when the next step is taken."""
        self.mark = None

    def turn_into_step(self) -> Animation:
        """Return the animation that turns the gradient into the change of the parameters.

        Where more than this gradient made the change, the gradient stays beside it, pale.
        """
        t, old = self.path.t, self.mark
        step = self.mark = self.step_mark(t)
        if old is not None and self.follows[t]:
            return ReplacementTransform(old, step)
        growing = GrowFromPoint(step, self.path.place(t))
        if old is None:
            return growing
        self.mark = Group(old, step)
        return AnimationGroup(Transform(old, old.copy().set_opacity(PALE)), growing)

    def move(self) -> list[Animation]:
        """Return the animations of the next step."""
        leaving = [FadeOut(self.mark)] if self.mark is not None else []
        self.mark = None
        return [*self.path.move(self._mark_places(self.path.t + 1)), *leaving]

    def view_of(self, t: int) -> int:
        """Return the view that holds iterate `t` or, after the last shown, the whole run."""
        views = self.run.views
        return int(views[t]) if t < len(views) else len(self.run.landscapes) - 1

    def leaves_view(self, t: int) -> bool:
        """Return whether iterate `t` needs another view than the present one."""
        return self.view_of(t) != self.view.view

    def widen(self, t: int) -> list[Animation]:
        """Return the animations to the view that holds iterate `t`; nothing else moves."""
        moves = self.view.widen(self.view_of(t))
        moves += self.path.follow(self._mark_places(self.path.t))
        if self.mark is not None:
            moves.append(Transform(self.mark, self.gradient_mark(self.path.t)))
        for left, mark in self.left_marks:
            moves.append(Transform(mark, self.gradient_mark(left).set_opacity(PALE)))
        return moves

    def fast_forward(self, further: Any) -> list[Animation]:
        """Return the animations of the steps of `further` after the present one."""
        leaving = [FadeOut(self.mark)] if self.mark is not None else []
        t = self.path.t
        return [*self.path.fast_forward(further.iterates[t:], further.losses[t:]), *leaving]

    def gradient_mark(self, t: int) -> Mobject:
        """Return the gradient of step `t` as an arrow uphill, or as the tangent of a curve.

        Within a view, all arrows have one scale; the tangent has the slope itself.
        """
        here = self.path.place(t)
        if isinstance(self.view, CurveView):
            return self._tangent(t, here)
        return arrow(here, here + self._gradient_scale() * self._on_screen(t), "gradient")

    def step_mark(self, t: int) -> Arrow:
        """Return the arrow of the change in step `t`, in the scale of the axes."""
        return arrow(self.path.place(t), self.path.corner(t), "learning_rate")

    def _tangent(self, t: int, here: np.ndarray) -> Line:
        iterate, loss = self.trajectory.iterates[t], self.trajectory.losses[t]
        slope = float(self.trajectory.gradients[t, 0])
        reach = self.view.locate(iterate + self._one(), loss + slope * self._one()) - here
        half = TANGENT / 2 * reach / max(float(np.linalg.norm(reach)), 1e-9)
        tangent = Line(here - half, here + half, stroke_width=style.BOLD)
        return tangent.set_color(style.palette().gradient).set_z_index(style.GEOMETRY + 1)

    def _one(self) -> float:
        """Return a short distance along the axis, in units of the parameter."""
        return 0.01 * (self.view.plot.x_high - self.view.plot.x_low)

    def _on_screen(self, t: int) -> np.ndarray:
        units = self.box.width / (self.view.plot.x_high - self.view.plot.x_low)
        return units * np.array([*self.trajectory.gradients[t], 0.0])

    def _gradient_scale(self) -> float:
        shown = np.flatnonzero(self.run.views == self.view.view).tolist()
        ways = {t: self._on_screen(t) for t in shown}
        longest = max((float(np.linalg.norm(way)) for way in ways.values()), default=0.0)
        if not longest > 0:
            return 0.0
        # The edge of the panel cuts off no tip.
        edge = min(self.box.reach(self.path.place(t), way) for t, way in ways.items())
        return min(LONGEST_GRADIENT / longest, edge)

    def _mark_places(self, t: int) -> np.ndarray:
        mark = self.gradient_mark(t)
        return along(mark.get_start(), mark.get_end())


def arrow(start: np.ndarray, end: np.ndarray, role: str) -> Arrow:
    """Return an arrow in the colour of `role`; one too short to be visible becomes a speck."""
    if np.linalg.norm(end - start) < SHORTEST_ARROW:
        end = start + SHORTEST_ARROW * np.array([1.0, 0.0, 0.0])
    drawn = Arrow(
        start,
        end,
        buff=0,
        stroke_width=style.BOLD,
        max_tip_length_to_length_ratio=0.3,
        tip_length=0.2,
        color=getattr(style.palette(), role),
    )
    return drawn.set_z_index(style.GEOMETRY + 1)
