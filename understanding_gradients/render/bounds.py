"""Which pixels a drawing may touch: a box around its shape, its stroke and its antialiasing.

Measured for many drawings at once: a view that widens makes a hundred new shapes a frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from understanding_gradients.render.display_list import DrawCommand

# Cairo cuts a mitre that is longer than this many line widths.
MITRE_LIMIT = 10
# A box is this many pixels larger than the shape in it, for antialiasing.
HALO = 2
# A point has three float64.
POINT = 24


def measure(drawings: Sequence[DrawCommand], matrix: Any, line_width: float, size: Any) -> None:
    """Give each of `drawings` its box; what is not finite, which is not drawn, an empty one.

    Args:
        drawings: Each with one point or more.
        matrix: Cairo's, from units of the scene to pixels; it turns nothing.
        line_width: Of a stroke of width 1, in units of the scene.
        size: Width and height of the frame in pixels.
    """
    if not drawings:
        return
    points = np.frombuffer(b"".join(drawing.shape.points for drawing in drawings)).reshape(-1, 3)
    lengths = [len(drawing.shape.points) // POINT for drawing in drawings]
    starts = np.cumsum([0, *lengths[:-1]])
    # No curve leaves the box around its control points.
    low, high = np.minimum.reduceat(points, starts), np.maximum.reduceat(points, starts)
    widths = np.array([max(drawing.style.widths) for drawing in drawings])
    margins = np.abs([matrix.xx, matrix.yy]) * (MITRE_LIMIT / 2 * line_width * widths[:, None])
    ends = np.stack([low[:, :2], high[:, :2]]) * (matrix.xx, matrix.yy) + (matrix.x0, matrix.y0)
    first = np.floor(ends.min(axis=0) - margins) - HALO
    last = np.ceil(ends.max(axis=0) + margins) + HALO
    boxes = np.concatenate([np.clip(first, 0, size), np.clip(last, 0, size)], axis=1)
    boxes[~np.isfinite([low, high]).all(axis=(0, 2))] = 0
    for drawing, box in zip(drawings, boxes.astype(int).tolist(), strict=True):
        drawing.box = tuple(box)
