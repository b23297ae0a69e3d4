"""A batch of descents that take their steps together: one learning rate each.

The gradients of all runs are one call (see `descent.sweeps.tracing`). Rows are kept for a block of
steps and looked at together, so that it costs little to know what every run did, and memory does
not grow with the number of steps. A run that left the finite numbers is looked at row by row; once
enough have stopped they are taken out of the batch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from descent.sweeps.sweep import NEVER
from descent.sweeps.tracing import batched_gradients

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from descent.arrays import Loss
    from descent.runs.trajectory import Trajectory

    Gradients = Callable[[Tensor], tuple[Tensor, Tensor]]

BLOCK = 16  # rows that are kept before they are looked at
STILL_RUNNING = 0.5  # of a batch; when fewer are, the others are taken out
FEW = 16  # parameters; of these each one's numbers of all runs lie side by side, else each run's
CERTAIN = 1e-290  # a scalar product at least as far from zero has lost no digits by vanishing


class Results:
    """What is known of every run of a sweep."""

    def __init__(self, count: int) -> None:
        self.losses = np.empty(count)
        self.gradient_norms = np.empty(count)
        self.rows = np.zeros(count, np.int64)
        self.turns = np.zeros(count, np.int64)
        self.reached = np.full(count, NEVER)
        self.diverged = np.zeros(count, np.int64)

    def copy_from(self, place: int, run: Trajectory, tolerance: float | None) -> None:
        """Write down of the run at `place` what its recording says."""
        self.losses[place], self.rows[place] = run.losses[-1], len(run.losses)
        self.diverged[place] = run.diverged
        if tolerance is not None:
            low = np.flatnonzero(run.losses <= tolerance)
            self.reached[place] = low[0] if low.size else NEVER

    def write_ends(self, losses: Tensor, gradients: Tensor, places: Tensor) -> None:
        """Write down the loss and the size of the gradient in the last row of some runs.

        Args:
            losses: Shape (k,).
            gradients: Shape (n, k).
            places: Where these runs belong, shape (k,).
        """
        import torch

        largest = gradients.abs().amax(0)
        # Scaled, since the square of a huge number overflows.
        scaled = gradients / torch.where(largest > 0, largest, 1.0)
        written = places.cpu().numpy()
        self.losses[written] = losses.cpu().numpy()
        self.gradient_norms[written] = (largest * scaled.square().sum(0).sqrt()).cpu().numpy()


@dataclass(frozen=True)
class Block:
    """Some rows of all runs of a batch; a parameter's numbers of all runs lie side by side.

    Attributes:
        losses: Shape (rows, k).
        gradients: One a row, each of shape (n, k).
        params: Where these were computed and, last, where the last step led: (rows + 1, n, k).
        before: The loss, shape (k,), and the gradient, shape (n, k), of the row before the first.
    """

    losses: Tensor
    gradients: list[Tensor]
    params: Tensor
    before: tuple[Tensor, Tensor]

    def leaving(self) -> Tensor:
        """Return which runs may have left the finite numbers, shape (k,).

        Parameters that are not finite never become so again, and a gradient that is not finite
        makes them so. The sums may overflow for less; then the rows will show it.
        """
        return ~(self.params[-1].sum(0) + self.losses.sum(0)).isfinite()

    def turns(self) -> tuple[Tensor, Tensor]:
        """Return which gradients point against the one before, and for which runs that is certain.

        Returns:
            Truth values of shape (rows, k) and (k,).
        """
        import torch

        products = torch.empty_like(self.losses)
        before = self.before[1]
        for product, gradient in zip(products, self.gradients, strict=True):
            torch.sum(gradient * before, 0, out=product)
            before = gradient
        return products < 0, products.abs().amin(0) > CERTAIN

    def of(self, runs: Tensor) -> Block:
        """Return the same block of some of the runs only."""
        return Block(
            self.losses[:, runs],
            [gradient[:, runs] for gradient in self.gradients],
            self.params[:, :, runs],
            (self.before[0][runs], self.before[1][:, runs]),
        )


class Rows:
    """The rows of a few runs, looked at one by one.

    Attributes:
        kept: Which rows come before the first that is not finite, shape (rows, k).
        is_outside: Where the parameters or the loss are not finite, shape (rows, k).
        turns: Which gradients point against the one before, shape (rows, k).
    """

    def __init__(self, block: Block) -> None:
        import torch

        gradients = torch.stack([block.before[1], *block.gradients])
        # The largest is not finite if any is not.
        sizes = gradients.abs().amax(1)
        self.is_outside = ~(block.params[:-1].isfinite().all(1) & block.losses.isfinite())
        self.kept = (~self.is_outside & sizes[1:].isfinite()).cummin(0).values
        # Scaled, since a product of huge or tiny gradients would overflow or vanish.
        directions = gradients / torch.where(sizes > 0, sizes, 1.0)[:, None]
        self.turns = (directions[1:] * directions[:-1]).sum(1) < 0


def _laid_out(numbers: Tensor) -> Tensor:
    """Return a copy of `numbers`, shape (n, k), in the order of memory that suits the loss.

    A loss of few parameters takes them one by one; the layers of a network take a run's together.
    """
    import torch

    if len(numbers) <= FEW:
        return numbers.clone(memory_format=torch.contiguous_format)
    return numbers.mT.clone(memory_format=torch.contiguous_format).mT


def _empty_rows(numbers: Tensor, rows: int) -> Tensor:
    """Return room for `rows` times as many `numbers`, in the same order of memory."""
    parameters, runs = numbers.shape
    if parameters <= FEW:
        return numbers.new_empty(rows, parameters, runs)
    return numbers.new_empty(rows, runs, parameters).mT


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
        self._rates = _laid_out(torch.tensor(rates.T, dtype=torch.float64, device=device))
        self._start = start = torch.tensor(point, dtype=torch.float64, device=device)
        self._params = _laid_out(start[:, None].expand(-1, len(rates)))
        self._before: tuple[Tensor, Tensor] | None = None
        self._running = torch.ones(len(rates), dtype=torch.bool, device=device)
        self.places = torch.arange(len(rates), device=device)

    def descend(
        self, steps: int, results: Results, begin: int, tell: Callable[[int], None] | None
    ) -> None:
        """Take all steps, and fill in `results` from the place `begin` on."""
        import torch

        self.places += begin
        count = running = len(self.places)
        gradients = batched_gradients(self._loss, self._params)
        with torch.no_grad():
            for row in range(0, steps + 1, BLOCK):
                rows = min(BLOCK, steps + 1 - row)
                self._look_at(self._block(gradients, rows), row, results)
                if tell is not None:
                    tell(count * min(row + rows, steps))
                running = int(self._running.sum())
                if not running:
                    break
                if running <= STILL_RUNNING * len(self._running):
                    self._keep(self._running)
                    gradients = batched_gradients(self._loss, self._params)
            if running:
                results.write_ends(*self._keep(self._running), self.places)
        if tell is not None:
            tell(count * steps)

    def _block(self, gradients: Gradients, rows: int) -> Block:
        """Take `rows` steps, and return the rows that they were taken from."""
        import torch

        params = _empty_rows(self._params, rows + 1)
        params[0] = self._params
        losses = self._params.new_empty(rows, self._params.shape[-1])
        slopes: list[Tensor] = []
        for row in range(rows):
            slope, losses[row] = self._evaluated(gradients, params[row])
            torch.addcmul(params[row], self._rates, slope, value=-1, out=params[row + 1])
            slopes.append(slope)
        # The start has no row before it; compared with itself, its gradient does not turn.
        block = Block(losses, slopes, params, self._before or (losses[0], slopes[0]))
        self._params, self._before = params[-1], (losses[-1], slopes[-1])
        return block

    def _evaluated(self, gradients: Gradients, params: Tensor) -> tuple[Tensor, Tensor]:
        """Return gradients and losses, where a loss may refuse numbers that are not finite.

        Raises:
            InvalidValue: If the loss fails all the same.
        """
        import torch

        try:
            return gradients(params)
        except RuntimeError:
            # Some operations, such as a Cholesky factor, fail for all runs if they do for one.
            is_inside = params.isfinite().all(0)
        try:
            slopes, losses = gradients(torch.where(is_inside, params, self._start[:, None]))
        except RuntimeError as error:
            raise ValueError(
                "the loss must work wherever a run leads; got "
                f"{type(error).__name__}: {str(error).splitlines()[0]}: sweep smaller rates, or "
                "let it give nan where it has no value."
            ) from error
        return torch.where(is_inside, slopes, torch.nan), torch.where(is_inside, losses, torch.nan)

    def _look_at(self, block: Block, row: int, results: Results) -> None:
        """Write down what the runs did in a block that begins at `row`, and which of them stop."""
        turned, is_certain = block.turns()
        low = block.losses <= (-np.inf if self._tolerance is None else self._tolerance)
        turned, low = turned & self._running, low & self._running
        count = self._running * len(block.losses)
        odd = (self._running & (block.leaving() | ~is_certain)).nonzero().squeeze(1)
        if len(odd):
            few = block.of(odd)
            rows = Rows(few)
            turned[:, odd] = rows.turns & rows.kept
            low[:, odd] &= rows.kept
            count[odd] = rows.kept.sum(0)
            self._stop(few, rows, odd, results)
        places = self.places.cpu().numpy()
        results.rows[places] += count.cpu().numpy()
        results.turns[places] += turned.sum(0).cpu().numpy()
        if self._tolerance is not None:
            is_first = low.any(0).cpu().numpy() & (results.reached[places] == NEVER)
            first = row + low.byte().argmax(0).cpu().numpy()
            results.reached[places[is_first]] = first[is_first]

    def _stop(self, block: Block, rows: Rows, runs: Tensor, results: Results) -> None:
        """Write down how those of `runs` ended that stop in this block, as `record` has it."""
        import torch

        count = rows.kept.sum(0)
        stops = (count < len(block.losses)).nonzero().squeeze(1)
        at, places = count[stops], self.places[runs[stops]]
        is_higher = block.losses[at, stops] > self._first
        diverged = rows.is_outside[at, stops] | is_higher
        results.diverged[places.cpu().numpy()] = diverged.cpu().numpy()
        losses = torch.cat([block.before[0][None], block.losses])
        gradients = torch.stack([block.before[1], *block.gradients])
        results.write_ends(losses[at, stops], gradients[at, :, stops].T, places)
        self._running[runs[stops]] = False

    def _keep(self, running: Tensor) -> tuple[Tensor, Tensor]:
        """Take out of the batch all runs but those that are `running`; return their last row."""
        assert self._before is not None
        self._params = _laid_out(self._params[:, running])
        self._rates = _laid_out(self._rates[:, running])
        self._before = (self._before[0][running], self._before[1][:, running])
        self.places, self._running = self.places[running], running[running]
        return self._before
