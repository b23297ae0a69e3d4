"""A lens that goes along with a run whose steps are too short to be seen."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import DOWN, UP, Animation, Dot, GrowFromPoint, Line, UpdateFromAlphaFunc, VGroup

from scenes import style
from scenes.mobjects.arrows import arrow
from scenes.mobjects.boxes import Box
from scenes.mobjects.label_placement import along
from scenes.mobjects.lens import RADIUS, Lens, factor_label, is_hidden, magnification

LEAST = 1e-6  # scene units: a shorter step is rounding
AWAY = 0.14  # from the edges of the panel
LABEL_AWAY = 0.72  # from the middle
BEGINNING = 0.3  # of the lines from the point to the lens


class StepLens(Lens):
    """The surroundings of the present point of a run, enlarged; the point stays in the middle.

    Args:
        panel: The `LossPanel` of the run, all of whose steps are in one view.
    """

    def __init__(self, panel: Any) -> None:
        path, steps = panel.path, panel.trajectory.steps
        self.places = [path.place(t) for t in range(steps + 1)]
        self.path_color = path.path_color
        factor = magnification(max(lengths(self.places)))
        centre = _corner(panel.box, self.places[0])
        super().__init__(panel.view, self.places[0], factor, centre, self.path_color)
        self.trail, self.arrow, self.rays = VGroup(), VGroup(), VGroup()
        # The trail is on the side from which the run comes.
        ahead = UP if self.places[-1][1] > self.places[0][1] + LEAST else DOWN
        label = factor_label(factor).move_to(centre + LABEL_AWAY * ahead)
        self.add(self.rays, self.trail, self.arrow, label)
        self.look_at(self.places[0], 0)

    def places_of_rays(self) -> np.ndarray:
        """Return places along the lines to the lens, as far as a label at the point reaches."""
        ends = [(ray.get_start(), ray.point_from_proportion(BEGINNING)) for ray in self.rays]
        return np.concatenate([along(*pair) for pair in ends])

    def grow(self, t: int) -> Animation:
        """Return the animation that draws step `t`."""
        way = self.factor * (self.places[t + 1] - self.places[t])
        self.remove(self.arrow)
        self.arrow = arrow(self.centre, self.centre + way, "learning_rate")
        self.add(self.arrow.set_z_index(style.FRONT + 1))
        return GrowFromPoint(self.arrow, self.centre)

    def move(self, t: int) -> Animation:
        """Return the animation of step `t`: all but the point moves the other way."""
        start, end = self.places[t : t + 2]
        still = self.arrow.copy()

        def follow(lens: Any, part: float) -> None:
            here = start + part * (end - start)
            lens.look_at(here, t)
            lens.arrow.become(still).shift(lens.factor * (start - here)).set_opacity(1 - part)

        return UpdateFromAlphaFunc(self, follow)

    def look_at(self, here: np.ndarray, t: int) -> None:
        """Show the surroundings of a place behind iterate `t`, and the way that led there."""
        self.lines.submobjects = self.parts(self.drawn, here, style.palette().loss, 0.6)
        way = np.array([*self.places[: t + 1], here])
        self.rays.submobjects = _rays(here, self.centre)
        links = self.parts([way], here, self.path_color, 0.7)
        enlarged = self.centre + self.factor * (way[:-1] - here)
        near = enlarged[np.linalg.norm(enlarged - self.centre, axis=1) < RADIUS - style.DOT]
        dots = [Dot(place, radius=style.DOT, color=self.path_color) for place in near]
        self.trail.submobjects = [*links, *(dot.set_z_index(style.FRONT) for dot in dots)]


def needs_step_lens(panel: Any) -> bool:
    """Return whether every shown step of a run is hidden by its point, but for rounding none is."""
    views = panel.run.views
    if not panel.trajectory.steps or views.min() != views.max():
        return False
    steps = np.diff([panel.path.place(t) for t in range(panel.trajectory.steps + 1)], axis=0)
    return all(map(is_hidden, steps)) and min(np.linalg.norm(steps, axis=1)) > LEAST


def lengths(places: list[np.ndarray]) -> list[float]:
    """Return how long the ways between places are."""
    return np.linalg.norm(np.diff(places, axis=0), axis=1).tolist()


def _corner(box: Box, point: np.ndarray) -> np.ndarray:
    """Return the middle of a lens in the corner of a panel that is farthest from its point."""
    room = RADIUS + AWAY
    xs, ys = (box.right - room, box.left + room), (box.bottom + room, box.top - room)
    corners = [np.array([x, y, 0.0]) for x in xs for y in ys]
    return max(corners, key=lambda corner: round(float(np.linalg.norm(corner - point)), 6))


def _rays(point: np.ndarray, centre: np.ndarray) -> list[Any]:
    """Return the two lines from a point that touch the rim of a lens."""
    way = centre - point
    apart = float(np.linalg.norm(way))
    angle = np.arccos(min(1.0, RADIUS / apart))
    back = np.arctan2(-way[1], -way[0])
    rims = (
        centre + RADIUS * np.array([np.cos(a), np.sin(a), 0]) for a in (back - angle, back + angle)
    )
    color = style.palette().muted
    rays = (Line(point, rim, stroke_width=style.HAIRLINE, color=color) for rim in rims)
    return [ray.set_z_index(style.GEOMETRY) for ray in rays]
