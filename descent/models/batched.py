"""The loss of a module whose steps are taken on mini-batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from descent.checks.errors import InvalidValue
from descent.checks.loss import check_loss
from descent.checks.texts import described
from descent.models.arithmetic import USUAL, Arithmetic
from descent.models.data import check_rows
from descent.models.minibatches import Shuffles

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from descent.arrays import Loss
    from descent.checks.function import Value
    from descent.models.data import Batch
    from descent.models.live import LiveModule
    from descent.models.loss import ModelLoss

# What batches come from, and how to mend those that are smaller than the usual ones, or are not.
REPAIRS = {
    "size": ("batch_size", "give drop_last=True.", "choose a larger one."),
    "loader": ("inputs", "give drop_last=True to the DataLoader.", "leave it out."),
}


class ShuffledRows:
    """Batches of the rows of some data, newly shuffled for each epoch."""

    def __init__(self, data: Batch, batch_size: Any, seed: Any, drop_last: Any) -> None:
        self._data = data
        self._shuffles = Shuffles(check_rows(data), batch_size, seed, bool(drop_last))

    def batch(self, t: int) -> Batch:
        """Return the rows of step `t`."""
        return self._data.take(self._shuffles.batch(t))

    def of_each_size(self) -> list[Batch]:
        """Return a batch of each size that comes, the usual one first."""
        import torch

        return [self._data.take(torch.arange(size)) for size in self._shuffles.sizes()]


class BatchedModelLoss:
    """The loss of a module over all its data, which shows each step a batch of them."""

    def __init__(self, whole: ModelLoss, batch: Callable[[int], Batch]) -> None:
        self._whole, self._batch, self.names = whole, batch, whole.names

    @property
    def start(self) -> tuple[float, ...]:
        """The module's parameters, as those of the loss over all data."""
        return self._whole.start

    def __call__(self, params: Tensor, /) -> Tensor:
        """Return the loss over all data at `params`, a scalar tensor."""
        return self._whole(params)

    @property
    def rows(self) -> int:
        """How many rows the data have, as of the loss over all of them."""
        return self._whole.rows

    def over_rows(self, start: int, stop: int) -> ModelLoss:
        """Return the loss over some rows of all data."""
        return self._whole.over_rows(start, stop)

    def batch(self, t: int, /) -> Loss:
        """Return the loss over the rows of step `t`."""
        return partial(self._whole.over, batch=self._batch(t))

    def live(self, arithmetic: Arithmetic = USUAL, *, is_evaluating: bool = False) -> LiveModule:
        """Return a copy of the module as it was given, to be trained on these batches."""
        return self._whole.live(arithmetic, is_evaluating=is_evaluating, batch=self._batch)

    def carrying(self, *, is_evaluating: bool = False) -> Value:
        """Return its value at a point, each evaluation leaving its state to the next."""
        return self._whole.carrying(is_evaluating=is_evaluating)


def check_each_size(
    over: Callable[..., Tensor],
    start: NDArray[np.float64],
    batches: Sequence[Batch],
    batch_size: int | None = None,
) -> None:
    """Refuse batches of a size that the loss fails on, before a step is taken on one.

    Args:
        over: Returns the loss of (params, batch).
        start: The parameters to try it at.
        batches: At least one of each size, the usual one first.
        batch_size: The size that was asked for; None for the batches of a loader.
    """
    by_size = {batch.count(): batch for batch in reversed(batches)}
    usual = batches[0].count()
    for size in sorted(by_size, reverse=True):
        try:
            check_loss(partial(over, batch=by_size[size]), start)
        except InvalidValue as error:
            cause = described(error.__cause__, first_line=True) if error.__cause__ else ""
            which = f"a{' last' * (size < usual)} batch of {size} row{'s' * (size != 1)}"
            got = f"{which}, on which there is {cause or f'{error.got} for a loss'}"
            what, smaller, larger = REPAIRS["loader" if batch_size is None else "size"]
            repair = smaller if size < usual else larger
            constraint = "give batches that module and criterion take"
            raise InvalidValue(what, constraint, size, got=got, repair=repair) from error
