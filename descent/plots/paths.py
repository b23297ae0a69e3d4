"""Paths in a window: what is inside, where they leave it, and no more points than can be seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.views.landscape import Window, window_around

if TYPE_CHECKING:
    from numpy.typing import NDArray

MARGIN = 0.14
FAR_SIDE = 0.35  # how much of the way is shown beyond the end, so that a bowl has two sides
NEAR = 1.5  # a run that diverges is followed as far as this many sizes of the other runs
FOLLOWED = 6.0  # or of its own first step, if there are no others
FARTHEST = 1e300  # windows away; differences of larger numbers overflow
CELLS = 1500  # points in the same cell of so fine a grid look like one
MOST = 4000  # points of one line


def window_for(
    paths: Sequence[NDArray[np.float64]],
    leaves: Sequence[bool],
    aspect: float,
    known: Window | None = None,
) -> Window:
    """Return a window for all of the runs that stay, and the beginning of those that leave.

    Args:
        paths: The iterates of each run in the axes shown, shape (steps+1, 1) or (steps+1, 2).
        leaves: Whether each run ends higher than it began, or where nothing is finite.
        aspect: Width over height of the picture.
        known: What is to be shown in any case.
    """
    points = [path[:1] for path in paths] + ([np.array(known).T] if known else [])
    for path, is_leaving in zip(paths, leaves, strict=True):
        if not is_leaving:
            points += [path, path[-1:] + FAR_SIDE * (path[-1:] - path[:1])]
    stable = np.vstack(points)
    middle = stable.min(axis=0) / 2 + stable.max(axis=0) / 2
    reach = NEAR * float(np.abs(stable - middle).max())
    for path, is_leaving in zip(paths, leaves, strict=True):
        if is_leaving:
            is_far = np.abs(path - middle).max(axis=1) > reach
            held = followed(path) if reach == 0 else int(is_far.argmax()) if is_far.any() else None
            points.append(path[:held])
    return window_around(np.vstack(points), aspect, MARGIN)


def followed(path: NDArray[np.float64]) -> int:
    """Return how many points of a run that leaves are near its start, for its own first step."""
    reach = FOLLOWED * float(np.abs(path[1:2] - path[:1]).max(initial=0))
    is_far = np.abs(path - path[0]).max(axis=1) > reach
    return int(is_far.argmax()) if is_far.any() else len(path)


def seen(path: NDArray[np.float64], window: Window) -> NDArray[np.int64]:
    """Return the places of as few points of a path as look the same in the window."""
    low, high = np.array(window).T
    is_inside = inside(path, window)
    cells = np.rint(np.where(is_inside[:, None], (path - low) / (high - low), 0) * CELLS)
    is_same = (np.diff(cells, axis=0) == 0).all(axis=1) & is_inside[1:] & is_inside[:-1]
    is_kept = np.r_[True, ~is_same]
    is_kept[-1] = True
    return _some(np.flatnonzero(is_kept), MOST)


def _some(places: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """Return at most about `most` places: the first ones, then pairs at equal distances."""
    if len(places) <= most:
        return places
    first, rest = places[: most // 4], places[most // 4 :]
    stride = -(-len(rest) // (3 * most // 8))
    # In pairs, since of a run from side to side one side alone would be left.
    order = np.arange(len(rest))
    return np.r_[first, rest[(order % stride < 2) | (order == len(rest) - 1)]]


def clipped(path: NDArray[np.float64], window: Window) -> NDArray[np.float64]:
    """Return the part of a polyline inside a window; its pieces are parted by a row of nan.

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
        # On the edge, though of a point very far out no digit is left to say so.
        ends[0] = np.where(enter[k] == first[k], step[k] < 0, ends[0])
        ends[1] = np.where(leave[k] == last[k], step[k] > 0, ends[1])
        # A whole step ends where it was recorded, not where arithmetic puts it.
        ends = low + np.clip(ends, 0, 1) * (high - low)
        ends[0] = path[k] if first[k] == 0 else ends[0]
        ends[1] = path[k + 1] if last[k] == 1 else ends[1]
        is_joined = bool(pieces) and np.array_equal(pieces[-1][-1], ends[0])
        pieces.append(ends[1:] if is_joined else np.vstack([_gap(ends), ends]))
    return np.vstack(pieces)[1:] if pieces else np.empty((0, path.shape[1]))


def _crossings(
    begin: NDArray[np.float64], step: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return when each coordinate comes to lie from 0 to 1, and when it ceases to, in steps."""
    is_inside = (begin >= 0) & (begin <= 1)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        to_low, to_high = -begin / step, (1 - begin) / step
    enter = np.where(step == 0, np.where(is_inside, -1, 2), np.minimum(to_low, to_high))
    leave = np.where(step == 0, np.where(is_inside, 2, -1), np.maximum(to_low, to_high))
    return enter, leave


def _gap(points: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.full((1, points.shape[1]), np.nan)


def inside(path: NDArray[np.float64], window: Window) -> NDArray[np.bool_]:
    """Return which points of a path stand in the window."""
    low, high = np.array(window).T
    return ((path >= low) & (path <= high)).all(axis=1)


def exit_of(path: NDArray[np.float64], window: Window) -> Any:
    """Return a path's last two points in the window, one on its edge; None if it ends inside."""
    if inside(path[-1:], window)[0]:
        return None
    shown = clipped(path, window)
    last = shown[-2:]
    return last if len(last) == 2 and np.isfinite(last).all() else None


def envelope(values: NDArray[np.float64], most: int = MOST) -> NDArray[np.int64]:
    """Return the places of the least and greatest values of each stretch of a long curve."""
    if len(values) <= most:
        return np.arange(len(values))
    edges = np.linspace(0, len(values), most // 2 + 1).astype(int)
    pairs = (
        (a + int(values[a:b].argmin()), a + int(values[a:b].argmax()))
        for a, b in zip(edges[:-1], edges[1:], strict=True)
    )
    return np.unique([0, *(place for pair in pairs for place in pair), len(values) - 1])
