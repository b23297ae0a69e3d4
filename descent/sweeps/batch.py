"""A batch of descents that take their steps together, one learning rate each.

One call computes the gradients of all runs (see `descent.sweeps.tracing`). The rows of a block of
steps are kept and examined together, so that what each run did is cheap to find out and memory
does not grow with the number of steps. Runs that left the finite numbers are examined row by row.
Runs that stopped stay at the start; once half of the batch has stopped, they leave the batch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.rates.second_derivatives import unfused
from descent.runs.behavior import BEHAVIORS, ENDINGS, codes
from descent.runs.run_facts import Rows, RunFacts
from descent.runs.step_facts import NORMAL, curvature, lengths, moved, turned, work
from descent.sweeps.sweep import NEVER
from descent.sweeps.tracing import gradients_for, isolated_gradients

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from descent.arrays import Loss
    from descent.runs.behavior import Ending
    from descent.runs.trajectory import Trajectory

    Gradients = Callable[[Tensor], tuple[Tensor, Tensor]]

BLOCK = 16  # rows between two examinations
STILL_RUNNING = 0.5  # share of a batch; below it, stopped runs leave the batch
FEW = 16  # parameters, up to which each parameter's numbers of all runs are contiguous in memory


class Results:
    """The results of every run of a sweep, one array per quantity."""

    def __init__(self, count: int) -> None:
        self.losses = np.empty(count)
        self.rows = np.zeros(count, np.int64)
        self.behaviors = np.zeros(count, np.int64)
        self.reached = np.full(count, NEVER)
        self.diverged = np.zeros(count, np.int64)
        self.errors = np.full(count, "", object)

    def copy_from(self, place: int, run: Trajectory, tolerance: float | None) -> None:
        """Replace the results of the run at `place` by those of its recording."""
        self.losses[place], self.rows[place] = run.losses[-1], len(run.losses)
        self.diverged[place], self.errors[place] = run.diverged, run.error
        self.behaviors[place] = BEHAVIORS.index(run.behavior)
        if tolerance is not None:
            low = np.flatnonzero(run.losses <= tolerance)
            self.reached[place] = low[0] if low.size else NEVER


@dataclass(frozen=True)
class RowBlock:
    """Consecutive rows of all runs of a batch.

    Attributes:
        losses: Shape (rows, k).
        gradients: One tensor per row, each of shape (n, k).
        params: The parameters of each row and, last, those after the last step, shape
            (rows + 1, n, k).
        previous: The loss, shape (k,), the gradient and the parameters, shape (n, k), of the row
            before the block.
    """

    losses: Tensor
    gradients: list[Tensor]
    params: Tensor
    previous: tuple[Tensor, Tensor, Tensor]

    def may_have_left(self) -> Tensor:
        """Return which runs may have left the finite numbers, shape (k,).

        Parameters that are not finite stay so, and a gradient that is not finite makes them so.
        The sums may overflow earlier; `RowScan` then finds the rows finite.
        """
        return ~(self.params[-1].sum(0) + self.losses.sum(0)).isfinite()

    def rows(self, row: int, facts: RunFacts, is_still: Tensor, kept: Tensor) -> Rows:
        """Return what decides the behaviors in these rows.

        Args:
            row: The number of the first row.
            facts: Where they go.
            is_still: Which runs have not moved so far, shape (k,).
            kept: Which rows count, shape (rows, k).
        """
        import torch

        gradients, params = [self.previous[1], *self.gradients], [self.previous[2], *self.params]
        sizes = torch.stack([(gradient * gradient).sum(0) for gradient in gradients]).sqrt()
        odd = ~((sizes > NORMAL[0] ** 0.5) & (sizes < NORMAL[1] ** 0.5))
        for k in odd.any(1).nonzero()[:, 0].tolist():
            sizes[k] = lengths(gradients[k])
        turns = torch.zeros_like(self.losses, dtype=torch.bool)
        bends: dict[int, NDArray[np.float64]] = {}
        has_moved = ~is_still
        for k in range(len(self.losses)):
            slopes, both = (gradients[k], gradients[k + 1]), (sizes[k], sizes[k + 1])
            if not has_moved.all():
                has_moved = has_moved | moved(params[k], params[k + 1])
            if row + k > facts.begin:
                turns[k] = turned(*slopes, both)
            if row + k in facts.bend_rows:
                step = params[k + 1] - params[k]
                bend = curvature(params[k], step, slopes[1] - slopes[0], both[1])
                bends[row + k] = torch.stack(bend).cpu().numpy()

        def work_to(rows: NDArray[np.int64]) -> NDArray[np.float64]:
            works: list[Tensor] = []
            for k in map(int, rows):
                step, both = params[k + 1] - params[k], (sizes[k], sizes[k + 1])
                works.append(work(gradients[k], gradients[k + 1], step, both))
            return torch.stack(works).cpu().numpy()

        return Rows(
            losses=self.losses.cpu().numpy(),
            sizes=sizes[1:].cpu().numpy(),
            work_to=work_to,
            turned=turns.cpu().numpy(),
            bends=bends,
            moved=(has_moved & is_still).cpu().numpy(),
            kept=kept.cpu().numpy(),
        )

    def of(self, runs: Tensor) -> RowBlock:
        """Return the same rows of some of the runs."""
        return RowBlock(
            self.losses[:, runs],
            [gradient[:, runs] for gradient in self.gradients],
            self.params[:, :, runs],
            _of(self.previous, runs),
        )


class RowScan:
    """The rows of some runs, examined one by one.

    Attributes:
        kept: The rows before the first that is not finite, a boolean tensor, shape (rows, k).
        is_outside: Where the parameters or the loss are not finite, shape (rows, k).
        has_left: Where the parameters are not, shape (rows, k).
    """

    def __init__(self, block: RowBlock) -> None:
        import torch

        is_finite = torch.stack([gradient.isfinite().all(0) for gradient in block.gradients])
        self.has_left = ~block.params[:-1].isfinite().all(1)
        self.is_outside = self.has_left | ~block.losses.isfinite()
        self.kept = (~self.is_outside & is_finite).cummin(0).values


def _of(row: tuple[Tensor, Tensor, Tensor], runs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the loss, gradient and parameters of some of the runs of a row."""
    loss, gradient, params = row
    return loss[runs], gradient[:, runs], params[:, runs]


