"""The main panel of a descent: a loss, the path over it, and the gradient of each step."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import (
    RIGHT,
    Animation,
    AnimationGroup,
    Group,
    GrowFromPoint,
    Mobject,
    Transform,
    VGroup,
    smooth,
    squish_rate_func,
)

from scenes.facts.gradients import is_zero
from scenes.fading import FadeIn, FadeOut
from scenes.mobjects.arrows import TurnIntoStep, arrow, common_scale, scale_label
from scenes.mobjects.boxes import FRAME, MAIN, Box
from scenes.mobjects.descent.iterate_path import HALO, IteratePath
from scenes.mobjects.descent.loss_view import CurveView, loss_view
from scenes.mobjects.label_placement import along
from scenes.typesetting.labels import Label

PALE = 0.45
NOTE_RISE = 0.36  # of the scale of the gradients, above the panel


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
        self.note: Label | None = None
        self.left_marks: list[tuple[int, Mobject]] = []
        self._kept_clear = np.empty((0, 3))
        self.path.keep_tag_clear(self._mark_places(self.path.t))
        self.add(self.view, self.path)

    def show_gradient(self) -> Animation:
        """Return the animation that draws the gradient at the point, and says its scale.

        The scale of an arrow that the point hides is not said.
        """
        self.mark = self.gradient_mark(self.path.t)
        moves: list[Animation] = [GrowFromPoint(self.mark, self.path.place(self.path.t))]
        length = np.linalg.norm(self.mark.get_end() - self.mark.get_start())
        old, is_seen = self.note, length > HALO
        if is_seen and old is None:
            self.note = self.scale_note()
            moves += [] if self.note is None else [FadeIn(self.note)]
        elif old is not None and not is_seen:
            self.note = None
            moves.append(FadeOut(old))
        return AnimationGroup(*moves) if len(moves) > 1 else moves[0]

    def scale_note(self) -> Label | None:
        """Return "gradient × 1/9", the scale of the arrows; None where it is that of the axes."""
        scale = self.gradient_scale()
        if isinstance(self.view, CurveView) or scale in (0.0, 1.0):
            return None
        what = "gradient" if self.run.projection is None else "gradient on the plane"
        note = scale_label(scale, what)
        return note.move_to((self.box.right, self.box.top + NOTE_RISE, 0), RIGHT)

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

        The minus turns the arrow round the point, then the learning rate gives it its length. The
        tangent of a curve stays beside the step, pale, and so does a gradient where more than it
        made the change.
        """
        t, old = self.path.t, self.mark
        step = self.mark = self.step_mark(t)
        is_turned = self.follows[t] and not isinstance(self.view, CurveView)
        if old is not None and is_turned and not is_zero(self.run, t):
            self.mark = old
            return TurnIntoStep(old, step, self.path.place(t))
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
        return moves + self._rewrite_note()

    def _rewrite_note(self) -> list[Animation]:
        """Return the animations that put the scale of this view in the place of the last one."""
        old, new = self.note, None if self.note is None else self.scale_note()
        if old is None or (new is not None and new.plain_text == old.plain_text):
            return []
        self.note = new
        arriving = [] if new is None else [FadeIn(new, rate_func=squish_rate_func(smooth, 0.7))]
        return [FadeOut(old, rate_func=squish_rate_func(smooth, 0, 0.35)), *arriving]

    def gradient_mark(self, t: int) -> Mobject:
        """Return the gradient of step `t` as an arrow uphill, or as the tangent of a curve.

        Within a view, all arrows have one scale, and one of rounding noise has no length; the
        tangent has the slope itself.
        """
        here = self.path.place(t)
        if isinstance(self.view, CurveView):
            run, slope = self.trajectory, float(self.trajectory.gradients[t, 0])
            return self.view.tangent(run.iterates[t], run.losses[t], slope)
        way = self._on_screen(t) * (not is_zero(self.run, t))
        return arrow(here, here + self.gradient_scale() * way, "gradient")

    def step_mark(self, t: int) -> Any:
        """Return the arrow of the change in step `t`, in the scale of the axes."""
        return arrow(self.path.place(t), self.path.corner(t), "learning_rate")

    def _on_screen(self, t: int) -> np.ndarray:
        return self.view.plot.way(self.trajectory.gradients[t])

    def gradient_scale(self) -> float:
        """Return how long a gradient is drawn in this view, as a share of its true length.

        It is a number that can be said, such as 1/9; 0 where there is no gradient to draw.
        """
        shown = np.flatnonzero(self.run.views <= self.view.view).tolist()
        kept = [t for t in shown if not is_zero(self.run, t)]
        return common_scale([(self.path.place(t), self._on_screen(t)) for t in kept], self.box)

    def keep_clear(self, places: np.ndarray) -> None:
        """Keep the θ^t away from places, shape (k, 3), from now on."""
        self._kept_clear = places
        self.path.keep_tag_clear(self._mark_places(self.path.t))

    def _mark_places(self, t: int) -> np.ndarray:
        mark = self.gradient_mark(t)
        return np.concatenate([along(mark.get_start(), mark.get_end()), self._kept_clear])
