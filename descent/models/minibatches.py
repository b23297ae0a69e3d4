"""Losses that show each step some rows of their data only: seeded mini-batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from descent.checks.function import carrying
from descent.checks.numbers import check_whole

if TYPE_CHECKING:
    from torch import Tensor

    from descent.arrays import Loss
    from descent.checks.function import Value


@runtime_checkable
class BatchedLoss(Protocol):
    """A loss over all data that also knows the loss of each step's mini-batch.

    `descent.record` takes step t along the gradient of ``loss.batch(t)``. Anything with these two
    methods will do; ``batch`` must give the same loss whenever it is asked for the same t.
    """

    def __call__(self, params: Tensor, /) -> Tensor:
        """Return the loss over all data at `params`, a scalar tensor."""
        ...

    def batch(self, t: int, /) -> Loss:
        """Return the loss that step `t`, 0 being the first, is taken on."""
        ...


class WholeLoss:
    """A loss over all data, and that alone: no step of it looks at a mini-batch."""

    def __init__(self, loss: Loss) -> None:
        self._loss = loss
        self.names: tuple[str, ...] | None = getattr(loss, "names", None)

    def __call__(self, params: Tensor, /) -> Tensor:
        """Return the loss over all data at `params`, a scalar tensor."""
        return self._loss(params)

    def carrying(self, *, is_evaluating: bool = False) -> Value:
        """Return its value at a point, each evaluation leaving its state to the next."""
        return carrying(self._loss, is_evaluating=is_evaluating)


def over_all_data(loss: Loss) -> Loss:
    """Return `loss`, without its mini-batches if it has any."""
    return WholeLoss(loss) if isinstance(loss, BatchedLoss) else loss


class Shuffles:
    """Which rows each step looks at: every row once an epoch, newly shuffled for each.

    The very rows that torch.utils.data.DataLoader(…, batch_size, shuffle=True, generator) gives,
    its generator seeded with `seed`. The last batch of an epoch is smaller where rows are left,
    and is dropped where `drop_last` is true.
    """

    def __init__(self, rows: int, batch_size: Any, seed: Any, drop_last: bool = False) -> None:
        self._rows, self._drops = rows, drop_last
        self._size = check_whole(batch_size, "batch_size", 1, rows)
        self._seed = check_whole(seed, "seed", 0, 2**63 - 1)
        self._restart()

    def _restart(self) -> None:
        import torch
        from torch.utils.data import DataLoader

        self._epoch, self._batches = -1, []
        generator = torch.Generator().manual_seed(self._seed)
        numbers: Any = range(self._rows)
        self._loader: Any = DataLoader(
            numbers, self._size, shuffle=True, generator=generator, drop_last=self._drops
        )

    def sizes(self) -> list[int]:
        """Return the sizes that batches have, the usual one first."""
        rest = 0 if self._drops else self._rows % self._size
        return [self._size, rest] if rest else [self._size]

    def batch(self, t: int) -> Tensor:
        """Return the rows of step `t`, shape (batch_size,) or fewer."""
        epoch, place = divmod(t, len(self._loader))
        if epoch < self._epoch:
            self._restart()
        while self._epoch < epoch:
            self._batches: list[Tensor] = list(self._loader)
            self._epoch += 1
        return self._batches[place]
