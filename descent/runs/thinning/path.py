"""A path of which every iterate is sketched and a few are kept exactly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from descent.runs.sketch import WIDTH, places_of
from descent.runs.thinning.rows import EvenRows
from descent.runs.thinning.vectors import differences, write_vector

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

MOST_EXACT, FEWEST_EXACT = 16, 3  # iterates
MOST_SKETCHED = 4096  # iterates, in 8 MB
BLOCK = 256  # sketches that stay on a device before they are fetched
SEED = 0
FLOAT32 = 4  # bytes


class Ended(NamedTuple):
    """What is kept of a path: finite or not, and by the numbers of its rows."""

    exact: NDArray[np.float32]
    rows: NDArray[np.int64]
    sketches: NDArray[np.float32]
    sketched_rows: NDArray[np.int64]


class ThinnedPath:
    """The sketches and the exact iterates of a path, as rows are added to it.

    Args:
        count: How many parameters there are.
        order: Where each number of the parts belongs in the vector; None if they are in order.
        every: At every how many rows one may be kept.
        memory: Bytes that the exact iterates may take.
    """

    def __init__(
        self, count: int, order: NDArray[np.int64] | None, every: int, memory: float
    ) -> None:
        exact = int(memory / (count * FLOAT32))
        most = min(max(exact, FEWEST_EXACT), MOST_EXACT) - 1  # and the last
        self._exact = EvenRows(most, count, every)
        self._sketches = EvenRows(MOST_SKETCHED, WIDTH, every)
        self._order, self._count = order, count
        self._start: list[Tensor] = []
        self._places: list[Tensor] = []
        self._pending: list[tuple[int, Tensor]] = []

    def add(self, number: int, params: Sequence[Tensor]) -> None:
        """Take note of the parameters in a row, whose tensors are not changed later."""
        if not self._start:
            self._start, self._places = list(params), self._placed(params)
        if self._exact.wants(number):
            write_vector(params, self._order, self._exact.next(number))
        if self._sketches.wants(number):
            self._pending.append((number, self._sketched(params)))
            if len(self._pending) >= BLOCK:
                self._fetch()

    def ended(self, number: int, last: Sequence[Tensor], is_over: bool) -> Ended:
        """Return the exact iterates and the sketches, each with the numbers of its rows.

        Args:
            number: That of the last row.
            last: The parameters in it.
            is_over: Whether no row follows, so that nothing needs to be copied.
        """
        self._fetch()

        def write_last(row: NDArray[Any]) -> None:
            write_vector(last, self._order, row)

        def sketch_last(row: NDArray[Any]) -> None:
            row[:] = self._sketched(last).cpu().numpy()

        exact, rows = self._exact.ended(number, write_last, is_over)
        sketches, of = self._sketches.ended(number, sketch_last, is_over)
        return Ended(exact, rows, sketches, of)

    def _placed(self, params: Sequence[Tensor]) -> list[Tensor]:
        """Return the places of the numbers of each part, on its device."""
        import torch

        places = places_of(self._count, WIDTH, SEED)
        places = places if self._order is None else places[self._order]
        whole: Any = torch.from_numpy(places)
        pieces = whole.split([one.numel() for one in params])
        return [piece.to(one.device) for piece, one in zip(pieces, params, strict=True)]

    def _sketched(self, params: Sequence[Tensor]) -> Tensor:
        """Return the sketch of a point as seen from the start, on the first of its devices."""
        import torch

        both: Any = torch.zeros(2 * WIDTH, dtype=params[0].dtype, device=params[0].device)
        moved = differences(params, self._start)
        for part, places in zip(moved, self._places, strict=True):
            found = torch.zeros(2 * WIDTH, dtype=part.dtype, device=part.device)
            both += found.scatter_add_(0, places, part).to(both.device)
        return (both[:WIDTH] - both[WIDTH:]).float()

    def _fetch(self) -> None:
        """Bring the latest sketches to the CPU."""
        import torch

        if not self._pending:
            return
        block = torch.stack([one for _, one in self._pending]).cpu().numpy()
        for (number, _), sketch in zip(self._pending, block, strict=True):
            if self._sketches.wants(number):
                self._sketches.next(number)[:] = sketch
        self._pending = []
