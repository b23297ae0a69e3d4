"""Rectangles of the screen: the frame, the stage, and what scenes cut out of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from scenes import style


@dataclass(frozen=True)
class Box:
    """A rectangle of the screen, in scene units."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def width(self) -> float:
        """Its width."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Its height."""
        return self.top - self.bottom

    def reach(self, place: np.ndarray, way: np.ndarray) -> float:
        """Return how many times `way` leads from `place` to its edge; inf from outside of it.

        Args:
            place: Shape (3,).
            way: Shape (3,).
        """
        low, high = np.array([self.left, self.bottom]), np.array([self.right, self.top])
        here, along = place[:2], way[:2]
        if (here < low).any() or (here > high).any():
            return math.inf
        room = np.where(along > 0, high - here, here - low)
        moves = along != 0
        return float((room[moves] / np.abs(along[moves])).min(initial=math.inf))


STAGE = Box(style.STAGE_LEFT, style.STAGE_BOTTOM, style.STAGE_RIGHT, style.STAGE_TOP)


FRAME = Box(-7.3, -4.2, 7.3, 4.2)
