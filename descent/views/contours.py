"""Lines of a loss to be drawn: which contours, and no more points than keep a line where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

CONTOURS = 12
FLAT = 1e-12
TINY = 1e-300


def contour_levels(values: NDArray[np.float64], count: int = CONTOURS) -> NDArray[np.float64]:
    """Return increasing losses whose contours stand about evenly apart.

    The k-th level encloses (k / count)² of the view: on a bowl, equal steps of radius; on a
    narrow valley, levels where the valley is, no matter how many decades the loss spans.

    Args:
        values: The sampled losses, any shape; nan or inf where there is none.
        count: How many levels, at most.
    """
    finite = values[np.isfinite(values)]
    if finite.size == 0 or np.ptp(finite) <= FLAT * max(TINY, float(np.abs(finite).max())):
        return np.array([])
    shares = ((np.arange(count) + 0.6) / count) ** 2
    levels = np.unique(np.quantile(finite, shares))
    return levels[levels > finite.min()]


def finite_runs(values: NDArray[np.float64]) -> list[slice]:
    """Return the stretches of at least two finite neighbours in `values`."""
    finite = np.concatenate([[False], np.isfinite(values), [False]]).astype(int)
    starts, ends = np.flatnonzero(np.diff(finite) == 1), np.flatnonzero(np.diff(finite) == -1)
    return [slice(a, b) for a, b in zip(starts, ends, strict=True) if b - a > 1]


def thinned(points: NDArray[np.float64], within: float) -> NDArray[np.float64]:
    """Return as few of the points of a line as keep it where it is.

    Args:
        points: In order, shape (k, dimensions).
        within: How far a point that is left out may be from the line.

    Returns:
        The first, the last, and some between.

    References:
        Douglas and Peucker (1973), doi:10.3138/FM57-6770-U75U-7727.
    """
    kept = np.zeros(len(points), bool)
    kept[[0, -1]] = True
    waiting = [(0, len(points) - 1)]
    while waiting:
        begin, end = waiting.pop()
        apart = distances(points[begin + 1 : end], points[begin], points[end])
        if apart.size and apart.max() > within:
            farthest = begin + 1 + int(apart.argmax())
            kept[farthest] = True
            waiting += [(begin, farthest), (farthest, end)]
    return points[kept]


def distances(
    points: NDArray[np.float64], begin: NDArray[np.float64], end: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how far `points`, shape (k, dimensions), are from the segment between two others."""
    chord = end - begin
    along = (points - begin) @ chord / max(float(chord @ chord), TINY)
    nearest = begin + np.clip(along, 0.0, 1.0)[:, None] * chord
    return np.linalg.norm(points - nearest, axis=1)
