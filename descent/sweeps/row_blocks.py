"""Consecutive rows of a batch of descents, and what they tell of each run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from descent.runs.run_facts import Rows, RunFacts
from descent.runs.step_facts import NORMAL, curvature, lengths, moved, turned, work

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    Row = tuple[Tensor, Tensor, Tensor]

FEW = 16  # parameters, up to which each parameter's numbers of all runs are contiguous in memory


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
    previous: Row

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
        sizes = _lengths_of(gradients)
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
            of_runs(self.previous, runs),
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


def _lengths_of(gradients: list[Tensor]) -> Tensor:
    """Return the lengths of all gradients, shape (rows, k); all rows at once where that is safe."""
    import torch

    sizes = torch.stack([(gradient * gradient).sum(0) for gradient in gradients]).sqrt()
    odd = ~((sizes > NORMAL[0] ** 0.5) & (sizes < NORMAL[1] ** 0.5))
    for k in odd.any(1).nonzero()[:, 0].tolist():
        sizes[k] = lengths(gradients[k])
    return sizes


def of_runs(row: Row, runs: Tensor) -> Row:
    """Return the loss, gradient and parameters of some of the runs of a row."""
    loss, gradient, params = row
    return loss[runs], gradient[:, runs], params[:, runs]


def contiguous(numbers: Tensor) -> Tensor:
    """Return a copy of `numbers`, shape (n, k), in the memory order that suits the loss.

    A loss of few parameters reads them one by one; the layers of a network read a run's together.
    """
    import torch

    if len(numbers) <= FEW:
        return numbers.clone(memory_format=torch.contiguous_format)
    return numbers.mT.clone(memory_format=torch.contiguous_format).mT


def empty_rows(numbers: Tensor, rows: int) -> Tensor:
    """Return memory for `rows` rows like `numbers`, in the same order."""
    parameters, runs = numbers.shape
    if parameters <= FEW:
        return numbers.new_empty(rows, parameters, runs)
    return numbers.new_empty(rows, runs, parameters).mT
