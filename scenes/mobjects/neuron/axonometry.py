"""A parallel projection of solid points, and a loss as a relief to be projected.

Solid coordinates are (u, v, h): the two parameters and the loss, scaled to a box about the
origin, with its floor at h = 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from scenes.mobjects.boxes import Box

HEIGHT = 1.4
ELEVATION = math.radians(28)
# In order of preference: from the front left or right, then from ever further round.
AZIMUTHS = tuple(math.radians(angle) for angle in (32, -32, 55, -55, 148, -148, 125, -125))
ROOM_ABOVE = 0.4
MOST_OF_IT = 0.75
OVER_THE_TOP = 4.0
SIGHT = 24
CLEARANCE = 0.02
AS_GOOD = 0.08  # a later azimuth must show that much more


@dataclass(frozen=True)
class Projection:
    """A parallel projection (axonometry): parallel lines stay parallel.

    Attributes:
        azimuth: Rotation of the box about its upright axis, in radians.
        elevation: Angle of the eye above the ground, in radians.
        scale: Scene units per unit of the box.
        centre: Place of the origin of the box on the screen, shape (2,).
    """

    azimuth: float
    elevation: float
    scale: float = 1.0
    centre: tuple[float, float] = (0.0, 0.0)

    def place(self, solid: np.ndarray) -> np.ndarray:
        """Return the places of solid points, shape (k, 3), on the screen, shape (k, 3)."""
        across, depth = self._turned(solid)
        up = depth * math.sin(self.elevation) + solid[:, 2] * math.cos(self.elevation)
        x, y = self.centre[0] + self.scale * across, self.centre[1] + self.scale * up
        return np.column_stack([x, y, np.zeros(len(solid))])

    def depth(self, solid: np.ndarray) -> np.ndarray:
        """Return how far from the eye solid points are along the ground, shape (k,)."""
        return self._turned(solid)[1]

    def towards_eye(self) -> np.ndarray:
        """Return the solid direction from anything to the eye, shape (3,), of length 1."""
        along = math.cos(self.elevation)
        ground = (-math.sin(self.azimuth) * along, -math.cos(self.azimuth) * along)
        return np.array([*ground, math.sin(self.elevation)])

    def _turned(self, solid: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        c, s = math.cos(self.azimuth), math.sin(self.azimuth)
        return solid[:, 0] * c - solid[:, 1] * s, solid[:, 0] * s + solid[:, 1] * c


def fitting(azimuth: float, half: tuple[float, float], box: Box) -> Projection:
    """Return the projection in which the solid box over ±`half` fills `box`."""
    plain = Projection(azimuth, ELEVATION)
    corners = plain.place(box_corners(half))
    low, high = corners.min(axis=0), corners.max(axis=0)
    scale = min(box.width / (high[0] - low[0]), box.height / (high[1] - low[1]))
    middle = (low + high) / 2
    x = (box.left + box.right) / 2 - scale * middle[0]
    y = (box.bottom + box.top) / 2 - scale * middle[1]
    return Projection(azimuth, ELEVATION, scale, (float(x), float(y)))


def box_corners(half: tuple[float, float]) -> np.ndarray:
    """Return the eight corners of the solid box, shape (8, 3)."""
    signs = np.array([(a, b, c) for a in (-1, 1) for b in (-1, 1) for c in (0, 1)], dtype=float)
    return signs * np.array([*half, HEIGHT])


class Relief:
    """A sampled loss over two parameters as heights in the solid box.

    Losses too high to show beside the point of interest are cut off at `cap`.

    Args:
        landscape: A two-parameter `descent.Landscape`.
        loss: The loss at the point of interest, which must be visible.
    """

    def __init__(self, landscape: Any, loss: float) -> None:
        self.axes = tuple(np.asarray(axis) for axis in landscape.axes)
        self.window = tuple((float(axis[0]), float(axis[-1])) for axis in self.axes)
        self.floor, self.cap = shown_range(np.asarray(landscape.values), loss)
        ceiling = self.cap + OVER_THE_TOP * (self.cap - self.floor)
        values = np.asarray(landscape.values)
        self.values = np.where(np.isnan(values), np.nan, np.minimum(values, ceiling))
        spans = np.array([high - low for low, high in self.window])
        self.half = tuple(1.5 * spans / spans.max())

    def sampled(self, us: np.ndarray, vs: np.ndarray) -> np.ndarray:
        """Return the losses at parameters us × vs, between samples linear, shape (m, n)."""
        rows = _between(self.axes[0], self.values, us)
        return _between(self.axes[1], rows.T, vs).T

    def solid(self, params: np.ndarray, losses: np.ndarray) -> np.ndarray:
        """Return the solid place of parameters, shape (k, 2), with losses (k,): (k, 3)."""
        low, high = np.array(self.window).T
        ground = (2 * (params - low) / (high - low) - 1) * np.array(self.half)
        return np.column_stack([ground, self.heights(losses)])

    def heights(self, losses: np.ndarray) -> np.ndarray:
        """Return the heights of losses in the solid box, 0 to `HEIGHT`."""
        return HEIGHT * (np.asarray(losses) - self.floor) / (self.cap - self.floor)

    def seen(self, solid: np.ndarray, projection: Projection) -> float:
        """Return the share of solid points, shape (k, 3), not hidden by the relief."""
        towards = projection.towards_eye()
        farthest = 2 * max(self.half) / max(np.linalg.norm(towards[:2]), 1e-9)
        way = np.linspace(0.03, 1, SIGHT)[:, None, None] * farthest * towards
        path = solid[None] + way
        ground = self._heights_under(path[..., 0], path[..., 1])
        hidden = (ground > path[..., 2] + CLEARANCE) & (ground <= HEIGHT)
        return 1.0 - float(hidden.any(axis=0).mean())

    def _heights_under(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Return the height of the nearest sample; nan beyond the window."""
        nearest, inside = [], np.ones(u.shape, dtype=bool)
        for part, half, axis in zip((u, v), self.half, self.axes, strict=True):
            share = (part / half + 1) / 2
            inside &= (share >= 0) & (share <= 1)
            nearest.append(np.clip(np.rint(share * (len(axis) - 1)), 0, len(axis) - 1).astype(int))
        return np.where(inside, self.heights(self.values[nearest[0], nearest[1]]), np.nan)


