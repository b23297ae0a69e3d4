"""Which part of a frame changed: boxes marked on a grid, and the rectangles that cover them.

Most frames of a film differ from the one before in a small part. Who draws, copies or converts
only that part must know it. A grid of cells tells it in microseconds, and its lines lie where the
encoder's own do: a cell is a macroblock, 16 pixels wide and high.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

CELL = 16
# To take up another box costs as much as to handle so many pixels more.
WORTH_A_BOX = 16 * CELL**2

# Left, top, right and bottom in pixels; right and bottom are the first outside.
Rect = tuple[int, int, int, int]


class DirtyGrid:
    """The cells of a frame that changed.

    Args:
        width: Of the frame, in pixels.
        height: Of the frame, in pixels.
        boxes: What changed; each lies inside the frame.

    Attributes:
        rectangles: Boxes that cover the changed cells and no other, without overlapping.
    """

    def __init__(self, width: int, height: int, boxes: Iterable[Rect]) -> None:
        self._width, self._height = width, height
        self._marked = np.zeros((-(-height // CELL), -(-width // CELL)), bool)
        for box in boxes:
            self._marked[cells_of(box)] = True
        self.rectangles = self._covering()
        self._around = around(self.rectangles)

    def meet(self, box: Rect) -> bool:
        """Return whether `box` reaches into a cell that changed."""
        left, top, right, bottom = self._around
        # Most boxes are far from all that changed, and most of this is asked about those.
        if box[2] <= left or box[0] >= right or box[3] <= top or box[1] >= bottom:
            return False
        return bool(self._marked[cells_of(box)].any())

    def _covering(self) -> list[Rect]:
        finished: list[Rect] = []
        growing: dict[tuple[int, int], int] = {}
        rows = runs_by_row(self._marked)
        for row in sorted({*rows, *(row + 1 for row in rows)}):
            runs = rows.get(row, [])
            for run in [run for run in growing if run not in runs]:
                finished.append(self._box(run, growing.pop(run), row))
            for run in runs:
                growing.setdefault(run, row)
        return finished

    def _box(self, run: tuple[int, int], first: int, end: int) -> Rect:
        return (
            run[0] * CELL,
            first * CELL,
            min(run[1] * CELL, self._width),
            min(end * CELL, self._height),
        )


def coalesce(boxes: Iterable[Rect]) -> list[Rect]:
    """Return boxes that cover `boxes` and perhaps a little more, but are not as many.

    Two are joined where that adds less than `WORTH_A_BOX` to what they cover.
    """
    joined: list[Rect] = []
    for box in boxes:
        for place, other in enumerate(joined):
            both = around((box, other))
            if area(both) - area(box) - area(other) < WORTH_A_BOX:
                joined[place] = both
                break
        else:
            joined.append(box)
    return joined


def around(boxes: Sequence[Rect]) -> Rect:
    """Return the box around all `boxes`; an empty one if there are none."""
    if not boxes:
        return (0, 0, 0, 0)
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return (min(lefts), min(tops), max(rights), max(bottoms))


def area(box: Rect) -> int:
    """Return how many pixels lie in `box`."""
    return (box[2] - box[0]) * (box[3] - box[1])


def cells_of(box: Rect) -> tuple[slice, slice]:
    """Return the rows and columns of the cells that `box` reaches into; none if it is empty."""
    left, top, right, bottom = box
    if left >= right or top >= bottom:
        return slice(0, 0), slice(0, 0)
    return slice(top // CELL, -(-bottom // CELL)), slice(left // CELL, -(-right // CELL))


def runs_by_row(marked: np.ndarray) -> dict[int, list[tuple[int, int]]]:
    """Return where the runs of True in each row begin, and the index after their end."""
    height, width = marked.shape
    framed = np.zeros((height, width + 2), bool)
    framed[:, 1:-1] = marked
    edge_rows, edges = np.nonzero(framed[:, 1:] != framed[:, :-1])
    runs: dict[int, list[tuple[int, int]]] = {}
    for row, begin, end in zip(
        edge_rows[::2].tolist(), edges[::2].tolist(), edges[1::2].tolist(), strict=True
    ):
        runs.setdefault(row, []).append((begin, end))
    return runs


def to_slices(box: Rect) -> tuple[slice, slice]:
    """Return the rows and columns of the pixels of `box`, to index an array with."""
    left, top, right, bottom = box
    return slice(top, bottom), slice(left, right)
