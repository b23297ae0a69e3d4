"""The runs of a list of rates, computed in batches in this process."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from descent.checks.errors import InvalidValue
from descent.sweeps.batch import BLOCK, BatchedDescent
from descent.sweeps.mapping import try_many
from descent.sweeps.results import Results

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from descent.arrays import Loss

MOST_AT_ONCE = 1 << 16  # larger batches do not fit the processor's cache and are no faster
DOUBLE = 8  # bytes


@dataclass(frozen=True, eq=False)
class Descents:
    """The arguments that all runs of a sweep share, and their computation.

    Attributes:
        loss: Maps params, shape (n,), to a scalar tensor.
        point: The start of all runs, shape (n,).
        group_of: The index of each parameter's rate, shape (n,).
        steps: The number of steps of each run.
        first_loss: The loss at `point`.
        tolerance: The loss that counts as low enough, or None.
        memory_mb: The approximate memory of a batch of runs, in megabytes.
        device: Where torch computes.
    """

    loss: Loss
    point: NDArray[np.float64]
    group_of: NDArray[np.int64]
    steps: int
    first_loss: float
    tolerance: float | None
    memory_mb: float
    device: str

    def run(self, rates: NDArray[np.float64], on_progress: Callable[[int], None] | None) -> Results:
        """Descend with each of `rates`, shape (runs, groups).

        Args:
            rates: One row per run.
            on_progress: Called with the number of run-steps done.
        """
        results = Results(len(rates))
        with _one_thread():
            size = self.batch_size()
            for begin in range(0, len(rates), size):
                some = rates[begin : begin + size][:, self.group_of]
                batch = BatchedDescent(
                    self.loss, self.point, some, self.device, self.first_loss, self.tolerance
                )
                report = on_progress and _offset(on_progress, begin * self.steps)
                batch.descend(self.steps, results, begin, report)
        return results

    def batch_size(self) -> int:
        """Return the number of runs that fit into `memory_mb` at once."""
        point = self.point
        # A block, the row before it, and the tensors of a RowScan.
        kept = BLOCK * (9 * len(point) + 4)
        _, passing = try_many(self.loss, point, self.device)
        bytes_a_run = DOUBLE * (kept + passing)
        fitting = self.memory_mb / (bytes_a_run / 1e6)
        if fitting < 1:
            least = f"{bytes_a_run / 1e6:.3g} for one run of {len(point):,} parameters"
            got = f"{self.memory_mb:g}"
            raise InvalidValue("memory_mb", f"be at least {least}", self.memory_mb, got=got)
        return int(min(fitting, MOST_AT_ONCE))


@contextmanager
def _one_thread() -> Generator[None]:
    """Limit torch to one thread: for arrays this short, synchronising threads takes longer."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _offset(on_progress: Callable[[int], None], before: int) -> Callable[[int], None]:
    return lambda done: on_progress(before + done)
