"""What a recorded gradient is worth: zero, or a direction."""

from __future__ import annotations

from typing import Any

import numpy as np

NOISE = 64 * float(np.finfo(np.float64).eps)


def is_zero(run: Any, t: int) -> bool:
    """Return whether the gradient at step `t` is no longer than rounding makes it.

    The parameters are only known up to rounding, and the gradient changes by the sharpness for
    every unit that they change.

    Args:
        run: The `understanding_gradients.lecture.recordings.Run`.
        t: The step.
    """
    trajectory = run.trajectory
    reach = abs(run.sharpness) * float(np.hypot.reduce(np.abs(trajectory.iterates[t])))
    return float(np.hypot.reduce(np.abs(trajectory.gradients[t]))) <= NOISE * reach
