"""What a recorded gradient is worth: zero, or a direction."""

from __future__ import annotations

from typing import Any

import numpy as np

NOISE = 64 * float(np.finfo(np.float64).eps)


def noise(run: Any, t: int) -> float:
    """Return how long rounding alone may make the gradient at step `t`.

    The parameters are only known up to rounding, and the gradient changes by the sharpness for
    every unit that they change.

    Args:
        run: The `understanding_gradients.lecture.recordings.Run`.
        t: The step.
    """
    reach = float(np.hypot.reduce(np.abs(run.trajectory.iterates[t])))
    return NOISE * abs(float(run.sharpness)) * reach


def is_zero(run: Any, t: int) -> bool:
    """Return whether the gradient at step `t` is no longer than rounding makes it."""
    return float(np.hypot.reduce(np.abs(run.trajectory.gradients[t]))) <= noise(run, t)
