"""The loss of a module over some rows of its data, the same ones each time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.errors import InvalidValue
from descent.models.data import check_rows

if TYPE_CHECKING:
    from torch import Tensor

    from descent.models.data import Batch

SEED = 0  # of the order in which rows are taken


def count_rows(batches: Sequence[Batch]) -> int:
    """Return how many rows some data have; 0 if they cannot be taken apart and joined by rows."""
    try:
        counts = [check_rows(batch) for batch in batches]
        shapes = {tuple(_shape_of_a_row(one) for one in batch.tensors()) for batch in batches}
    except (InvalidValue, TypeError, IndexError):
        return 0
    return sum(counts) if len(shapes) == 1 else 0


def _shape_of_a_row(tensor: Tensor) -> tuple[Any, ...]:
    return (tensor.dtype, *tensor.shape[1:]) if tensor.ndim else (tensor.dtype, "one number")


def take_rows(batches: Sequence[Batch], start: int, stop: int) -> list[Batch]:
    """Return the rows from place `start` to `stop` of a fixed random order, in batches as large."""
    import torch

    counts = [batch.count() for batch in batches]
    chosen = np.random.default_rng(SEED).permutation(sum(counts))[start:stop]
    ends = np.cumsum(counts)
    parts: list[Batch] = []
    for batch, count, end in zip(batches, counts, ends, strict=True):
        own = np.sort(chosen[(end - count <= chosen) & (chosen < end)]) - (end - count)
        if own.size:
            parts.append(batch.take(torch.as_tensor(own, device=batch.tensors()[0].device)))
    joined = _joined(parts)
    places: Any = torch.arange(stop - start)
    return [joined.take(rows) for rows in places.split(max(counts))]


def _joined(parts: Sequence[Batch]) -> Batch:
    """Return all rows of some batches as one; single numbers are those of the first."""
    import torch

    columns = zip(*(part.tensors() for part in parts), strict=True)

    def join(first: Tensor) -> Tensor:
        column = next(columns)
        return torch.cat(column) if first.ndim else first

    return parts[0].map(join)
