"""The loss as a surface over two parameters, and cuts through it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import (
    Animation,
    Dot,
    Line,
    ManimColor,
    Mobject,
    Polygon,
    SurroundingRectangle,
    UpdateFromAlphaFunc,
    VGroup,
    VMobject,
    interpolate_color,
)

from scenes import style
from scenes.mobjects.axonometry import HEIGHT, Relief, best_view, cut_off
from scenes.mobjects.placing import along, outline, place_near
from scenes.mobjects.plot import Box
from scenes.mobjects.surface_frame import SurfaceFrame
from scenes.typeset import Label, partial

SURFACE_BOX = Box(-5.3, -2.55, 1.6, 2.2)
LABELS_BOX = Box(style.LEFT, style.BOTTOM, 2.2, 2.45)
LINES = 6  # how much more a label keeps away from lines than from the ground
CELLS = (30, 22)
LIGHT = np.array([-0.55, -0.25, 0.8])
DARKEST, BRIGHTEST = 0.16, 0.62
BELOW = 0.6
MESH = 0.12
TANGENT = 1.5
THROUGH = 0.06


class SlopeTag(VGroup):
    """∂Θ/∂name on a plate that keeps it readable where it must stand on the surface."""

    def __init__(self, name: str) -> None:
        super().__init__()
        colours = style.palette()
        label = Label(f"${partial(name)}$", colour=colours.gradient, shown=f"∂Θ/∂{name}")
        plate = SurroundingRectangle(
            label,
            buff=0.06,
            corner_radius=0.06,
            fill_color=colours.ground,
            fill_opacity=0.85,
            stroke_width=0,
        )
        self.add(plate.set_z_index(style.FRONT), label)


class LossSurface(VGroup):
    """A surface in parallel projection, its axes, and the point where one stands.

    Args:
        landscape: A two-parameter `descent.Landscape`.
        point: The parameters where one stands, shape (2,).
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
        self.patches, self._solids = self._patches()
        self.add(self.frame, self.patches)

    def place(self, params: np.ndarray, loss: float) -> np.ndarray:
        """Return where parameters with a loss stand on the screen, shape (3,)."""
        solid = self.relief.solid(np.asarray(params)[None], np.array([loss]))
        return self.projection.place(solid)[0]

    def here(self) -> np.ndarray:
        """Return where the point stands on the screen, shape (3,)."""
        return self.place(self.point, self.loss)

    def mark(self) -> VGroup:
        """Return the mark of the point."""
        colour = style.palette().parameter
        halo = Dot(self.here(), radius=1.7 * style.POINT, color=colour).set_opacity(0.3)
        dot = Dot(self.here(), radius=style.POINT, color=colour)
        return VGroup(halo, dot).set_z_index(style.FRONT)

    def rise(self) -> Animation:
        """Return the animation in which every pair of parameters gets its loss as height."""

        def lift(patches: Mobject, share: float) -> None:
            for patch, solid in zip(self.patches, self._solids, strict=True):
                patch.set_points_as_corners(self._closed(solid * np.array([1, 1, share])))

        return UpdateFromAlphaFunc(self.patches, lift)

    def in_front(self, axis: int) -> VGroup:
        """Return the patches that stand between the eye and the cut along parameter `axis`."""
        held = 1 - axis
        level = self._solid_point()[held]
        side = self.projection.towards_eye()[held]
        middles = (solid[:, held].mean() for solid in self._solids)
        pairs = zip(self.patches, middles, strict=True)
        return VGroup(*(patch for patch, middle in pairs if (middle - level) * side > 0))

    def see_through(self, patches: VGroup, through: bool = True) -> Animation:
        """Return the animation that makes some patches see-through, or whole again."""
        start, end = (1.0, THROUGH) if through else (THROUGH, 1.0)

        def turn(drawn: Mobject, share: float) -> None:
            drawn.set_opacity(start + share * (end - start))

        return UpdateFromAlphaFunc(patches, turn)

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
        obstacles = [np.array([patch.get_center() for patch in self.patches]), *LINES * lines]
        labels = (*self.frame.numbers, *self.frame.names)
        obstacles += LINES * [outline(label) for label in labels]
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

    def _solid_point(self) -> np.ndarray:
        return self.relief.solid(self.point[None], np.array([self.loss]))[0]

    def _mesh(self, axis: int, cells: int) -> np.ndarray:
        """Return places along a parameter, the point's own among them."""
        low, high = self.relief.window[axis]
        mesh = np.linspace(low, high, cells + 1)
        own = min(max(self.point[axis], low), high)
        near = np.abs(mesh - own) < 0.4 * (mesh[1] - mesh[0])
        near[[0, -1]] = False
        return np.unique(np.append(mesh[~near], own))

    def _patches(self) -> tuple[VGroup, list[np.ndarray]]:
        """Return the patches from the farthest to the nearest, with their solid corners."""
        solids = [cut_off(quad, HEIGHT) for quad in self._quads()]
        solids = [solid for solid in solids if len(solid) >= 3]
        depths = [float(self.projection.depth(solid).mean()) for solid in solids]
        solids = [solids[k] for k in np.argsort(depths)[::-1]]
        return VGroup(*(self._patch(solid) for solid in solids)), solids

    def _quads(self) -> list[np.ndarray]:
        us, vs = self._mesh(0, CELLS[0]), self._mesh(1, CELLS[1])
        losses = self.relief.sampled(us, vs)
        grid = np.stack(np.meshgrid(us, vs, indexing="ij"), axis=-1)
        solid = self.relief.solid(grid.reshape(-1, 2), losses.ravel()).reshape(*losses.shape, 3)
        around = (slice(None, -1), slice(1, None))
        corners = ((0, 0), (1, 0), (1, 1), (0, 1))
        quads = np.stack([solid[around[i], around[j]] for i, j in corners], axis=2)
        return [quad for quad in quads.reshape(-1, 4, 3) if np.isfinite(quad).all()]

    def _patch(self, solid: np.ndarray) -> VMobject:
        colours = style.palette()
        ground, loss = ManimColor(colours.ground), ManimColor(colours.loss)
        light = self._lit(solid)
        patch = VMobject(
            fill_color=interpolate_color(ground, loss, light),
            fill_opacity=1,
            stroke_color=interpolate_color(ground, loss, min(1.0, light + MESH)),
            stroke_width=0.8,
        )
        return patch.set_points_as_corners(self._closed(solid)).set_z_index(style.GEOMETRY)

    def _lit(self, solid: np.ndarray) -> float:
        """Return how bright a patch is under a light from the upper left."""
        normal = np.cross(solid[1] - solid[0], solid[2] - solid[0])
        normal = normal / max(float(np.linalg.norm(normal)), 1e-12)
        turn = self.projection.azimuth
        c, s = np.cos(turn), np.sin(turn)
        light = np.array([c * LIGHT[0] + s * LIGHT[1], -s * LIGHT[0] + c * LIGHT[1], LIGHT[2]])
        normal = normal * np.sign(normal[2] or 1)
        share = max(0.0, float(normal @ light) / np.linalg.norm(light))
        from_below = float(normal @ self.projection.towards_eye()) < 0
        return float(DARKEST + (BRIGHTEST - DARKEST) * share * (BELOW if from_below else 1.0))

    def _closed(self, solid: np.ndarray) -> Sequence[np.ndarray]:
        places = self.projection.place(solid)
        return [*places, places[0]]
