"""Whether a module is evaluated at the parameters that are put in place of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from descent.checks.errors import InvalidValue
from descent.checks.loss import check_loss

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.arrays import Loss

SAME_GRADIENT = 1e-6  # relative to the largest slope


def has_gradient(loss: Loss, start: NDArray[np.float64], gradient: NDArray[np.float64]) -> bool:
    """Return whether a loss has a gradient, up to rounding."""
    try:
        found = check_loss(loss, start)[1]
    except InvalidValue:
        return False
    scale = float(np.abs(gradient).max())
    return np.allclose(found, gradient, rtol=0, atol=SAME_GRADIENT * scale)


def check_untouched(loss: Loss, start: NDArray[np.float64]) -> None:
    """Refuse a module that writes into its parameters while it is evaluated."""
    import torch

    params = torch.tensor(start)
    loss(params)
    if not np.array_equal(params.numpy(), start):
        raise InvalidValue(
            "module",
            "leave its parameters as they are while it is evaluated",
            got="one that writes into them, as torch.nn.Embedding does with max_norm",
            repair="compute from them what it writes, as torch.renorm does.",
        )
