"""A batch of descents that take their steps together, one learning rate each.

One call computes the gradients of all runs (see `descent.sweeps.tracing`). The rows of a block of
steps are kept and examined together, so that what each run did is cheap to find out and memory
does not grow with the number of steps. Runs that left the finite numbers are examined row by row.
Runs that stopped stay at the start; once half of the batch has stopped, they leave the batch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.rates.second_derivatives import unfused
from descent.runs.behavior import ENDINGS, codes
from descent.runs.run_facts import RunFacts
from descent.sweeps.row_blocks import RowBlock, RowScan, contiguous, empty_rows, of_runs
from descent.sweeps.sweep import NEVER
from descent.sweeps.tracing import gradients_for, isolated_gradients

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from descent.arrays import Loss
    from descent.runs.behavior import Ending
    from descent.sweeps.results import Results
    from descent.sweeps.row_blocks import Row

    Gradients = Callable[[Tensor], tuple[Tensor, Tensor]]

BLOCK = 16  # rows between two examinations
STILL_RUNNING = 0.5  # share of a batch; below it, stopped runs leave the batch


class BatchedDescent:
    """Descents from one start, one per row of `rates`, that take their steps together.

    Args:
        loss: Maps params, shape (n,), to a scalar tensor.
        point: The start of all runs, shape (n,).
        rates: The rate of each parameter in each run, shape (k, n).
        device: Where torch computes.
        first_loss: The loss at the start.
        tolerance: The loss that counts as low enough, or None.

    Attributes:
        params: The current parameters, shape (n, k).
        places: The index of each run in the results, shape (k,).
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
        self._rates = contiguous(torch.tensor(rates.T, dtype=torch.float64, device=device))
        self._start = torch.tensor(point, dtype=torch.float64, device=device)[:, None]
        self.params = contiguous(self._start.expand(-1, len(rates)))
        self._previous: Row | None = None
        self._running = torch.ones(len(rates), dtype=torch.bool, device=device)
        self._failures: dict[int, tuple[int, str]] = {}
        self.places = torch.arange(len(rates), device=device)
        self._facts = RunFacts(len(rates), 1)
        self._endings = np.zeros(len(rates), np.int64)

    def descend(
        self, steps: int, results: Results, begin: int, on_progress: Callable[[int], None] | None
    ) -> None:
        """Take all steps, and write `results` from the index `begin` on."""
        import torch

        count = len(self.places)
        self._begin, self._facts = begin, RunFacts(count, steps)
        with torch.no_grad(), unfused():
            gradients = self.gradients(steps + 1)
            for row in range(0, steps + 1, BLOCK):
                rows = min(BLOCK, steps + 1 - row)
                self._examine(self.take_block(gradients, rows), row, results)
                if on_progress is not None:
                    on_progress(count * min(row + rows, steps))
                running = int(self._running.sum())
                if not running:
                    break
                if running <= STILL_RUNNING * len(self._running):
                    self._select(self._running)
                    gradients = self.gradients(steps + 1 - row - rows)
        every = slice(begin, begin + count)
        results.losses[every] = self._facts.loss
        results.behaviors[every] = codes(self._facts, self._endings)
        if on_progress is not None:
            on_progress(count * steps)

    def gradients(self, rows: int) -> Any:
        """Return what computes the gradients and losses of a batch of this size, for `rows`."""
        # At the start, where the loss is known to work for every run.
        start = contiguous(self._start.expand_as(self.params))
        return gradients_for(self._loss, start, rows)

    def take_block(self, gradients: Gradients, rows: int) -> RowBlock:
        """Take `rows` steps, and return the rows before them."""
        import torch

        params = empty_rows(self.params, rows + 1)
        params[0] = self.params
        losses = self.params.new_empty(rows, self.params.shape[-1])
        slopes: list[Tensor] = []
        self._failures = {}
        for row in range(rows):
            slope, losses[row] = self._evaluate(gradients, params[row], row)
            torch.addcmul(params[row], self._rates, slope, value=-1, out=params[row + 1])
            slopes.append(slope)
        # The start has no previous row: compared with itself, nothing changes.
        block = RowBlock(
            losses, slopes, params, self._previous or (losses[0], slopes[0], params[0])
        )
        self.params, self._previous = params[-1], (losses[-1], slopes[-1], params[-2])
        return block

    def _evaluate(self, gradients: Gradients, params: Tensor, row: int) -> tuple[Tensor, Tensor]:
        """Return gradients and losses: nan for a run on which the loss raises an exception."""
        import torch

        try:
            return gradients(params)
        except Exception:
            # Some operations, such as a Cholesky factor, fail for all runs if they do for one.
            inside = params.isfinite().all(0).nonzero()[:, 0]
        slopes, losses = torch.full_like(params, torch.nan), torch.full_like(params[0], torch.nan)
        slopes[:, inside], losses[inside], errors = isolated_gradients(
            self._loss, params[:, inside]
        )
        for run, error in errors.items():
            self._failures[int(inside[run])] = row, f"the loss failed: {error}"
        return slopes, losses

    def _examine(self, block: RowBlock, row: int, results: Results) -> None:
        """Write the results of a block that begins at `row`, and stop the runs that end in it."""
        import torch

        low = block.losses <= (-np.inf if self._tolerance is None else self._tolerance)
        kept = self._running.expand_as(block.losses).clone()
        local = self.places.cpu().numpy()
        is_still = torch.as_tensor(~self._facts.moved[local], device=self.params.device)
        uncertain = (self._running & block.may_have_left()).nonzero().squeeze(1)
        if len(uncertain):
            some = block.of(uncertain)
            scan = RowScan(some)
            kept[:, uncertain] = scan.kept
            self._stop(some, scan, uncertain, results)
        self._facts.add(row, local, block.rows(row, self._facts, is_still, kept))
        places = local + self._begin
        results.rows[places] += kept.sum(0).cpu().numpy()
        if self._tolerance is not None:
            low &= kept
            is_first = low.any(0).cpu().numpy() & (results.reached[places] == NEVER)
            first = row + low.byte().argmax(0).cpu().numpy()
            results.reached[places[is_first]] = first[is_first]

    def _stop(self, block: RowBlock, scan: RowScan, runs: Tensor, results: Results) -> None:
        """Write the ends of those of `runs` that stop in this block, as `record` defines them."""
        count = scan.kept.sum(0)
        stops = (count < len(block.losses)).nonzero().squeeze(1)
        at, stopped = count[stops], runs[stops]
        is_higher = block.losses[at, stops] > self._first
        diverged = scan.is_outside[at, stops] | is_higher
        places = self.places[stopped].cpu().numpy()
        results.diverged[places + self._begin] = diverged.cpu().numpy()
        self._endings[places] = _endings(
            scan.has_left[at, stops].cpu().numpy(),
            block.losses[at, stops].cpu().numpy(),
            diverged.cpu().numpy(),
        )
        self._write_errors(stopped, at, results)
        self._running[stopped] = False
        # At the start the loss works, so that a stopped run does not fail again.
        self._rates[:, stopped] = 0
        self.params[:, stopped] = self._start

    def _write_errors(self, stopped: Tensor, at: Tensor, results: Results) -> None:
        """Write why the loss failed on runs that an exception stopped, at the rows `at`."""
        if not self._failures:
            return
        for run, row in zip(map(int, stopped), map(int, at), strict=True):
            failed, text = self._failures.get(run, (-1, ""))
            if failed == row:
                local = int(self.places[run])
                place = local + self._begin
                results.errors[place], results.diverged[place] = text, 0
                self._endings[local] = ENDINGS.index("none")

    def _select(self, running: Tensor) -> None:
        """Drop all runs from the batch but those that are `running`."""
        assert self._previous is not None
        self.params = contiguous(self.params[:, running])
        self._rates = contiguous(self._rates[:, running])
        self._previous = of_runs(self._previous, running)
        self.places, self._running = self.places[running], running[running]


def _endings(
    has_left: NDArray[np.bool_], losses: NDArray[np.float64], diverged: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Return how runs that stopped have ended, as places in `ENDINGS`.

    Args:
        has_left: Whether the parameters left the finite numbers.
        losses: The loss of the row that is not finite.
        diverged: As in a `Trajectory`.
    """
    kinds: dict[Ending, Any] = {
        "": ~diverged,
        "parameters": has_left,
        "gradient": np.isfinite(losses),
        "inf": losses == np.inf,
        "-inf": losses == -np.inf,
    }
    places = [ENDINGS.index(kind) for kind in kinds]
    return np.select(list(kinds.values()), places, ENDINGS.index("nan"))
