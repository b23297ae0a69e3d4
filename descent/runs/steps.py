"""What a recorded step did: found in the run's numbers, not in the optimizer's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.runs.trajectory import Trajectory

ROUNDING = 4 * np.finfo(np.float64).eps  # relative to the parameters
TOLERANCE = 1e-6  # relative to the step


def follows_update_rule(run: Trajectory) -> NDArray[np.bool_]:
    """Return for each step whether θ^{t+1} = θ^t − η·gradient, up to rounding, shape (steps,).

    With momentum, Adam or weight decay, a step depends on more than this gradient.
    """
    before, after = run.iterates[:-1], run.iterates[1:]
    rates = run.learning_rates if run.learning_rates.ndim == 2 else run.learning_rates[:, None]
    with np.errstate(over="ignore", invalid="ignore"):
        error = np.abs(before - rates * run.gradients[:-1] - after)
        step = np.abs(after - before).max(axis=1, initial=0, keepdims=True)
        allowed = ROUNDING * np.maximum(np.abs(before), np.abs(after)) + TOLERANCE * step
    return np.all(error <= allowed, axis=1)


def is_plain(run: Trajectory) -> bool:
    """Return whether one rate, the update rule and the gradient of all data made every step."""
    rates = run.learning_rates
    one_rate = len(rates) == 0 or bool((rates == rates.flat[0]).all())
    return one_rate and not len(run.batch_losses) and bool(follows_update_rule(run).all())


def goes_across(run: Trajectory, t: int) -> bool:
    """Return whether step `t` to `t` + 1 passes the lowest point on its way.

    The slope along the step is negative at its start and positive at its end. Gradients of
    mini-batches, each of its own loss, do not show this: the answer is then False.
    """
    if len(run.batch_losses):
        return False
    before, after = (_unit(gradient) for gradient in run.gradients[t : t + 2])
    # Halved, since the difference of two huge parameters would overflow.
    step = _unit(run.iterates[t + 1] / 2 - run.iterates[t] / 2)
    # A step too short for the parameters to show goes against its gradient.
    along = step if step.any() else -before
    return float(before @ along) < 0 < float(after @ along)


def _unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    length = float(np.max(np.abs(vector)))
    return vector / length if np.isfinite(length) and length > 0 else vector
