"""A loss over some rows of its data, where all of them take too long to be drawn."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from descent.checks.autograd import with_autograd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.arrays import Loss

FEWEST_ROWS = 20
SAME = 1e-9  # relative, of a mean and of that of its parts


@runtime_checkable
class OfRows(Protocol):
    """A loss of rows of data, as `descent.model_loss` and `Plane.restrict` of it return it."""

    @property
    def rows(self) -> int:
        """How many there are; 0 where they cannot be taken one by one."""
        ...

    def over_rows(self, start: int, stop: int) -> Loss:
        """Return the loss over the rows from place `start` to `stop` of a fixed random order."""
        ...


def rows_of(loss: Loss) -> int:
    """Return how many rows the data of a loss have; 0 where fewer cannot be taken."""
    found = _unwrapped(loss)
    return found.rows if isinstance(found, OfRows) else 0


def over_rows(loss: Loss, start: int, stop: int) -> Loss:
    """Return a loss over the rows from place `start` to `stop` of a fixed random order."""
    return _unwrapped(loss).over_rows(start, stop)


def _unwrapped(loss: Any) -> Any:
    return getattr(loss, "function", loss)  # of a NamedLoss


@with_autograd
def is_mean_of_rows(loss: Loss, point: NDArray[np.float64]) -> bool:
    """Return whether a loss over some rows is the mean of those over its parts.

    A sum is not, and what is drawn of a part of its rows would be lower than its losses.
    """
    import torch

    third = FEWEST_ROWS // 3
    try:
        first, second, both = (
            float(over_rows(loss, start, stop)(torch.tensor(point)).detach())
            for start, stop in ((0, third), (third, FEWEST_ROWS), (0, FEWEST_ROWS))
        )
    except Exception:  # what some rows alone cannot be given to
        return False
    mean = (third * first + (FEWEST_ROWS - third) * second) / FEWEST_ROWS
    return bool(np.isclose(both, mean, rtol=SAME, atol=SAME * abs(first)))


def rounded_down(count: float) -> int:
    """Return the largest of 1, 2, 5, 10, 20, … that is at most `count`, which is at least 1."""
    power = 10 ** math.floor(math.log10(count))
    return max(factor * power for factor in (1, 2, 5) if factor * power <= count)
