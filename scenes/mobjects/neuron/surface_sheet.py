"""The sheet of a surface: patches in painter's order, lit from the upper left."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import (
    Animation,
    ManimColor,
    Mobject,
    UpdateFromAlphaFunc,
    VGroup,
    VMobject,
    interpolate_color,
)

from scenes import style
from scenes.mobjects.neuron.axonometry import HEIGHT, Projection, Relief, cut_off

LIGHT = np.array([-0.55, -0.25, 0.8])
DARKEST, BRIGHTEST = 0.16, 0.62
BELOW = 0.6
MESH = 0.12
THROUGH = 0.06


class SurfaceSheet(VGroup):
    """Patches of a relief from the farthest to the nearest, so that near ones hide far ones.

    Args:
        relief: The heights.
        projection: From solid places to the screen.
        us: Mesh lines along the first parameter.
        vs: Mesh lines along the second.
    """

    def __init__(
        self, relief: Relief, projection: Projection, us: np.ndarray, vs: np.ndarray
    ) -> None:
        super().__init__()
        self.relief, self.projection = relief, projection
        polygons = [cut_off(quad, HEIGHT) for quad in self._quads(us, vs)]
        polygons = [solid for solid in polygons if len(solid) >= 3]
        depths = [float(projection.depth(solid).mean()) for solid in polygons]
        self.solids = [polygons[k] for k in np.argsort(depths)[::-1]]
        self.patches = VGroup(*(self._patch(solid) for solid in self.solids))
        self.add(self.patches)

    def rise(self) -> Animation:
        """Return the animation in which every pair of parameters gets its loss as height."""

        def lift(patches: Mobject, share: float) -> None:
            for patch, solid in zip(self.patches, self.solids, strict=True):
                patch.set_points_as_corners(self._outline(solid * np.array([1, 1, share])))

        return UpdateFromAlphaFunc(self.patches, lift)

    def in_front(self, held: int, level: float) -> VGroup:
        """Return the patches between the eye and the upright plane where `held` is at `level`.

        Args:
            held: Which solid coordinate is constant in the plane, 0 or 1.
            level: Its value there.
        """
        side = self.projection.towards_eye()[held]
        middles = (solid[:, held].mean() for solid in self.solids)
        pairs = zip(self.patches, middles, strict=True)
        return VGroup(*(patch for patch, middle in pairs if (middle - level) * side > 0))

    def see_through(self, patches: VGroup, through: bool = True) -> Animation:
        """Return the animation that makes some patches transparent, or opaque again."""
        start, end = (1.0, THROUGH) if through else (THROUGH, 1.0)

        def turn(drawn: Mobject, share: float) -> None:
            drawn.set_opacity(start + share * (end - start))

        return UpdateFromAlphaFunc(patches, turn)

    def _quads(self, us: np.ndarray, vs: np.ndarray) -> list[np.ndarray]:
        losses = self.relief.sampled(us, vs)
        grid = np.stack(np.meshgrid(us, vs, indexing="ij"), axis=-1)
        solid = self.relief.solid(grid.reshape(-1, 2), losses.ravel()).reshape(*losses.shape, 3)
        around = (slice(None, -1), slice(1, None))
        corners = ((0, 0), (1, 0), (1, 1), (0, 1))
        quads = np.stack([solid[around[i], around[j]] for i, j in corners], axis=2)
        return [quad for quad in quads.reshape(-1, 4, 3) if np.isfinite(quad).all()]

    def _patch(self, solid: np.ndarray) -> VMobject:
        colors = style.palette()
        background, loss = ManimColor(colors.background), ManimColor(colors.loss)
        light = self._lit(solid)
        patch = VMobject(
            fill_color=interpolate_color(background, loss, light),
            fill_opacity=1,
            stroke_color=interpolate_color(background, loss, min(1.0, light + MESH)),
            stroke_width=0.8,
        )
        return patch.set_points_as_corners(self._outline(solid)).set_z_index(style.GEOMETRY)

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

    def _outline(self, solid: np.ndarray) -> Sequence[np.ndarray]:
        places = self.projection.place(solid)
        return [*places, places[0]]
