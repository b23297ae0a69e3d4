"""A slice of the loss as a curve, with descents of one parameter on it."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import Animation, Arrow, DashedLine, Dot, Line, MoveAlongPath, VGroup, VMobject

from scenes import style
from scenes.facts.slices import sample_at, start_of
from scenes.mobjects.boxes import Box
from scenes.mobjects.label_placement import along, place_beside
from scenes.mobjects.plot import Plot
from scenes.typesetting.labels import Label

BOX = Box(style.MAIN_LEFT, style.MAIN_BOTTOM, style.MAIN_RIGHT, 1.7)
TANGENT = 2.2
BALLS = (0.15, 0.14, 0.13, 0.115, 0.1)  # radii: of balls at one place each can be seen
APART = 0.33  # between balls that wait above their start
ROOM = 0.07
ROLES = ("muted", "parameter", "just_right", "learning_rate", "very_large")


class SlicePlot(VGroup):
    """The height of the loss over the distance from its lowest place on a line.

    Args:
        one: The `understanding_gradients.lecture.recordings.Slice`, with descents.
    """

    def __init__(self, one: Any) -> None:
        super().__init__()
        self.one = one
        highest = float(one.heights.max())
        window = (one.distances[[0, -1]].tolist(), (-ROOM * highest, highest))
        name = "height $h$ above the lowest place, over the distance $d$ from it"
        self.plot = Plot(window, BOX, x_name="$d$", y_name=name)
        self.mask = self.plot.mask()
        self.curve = VMobject(stroke_color=style.palette().loss, stroke_width=style.BOLD)
        self.curve.set_points_as_corners(self.plot.places(one.distances, one.heights))
        self.curve.set_z_index(style.GEOMETRY)
        self.step = 0
        self.balls = VGroup(
            *(
                Dot(place, radius=radius, color=getattr(style.palette(), role))
                for place, radius, role in zip(self._places(0), BALLS, ROLES, strict=True)
            )
        ).set_z_index(style.GEOMETRY + 2)
        self.add(self.mask, self.plot)

    def ground(self) -> VMobject:
        """Return the line of the cut, seen from the side, of which the curve rises."""
        line = self.curve.copy()
        flat = np.zeros(len(self.one.distances))
        return line.set_points_as_corners(self.plot.places(self.one.distances, flat))

    def tangent(self, times: float) -> VGroup:
        """Return the tangent at `times` the distance of the start, with its place on the curve."""
        one, start, k = self.one, start_of(self.one), sample_at(self.one, times)
        at, height, slope = (array[k] for array in (one.distances, one.heights, one.slopes))
        here = self.plot.place(at, height)
        reach = self.plot.place(at + start, height + slope * start) - here
        half = TANGENT / 2 * reach / max(float(np.linalg.norm(reach)), 1e-9)
        line = Line(here - half, here + half, stroke_width=style.BOLD)
        line.set_color(style.palette().gradient).set_z_index(style.GEOMETRY + 1)
        point = Dot(here, radius=style.DOT, color=style.palette().gradient)
        return VGroup(line, point.set_z_index(style.GEOMETRY + 1))

    def step_arrow(self, which: int) -> Arrow:
        """Return the first step of a descent as an arrow along the axis."""
        descent = self.one.descents[which]
        ends = (self.plot.place(at, descent.losses[0]) for at in descent.iterates[:2, 0])
        arrow = Arrow(*ends, buff=0, stroke_width=style.BOLD, tip_length=0.2)
        return arrow.set_color(style.palette().learning_rate).set_z_index(style.FRONT)

    def start_height(self) -> VGroup:
        """Return a dashed line as high as the descents begin, with its name."""
        y = self.plot.y(self.one.descents[0].losses[0])
        ends = (np.array((self.plot.box.left, y, 0)), np.array((self.plot.box.right, y, 0)))
        line = DashedLine(*ends, stroke_width=style.HAIRLINE, color=style.palette().muted)
        name = Label("as high as at the start", color=style.palette().muted)
        middle = (ends[0] + ends[1]) / 2
        obstacles = np.vstack([along(*ends), self.curve.points])
        place_beside(name, middle, obstacles, self.plot.box)
        return VGroup(line.set_z_index(style.GEOMETRY), name)

    def take_step(self) -> list[Animation]:
        """Return the animations of the next step of every descent."""
        before, after = self._places(self.step), self._places(self.step + 1)
        self.step += 1
        return [
            MoveAlongPath(ball, _way(start, end))
            for ball, start, end in zip(self.balls, before, after, strict=True)
        ]

    def _places(self, step: int) -> list[np.ndarray]:
        """Return the places of the balls after `step` steps; before the first they wait above."""
        waiting = APART * (step == 0) * np.array([0.0, 1.0, 0.0])
        descents = enumerate(self.one.descents)
        return [self._place(descent, step) + row * waiting for row, descent in descents]

    def _place(self, descent: Any, step: int) -> np.ndarray:
        if step <= descent.steps:
            return self.plot.place(descent.iterates[step, 0], descent.losses[step])
        # No finite number is that far away.
        side = 1 if step % 2 == 0 else -1
        return self.plot.place(side * 3 * self.one.distances[-1], 3 * self.one.heights.max())


def _way(start: np.ndarray, end: np.ndarray) -> VMobject:
    """Return the way of a step: along the axis, then to the curve."""
    return VMobject().set_points_as_corners([start, np.array([end[0], start[1], 0.0]), end])
