"""A path of which every iterate is sketched and a few are kept exactly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from descent.runs.sketch import WIDTH, places_of
from descent.runs.thinning.rows import EvenRows
from descent.runs.thinning.vectors import FLOAT32, differences, moved_to, widest, write_vector

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

MOST_EXACT, FEWEST_EXACT = 16, 3  # iterates
MOST_SKETCHED = 4096  # iterates, in 8 MB
BLOCK = 256  # sketches that stay on a device before they are fetched
SEED = 0


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
        self._places, self._moved = list["Tensor"](), list["Tensor"]()
        self._before: Sequence[Tensor] = []
        self._pending: list[tuple[int, Tensor]] = []

    def add(
        self, number: int, params: Sequence[Tensor], step: Sequence[Tensor] | None = None
    ) -> None:
        """Take note of the parameters in a row, whose tensors are not changed later.

        Args:
            number: That of the row.
            params: The parameters.
            step: What they moved by since the last row that was added, if it is known.
        """
        if not self._places:
            self._places = self._placed(params)
            self._moved = [one.new_zeros(2 * WIDTH).to(widest(one.device)) for one in params]
        elif step is not None or self._before:
            self._move(step if step is not None else differences(params, self._before))
        self._before = params
        if self._exact.wants(number):
            write_vector(params, self._order, self._exact.next(number))
        if self._sketches.wants(number):
            self._pending.append((number, self._sketch(self._moved)))
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
            step = self._added(differences(last, self._before))
            moved = [one + part for one, part in zip(self._moved, step, strict=True)]
            row[:] = self._sketch(moved).cpu().numpy()

        exact, rows = self._exact.ended(number, write_last, is_over)
        sketches, of = self._sketches.ended(number, sketch_last, is_over)
        return Ended(exact, rows, sketches, of)

    def _placed(self, params: Sequence[Tensor]) -> list[Tensor]:
        """Return the places of the numbers of each part, on its device."""
        import torch

        torch_any: Any = torch
        places = places_of(self._count, WIDTH, SEED)
        places = places if self._order is None else places[self._order]
        whole = torch_any.from_numpy(places)
        pieces = whole.split([one.numel() for one in params])
        return [piece.to(one.device) for piece, one in zip(pieces, params, strict=True)]

    def _move(self, step: Sequence[Tensor]) -> None:
        """Add a step to the sketch of the way from the start."""
        for moved, part in zip(self._moved, self._added(step), strict=True):
            moved += part

    def _added(self, step: Sequence[Tensor]) -> list[Tensor]:
        """Return the sums of a step's numbers at their places, with sign + and with sign −."""
        return [
            part.new_zeros(2 * WIDTH).scatter_add_(0, places, part)
            for part, places in zip(step, self._places, strict=True)
        ]

    def _sketch(self, moved: Sequence[Tensor]) -> Tensor:
        """Return a sketch from the sums on all devices, on the first of them."""
        both = sum((moved_to(one, moved[0]) for one in moved[1:]), moved[0])
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
