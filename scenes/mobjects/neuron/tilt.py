"""The motion in which a surface becomes a map: the eye goes round a little, then straight above."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from manim import Animation, Mobject, UpdateFromAlphaFunc, VGroup, VMobject, linear, smooth

from scenes import style
from scenes.facts.contour_lines import map_lines
from scenes.mobjects.neuron.axonometry import Projection
from scenes.mobjects.neuron.surface import LossSurface
from scenes.mobjects.plot import Plot

TURN = math.radians(12)
GLASS = 0.35  # opacity of the sheet while its rings are seen
BESIDE = 1.22  # of half the floor: where the names of the axes are
GONE = 0.75  # of the way down, where nothing of the sheet is left


class Tilt(VGroup):
    """A surface, its floor, its level rings and its point, in the projection of a moving eye.

    Args:
        surface: The surface, whose patches are moved.
        mark: The mark of its point.
        landscape: The loss over its window, whose map has a line for every ring.
        plot: The axes of the map.
    """

    def __init__(self, surface: LossSurface, mark: VGroup, landscape: Any, plot: Plot) -> None:
        super().__init__()
        self.surface, self.mark, self.plot = surface, mark, plot
        self.start = surface.projection
        self.end = from_above(surface, plot)
        self.rings, self.solids = self._rings(landscape)
        self.floor = VGroup(*surface.frame.lines[:4])
        self.names = VGroup(*surface.frame.names[:2])
        self.places = [name.get_center() for name in self.names]
        self.add(surface.sheet, self.floor, self.rings, self.names, mark)

    def turn(self) -> Animation:
        """Return the animation in which the eye goes round a little, and back."""

        def go_round(_: Mobject, share: float) -> None:
            away = TURN * math.sin(math.tau * share)
            start = self.start
            azimuth = start.azimuth + away
            self._project(Projection(azimuth, start.elevation, start.scale, start.centre), 0.0)

        return UpdateFromAlphaFunc(self, go_round, rate_func=linear)

    def glow(self) -> Animation:
        """Return the animation in which the rings appear and the sheet becomes glass."""

        def show(_: Mobject, share: float) -> None:
            self.rings.set_stroke(opacity=share)
            self._set_opacity(1 + share * (GLASS - 1))

        return UpdateFromAlphaFunc(self, show)

    def lie_down(self) -> Animation:
        """Return the animation in which the eye goes straight above, and the sheet disappears."""

        def rise(_: Mobject, share: float) -> None:
            self._project(between(self.start, self.end, share), share)
            self._set_opacity(GLASS * max(0.0, 1 - share / GONE))

        return UpdateFromAlphaFunc(self, rise, rate_func=smooth)

    def _project(self, projection: Projection, down: float) -> None:
        sheet = self.surface.sheet
        depths = [float(projection.depth(solid).mean()) for solid in sheet.solids]
        order = np.argsort(depths)[::-1]
        sheet.solids = [sheet.solids[k] for k in order]
        sheet.patches.submobjects = [sheet.patches[k] for k in order]
        for patch, solid in zip(sheet.patches, sheet.solids, strict=True):
            places = projection.place(solid)
            patch.set_points_as_corners([*places, places[0]])
        for ring, solid in zip(self.rings, self.solids, strict=True):
            ring.set_points_as_corners(projection.place(solid))
        self._project_floor(projection)
        self.mark.move_to(projection.place(self.surface.solid_point()[None])[0])
        self._place_names(projection, down)

    def _project_floor(self, projection: Projection) -> None:
        half = np.array(self.surface.relief.half)
        signs = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])
        corners = projection.place(np.column_stack([signs * half, np.zeros(4)]))
        ends = np.roll(corners, -1, axis=0)
        for line, here, there in zip(self.floor, corners, ends, strict=True):
            line.put_start_and_end_on(here, there)

    def _place_names(self, projection: Projection, down: float) -> None:
        for axis, name in enumerate(self.names):
            there = self.plot.names[axis].get_center()
            edge = self._beside(projection, axis) - self._beside(self.start, axis)
            name.move_to((1 - down) * (self.places[axis] + edge) + down * there)

    def _beside(self, projection: Projection, axis: int) -> np.ndarray:
        frame = self.surface.frame
        solid = np.zeros(3)
        solid[1 - axis] = BESIDE * frame.near[1 - axis]
        return projection.place(solid[None])[0]

    def _set_opacity(self, opacity: float) -> None:
        self.surface.sheet.patches.set_opacity(opacity)

    def _rings(self, landscape: Any) -> tuple[VGroup, list[np.ndarray]]:
        """Return the lines of the map as rings on the surface, as far as that is drawn."""
        relief, rings, solids = self.surface.relief, VGroup(), list[np.ndarray]()
        for level, lines in map_lines(landscape):
            if not relief.floor <= level <= relief.cap:
                continue
            for line in lines:
                solid = relief.solid(line, np.full(len(line), level))
                ring = VMobject(stroke_color=style.palette().loss, stroke_width=style.LINE)
                ring.set_points_as_corners(self.start.place(solid)).set_stroke(opacity=0)
                rings.add(ring.set_z_index(style.GEOMETRY + 1))
                solids.append(solid)
        return rings, solids


def from_above(surface: LossSurface, plot: Plot) -> Projection:
    """Return the projection from straight above in which the floor fills the box of a plot."""
    box = plot.box
    middle = (float(box.center[0]), float(box.center[1]))
    return Projection(0.0, math.pi / 2, box.width / (2 * surface.relief.half[0]), middle)


def between(start: Projection, end: Projection, share: float) -> Projection:
    """Return a projection on the way from one to another."""

    def mix(one: float, other: float) -> float:
        return one + share * (other - one)

    x, y = (mix(one, other) for one, other in zip(start.centre, end.centre, strict=True))
    return Projection(
        mix(start.azimuth, end.azimuth),
        mix(start.elevation, end.elevation),
        start.scale + share**3 * (end.scale - start.scale),  # a standing surface has less room
        (x, y),
    )
