"""What is recorded of the optimizers of a watched loop: their rates and options."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.runs.factories import given_options, groups_of
from descent.runs.schedules import GroupOptions, Snapshot, changed_options
from descent.runs.watching.devices import is_elsewhere
from descent.runs.watching.parameters import WatchedParameters, order_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch.optim import Optimizer


class WatchedOptimizer:
    """An optimizer, the parameters that it trains, and its options.

    Attributes:
        optimizer: The optimizer.
        tensors: Its parameters among those that are watched.
        rest: The others that it trains, of which nothing is recorded.
        columns: The places of their numbers in a row.
        size: How many numbers they have.
        order: The places of the numbers of `flat` among these; None if they are in order.
        name: The name of its class.
        options: Those that are not the defaults of its class.
        snapshots: Its options as they are at each step.
    """

    def __init__(self, optimizer: Optimizer, params: WatchedParameters) -> None:
        self.optimizer = optimizer
        self.tensors = params.of(optimizer)
        self.rest = params.rest_of(optimizer)
        self.columns, self.order = params.columns(self.tensors), order_of(self.tensors)
        self.snapshots = GroupOptions(optimizer)
        self.options = given_options(optimizer)
        self.name = type(optimizer).__name__
        self._sizes = [one.numel() for one in self.tensors]
        self.size = sum(self._sizes)
        self._group_of = self._groups()
        self._count = self._size()

    def has_grown(self) -> bool:
        """Return whether a parameter or a group was added."""
        return self._size() != self._count

    def rates(self) -> list[Any]:
        """Return the rate of each group, a copy on its device where it is a tensor elsewhere."""
        return [_rate(group["lr"]) for group in self.optimizer.param_groups]

    def rates_in_use(self, rates: list[Any]) -> NDArray[np.float64]:
        """Return the rate of each tensor, given that of each group."""
        return np.array([float(rate) for rate in rates])[self._group_of]

    def write_rates(self, rates: list[Any], row: NDArray[np.float64]) -> None:
        """Write the rate of each number into a row of all."""
        row[self.columns] = np.repeat(self.rates_in_use(rates), self._sizes)

    def group_sizes(self) -> list[tuple[int, int]]:
        """Return the number of each group and how many numbers it has, without empty ones."""
        sizes = np.bincount(self._group_of, self._sizes).astype(int)
        return [(group, int(size)) for group, size in enumerate(sizes) if size]

    def _groups(self) -> NDArray[np.int64]:
        """Return the group of each tensor."""
        group_of = groups_of(self.optimizer)
        return np.array([group_of[id(one)] for one in self.tensors], np.int64)

    def _size(self) -> tuple[int, int]:
        groups = self.optimizer.param_groups
        return len(groups), sum(len(group["params"]) for group in groups)


def suffixes(optimizers: Sequence[WatchedOptimizer]) -> list[str]:
    """Return what is added to the options of each optimizer: " of Muon"; "" of the only one."""
    names = [one.name for one in optimizers]
    if len(names) == 1:
        return [""]
    twice = {name for name, count in Counter(names).items() if count > 1}
    return [
        f" of {name} {k}" if name in twice else f" of {name}"
        for k, name in enumerate(names, start=1)
    ]


def changed(
    one: WatchedOptimizer, noted: Sequence[Snapshot | None], suffix: str
) -> dict[str, NDArray[np.float64]]:
    """Return the options that were not always what was given, by name; each of shape (steps,).

    Args:
        one: The optimizer.
        noted: Its options in each step; None where it took none, and they were the ones before.
        suffix: What is added to each name.
    """
    given, last, filled = one.snapshots.given, one.snapshots.given, list[Snapshot]()
    for snapshot in noted:
        last = last if snapshot is None else snapshot
        filled.append(last)
    return {f"{name}{suffix}": values for name, values in changed_options(given, filled).items()}


def _rate(rate: Any) -> Any:
    """Return a rate as a number, or as a copy where that would wait for a device."""
    return rate.detach().clone() if is_elsewhere(rate) else float(rate)