def _contiguous(numbers: Tensor) -> Tensor:
    """Return a copy of `numbers`, shape (n, k), in the memory order that suits the loss.

    A loss of few parameters reads them one by one; the layers of a network read a run's together.
    """
    import torch

    if len(numbers) <= FEW:
        return numbers.clone(memory_format=torch.contiguous_format)
    return numbers.mT.clone(memory_format=torch.contiguous_format).mT


def _empty_rows(numbers: Tensor, rows: int) -> Tensor:
    """Return memory for `rows` rows like `numbers`, in the same order."""
    parameters, runs = numbers.shape
    if parameters <= FEW:
        return numbers.new_empty(rows, parameters, runs)
    return numbers.new_empty(rows, runs, parameters).mT


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
        self._rates = _contiguous(torch.tensor(rates.T, dtype=torch.float64, device=device))
        self._start = torch.tensor(point, dtype=torch.float64, device=device)[:, None]
        self.params = _contiguous(self._start.expand(-1, len(rates)))
        self._previous: tuple[Tensor, Tensor, Tensor] | None = None
        self._running = torch.ones(len(rates), dtype=torch.bool, device=device)
        self._failures: dict[int, tuple[int, str]] = {}
        self.places = torch.arange(len(rates), device=device)
        self._facts = RunFacts(len(rates), 1)
        self._endings = np.zeros(len(rates), np.int64)

    def descend(
        self, steps: int, results: Results, begin: int, on_progress: Callable[[int], None] | None
    ) -> None:
        """Take all steps, and write `results` from the index `begin` on."""
        count = running = len(self.places)
        self._begin, self._facts = begin, RunFacts(count, steps)
        import torch

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
        start = _contiguous(self._start.expand_as(self.params))
        return gradients_for(self._loss, start, rows)

    def take_block(self, gradients: Gradients, rows: int) -> RowBlock:
        """Take `rows` steps, and return the rows before them."""
        import torch

        params = _empty_rows(self.params, rows + 1)
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
        self.params = _contiguous(self.params[:, running])
        self._rates = _contiguous(self._rates[:, running])
        self._previous = _of(self._previous, running)
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
    codes = [ENDINGS.index(kind) for kind in kinds]
    return np.select(list(kinds.values()), codes, ENDINGS.index("nan"))
