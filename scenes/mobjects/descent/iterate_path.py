"""The path of an optimizer over a loss: the iterates so far, and the present one."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import (
    Animation,
    Create,
    Dot,
    Line,
    MoveAlongPath,
    Transform,
    VGroup,
    VMobject,
)

from descent.runs.projected import ProjectedTrajectory
from scenes import style
from scenes.fading import FadeIn, FadeOut
from scenes.mobjects.descent.loss_view import CurveView, LossView
from scenes.mobjects.label_placement import along, place_beside
from scenes.typesetting.labels import Label

FOOTPRINT = 0.6
TRAIL = 0.55
HALO = 2 * style.POINT  # radius, of what surrounds the point
OUTLINE = 5.0  # stroke width around the letters of θ^t, which keeps lines of the map off them


class IteratePath(VGroup):
    """The iterates of a trajectory up to the present step.

    Args:
        trajectory: The `descent.Trajectory`.
        view: The `LossView` under it.
        color: Of the path; by default the colour of parameters.
        tagged: Whether θ^t is written beside the point.
        start: The first present step.
    """

    def __init__(
        self,
        trajectory: Any,
        view: LossView,
        color: str | None = None,
        *,
        tagged: bool = True,
        start: int = 0,
    ) -> None:
        super().__init__()
        self.trajectory, self.view = trajectory, view
        self.path_color = color or style.palette().parameter
        # The ground of a network's loss may be as bright as anywhere where its path begins.
        is_projected = isinstance(trajectory, ProjectedTrajectory)
        self.tag_color = style.palette().ink if is_projected else self.path_color
        self.tagged = tagged
        self.t = start
        self.trail = self._trail()
        self.point = self.head()
        self.tag = self._tag()
        self.add(self.trail, self.point, self.tag)

    def place(self, t: int) -> np.ndarray:
        """Return the place of iterate `t`, shape (3,)."""
        return self.view.locate(self.trajectory.iterates[t], self.trajectory.losses[t])

    def corner(self, t: int) -> np.ndarray:
        """Return where the change of the parameters in step `t` leads, shape (3,).

        Over contours that is the next iterate; along a curve it is still at the loss of step `t`.
        """
        return self.view.locate(self.trajectory.iterates[t + 1], self.trajectory.losses[t])

    def move(self, *clear_of: np.ndarray) -> list[Animation]:
        """Return the animations of the next step.

        Args:
            *clear_of: Places that the tag keeps away from, each of shape (k, 3).
        """
        t = self.t
        ends = self.point[-1].get_center(), self.place(t + 1)
        way = VMobject().set_points_as_corners([ends[0], self.corner(t), ends[1]])
        links, dots = self.trail
        link, footprints = self._link(t), [self._dot(t)] * (t > 0)
        links.add(link)
        dots.add(*footprints)
        self.t = t + 1
        return [
            MoveAlongPath(self.point, way),
            *map(FadeIn, footprints),
            Create(link),
            *self._retag(*clear_of),
        ]

    def follow(self, *clear_of: np.ndarray) -> list[Any]:
        """Return the animations that keep the path in place while its view widens."""
        moves: list[Any] = [Transform(self.trail, self._trail())]
        moves.append(Transform(self.point, self.head()))
        if self.tagged:
            moves.append(self.tag.animate.move_to(self._tag(*clear_of)))
        return moves

    def dodge(self, *clear_of: np.ndarray) -> Label | VGroup:
        """Return the θ^t where it is clear of places too, each of shape (k, 3)."""
        return self._tag(*clear_of)

    def keep_tag_clear(self, *of: np.ndarray) -> None:
        """Move the θ^t away from places, each of shape (k, 3), too."""
        if self.tagged:
            self.tag.move_to(self._tag(*of))

    def untag(self) -> None:
        """Remove the θ^t."""
        self.remove(self.tag)
        self.tagged, self.tag = False, VGroup()

    def _retag(self, *clear_of: np.ndarray) -> list[Animation]:
        if not self.tagged:
            return []
        old, self.tag = self.tag, self._tag(*clear_of)
        self.remove(old)
        self.add(self.tag)
        return [FadeOut(old), FadeIn(self.tag)]

    def _trail(self) -> VGroup:
        links = VGroup(*(self._link(k) for k in range(self.t)))
        return VGroup(links, VGroup(*(self._dot(k) for k in range(max(1, self.t)))))

    def _link(self, t: int) -> Line:
        ends = self.place(t), self.place(t + 1)
        link = Line(*ends, stroke_width=style.LINE, color=self.path_color)
        return link.set_stroke(opacity=TRAIL).set_z_index(style.GEOMETRY)

    def _dot(self, t: int) -> Dot:
        dot = Dot(self.place(t), radius=style.DOT, color=self.path_color)
        return dot.set_opacity(FOOTPRINT).set_z_index(style.GEOMETRY)

    def head(self, t: int | None = None) -> VGroup:
        """Return the point at step `t`, by default the present one."""
        here = self.place(self.t if t is None else t)
        core = Dot(here, radius=style.POINT, color=self.path_color)
        halo = Dot(here, radius=HALO, color=self.path_color).set_opacity(0.22)
        return VGroup(halo, core).set_z_index(style.GEOMETRY + 2)

    def _tag(self, *clear_of: np.ndarray) -> Label | VGroup:
        if not self.tagged:
            return VGroup()
        tag = Label(f"$theta^({self.t})$", style.TEXT, self.tag_color, plain_text=f"θ^{self.t}")
        tag.set_stroke(style.palette().background, OUTLINE, background=True)
        obstacles = np.concatenate([self._near(), *clear_of])
        place_beside(tag, self.place(self.t), obstacles, self.view.box, buff=0.24)
        return tag

    def _near(self) -> np.ndarray:
        steps = range(max(0, self.t - 2), min(self.t + 1, self.trajectory.steps))
        ways = [along(self.place(k), self.place(k + 1)) for k in steps]
        if isinstance(self.view, CurveView):
            ways.append(self.view.curve())
        return np.concatenate(ways) if ways else np.empty((0, 3))
