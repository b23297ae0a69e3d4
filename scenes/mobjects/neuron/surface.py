"""The loss as a surface over two parameters, and cuts through it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import (
    Dot,
    Line,
    Polygon,
    SurroundingRectangle,
    VGroup,
    VMobject,
)

from scenes import style
from scenes.mobjects.boxes import Box
from scenes.mobjects.label_placement import along, outline, place_near
from scenes.mobjects.neuron.axonometry import Relief, best_view
from scenes.mobjects.neuron.surface_frame import SurfaceFrame
from scenes.mobjects.neuron.surface_sheet import SurfaceSheet
from scenes.typesetting.labels import Label
from scenes.typesetting.markup import partial

SURFACE_BOX = Box(-5.3, -2.2, 1.6, 2.2)
LABELS_BOX = Box(style.LEFT, style.BOTTOM, 2.2, 2.45)
LINES = 6  # weight of lines as obstacles, compared with patches
CELLS = (30, 22)
TANGENT = 1.5


class SlopeTag(VGroup):
    """∂Θ/∂name on a plate that keeps it readable over the surface."""

    def __init__(self, name: str) -> None:
        super().__init__()
        colors = style.palette()
        label = Label(f"${partial(name)}$", color=colors.gradient, plain_text=f"∂Θ/∂{name}")
        plate = SurroundingRectangle(
            label,
            buff=0.06,
            corner_radius=0.06,
            fill_color=colors.background,
            fill_opacity=0.85,
            stroke_width=0,
        )
        self.add(plate.set_z_index(style.FRONT), label)


class LossSurface(VGroup):
    """A surface in parallel projection, its axes, and a point on it.

    Args:
        landscape: A two-parameter `descent.Landscape`.
        point: The parameters of the point, shape (2,).
        loss: The loss there.
        box: Where on the screen.
    """

    def __init__(
        self, landscape: Any, point: np.ndarray, loss: float, box: Box = SURFACE_BOX
    ) -> None:
        super().__init__()
        self.point, self.loss = np.asarray(point, dtype=float), float(loss)
        self.relief = Relief(landscape, self.loss)
        lines = np.vstack([self._cut(0), self._cut(1)])
        self.projection = best_view(self.relief, lines, box)
        self.frame = SurfaceFrame(self.relief, self.projection, landscape.names)
        mesh = (self._mesh(axis, cells) for axis, cells in enumerate(CELLS))
        self.sheet = SurfaceSheet(self.relief, self.projection, *mesh)
        self.add(self.frame, self.sheet)

    def place(self, params: np.ndarray, loss: float) -> np.ndarray:
        """Return the place of parameters with a loss on the screen, shape (3,)."""
        solid = self.relief.solid(np.asarray(params)[None], np.array([loss]))
        return self.projection.place(solid)[0]

    def here(self) -> np.ndarray:
        """Return the place of the point on the screen, shape (3,)."""
        return self.place(self.point, self.loss)

    def mark(self) -> VGroup:
        """Return the mark of the point."""
        color = style.palette().parameter
        halo = Dot(self.here(), radius=1.7 * style.POINT, color=color).set_opacity(0.3)
        dot = Dot(self.here(), radius=style.POINT, color=color)
        return VGroup(halo, dot).set_z_index(style.FRONT)

    def in_front(self, axis: int) -> VGroup:
        """Return the patches between the eye and the cut along parameter `axis`."""
        held = 1 - axis
        return self.sheet.in_front(held, float(self.solid_point()[held]))

    def cut_curve(self, axis: int) -> VMobject:
        """Return the loss along parameter `axis`, the other held, as a line on the surface."""
        curve = VMobject(stroke_color=style.palette().loss, stroke_width=style.BOLD)
        curve.set_points_as_corners(self.projection.place(self._cut(axis)))
        return curve.set_z_index(style.GEOMETRY + 2)

    def cut_wall(self, axis: int) -> Polygon:
        """Return the upright plane of the cut, from the floor up to the surface."""
        top = self._cut(axis)
        foot = top[::-1] * np.array([1, 1, 0])
        places = self.projection.place(np.vstack([top, foot]))
        wall = Polygon(*places, stroke_width=0, fill_color=style.palette().loss, fill_opacity=0.22)
        return wall.set_z_index(style.GEOMETRY + 1)

    def tangent(self, axis: int, slope: float) -> Line:
        """Return the line through the point that has the slope of the cut along `axis`."""
        step = np.zeros(2)
        step[axis] = 1e-3 * np.ptp(self.relief.window[axis])
        here = self.here()
        way = self.place(self.point + step, self.loss + slope * step[axis]) - here
        half = TANGENT / 2 * way / np.linalg.norm(way)
        tangent = Line(here - half, here + half, stroke_width=1.2 * style.BOLD)
        return tangent.set_color(style.palette().gradient).set_z_index(style.GEOMETRY + 3)

    def tags(self, tangents: Sequence[Line], names: Sequence[str]) -> list[SlopeTag]:
        """Return ∂Θ/∂name for each tangent, beside one of its ends and clear of the surface."""
        lines = [self.projection.place(self._cut(axis)) for axis in range(2)]
        lines += [along(line.get_start(), line.get_end()) for line in tangents]
        obstacles = [np.array([patch.get_center() for patch in self.sheet.patches]), *LINES * lines]
        labels = (*self.frame.numbers, *self.frame.names)
        obstacles += LINES * [outline(label) for label in labels]
        obstacles += LINES * [along(line.get_start(), line.get_end()) for line in self.frame.lines]
        tags = []
        for tangent, name in zip(tangents, names, strict=True):
            tag = SlopeTag(name)
            start, end = tangent.get_start(), tangent.get_end()
            anchors = start + np.array([0, 1, 0.1, 0.9, 0.2, 0.8])[:, None] * (end - start)
            place_near(tag, anchors, np.vstack(obstacles), LABELS_BOX, buff=0.08)
            obstacles += LINES * [outline(tag)]
            tags.append(tag)
        return tags

    def cut(self, axis: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the values of parameter `axis` along its cut, and the losses below the cap."""
        at = self._mesh(axis, 4 * CELLS[0])
        held = self.point[1 - axis : 2 - axis]
        losses = self.relief.sampled(*((at, held) if axis == 0 else (held, at))).ravel()
        kept = np.isfinite(losses) & (losses <= self.relief.cap * (1 + 1e-12))
        return at[kept], losses[kept]

    def _cut(self, axis: int) -> np.ndarray:
        at, losses = self.cut(axis)
        params = np.tile(self.point, (len(at), 1))
        params[:, axis] = at
        return self.relief.solid(params, losses)

    def solid_point(self) -> np.ndarray:
        """Return the solid place of the point, shape (3,)."""
        return self.relief.solid(self.point[None], np.array([self.loss]))[0]

    def _mesh(self, axis: int, cells: int) -> np.ndarray:
        """Return places along a parameter, the point's own among them."""
        low, high = self.relief.window[axis]
        mesh = np.linspace(low, high, cells + 1)
        own = min(max(self.point[axis], low), high)
        near = np.abs(mesh - own) < 0.4 * (mesh[1] - mesh[0])
        near[[0, -1]] = False
        return np.unique(np.append(mesh[~near], own))
