"""The stage of a descent: the loss as it was sampled, and the way the optimizer took over it.

One parameter is drawn as a curve, two as contours; both take the same steps.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import (
    Animation,
    AnimationGroup,
    Arrow,
    Create,
    Dot,
    FadeIn,
    FadeOut,
    GrowArrow,
    GrowFromPoint,
    Line,
    Mobject,
    MoveAlongPath,
    ReplacementTransform,
    Transform,
    VGroup,
    VMobject,
)

from scenes import style
from scenes.mobjects.landscape import LossContours, LossCurve
from scenes.mobjects.placing import along, place_beside
from scenes.mobjects.plot import STAGE, Box, Plot
from scenes.typeset import Label, symbol

LONGEST_GRADIENT = 1.2
TANGENT = 1.9
SHORTEST_ARROW = 0.02


class DescentStage(VGroup):
    """A loss and one descent over it; `CurveStage` and `ContourStage` draw it.

    Args:
        run: The `lecture.material.Run` that is drawn.
        box: Where on the screen.
        colour: Of the path; the colour of parameters unless given.
    """

    def __init__(self, run: Any, box: Box = STAGE, colour: str | None = None) -> None:
        super().__init__()
        self.run, self.box = run, box
        self.trajectory = run.trajectory
        self.colour = colour or style.palette().parameter
        self.view = int(run.views[0])
        self.plot = self.plot_of(self.view)
        self.ground = self.ground_of(self.view)
        self.mask = self.plot.mask()
        self.trail = self._trail_to(0)
        self.point = self._head(0)
        self.tag = self._tag_of(0)
        self.mark: Mobject | None = None
        self.add(self.ground, self.trail, self.point, self.mask, self.plot, self.tag)

    def plot_of(self, view: int) -> Plot:
        """Return the axes of a view."""
        raise NotImplementedError

    def ground_of(self, view: int) -> VGroup:
        """Return the drawn loss of a view."""
        raise NotImplementedError

    def locate(self, iterate: np.ndarray, loss: float) -> np.ndarray:
        """Return where an iterate with its loss stands, shape (3,)."""
        raise NotImplementedError

    def place(self, t: int) -> np.ndarray:
        """Return where iterate `t` stands, shape (3,)."""
        return self.locate(self.trajectory.iterates[t], self.trajectory.losses[t])

    def gradient_mark(self, t: int) -> Mobject:
        """Return what shows the gradient at step `t`."""
        raise NotImplementedError

    def step_mark(self, t: int) -> Arrow:
        """Return the arrow of the change from step `t` to `t` + 1, to the scale of the axes."""
        raise NotImplementedError

    def way(self, t: int) -> VMobject:
        """Return the line that the point moves along from step `t` to `t` + 1."""
        return VMobject().set_points_as_corners([self.place(t), self.place(t + 1)])

    def show_gradient(self, t: int) -> Animation:
        """Return the animation that draws the gradient at step `t`."""
        self.mark = self.gradient_mark(t)
        return GrowFromPoint(self.mark, self.place(t))

    def turn_into_step(self, t: int) -> Animation:
        """Return the animation that turns the drawn gradient into the change it causes."""
        old, self.mark = self.mark, self.step_mark(t)
        return GrowArrow(self.mark) if old is None else ReplacementTransform(old, self.mark)

    def move(self, t: int) -> AnimationGroup:
        """Return the animation that takes the step from `t` to `t` + 1."""
        footprint = self._dot(t).set_opacity(0.6)
        link = self._link(t)
        self.trail[0].add(link)
        self.trail[1].add(footprint)
        old, self.tag = self.tag, self._tag_of(t + 1)
        self.remove(old)
        self.add(self.tag)
        leaving = [FadeOut(old)] + ([FadeOut(self.mark)] if self.mark is not None else [])
        self.mark = None
        return AnimationGroup(
            MoveAlongPath(self.point, self.way(t)),
            FadeIn(footprint),
            FadeIn(link),
            FadeIn(self.tag),
            *leaving,
        )

    def carry_on(self, iterates: np.ndarray, losses: np.ndarray) -> AnimationGroup:
        """Return the animation that takes the point along many further steps at once.

        Args:
            iterates: From the step where the point stands on, shape (k, n); the way ends
                where it leaves the view for good.
            losses: Their losses, shape (k,).
        """
        places = np.array([self.locate(*pair) for pair in zip(iterates, losses, strict=True)])
        way = VMobject(stroke_color=self.colour, stroke_width=style.LINE)
        way.set_points_as_corners(places).set_z_index(style.GEOMETRY)
        self.add(way)
        gone = [FadeOut(part) for part in (self.tag, self.mark) if part is not None]
        return AnimationGroup(Create(way), MoveAlongPath(self.point, way.copy()), *gone)

    def leaves_view(self, t: int) -> bool:
        """Return whether step `t` needs another view than the one that stands."""
        return int(self.run.views[t]) != self.view

    def widen(self, t: int) -> AnimationGroup:
        """Return the animation to the view that holds step `t`; the point stays at t - 1."""
        before, old_ground, old_trail = self.plot, self.ground, self.trail
        self.view = int(self.run.views[t])
        self.plot = self.plot_of(self.view)
        self.ground = self.ground_of(self.view)
        self.trail = self._trail_to(t - 1)
        arriving = self.ground.copy()
        _hide(_carry(self.ground, self.plot, before))
        head, tag = self._head(t - 1), self._tag_of(t - 1)
        old_tag, self.tag = self.tag, tag
        self.remove(before, old_ground, old_tag)
        self.add(self.ground, self.plot, tag)
        moves: list[Animation] = [
            Transform(old_ground, _hide(_carry(old_ground.copy(), before, self.plot))),
            Transform(self.ground, arriving),
            Transform(self.point, head),
            FadeOut(before),
            FadeIn(self.plot),
            FadeOut(old_tag),
            FadeIn(tag),
        ]
        moves.append(Transform(old_trail, self.trail))
        self.trail = old_trail
        if self.mark is not None:
            moves.append(Transform(self.mark, self.gradient_mark(t - 1)))
        return AnimationGroup(*moves)

    def _trail_to(self, t: int) -> VGroup:
        links = VGroup(*(self._link(k) for k in range(t)))
        dots = VGroup(*(self._dot(k).set_opacity(0.6) for k in range(t)))
        return VGroup(links, dots)

    def _link(self, t: int) -> Line:
        link = Line(self.place(t), self.place(t + 1), stroke_width=style.LINE, color=self.colour)
        return link.set_stroke(opacity=0.55).set_z_index(style.GEOMETRY)

    def _dot(self, t: int) -> Dot:
        return Dot(self.place(t), radius=style.DOT, color=self.colour).set_z_index(style.GEOMETRY)

    def _head(self, t: int) -> VGroup:
        halo = Dot(self.place(t), radius=2 * style.POINT, color=self.colour).set_opacity(0.22)
        core = Dot(self.place(t), radius=style.POINT, color=self.colour)
        return VGroup(halo, core).set_z_index(style.GEOMETRY + 2)

    def _tag_of(self, t: int) -> Label:
        tag = Label(f"$theta^{t}$" if t < 10 else f"$theta^({t})$", style.TEXT, self.colour)
        return place_beside(tag, self.place(t), self.obstacles(t), self.box, buff=0.24)

    def obstacles(self, t: int) -> np.ndarray:
        """Return what the tag of step `t` keeps clear of, shape (k, 3)."""
        steps = range(max(0, t - 2), min(t + 1, self.trajectory.steps))
        ways = [along(self.place(k), self.place(k + 1)) for k in steps]
        mark = self.gradient_mark(t)
        ways.append(along(mark.get_start(), mark.get_end()))
        return np.concatenate(ways)


class ContourStage(DescentStage):
    """Two parameters: contours of the loss, and arrows over them."""

    def plot_of(self, view: int) -> Plot:
        """Return the axes of a view."""
        x, y = self.trajectory.names
        window = self.run.landscapes[view].window
        return Plot(window, self.box, x_name=f"${symbol(x)}$", y_name=f"${symbol(y)}$")

    def ground_of(self, view: int) -> VGroup:
        """Return the contours of a view."""
        return LossContours(self.plot, self.run.landscapes[view])

    def locate(self, iterate: np.ndarray, loss: float) -> np.ndarray:
        """Return where an iterate stands, shape (3,); its loss is read off the contours."""
        return self.plot.place(*iterate)

    def gradient_mark(self, t: int) -> Mobject:
        """Return the arrow uphill; lengths are to one scale within a view."""
        here = self.place(t)
        return _arrow(here, here + self._gradient_scale() * self._on_screen(t), "gradient")

    def step_mark(self, t: int) -> Arrow:
        """Return the arrow from iterate `t` to the next."""
        return _arrow(self.place(t), self.place(t + 1), "learning_rate")

    def _on_screen(self, t: int) -> np.ndarray:
        units = self.box.width / (self.plot.x_high - self.plot.x_low)
        return units * np.array([*self.trajectory.gradients[t], 0.0])

    def _gradient_scale(self) -> float:
        shown = np.flatnonzero(self.run.views == self.view)
        longest = max((float(np.linalg.norm(self._on_screen(t))) for t in shown), default=0.0)
        return LONGEST_GRADIENT / longest if longest > 0 else 0.0


class CurveStage(DescentStage):
    """One parameter: the curve of the loss, its tangent, and steps along the axis."""

    def plot_of(self, view: int) -> Plot:
        """Return the axes of a view."""
        landscape = self.run.landscapes[view]
        values = landscape.values[np.isfinite(landscape.values)]
        low, high = float(values.min()), float(values.max())
        room = 0.06 * (high - low or 1.0)
        window = (landscape.window[0], (low - room, high + room))
        name = symbol(self.trajectory.names[0])
        return Plot(window, self.box, x_name=f"${name}$", y_name="loss $Theta$")

    def ground_of(self, view: int) -> VGroup:
        """Return the curve of a view."""
        return LossCurve(self.plot, self.run.landscapes[view])

    def locate(self, iterate: np.ndarray, loss: float) -> np.ndarray:
        """Return where an iterate stands on the curve, shape (3,)."""
        return self.plot.place(iterate[0], loss)

    def gradient_mark(self, t: int) -> Mobject:
        """Return the tangent, whose slope is the gradient."""
        x, loss = self.trajectory.iterates[t, 0], self.trajectory.losses[t]
        slope = self.trajectory.gradients[t, 0]
        reach = self.plot.place(x + 1.0, loss + slope) - self.plot.place(x, loss)
        half = TANGENT / 2 * reach / max(float(np.linalg.norm(reach)), 1e-9)
        here = self.place(t)
        tangent = Line(here - half, here + half, stroke_width=style.BOLD)
        return tangent.set_color(style.palette().gradient).set_z_index(style.GEOMETRY + 1)

    def step_mark(self, t: int) -> Arrow:
        """Return the arrow along the axis from iterate `t` to the next."""
        return _arrow(self.place(t), self._corner(t), "learning_rate")

    def way(self, t: int) -> VMobject:
        """Return the way of the step: along the arrow, then down or up to the curve."""
        corners = [self.place(t), self._corner(t), self.place(t + 1)]
        return VMobject().set_points_as_corners(corners)

    def obstacles(self, t: int) -> np.ndarray:
        """Return what the tag keeps clear of: the ways and the curve itself."""
        landscape = self.run.landscapes[self.view]
        curve = self.plot.places(landscape.axes[0][::4], landscape.values[::4])
        return np.concatenate([super().obstacles(t), curve])

    def _corner(self, t: int) -> np.ndarray:
        return self.plot.place(self.trajectory.iterates[t + 1, 0], self.trajectory.losses[t])


def stage_for(run: Any, box: Box = STAGE, colour: str | None = None) -> DescentStage:
    """Return the stage that fits the number of parameters of `run`."""
    kind = CurveStage if len(run.trajectory.names) == 1 else ContourStage
    return kind(run, box, colour)


def _arrow(start: np.ndarray, end: np.ndarray, role: str) -> Arrow:
    if np.linalg.norm(end - start) < SHORTEST_ARROW:
        end = start + SHORTEST_ARROW * np.array([1.0, 0.0, 0.0])
    arrow = Arrow(
        start,
        end,
        buff=0,
        stroke_width=style.BOLD,
        max_tip_length_to_length_ratio=0.3,
        tip_length=0.2,
        color=getattr(style.palette(), role),
    )
    return arrow.set_z_index(style.GEOMETRY + 1)


def _hide(drawn: VGroup) -> VGroup:
    return drawn.set_stroke(opacity=0).set_fill(opacity=0)


def _carry(drawn: VGroup, source: Plot, target: Plot) -> VGroup:
    """Move what is drawn on the axes `source` to where the axes `target` have it."""
    zero = target.place(source.x_low, source.y_low)
    one = target.place(source.x_high, source.y_high)
    box = source.box
    factors = np.array([(one[0] - zero[0]) / box.width, (one[1] - zero[1]) / box.height, 1.0])
    corner = np.array([box.left, box.bottom, 0.0])
    for line in drawn.family_members_with_points():
        line.points = zero + (line.points - corner) * factors
    return drawn
