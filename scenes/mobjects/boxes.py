"""Rectangles of the screen: the frame, the main panel, and parts of them."""

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

    @property
    def center(self) -> np.ndarray:
        """Its middle, shape (3,)."""
        return np.array([(self.left + self.right) / 2, (self.bottom + self.top) / 2, 0.0])

    def reach(self, place: np.ndarray, direction: np.ndarray) -> float:
        """Return how many times `direction` leads from `place` to the edge; inf from outside.

        Args:
            place: Shape (3,).
            direction: Shape (3,).
        """
        low, high = np.array([self.left, self.bottom]), np.array([self.right, self.top])
        here, along = place[:2], direction[:2]
        if (here < low).any() or (here > high).any():
            return math.inf
        room = np.where(along > 0, high - here, here - low)
        moves = along != 0
        return float((room[moves] / np.abs(along[moves])).min(initial=math.inf))


MAIN = Box(style.MAIN_LEFT, style.MAIN_BOTTOM, style.MAIN_RIGHT, style.MAIN_TOP)
FRAME = Box(-7.3, -4.2, 7.3, 4.2)
