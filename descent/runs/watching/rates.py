"""The learning rates of a watched loop, one for all parameters or one each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from descent.checks.names import of_group
from descent.runs.group_rates import of_largest
from descent.runs.watching.optimizers import suffixes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.runs.watching.recorder import LoopRecorder
    from descent.runs.watching.rows import Row

    Rates = NDArray[np.float64]


def rates_of(
    recorder: LoopRecorder, rows: Sequence[Row], *, is_thinned: bool
) -> tuple[Rates, dict[str, Rates]]:
    """Return the rates of each step, and those that they do not hold, by name.

    Their shape is (steps,), or (steps, n) where parameters have rates of their own. Those of each
    parameter would take more memory than rows that were thinned: then the rates are those of the
    largest group, and "lr of group 1" and the like are the others'.
    """
    if _have_one(recorder, rows):
        return np.array([_used(recorder, row).pop() for row in rows]), {}
    if is_thinned:
        return _by_group(recorder, rows)
    rates = np.zeros((len(rows), recorder.layout.count))
    for t, row in enumerate(rows):
        for part in row.parts:
            recorder.optimizers[part.optimizer].write_rates(part.rates, rates[t])
    return rates, {}


def _have_one(recorder: LoopRecorder, rows: Sequence[Row]) -> bool:
    """Return whether all parameters were moved in each step, at the same rate."""
    optimizers = recorder.optimizers
    whole = sum(one.size for one in optimizers)
    sizes = [sum(optimizers[part.optimizer].size for part in row.parts) for row in rows]
    return sizes == [whole] * len(rows) and all(len(_used(recorder, row)) == 1 for row in rows)


def _used(recorder: LoopRecorder, row: Row) -> set[float]:
    """Return the rates that a step was taken with."""
    optimizers = recorder.optimizers
    return {
        float(rate)
        for part in row.parts
        for rate in optimizers[part.optimizer].rates_in_use(part.rates)
    }


def _by_group(recorder: LoopRecorder, rows: Sequence[Row]) -> tuple[Rates, dict[str, Rates]]:
    """Return the rates of the largest group in each step, and those of the others by name."""
    named = suffixes(recorder.optimizers)
    groups: list[tuple[str, int, Rates]] = []
    for k, one in enumerate(recorder.optimizers):
        parts = [[part for part in row.parts if part.optimizer == k] for row in rows]
        for g, size in one.group_sizes():
            rates = np.array([float(some[0].rates[g]) if some else 0.0 for some in parts])
            groups.append((of_group("lr", g) + named[k], size, rates))
    return of_largest(groups)
