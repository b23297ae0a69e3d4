"""The trail of one run of several over a loss."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import Animation, Create, DashedLine, Dot, Line, Transform, VGroup

from scenes import style
from scenes.fading import FadeIn
from scenes.mobjects.descent.loss_view import LossView

TRAIL, FOOTPRINT = 0.6, 0.7
DASHED = ("very_large",)  # runs that lie on the others for a while


def kind_of_line(name: str) -> type[Line]:
    """Return how the steps of the run of a rate are drawn, wherever they are."""
    return DashedLine if name in DASHED else Line


class Runner(VGroup):
    """The trail of a run so far; it knows its present place.

    Args:
        trajectory: The `descent.Trajectory`.
        view: The `LossView` under it.
        color: Of its steps.
        kind: Of the lines of its steps.
    """

    def __init__(self, trajectory: Any, view: LossView, color: str, kind: type[Line]) -> None:
        super().__init__()
        self.trajectory, self.view = trajectory, view
        self.run_color, self.kind = color, kind
        self.t = 0
        self.trail = self._trail()
        self.add(self.trail)

    def place(self, t: int | None = None) -> np.ndarray:
        """Return the place of an iterate, by default the present one, shape (3,)."""
        t = self.t if t is None else t
        return self.view.locate(self.trajectory.iterates[t], self.trajectory.losses[t])

    def step(self) -> list[Animation]:
        """Return the animations that draw the next step, if there is one."""
        if self.t == self.trajectory.steps:
            return []
        link, dot = self._link(self.t), self._dot(self.t)
        self.t += 1
        self.trail.add(link, dot)
        return [Create(link), FadeIn(dot)]

    def follow(self) -> Animation:
        """Return the animation that keeps the trail in its place while the view changes."""
        return Transform(self.trail, self._trail())

    def _trail(self) -> VGroup:
        return VGroup(*(mark for t in range(self.t) for mark in (self._link(t), self._dot(t))))

    def _link(self, t: int) -> Line:
        ends = self.place(t), self.place(t + 1)
        link = self.kind(*ends, stroke_width=style.LINE, color=self.run_color)
        return link.set_stroke(opacity=TRAIL).set_z_index(style.GEOMETRY + 1)

    def _dot(self, t: int) -> Dot:
        dot = Dot(self.place(t), radius=style.DOT, color=self.run_color)
        return dot.set_opacity(FOOTPRINT).set_z_index(style.GEOMETRY + 1)
