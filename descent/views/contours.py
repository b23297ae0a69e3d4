"""Contour levels, and polylines with fewer points."""

from __future__ import annotations

from collections.abc import Sequence
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
    return simplify_all([points], within)[0]


def simplify_all(lines: Sequence[NDArray[np.float64]], within: float) -> list[NDArray[np.float64]]:
    """Return what `simplify` makes of each of many polylines, in a fraction of the time."""
    if not lines:
        return []
    points, lengths = np.concatenate(lines), np.array([len(line) for line in lines])
    after = np.cumsum(lengths)
    first, last = after - lengths, after - 1
    is_kept = np.zeros(len(points), dtype=bool)
    is_kept[first] = is_kept[last] = True
    # All parts between kept points at once: each gets its farthest point, if that is far.
    while (is_open := last - first > 1).any():
        first, last = first[is_open], last[is_open]
        found = _farthest(points, first, last, within)
        is_far = found >= 0
        first, last, found = first[is_far], last[is_far], found[is_far]
        is_kept[found] = True
        first, last = np.concatenate([first, found]), np.concatenate([found, last])
    return [points[a:b][is_kept[a:b]] for a, b in zip(after - lengths, after, strict=True)]


def _farthest(
    points: NDArray[np.float64], first: NDArray[np.int64], last: NDArray[np.int64], within: float
) -> NDArray[np.int64]:
    """Return the point between two that is farthest from their chord, for many pairs of points.

    Args:
        points: Shape (k, dimensions).
        first: Where each chord begins, shape (m,).
        last: Where it ends, two points on at least, shape (m,).
        within: The distance from which on a point is far.

    Returns:
        Indices, shape (m,): the first of the farthest points; -1 where none is far.
    """
    inside = last - first - 1
    begins = np.cumsum(inside) - inside
    part = np.repeat(np.arange(len(first)), inside)
    between = np.arange(len(part)) - begins[part] + first[part] + 1
    apart = segment_distances(points[between], points[first][part], points[last][part])
    farthest = np.maximum.reduceat(apart, begins)
    candidates = np.flatnonzero(apart == np.where(farthest > within, farthest, np.nan)[part])
    found = np.full(len(first), -1)
    # Of several in a part, the one that is written last is its first.
    found[part[candidates[::-1]]] = between[candidates[::-1]]
    return found


def segment_distances(
    points: NDArray[np.float64], begin: NDArray[np.float64], end: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the distances of `points`, shape (k, dimensions), from segments.

    Args:
        points: The points.
        begin: Where the segment begins: of one for all points, shape (dimensions,), or of one each.
        end: Where it ends.
    """
    # Axis by axis: sums over a few numbers in a row take NumPy ten times as long.
    places, begins, ends = (np.moveaxis(one, -1, 0) for one in (points, begin, end))
    chords = [b - a for a, b in zip(begins, ends, strict=True)]
    squared = np.maximum(sum(chord**2 for chord in chords), TINY)
    away = [place - a for place, a in zip(places, begins, strict=True)]
    along = sum(one * chord for one, chord in zip(away, chords, strict=True)) / squared
    share = np.clip(along, 0.0, 1.0)
    nearest = [a + share * chord for a, chord in zip(begins, chords, strict=True)]
    return np.sqrt(sum((place - a) ** 2 for place, a in zip(places, nearest, strict=True)))
