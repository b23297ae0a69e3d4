"""The rows of a run that were kept, and what is known of the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.runs.sketch import PathSketch
from descent.runs.thinning.path import SEED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.runs.thinning.meter import Measured
    from descent.runs.thinning.path import Ended

LARGEST = 1e18  # lengths, beyond which squares in float32 overflow


@dataclass(frozen=True, eq=False)
class Recorded:
    """Rows of a run that was recorded, up to its end or beyond its last finite row.

    Attributes:
        iterates: Shape (k, n).
        gradients: Shape (k, n), or (0, n).
        recorded_steps: The steps of the rows, shape (k,).
        measured: What was measured of every step; None if every row is there.
        sketches: Those of a path that was thinned, and their steps.
    """

    iterates: NDArray[Any]
    gradients: NDArray[Any]
    recorded_steps: NDArray[np.int64]
    measured: Measured | None = None
    sketches: tuple[NDArray[np.float32], NDArray[np.int64]] | None = None

    def first(self, count: int) -> dict[str, Any]:
        """Return the fields of the first `count` rows of the run, by name."""
        kept = slice(int(np.searchsorted(self.recorded_steps, count)))
        return {
            "iterates": self.iterates[kept],
            "gradients": self.gradients[kept],
            "recorded_steps": self.recorded_steps[kept],
            "norms": self.measured.first(count - 1) if self.measured else None,
            "sketch": self._sketch(count),
        }

    def _sketch(self, count: int) -> PathSketch | None:
        if self.sketches is None:
            return None
        values, steps = self.sketches
        kept = slice(int(np.searchsorted(steps, count)))
        return PathSketch(values[kept], steps[kept], SEED)

    def are_finite(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return whether the parameters and the gradient of each row of the run are finite."""
        if self.measured is None:
            known = np.isfinite(self.iterates), np.isfinite(self.gradients)
            of_rows: tuple[Any, Any] = known[0].all(axis=1), known[1].all(axis=1)
            return of_rows
        most = LARGEST if self.sketches is not None else np.inf
        sizes, gradients = self.measured.rows[:, :2].T
        is_finite: Any = np.isfinite(sizes) & (sizes < most)
        has_gradient: Any = np.isfinite(gradients)
        return is_finite, has_gradient


def thinned(path: Ended, is_taken: NDArray[np.bool_], measured: Measured) -> Recorded:
    """Return a thinned path by its steps.

    Args:
        path: What was kept of it.
        is_taken: Which rows are steps; in the others the parameters are those of the next step.
        measured: What was measured of the steps.
    """
    exact, rows, sketches, sketched_rows = path
    if not is_taken.all():
        step_of = np.concatenate([[0], np.cumsum(is_taken)])
        rows, places = np.unique(step_of[rows], return_index=True)
        sketched_rows, of = np.unique(step_of[sketched_rows], return_index=True)
        exact, sketches = exact[places], sketches[of]
    gradients = np.empty((0, exact.shape[1]), exact.dtype)
    return Recorded(exact, gradients, rows, measured, (sketches, sketched_rows))