def shown_range(values: np.ndarray, loss: float) -> tuple[float, float]:
    """Return the lowest and highest loss of a relief's box.

    It holds `loss` with room above it, and three quarters of the samples; it begins at 0 if the
    losses come near to 0 from above.
    """
    finite = values[np.isfinite(values)]
    low = min(float(finite.min()), loss) if finite.size else loss
    most = float(np.quantile(finite, MOST_OF_IT)) if finite.size else loss
    high = float(finite.max()) if finite.size else loss
    cap = max(min(high, max(loss + ROOM_ABOVE * (loss - low), most)), loss)
    span = cap - low or max(1.0, abs(loss))
    floor = 0.0 if 0 <= low <= 0.4 * span else low - 0.04 * span
    return floor, max(cap, floor + 1e-9 * max(1.0, abs(floor)), low + span)


def best_view(relief: Relief, lines: np.ndarray, box: Box) -> Projection:
    """Return the projection that shows most of `lines`, solid points of shape (k, 3)."""
    best, most = None, -1.0
    for azimuth in AZIMUTHS:
        projection = fitting(azimuth, relief.half, box)
        share = relief.seen(lines, projection)
        if share > most + AS_GOOD:
            best, most = projection, share
    assert best is not None
    return best


def cut_off(polygon: np.ndarray, height: float) -> np.ndarray:
    """Return the part of a solid polygon, shape (k, 3), that is not above `height`.

    Sutherland and Hodgman (1974), against one plane; an empty array if nothing is left.
    """
    kept = []
    for here, there in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        if here[2] <= height:
            kept.append(here)
        if (here[2] <= height) != (there[2] <= height):
            share = (height - here[2]) / (there[2] - here[2])
            kept.append(here + share * (there - here))
    return np.array(kept).reshape(-1, 3)


def _between(axis: np.ndarray, values: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return `values`, shape (len(axis), n), at places between: shape (len(at), n)."""
    before = np.clip(np.searchsorted(axis, at) - 1, 0, len(axis) - 2)
    share = ((at - axis[before]) / (axis[before + 1] - axis[before]))[:, None]
    return (1 - share) * values[before] + share * values[before + 1]
