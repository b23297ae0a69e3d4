"""Which steps of a recorded run are plain gradient descent: found in its numbers, not its names."""

from __future__ import annotations

from typing import Any

import numpy as np

ROUNDING = 4 * np.finfo(np.float64).eps  # of the parameters
SHARE = 1e-6  # of the step


def follows_rule(trajectory: Any) -> np.ndarray:
    """Return for each step whether θ^{t+1} = θ^t − η·gradient, up to rounding, shape (steps,).

    With momentum, Adam or weight decay a step is made of more than this gradient.
    """
    before, after = trajectory.iterates[:-1], trajectory.iterates[1:]
    rates = trajectory.learning_rates
    rates = rates if rates.ndim == 2 else rates[:, None]
    with np.errstate(over="ignore", invalid="ignore"):
        off = np.abs(before - rates * trajectory.gradients[:-1] - after)
        step = np.abs(after - before).max(axis=1, initial=0, keepdims=True)
        allowed = ROUNDING * np.maximum(np.abs(before), np.abs(after)) + SHARE * step
    return np.all(off <= allowed, axis=1)


def is_plain(trajectory: Any) -> bool:
    """Return whether one rate, the rule and the gradient of all data made every step."""
    rates = trajectory.learning_rates
    one_rate = len(rates) == 0 or bool((rates == rates.flat[0]).all())
    return one_rate and not len(trajectory.batch_losses) and bool(follows_rule(trajectory).all())
