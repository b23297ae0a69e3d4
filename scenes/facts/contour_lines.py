"""Lines of equal loss of a sampled view, in the units of the parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
from contourpy import contour_generator

from descent.views.contours import contour_levels


def lines_at(landscape: Any, level: float) -> list[np.ndarray]:
    """Return the lines on which a landscape of two parameters has a loss, each of shape (k, 2)."""
    xs, ys = landscape.axes
    values = np.ma.masked_invalid(np.asarray(landscape.values).T)
    lines: Any = contour_generator(xs, ys, values).lines(level)
    return list(lines)


def map_lines(landscape: Any) -> list[tuple[float, list[np.ndarray]]]:
    """Return the losses that the map of a landscape has lines for, each with its lines."""
    levels = contour_levels(np.asarray(landscape.values)).tolist()
    return [(level, lines_at(landscape, level)) for level in levels]
