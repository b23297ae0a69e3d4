"""Contour levels, and polylines with fewer points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

CONTOURS = 12
FLAT = 1e-12
TINY = 1e-300


def contour_levels(values: NDArray[np.float64], count: int = CONTOURS) -> NDArray[np.float64]:
    """Return increasing losses whose contours are about evenly spaced.

    The k-th level encloses (k / count)² of the view: on a bowl, equal steps of radius; on a
    narrow valley, levels where the valley is, no matter how many decades the loss spans.

    Args:
        values: The sampled losses, any shape; nan or inf outside its domain.
        count: The largest number of levels.
    """
    finite = values[np.isfinite(values)]
    if finite.size == 0 or np.ptp(finite) <= FLAT * max(TINY, float(np.abs(finite).max())):
        return np.array([])
    shares = ((np.arange(count) + 0.6) / count) ** 2
    levels = np.unique(np.quantile(finite, shares))
    return levels[levels > finite.min()]


def finite_slices(values: NDArray[np.float64]) -> list[slice]:
    """Return the slices of at least two finite neighbours in `values`."""
    finite = np.concatenate([[False], np.isfinite(values), [False]]).astype(int)
    starts, ends = np.flatnonzero(np.diff(finite) == 1), np.flatnonzero(np.diff(finite) == -1)
    return [slice(a, b) for a, b in zip(starts, ends, strict=True) if b - a > 1]


def simplify(points: NDArray[np.float64], within: float) -> NDArray[np.float64]:
    """Return a polyline with fewer points, by the algorithm of Douglas and Peucker.

    Args:
        points: In order, shape (k, dimensions).
        within: The largest distance of an omitted point from the new line.

    Returns:
        The first point, the last, and some between.

    References:
        Douglas and Peucker (1973), doi:10.3138/FM57-6770-U75U-7727.
    """
    kept = np.unique([0, len(points) - 1])
    while True:
        # All parts between kept points at once: each gets its farthest point, if that is far.
        lengths = np.diff(kept)
        ends = np.repeat(kept[:-1], lengths), np.repeat(kept[1:], lengths)
        apart = segment_distances(points[:-1], points[ends[0]], points[ends[1]])
        farthest = np.maximum.reduceat(apart, kept[:-1])
        is_farthest = apart == np.repeat(np.where(farthest > within, farthest, np.nan), lengths)
        found = np.flatnonzero(is_farthest)
        if found.size == 0:
            return points[kept]
        _, first = np.unique(ends[0][found], return_index=True)
        kept = np.sort(np.concatenate([kept, found[first]]))


def segment_distances(
    points: NDArray[np.float64], begin: NDArray[np.float64], end: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the distances of `points`, shape (k, dimensions), from segments.

    Args:
        points: The points.
        begin: Where the segment begins: of one for all points, shape (dimensions,), or of one each.
        end: Where it ends.
    """
    chord = end - begin
    squared = np.maximum((chord**2).sum(axis=-1), TINY)
    along = ((points - begin) * chord).sum(axis=-1) / squared
    nearest = begin + np.clip(along, 0.0, 1.0)[:, None] * chord
    return np.sqrt(((points - nearest) ** 2).sum(axis=1))
