"""What a recorded gradient is worth: zero up to rounding, or a direction."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

ROUNDINGS = 64 * float(np.finfo(np.float64).eps)


def noise_at(place: np.ndarray, sharpness: float) -> float:
    """Return how long rounding alone may make the gradient at a place.

    Parameters of size |θ| are rounded by ε·|θ|, which changes the gradient by up to λ·ε·|θ|.

    Args:
        place: The parameters, shape (n,).
        sharpness: The largest curvature λ of the loss; where it is not known, only 0 is zero.
    """
    curvature = abs(sharpness) if math.isfinite(sharpness) else 0.0
    return ROUNDINGS * curvature * math.hypot(*place.tolist())


def is_rounding(gradient: np.ndarray, place: np.ndarray, sharpness: float) -> bool:
    """Return whether a gradient is no longer than rounding makes it; arguments as above."""
    return math.hypot(*gradient.tolist()) <= noise_at(place, sharpness)


def is_lost_in(change: np.ndarray, place: np.ndarray) -> bool:
    """Return whether a change of parameters is no larger than their own rounding."""
    return math.hypot(*change.tolist()) <= ROUNDINGS * math.hypot(*place.tolist())


def noise(run: Any, t: int) -> float:
    """Return how long rounding alone may make the gradient of step `t` of a run."""
    return noise_at(run.trajectory.iterates[t], run.sharpness)


def is_zero(run: Any, t: int) -> bool:
    """Return whether the gradient of step `t` of a run is no longer than rounding makes it."""
    trajectory = run.trajectory
    return is_rounding(trajectory.gradients[t], trajectory.iterates[t], run.sharpness)


def without_noise(run: Any) -> Any:
    """Return the trajectory of a run with 0 for partial derivatives that are rounding noise."""
    trajectory = run.trajectory
    least = np.array([[noise(run, t)] for t in range(trajectory.steps + 1)])
    gradients = np.where(np.abs(trajectory.gradients) <= least, 0.0, trajectory.gradients)
    return replace(trajectory, gradients=gradients)


def first_zero(run: Any) -> int | None:
    """Return the first shown step at which the gradient of a run is zero, or None."""
    return next((t for t in range(run.trajectory.steps + 1) if is_zero(run, t)), None)
