"""The rows of a watched loop: kept where they were made, and fetched in blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.arguments import BYTES_PER_PARAMETER
from descent.runs.thinning.meter import NormMeter
from descent.runs.thinning.path import ThinnedPath
from descent.runs.thinning.vectors import norm
from descent.runs.watching.devices import is_elsewhere
from descent.runs.watching.losses import BackwardPass, used

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from descent.runs.schedules import Snapshot
    from descent.runs.watching.layout import Layout

BLOCK = 64 << 20  # bytes that rows take on a device before they are fetched
MANY = 1024  # rows, likewise


@dataclass(eq=False)
class Part:
    """What one optimizer did in a step.

    Attributes:
        optimizer: Its place among the optimizers.
        gradient: Of its parameters, as `flat` returns it; None until it is known.
        rates: The learning rate of each group, a tensor where only its device knows it.
        options: The other options of its groups.
        skipped: Where only the device knows whether the step was skipped: not 0 if it was.
        size: The length of the gradient, where only that is kept of it.
        has_finite_rest: Whether the gradient of its parameters that are not recorded is finite; a
            tensor where only its device knows.
    """

    optimizer: int
    gradient: list[Tensor] | None
    rates: list[Any]
    options: Snapshot
    skipped: Any = None
    size: Tensor | None = None
    has_finite_rest: Any = True


@dataclass(eq=False)
class Row:
    """A step: the parameters that it began from, and what it used.

    Attributes:
        iterate: The parameters, as `flat` returns them; empty once they are not to be kept.
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

    def empty(self) -> None:
        """Forget the parameters and gradients."""
        self.iterate = []
        for part in self.parts:
            part.gradient = []


class RowStore:
    """The rows so far. Those on the CPU stay as they are, in their own precision.

    Args:
        layout: Where the numbers of parameters and optimizers are in the vectors of a row.
        every: At every how many steps iterate and gradient are kept.
        memory: Bytes that these may take in a Trajectory; beyond, the path is thinned.
        has_products: Whether the gradients may be those of one loss.

    Attributes:
        count: How many rows there are, also of steps of which a device alone knows that they were
            skipped.
        path: The thinned path, once the rows take too much memory.
        meter: Measures the norms, once a row is not kept.
    """

    def __init__(self, layout: Layout, every: int, memory: float, has_products: bool) -> None:
        self._layout, self._every, self._memory = layout, every, memory
        self._has_products = has_products
        self._fetched: list[Row] = []
        self._pending: list[Row] = []
        self._bytes, self._kept = 0, 0
        self._taken: list[bool] = []
        self.count = 0
        self.path: ThinnedPath | None = None
        self.meter = NormMeter(has_products) if every > 1 else None

    def add(self, row: Row) -> None:
        """Keep a row, and fetch the latest where they take much of a device's memory."""
        if all(_is_known(part.skipped) and _is_true(part.skipped) for part in row.parts):
            return
        number = self.count
        self.count += 1
        self._pending.append(row)
        is_kept = number % self._every == 0
        if is_kept and self.path is None:
            self._kept += 1
            if self._kept * self._layout.count * BYTES_PER_PARAMETER > self._memory:
                self._begin_thinning()
        if self.meter is not None:
            self._measure(number, row)
        if self.path is not None or not is_kept:
            row.empty()
        self._bytes += sum(
            tensors[place].nbytes
            for tensors, place in row.vectors()
            if is_elsewhere(tensors[place])
        )
        if self._bytes > BLOCK or len(self._pending) >= MANY:
            self._fetch_all()

    def rows(self) -> list[Row]:
        """Return all rows that were not skipped, with their numbers on the CPU."""
        self._fetch_all()
        return [row for row, is_taken in zip(self._fetched, self._taken, strict=True) if is_taken]

    def taken(self) -> NDArray[np.bool_]:
        """Return which of the rows were not skipped."""
        self._fetch_all()
        return np.array(self._taken, bool)

    def _begin_thinning(self) -> None:
        """Let the rows so far, and all that follow, be measured, sketched and thinned."""
        earlier = [*self._fetched, *self._pending[:-1]]
        self.path = ThinnedPath(self._layout.count, self._layout.order, self._every, self._memory)
        meter, self.meter = self.meter, self.meter or NormMeter(self._has_products)
        for number, row in enumerate(earlier):
            if row.iterate:
                self._measure(number, row, is_measured=meter is not None)
            row.empty()
        self._bytes = 0

    def _measure(self, number: int, row: Row, *, is_measured: bool = False) -> None:
        """Let the meter and the path, as far as there are, take note of a row."""
        params, step = self._layout.on_devices(row.iterate), None
        if self.meter is not None and not is_measured:
            size = self._size(row)
            gradient = self._layout.gradient(row) if size is None else []
            step = self.meter.add(params, gradient, size)
        if self.path is not None:
            self.path.add(number, params, step)

    @staticmethod
    def _size(row: Row) -> Tensor | None:
        """Return the length of a row's gradient if that of a part is known without the part."""
        if all(part.size is None for part in row.parts):
            return None
        known = [part.size for part in row.parts if part.size is not None]
        return norm(known + [norm(part.gradient) for part in row.parts if part.gradient])

    @property
    def keeps_sizes_alone(self) -> bool:
        """Whether of each gradient only its length is kept."""
        return self.path is not None and not self._has_products

    def _fetch_all(self) -> None:
        _fetch_rows(self._pending)
        self._fetched += self._pending
        self._taken += [bool(row.parts) for row in self._pending]
        self._pending, self._bytes = [], 0


def fetched(row: Row) -> list[Row]:
    """Return a copy of a row that is not closed yet, as the store returns rows."""
    one = Row(list(row.iterate), row.passes, row.full_loss, list(row.parts))
    _fetch_rows([one])
    return [one] * bool(one.parts)


def _fetch_rows(rows: Sequence[Row]) -> None:
    """Bring the numbers of rows to the CPU, without the parts that were skipped."""
    _fetch([vector for row in rows for vector in row.vectors()])
    for row in rows:
        row.parts = [part for part in row.parts if not _is_true(part.skipped)]
        row.losses, row.passes = used(row.passes), []


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


def _is_known(value: Any) -> bool:
    return not is_elsewhere(value)


def _is_true(value: Any) -> bool:
    return value is not None and bool(value)
