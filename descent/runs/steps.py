"""What a recorded step did, found in the run's numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from descent.runs.projected import ProjectedTrajectory

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.runs.trajectory import Trajectory

DOUBLED = 2.0


def goes_across(run: Trajectory, t: int) -> bool:
    """Return whether step `t` to `t` + 1 passes the lowest point on its way.

    The slope along the step is negative at its start and positive at its end. Gradients of
    mini-batches, each of its own loss, do not show this, nor rows that were not kept, nor some of
    the parameters, nor a plane that the steps leave: the answer is then False.
    """
    is_whole = run.has_every_row and not run.left_out
    if not (run.has_one_loss and is_whole) or isinstance(run, ProjectedTrajectory):
        return False
    before, after = (_unit(gradient) for gradient in run.gradients[t : t + 2])
    # Halved, since the difference of two huge parameters would overflow.
    step = _unit(run.iterates[t + 1] / 2 - run.iterates[t] / 2)
    # A step too short for the parameters to show goes against its gradient.
    along = step if step.any() else -before
    return float(before @ along) < 0 < float(after @ along)


def gathers_pace(run: Trajectory) -> bool:
    """Return whether a slow run falls ever faster, and its gradient has at least doubled.

    So does one that leaves a summit or a plateau: it is slow only in that it has not arrived.
    """
    run = run.evaluated
    is_known = run.has_one_loss and not run.left_out
    if run.behavior != "slow" or not is_known or run.steps < 2:
        return False
    first, last = (float(run.gradient_norms[row]) for row in (0, -1))
    part = max(1, run.steps // 4)
    before, now = run.losses[-2 * part - 1] - run.losses[-part - 1], run.losses[-part - 1 :]
    return last >= DOUBLED * first and float(now[0] - now[-1]) > float(before)


def _unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    length = float(np.max(np.abs(vector)))
    return vector / length if np.isfinite(length) and length > 0 else vector
