"""A batch of descents that take their steps together: one learning rate each.

The gradients of all runs are one call. The loss is written down once as tensor operations, by
`torch.func.vmap` of `torch.func.grad_and_value`, and only played back after that. Rows are kept for
a block of steps and looked at together, so that it costs little to know what every run did, and
memory does not grow with the number of steps. Runs that stopped are taken out of the batch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.sweeps import NEVER

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from descent.arrays import Loss

    Gradients = Callable[[Tensor], tuple[Tensor, Tensor]]

BLOCK = 16  # rows that are kept before they are looked at
STILL_RUNNING = 0.5  # of a batch; when fewer are, the others are taken out


def batched_gradients(loss: Loss, params: Tensor) -> Any:
    """Return what computes gradients (n, k) and losses (k,) of as many `params` (n, k) as these.

    Raises:
        ValueError: If the loss cannot be computed for many at once.
    """
    from torch.func import grad_and_value, vmap
    from torch.fx.experimental.proxy_tensor import make_fx

    try:
        return make_fx(vmap(grad_and_value(loss), in_dims=1, out_dims=(1, 0)))(params)
    except Exception as error:
        raise ValueError(
            "the loss must work for many parameters at once, by torch.func.vmap; got "
            f"{type(error).__name__}: {str(error).splitlines()[0]}: use tensor operations only, "
            "torch.where in place of if, and no .item()."
        ) from error


class Results:
    """What is known of every run of a sweep."""

    def __init__(self, count: int) -> None:
        self.losses = np.empty(count)
        self.gradient_norms = np.empty(count)
        self.rows = np.zeros(count, np.int64)
        self.turns = np.zeros(count, np.int64)
        self.reached = np.full(count, NEVER)
        self.diverged = np.zeros(count, np.int64)


class Block:
    """Some rows of all runs of a batch; a parameter's numbers of all runs lie side by side.

    Attributes:
        losses: Shape (rows, k).
        gradients: Shape (rows, n, k).
        sizes: The largest absolute value in each gradient, shape (rows, k).
        is_inside: Whether all parameters are finite, shape (rows, k).
    """

    def __init__(self, losses: Tensor, gradients: Tensor, params: Tensor) -> None:
        self.losses, self.gradients = losses, gradients
        # The largest is not finite if any is not.
        self.sizes = gradients.abs().amax(1)
        self.is_inside = params.abs().amax(1).isfinite()

    def kept(self) -> Tensor:
        """Return which rows come before the first that is not finite, shape (rows, k)."""
        finite = self.is_inside & self.losses.isfinite() & self.sizes.isfinite()
        return finite.cummin(0).values


class Runs:
    """A batch of runs on their way.

    Attributes:
        places: Where in the results each of them belongs.
    """

    def __init__(
        self,
        loss: Loss,
        point: NDArray[np.float64],
        rates: NDArray[np.float64],
        device: str,
        first_loss: float,
        tolerance: float | None,
    ) -> None:
        import torch

        self._loss, self._first, self._tolerance = loss, first_loss, tolerance
        self._rates = torch.tensor(rates.T.copy(), dtype=torch.float64, device=device)
        start = torch.tensor(point, dtype=torch.float64, device=device)
        self._params = start[:, None].repeat(1, len(rates))
        self._directions = torch.zeros_like(self._params)
        self._running = torch.ones(len(rates), dtype=torch.bool, device=device)
        self.places = torch.arange(len(rates), device=device)

    def descend(
        self, steps: int, results: Results, begin: int, tell: Callable[[int], None] | None
    ) -> None:
        """Take all steps, and fill in `results` from the place `begin` on."""
        import torch

        count = len(self.places)
        gradients = batched_gradients(self._loss, self._params)
        with torch.no_grad():
            for row in range(0, steps + 1, BLOCK):
                rows = min(BLOCK, steps + 1 - row)
                running = self._look_at(self._block(gradients, rows), row, results, begin)
                if tell is not None:
                    tell(count * min(row + rows, steps))
                if not running.any():
                    break
                if int(running.sum()) <= STILL_RUNNING * len(running):
                    self._keep(running)
                    gradients = batched_gradients(self._loss, self._params)
        if tell is not None:
            tell(count * steps)

    def _block(self, gradients: Gradients, rows: int) -> Block:
        """Take `rows` steps, and return the rows that they were taken from."""
        import torch

        shape = (rows, *self._params.shape)
        params, slopes = self._params.new_empty(shape), self._params.new_empty(shape)
        losses = self._params.new_empty(rows, shape[-1])
        for row in range(rows):
            params[row] = self._params
            slopes[row], losses[row] = gradients(self._params)
            self._params = torch.addcmul(self._params, self._rates, slopes[row], value=-1)
        return Block(losses, slopes, params)

    def _look_at(self, block: Block, row: int, results: Results, begin: int) -> Tensor:
        """Write down what the runs did in a block that begins at `row`; return which go on."""
        kept = block.kept() & self._running
        count = kept.sum(0)
        places = (self.places + begin).cpu().numpy()
        self._write_last(block, count, places, results)
        results.rows[places] += count.cpu().numpy()
        results.turns[places] += self._turns(block, kept).cpu().numpy()
        if self._tolerance is not None:
            hits = kept & (block.losses <= self._tolerance)
            first = row + hits.byte().argmax(0).cpu().numpy()
            is_first = hits.any(0).cpu().numpy() & (results.reached[places] == NEVER)
            results.reached[places[is_first]] = first[is_first]
        goes_on = count == len(block.losses)
        self._write_stops(block, count, self._running & ~goes_on, places, results)
        self._running &= goes_on
        return self._running

    def _write_last(
        self, block: Block, count: Tensor, places: NDArray[np.int64], results: Results
    ) -> None:
        """Write down the loss and the size of the gradient in every run's last row."""
        import torch

        moved = (count > 0).nonzero().squeeze(1)
        last = count[moved] - 1
        gradient, largest = block.gradients[last, :, moved], block.sizes[last, moved]
        # Scaled, since the square of a huge number overflows.
        scaled = gradient / torch.where(largest > 0, largest, 1.0)[:, None]
        norms = largest * scaled.square().sum(-1).sqrt()
        written = places[moved.cpu().numpy()]
        results.losses[written] = block.losses[last, moved].cpu().numpy()
        results.gradient_norms[written] = norms.cpu().numpy()

    def _turns(self, block: Block, kept: Tensor) -> Tensor:
        """Count the rows whose gradient points against that of the row before, shape (k,)."""
        import torch

        scale = torch.where(block.sizes > 0, block.sizes, 1.0)
        directions = block.gradients / scale[:, None]
        against = torch.empty_like(kept)
        against[0] = (directions[0] * self._directions).sum(0) < 0
        against[1:] = (directions[1:] * directions[:-1]).sum(1) < 0
        self._directions = directions[-1]
        return (against & kept).sum(0)

    def _write_stops(
        self,
        block: Block,
        count: Tensor,
        stops: Tensor,
        places: NDArray[np.int64],
        results: Results,
    ) -> None:
        """Write down which of the runs that stop in this block diverged, as `record` has it."""
        stopped = stops.nonzero().squeeze(1)
        row = count[stopped]
        loss = block.losses[row, stopped]
        is_outside = ~block.is_inside[row, stopped] | ~loss.isfinite()
        diverged = (is_outside | (loss > self._first)).long()
        results.diverged[places[stopped.cpu().numpy()]] = diverged.cpu().numpy()

    def _keep(self, running: Tensor) -> None:
        """Take out of the batch all runs but those that are `running`."""
        self._params, self._rates = self._params[:, running], self._rates[:, running]
        self._directions, self.places = self._directions[:, running], self.places[running]
        self._running = self._running[running]
