"""Rectangles of the screen: the frame, the stage, and what scenes cut out of them."""

from __future__ import annotations

from dataclasses import dataclass

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


STAGE = Box(style.STAGE_LEFT, style.STAGE_BOTTOM, style.STAGE_RIGHT, style.STAGE_TOP)


FRAME = Box(-7.3, -4.2, 7.3, 4.2)
