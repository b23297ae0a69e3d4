"""Which part of a frame changed: boxes marked on a grid, and the rectangles that cover them.

Most frames of a film differ from the one before in a small part. Who draws, copies or converts
only that part must know it. A grid of cells tells it in microseconds, and its lines lie where the
encoder's own do: a cell is a macroblock, 16 pixels wide and high.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

CELL = 16

# Left, top, right and bottom in pixels; right and bottom are the first outside.
Box = tuple[int, int, int, int]


class ChangedCells:
    """The cells of a frame that changed.

    Args:
        width: Of the frame, in pixels.
        height: Of the frame, in pixels.
        boxes: What changed; each lies inside the frame.
    """

    def __init__(self, width: int, height: int, boxes: Iterable[Box]) -> None:
        self._width, self._height = width, height
        self._marked = np.zeros((-(-height // CELL), -(-width // CELL)), bool)
        for box in boxes:
            self._marked[cells_of(box)] = True

    def meet(self, box: Box) -> bool:
        """Return whether `box` reaches into a cell that changed."""
        return bool(self._marked[cells_of(box)].any())

    def rectangles(self) -> list[Box]:
        """Return boxes that cover the changed cells and no other, without overlapping."""
        finished: list[Box] = []
        growing: dict[tuple[int, int], int] = {}
        rows = runs_by_row(self._marked)
        for row in sorted({*rows, *(row + 1 for row in rows)}):
            runs = rows.get(row, [])
            for run in [run for run in growing if run not in runs]:
                finished.append(self._box(run, growing.pop(run), row))
            for run in runs:
                growing.setdefault(run, row)
        return finished

    def _box(self, run: tuple[int, int], first: int, end: int) -> Box:
        return (
            run[0] * CELL,
            first * CELL,
            min(run[1] * CELL, self._width),
            min(end * CELL, self._height),
        )


def cells_of(box: Box) -> tuple[slice, slice]:
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


def region(box: Box) -> tuple[slice, slice]:
    """Return the rows and columns of the pixels of `box`, to index an array with."""
    left, top, right, bottom = box
    return slice(top, bottom), slice(left, right)
