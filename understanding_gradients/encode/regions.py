"""The changed part of a frame: rects marked on the macroblock grid, and rects that cover them.

Most frames of a film differ from the one before in a small part, and only that part is drawn,
copied and converted. A grid finds it in microseconds, and its lines are the encoder's own: a cell
is a macroblock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

MACROBLOCK = 16
# The cost of one more rect, as a number of pixels.
RECT_COST = 16 * MACROBLOCK**2

# Left, top, right and bottom in pixels; right and bottom are exclusive.
Rect = tuple[int, int, int, int]


class DirtyGrid:
    """The macroblocks of a frame that changed, given rects inside the frame.

    Attributes:
        rects: Rects that cover the changed macroblocks exactly, without overlap.
    """

    def __init__(self, width: int, height: int, rects: Iterable[Rect]) -> None:
        self._width, self._height = width, height
        self._is_dirty = np.zeros((-(-height // MACROBLOCK), -(-width // MACROBLOCK)), bool)
        for rect in rects:
            self._is_dirty[cell_slices(rect)] = True
        self.rects = self._covering_rects()
        self._bounds = bounding_rect(self.rects)

    def intersects(self, rect: Rect) -> bool:
        """Return whether `rect` reaches into a changed macroblock."""
        left, top, right, bottom = self._bounds
        # Most rects are far from all changes, and are rejected here.
        if rect[2] <= left or rect[0] >= right or rect[3] <= top or rect[1] >= bottom:
            return False
        return bool(self._is_dirty[cell_slices(rect)].any())

    def _covering_rects(self) -> list[Rect]:
        """Join equal runs of consecutive rows."""
        finished: list[Rect] = []
        growing: dict[tuple[int, int], int] = {}
        rows = runs_by_row(self._is_dirty)
        for row in sorted({*rows, *(row + 1 for row in rows)}):
            runs = rows.get(row, [])
            for run in [run for run in growing if run not in runs]:
                finished.append(self._rect(run, growing.pop(run), row))
            for run in runs:
                growing.setdefault(run, row)
        return finished

    def _rect(self, run: tuple[int, int], start: int, end: int) -> Rect:
        return (
            run[0] * MACROBLOCK,
            start * MACROBLOCK,
            min(run[1] * MACROBLOCK, self._width),
            min(end * MACROBLOCK, self._height),
        )


def coalesce(rects: Iterable[Rect]) -> list[Rect]:
    """Return fewer rects that cover `rects` and perhaps a little more.

    Two rects are joined where that adds less than `RECT_COST` pixels.
    """
    joined: list[Rect] = []
    for rect in rects:
        for index, other in enumerate(joined):
            both = bounding_rect((rect, other))
            if area(both) - area(rect) - area(other) < RECT_COST:
                joined[index] = both
                break
        else:
            joined.append(rect)
    return joined


def bounding_rect(rects: Sequence[Rect]) -> Rect:
    """Return the smallest rect around all `rects`; an empty one if there are none."""
    if not rects:
        return (0, 0, 0, 0)
    lefts, tops, rights, bottoms = zip(*rects, strict=True)
    return (min(lefts), min(tops), max(rights), max(bottoms))


def area(rect: Rect) -> int:
    """Return the number of pixels in `rect`."""
    return (rect[2] - rect[0]) * (rect[3] - rect[1])


def cell_slices(rect: Rect) -> tuple[slice, slice]:
    """Return the rows and columns of the macroblocks that `rect` touches; none if it is empty."""
    left, top, right, bottom = rect
    if left >= right or top >= bottom:
        return slice(0, 0), slice(0, 0)
    rows = slice(top // MACROBLOCK, -(-bottom // MACROBLOCK))
    return rows, slice(left // MACROBLOCK, -(-right // MACROBLOCK))


def runs_by_row(marked: np.ndarray) -> dict[int, list[tuple[int, int]]]:
    """Return the start and the end (exclusive) of each run of True, by row."""
    height, width = marked.shape
    framed = np.zeros((height, width + 2), bool)
    framed[:, 1:-1] = marked
    edge_rows, edges = np.nonzero(framed[:, 1:] != framed[:, :-1])
    runs: dict[int, list[tuple[int, int]]] = {}
    for row, start, end in zip(
        edge_rows[::2].tolist(), edges[::2].tolist(), edges[1::2].tolist(), strict=True
    ):
        runs.setdefault(row, []).append((start, end))
    return runs


def to_slices(rect: Rect) -> tuple[slice, slice]:
    """Return the rows and columns of the pixels of `rect`, to index an array."""
    left, top, right, bottom = rect
    return slice(top, bottom), slice(left, right)
