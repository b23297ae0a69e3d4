"""The rows of a watched loop: kept where they were made, and fetched in blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.runs.watching.devices import is_elsewhere
from descent.runs.watching.losses import BackwardPass, used

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from descent.runs.schedules import Snapshot

BLOCK = 64 << 20  # bytes that rows take on a device before they are fetched


@dataclass(eq=False)
class Part:
    """What one optimizer did in a step.

    Attributes:
        optimizer: Its place among the optimizers.
        gradient: Of its parameters, as `flat` returns it; None until it is known.
        rates: The learning rate of each group, a tensor where only its device knows it.
        options: The other options of its groups.
        skipped: Where only the device knows whether the step was skipped: not 0 if it was.
    """

    optimizer: int
    gradient: list[Tensor] | None
    rates: list[Any]
    options: Snapshot
    skipped: Any = None


@dataclass(eq=False)
class Row:
    """A step: the parameters that it began from, and what it used.

    Attributes:
        iterate: The parameters, as `flat` returns them.
        passes: The losses.
        full_loss: The loss over given data, where it was measured.
        parts: What each optimizer did.
        losses: The losses that the step used, once they are fetched.
    """

    iterate: list[Tensor]
    passes: list[BackwardPass]
    full_loss: Any = None
    parts: list[Part] = field(default_factory=list[Part])
    losses: list[float] = field(default_factory=list[float])

    def vectors(self) -> Iterator[tuple[list[Tensor], int]]:
        """Yield each list of tensors of the row with the place of each tensor in it."""
        for tensors in (self.iterate, *(part.gradient or [] for part in self.parts)):
            for place in range(len(tensors)):
                yield tensors, place


class RowStore:
    """The rows so far. Those on the CPU stay as they are, in their own precision."""

    def __init__(self) -> None:
        self._fetched: list[Row] = []
        self._pending: list[Row] = []
        self._bytes = 0
        self.count = 0  # of rows, also of those that were skipped

    def add(self, row: Row) -> None:
        """Keep a row, and fetch the latest where they take much of a device's memory."""
        self._pending.append(row)
        self.count += 1
        self._bytes += sum(
            tensors[place].nbytes
            for tensors, place in row.vectors()
            if is_elsewhere(tensors[place])
        )
        if self._bytes > BLOCK:
            self.rows()

    def rows(self) -> list[Row]:
        """Return all rows that were not skipped, with their numbers on the CPU."""
        _fetch([vector for row in self._pending for vector in row.vectors()])
        for row in self._pending:
            row.parts = [part for part in row.parts if not _is_true(part.skipped)]
            row.losses, row.passes = used(row.passes), []
        self._fetched += [row for row in self._pending if row.parts]
        self._pending, self._bytes = [], 0
        return self._fetched


def _fetch(vectors: Sequence[tuple[list[Tensor], int]]) -> None:
    """Bring tensors to the CPU in place of those in the lists, many at once."""
    import torch

    alike: dict[Any, list[tuple[list[Tensor], int]]] = {}
    for tensors, place in vectors:
        one = tensors[place]
        if is_elsewhere(one):
            alike.setdefault((one.device, one.dtype, one.shape), []).append((tensors, place))
    for some in alike.values():
        block = torch.stack([tensors[place] for tensors, place in some]).cpu()
        for (tensors, place), one in zip(some, block, strict=True):
            tensors[place] = one


def _is_true(value: Any) -> bool:
    return value is not None and bool(value)


def write(vectors: list[Tensor], order: NDArray[np.int64] | None, row: NDArray[np.float64]) -> None:
    """Write the numbers of `flat` into a row, in the order of the parameters."""
    numbers = [one.double().numpy() for one in vectors]
    if numbers:
        row[slice(None) if order is None else order] = np.concatenate(numbers)
