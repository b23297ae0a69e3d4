"""The bounds of draw commands in pixels: path, stroke and antialiasing.

Computed for many commands at once: a view that widens makes a hundred new paths per frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from understanding_gradients.render.display_list import DrawCommand

# Cairo bevels a miter that is longer than this many line widths.
MITER_LIMIT = 10
# Margin for antialiasing in pixels.
ANTIALIASING = 2
# Three float64.
POINT_BYTES = 24


def set_bounds(commands: Sequence[DrawCommand], matrix: Any, line_width: float, size: Any) -> None:
    """Set the bounds of each command; empty ones for a path that is not finite and not drawn.

    Args:
        commands: Each with at least one point.
        matrix: Cairo's transformation from scene units to pixels, without rotation.
        line_width: The width of a stroke of width 1, in scene units.
        size: Width and height of the frame in pixels.
    """
    if not commands:
        return
    points = np.frombuffer(b"".join(command.path.points for command in commands)).reshape(-1, 3)
    lengths = [len(command.path.points) // POINT_BYTES for command in commands]
    starts = np.cumsum([0, *lengths[:-1]])
    # A Bézier curve stays inside the bounds of its control points.
    low, high = np.minimum.reduceat(points, starts), np.maximum.reduceat(points, starts)
    widths = np.array([max(command.style.widths) for command in commands])
    margins = np.abs([matrix.xx, matrix.yy]) * (MITER_LIMIT / 2 * line_width * widths[:, None])
    corners = np.stack([low[:, :2], high[:, :2]]) * (matrix.xx, matrix.yy) + (matrix.x0, matrix.y0)
    first = np.floor(corners.min(axis=0) - margins) - ANTIALIASING
    last = np.ceil(corners.max(axis=0) + margins) + ANTIALIASING
    bounds = np.concatenate([np.clip(first, 0, size), np.clip(last, 0, size)], axis=1)
    bounds[~np.isfinite([low, high]).all(axis=(0, 2))] = 0
    for command, rect in zip(commands, bounds.astype(int).tolist(), strict=True):
        command.bounds = tuple(rect)
