"""A loss seen from above with one point on it, and gradients as arrows in a scale that is told."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from manim import RIGHT, UP, Animation, Arrow, Line, VGroup

from scenes.facts.gradients import is_zero
from scenes.fading import FadeIn
from scenes.mobjects.arrows import arrow, common_scale, scale_label
from scenes.mobjects.boxes import MAIN, Box
from scenes.mobjects.descent.iterate_path import IteratePath
from scenes.mobjects.descent.loss_view import CurveView, loss_view
from scenes.mobjects.lens import needs_lens, seen_circle
from scenes.typesetting.labels import Label

DOWNHILL = 0.45


class GradientMap(VGroup):
    """The loss of a run, the point of one of its steps, and the gradients of its steps.

    Over two parameters a gradient is an arrow, drawn so many times as long as it is in the units
    of the axes; along one it is the tangent of the curve.

    Args:
        run: The `understanding_gradients.lecture.recordings.Run`.
        is_tagged: Whether a θ^t can be shown beside the point.
        box: Where on the screen.
        start: The step that the path has come to.
    """

    def __init__(self, run: Any, is_tagged: bool = False, box: Box = MAIN, start: int = 0) -> None:
        super().__init__()
        self.run, self.trajectory, self.box = run, run.trajectory, box
        self.view = loss_view(run.landscapes, self.trajectory.names, box, int(run.views[start]))
        self.path = IteratePath(self.trajectory, self.view, tagged=is_tagged, start=start)
        self.path.remove(self.path.tag)
        self.scale_of_arrows = self._scale()
        self.add(self.view, self.path)

    @property
    def is_curve(self) -> bool:
        """Whether the loss has one parameter."""
        return isinstance(self.view, CurveView)

    def show_tag(self) -> Animation:
        """Return the animation that writes θ^t beside the point."""
        self.path.keep_tag_clear(*self._mark_places(self.path.t))
        self.path.add(self.path.tag)
        return FadeIn(self.path.tag)

    def move(self) -> list[Animation]:
        """Return the animations of the next step."""
        return self.path.move(*self._mark_places(self.path.t + 1))

    def widen(self, t: int) -> list[Animation]:
        """Return the animations to the view that holds iterate `t`; arrows get its scale."""
        moves = self.view.widen(int(self.run.views[t]))
        self.scale_of_arrows = self._scale()
        return moves + self.path.follow(*self._mark_places(self.path.t))

    def leaves_view(self, t: int) -> bool:
        """Return whether iterate `t` needs another view than the present one."""
        return int(self.run.views[t]) != self.view.view

    def uphill(self, t: int) -> Arrow | Line | None:
        """Return the gradient of step `t`; None where it is zero."""
        gradient = self.trajectory.gradients[t]
        if is_zero(self.run, t):
            return None
        here = self.path.place(t)
        if isinstance(self.view, CurveView):
            run = self.trajectory
            return self.view.tangent(run.iterates[t], run.losses[t], float(gradient[0]))
        return arrow(here, here + self.drawn(gradient), "gradient")

    def downhill(self, t: int) -> Arrow | None:
        """Return the opposite of the gradient of step `t`, pale; None where it is zero."""
        if self.is_curve or self.uphill(t) is None:
            return None
        here, way = self.path.place(t), self.drawn(self.trajectory.gradients[t])
        way = min(1.0, 0.98 * self.box.reach(here, -way)) * way
        return arrow(here, here - way, "learning_rate").set_opacity(DOWNHILL)

    def drawn(self, gradient: np.ndarray) -> np.ndarray:
        """Return a gradient as it is drawn on the screen, shape (3,)."""
        return self.scale_of_arrows * self.view.plot.way(gradient)

    def scale_label(self) -> Label:
        """Return how long arrows are drawn, to be put above the upper right corner."""
        return above_corner(scale_label(self.scale_of_arrows), self.box)

    def _scale(self) -> float:
        """Return the scale of arrows, such that those of this view are neither long nor cut off."""
        if self.is_curve:
            return 1.0
        gradients = self.trajectory.gradients
        shown = np.flatnonzero(self.run.views == self.view.view).tolist()
        ways = [(self.path.place(t), self.view.plot.way(gradients[t])) for t in shown]
        kept = [one for one in ways if 0 < np.linalg.norm(one[1]) < math.inf]
        return common_scale(kept, self.box) if kept else 1.0

    def _mark_places(self, t: int) -> list[np.ndarray]:
        """Return places along the gradient of step `t`, and on what its lens shows."""
        mark = self.uphill(t)
        if mark is None:
            return []
        seen = [np.array(seen_circle(self, t).get_anchors())] if needs_lens(self, t) else []
        return [np.linspace(mark.get_start(), mark.get_end(), 12), *seen]


def above_corner(label: Label, box: Box) -> Label:
    """Put a label above the upper right corner of a panel, and return it."""
    label.next_to((box.right, box.top, 0), UP, buff=0.2)
    return label.align_to((box.right, 0, 0), RIGHT)
