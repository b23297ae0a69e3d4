"""Paths in a window: choosing the window, clipping, and dropping points that cannot be seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.views.landscape import Window, contains, window_around

if TYPE_CHECKING:
    from numpy.typing import NDArray

MARGIN = 0.14
FAR_SIDE = 0.35  # share of a path that is added beyond its end, so that a bowl has two sides
NEAR = 1.5  # a diverging run is shown up to this multiple of the other runs' extent
FOLLOWED = 6.0  # or, if there are no others, of its own first step
FARTHEST = 1e300  # window sizes; differences of larger numbers overflow
CELLS = 1500  # cells per axis of a grid; points in one cell look the same
MAX_POINTS = 4000  # of one line


def window_for(
    paths: Sequence[NDArray[np.float64]],
    diverging: Sequence[bool],
    aspect: float,
    known: Window | None = None,
) -> Window:
    """Return a window for all of the stable runs and the beginning of the diverging ones.

    Args:
        paths: The iterates of each run in the axes shown, shape (steps+1, 1) or (steps+1, 2).
        diverging: Whether each run diverges.
        aspect: Width over height of the picture.
        known: A window that is shown in any case.
    """
    points = [path[:1] for path in paths] + ([np.array(known).T] if known else [])
    for path, is_diverging in zip(paths, diverging, strict=True):
        if not is_diverging:
            points += [path, path[-1:] + FAR_SIDE * (path[-1:] - path[:1])]
    stable = np.vstack(points)
    middle = stable.min(axis=0) / 2 + stable.max(axis=0) / 2
    reach = NEAR * float(np.abs(stable - middle).max())
    for path, is_diverging in zip(paths, diverging, strict=True):
        if is_diverging:
            count = _count_within(path, middle, reach) if reach else count_near_start(path)
            points.append(path[:count])
    return window_around(np.vstack(points), aspect, MARGIN)


def count_near_start(path: NDArray[np.float64]) -> int:
    """Return how many points of a diverging run are near its start, given its first step."""
    reach = FOLLOWED * float(np.abs(path[1:2] - path[:1]).max(initial=0))
    return _count_within(path, path[0], reach)


def _count_within(path: NDArray[np.float64], center: NDArray[np.float64], reach: float) -> int:
    is_far = np.abs(path - center).max(axis=1) > reach
    return int(is_far.argmax()) if is_far.any() else len(path)


def visible_points(path: NDArray[np.float64], window: Window) -> NDArray[np.int64]:
    """Return the indices of as few points of a path as look the same in the window."""
    low, high = np.array(window).T
    is_inside = contains(window, path)
    cells = np.rint(np.where(is_inside[:, None], (path - low) / (high - low), 0) * CELLS)
    is_same = (np.diff(cells, axis=0) == 0).all(axis=1) & is_inside[1:] & is_inside[:-1]
    is_kept = np.r_[True, ~is_same]
    is_kept[-1] = True
    return _subsampled(np.flatnonzero(is_kept), MAX_POINTS)


def _subsampled(indices: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """Return about `most` of the indices: the first ones, then pairs at equal distances."""
    if len(indices) <= most:
        return indices
    first, rest = indices[: most // 4], indices[most // 4 :]
    stride = -(-len(rest) // (3 * most // 8))
    # Pairs, since single points of an oscillating run might all lie on one side.
    order = np.arange(len(rest))
    return np.r_[first, rest[(order % stride < 2) | (order == len(rest) - 1)]]


def clip_path(path: NDArray[np.float64], window: Window) -> NDArray[np.float64]:
    """Return the part of a polyline inside a window; a row of nan separates its pieces.

    Source: Liang and Barsky (1984), for all segments at once.
    """
    low, high = np.array(window).T
    with np.errstate(over="ignore"):
        unit = np.clip((path - low) / (high - low), -FARTHEST, FARTHEST)
    begin, step = unit[:-1], np.diff(unit, axis=0)
    enter, leave = _crossings(begin, step)
    first, last = np.maximum(enter.max(axis=1), 0), np.minimum(leave.min(axis=1), 1)
    pieces: list[NDArray[np.float64]] = []
    for k in np.flatnonzero(first <= last):
        ends = begin[k] + np.array([[first[k]], [last[k]]]) * step[k]
        # A crossing lies on the edge, even if rounding of a far point says otherwise.
        ends[0] = np.where(enter[k] == first[k], step[k] < 0, ends[0])
        ends[1] = np.where(leave[k] == last[k], step[k] > 0, ends[1])
        ends = low + np.clip(ends, 0, 1) * (high - low)
        # Points inside stay exactly where they were recorded.
        ends[0] = path[k] if first[k] == 0 else ends[0]
        ends[1] = path[k + 1] if last[k] == 1 else ends[1]
        is_joined = bool(pieces) and np.array_equal(pieces[-1][-1], ends[0])
        gap = np.full((1, path.shape[1]), np.nan)
        pieces.append(ends[1:] if is_joined else np.vstack([gap, ends]))
    return np.vstack(pieces)[1:] if pieces else np.empty((0, path.shape[1]))


def _crossings(
    begin: NDArray[np.float64], step: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return when each coordinate enters the range from 0 to 1 and leaves it, in steps."""
    is_inside = (begin >= 0) & (begin <= 1)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        to_low, to_high = -begin / step, (1 - begin) / step
    enter = np.where(step == 0, np.where(is_inside, -1, 2), np.minimum(to_low, to_high))
    leave = np.where(step == 0, np.where(is_inside, 2, -1), np.maximum(to_low, to_high))
    return enter, leave


def exit_segment(path: NDArray[np.float64], window: Window) -> Any:
    """Return a path's last two points in the window, one on its edge; None if it ends inside."""
    if contains(window, path[-1]):
        return None
    last = clip_path(path, window)[-2:]
    return last if len(last) == 2 and np.isfinite(last).all() else None


def envelope(values: NDArray[np.float64], most: int = MAX_POINTS) -> NDArray[np.int64]:
    """Return the indices of the lowest and highest values of each stretch of a long curve."""
    if len(values) <= most:
        return np.arange(len(values))
    edges = np.linspace(0, len(values), most // 2 + 1).astype(int)
    extremes = [
        a + int(found)
        for a, b in zip(edges[:-1], edges[1:], strict=True)
        for found in (values[a:b].argmin(), values[a:b].argmax())
    ]
    return np.unique([0, *extremes, len(values) - 1])
