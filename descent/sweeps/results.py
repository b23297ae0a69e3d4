"""What becomes of every run of a sweep, gathered while they descend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from descent.runs.behavior import BEHAVIORS
from descent.sweeps.sweep import NEVER

if TYPE_CHECKING:
    from descent.runs.trajectory import Trajectory


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
