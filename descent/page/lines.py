"""Polylines as SVG paths, with as few points as a screen needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from descent.views.contours import simplify

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIZE = 3000  # units per picture: two or three per pixel of a large screen
TOLERANCE = 1.0  # units


def svg_path(points: NDArray[np.float64], closed: bool = False) -> str:
    """Return a line through `points`, shape (k, 2), as the data of an SVG path, in whole units.

    Moves are relative to the previous rounded point, so that errors do not add up. A line shorter
    than a unit is "".
    """
    rounded = np.rint(simplify(points, TOLERANCE)).astype(int)
    moves = np.diff(rounded, axis=0)
    moves = moves[np.any(moves != 0, axis=1)]
    if not len(moves):
        return ""
    written = "".join(f" {x} {y}" for x, y in moves.tolist()).replace(" -", "-").lstrip()
    return f"M{rounded[0, 0]} {rounded[0, 1]}l{written}{'z' if closed else ''}"


def envelope(
    xs: NDArray[np.float64], ys: NDArray[np.float64], columns: int = 500
) -> NDArray[np.float64]:
    """Return a line of at most four points per column that covers the same pixels.

    Args:
        xs: Increasing, shape (k,).
        ys: Shape (k,).
        columns: Columns of pixels.

    Returns:
        Points, shape (m, 2): in each column the first, the lowest, the highest and the last.
    """
    points = np.stack([xs, ys], axis=1)
    if len(xs) <= 4 * columns:
        return points
    span = max(float(xs[-1] - xs[0]), 1e-300)
    column = np.minimum((xs - xs[0]) / span * columns, columns - 1).astype(int)
    begins = np.flatnonzero(np.diff(column, prepend=-1))
    kept: set[int] = set()
    for begin, end in zip(begins, [*begins[1:], len(xs)], strict=True):
        inside = ys[begin:end]
        kept |= {int(begin), int(end) - 1}
        kept |= {int(begin + inside.argmin()), int(begin + inside.argmax())}
    return points[sorted(kept)]
