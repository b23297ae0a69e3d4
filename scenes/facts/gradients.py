"""What a recorded gradient is: zero up to rounding, or not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

NOISE = 1e-12  # of the mean slope of the view: a smaller slope is rounding noise


def is_zero(gradient: np.ndarray, landscape: Any) -> bool:
    """Return whether a gradient, shape (n,), is zero or the rounding noise of one.

    Args:
        gradient: At a place of the view.
        landscape: The `descent.Landscape` of the view.
    """
    return bool(np.linalg.norm(gradient) <= _noise(landscape))


def without_noise(run: Any) -> Any:
    """Return the trajectory of a run with 0 for partial derivatives that are rounding noise."""
    gradients = run.trajectory.gradients
    is_noise = np.abs(gradients) <= _noise(run.landscapes[0])
    return replace(run.trajectory, gradients=np.where(is_noise, 0.0, gradients))


def first_zero(run: Any) -> int | None:
    """Return the first shown step at which the gradient of a run is zero, or None."""
    landscape = run.landscapes[0]
    zero = (t for t, one in enumerate(run.trajectory.gradients) if is_zero(one, landscape))
    return next(zero, None)


def is_same_loss(one: Any, other: Any) -> bool:
    """Return whether two runs descend one loss from one start, as far as their first views tell."""
    views = one.landscapes[0], other.landscapes[0]
    return views[0].window == views[1].window and np.array_equal(views[0].values, views[1].values)


def _noise(landscape: Any) -> float:
    finite = landscape.values[np.isfinite(landscape.values)]
    low, high = landscape.window[0]
    return NOISE * float(np.ptp(finite)) / (high - low) if finite.size else 0.0
