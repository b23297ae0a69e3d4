"""Whether a loss is the one that a run was recorded from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from descent.checks.errors import InvalidValue
from descent.checks.function import check_is_function
from descent.checks.loss import check_loss
from descent.checks.numbers import listed

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from descent.arrays import Loss
    from descent.runs.trajectory import Trajectory

# Losses recorded by another version of PyTorch, or on another machine, may differ in rounding.
SAME = 1e-9


def check_same_loss(loss: Loss, run: Trajectory) -> None:
    """Refuse a loss that gives other numbers where the run began.

    Raises:
        InvalidType: If `loss` is not a function, or returns something other than a tensor.
        InvalidValue: If its parameters, its value or its gradient are others than those recorded,
            or it is no function of its parameters alone.
    """
    count = len(getattr(loss, "names", None) or run.names)
    if count != len(run.names):
        raise _other(f"one of {count} parameters for a run of {len(run.names)}")
    value, gradient = check_loss(loss, run.iterates[0])
    check_is_function(loss, run.iterates[0])
    if not _near(value, run.losses[:1]):
        raise _other(f"{value:.6g} at the run's start, where {run.losses[0]:.6g} was recorded")
    # A mini-batch has a gradient of its own.
    if not len(run.batch_losses) and not _near(gradient, run.gradients[0]):
        raise _other(
            f"the gradient {listed(gradient)} at the run's start, where "
            f"{listed(run.gradients[0])} was recorded"
        )


def _other(got: str) -> InvalidValue:
    return InvalidValue("loss", "be the one that the run was recorded from", got=got)


def _near(found: ArrayLike, recorded: NDArray[np.float64]) -> bool:
    """Return whether the same computation may have found both."""
    return np.allclose(found, recorded, rtol=SAME, atol=SAME * float(np.abs(recorded).max()))
