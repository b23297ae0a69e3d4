"""Up to which sharpness the steps of a run are stable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.runs.trajectory import Trajectory

# The options of SGD that leave the bound as it is, but for momentum, which moves it.
HARMLESS = {"momentum", "foreach", "fused", "differentiable"}


def momentum_of(run: Trajectory) -> float:
    """Return the momentum β of a run by SGD, 0 without."""
    return float(run.options.get("momentum") or 0.0)  # pyright: ignore[reportArgumentType]


def stable_up_to(run: Trajectory) -> NDArray[np.float64]:
    """Return 2 (1 + β) / η of each step, shape (steps,); (0,) where the method has another bound.

    Up to this sharpness gradient descent on all data, with momentum β, is stable on a quadratic.
    Noise of mini-batches lowers the bound.
    """
    options: Any = {name: value for name, value in run.options.items() if value}
    other = options.keys() - HARMLESS
    is_plain = run.optimizer == "SGD" and run.has_one_loss and not other
    if not is_plain or run.scheduled_options or run.learning_rates.ndim > 1:
        return np.empty(0)
    with np.errstate(divide="ignore"):
        return 2 * (1 + momentum_of(run)) / run.learning_rates
