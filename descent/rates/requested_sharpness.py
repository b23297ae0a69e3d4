"""The argument ``sharpness=`` of plots, films and files: what is measured along a run."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.errors import InvalidValue
from descent.checks.numbers import as_numbers
from descent.rates.curvature import sharpness_along

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.arrays import Loss
    from descent.runs.trajectory import Trajectory

PLACES = 150  # along a run: True measures at no more, and where it ends
FEWEST = 2  # places, of which it is told how the sharpness goes


def is_requested(sharpness: Any) -> bool:
    """Return whether an argument ``sharpness=`` asks for it: neither None nor False does."""
    return sharpness is not None and sharpness is not False


def requested_sharpness(
    sharpness: Any, run: Trajectory, loss: Loss | None
) -> NDArray[np.float64] | None:
    """Return the sharpness along a run, shape (steps+1,); None if it is not asked for.

    Args:
        sharpness: What `sharpness_along` returned; True to measure it now, at `PLACES` iterates at
            most and the last; None or False for none.
        run: The run.
        loss: What it descended, needed for True.
    """
    if not is_requested(sharpness):
        return None
    if sharpness is True:
        if loss is None:
            raise InvalidValue("sharpness=True", "come with the loss", repair="add loss=...")
        measured = sharpness_along(loss, run, max(1, math.ceil(run.steps / PLACES)))
    else:
        measured = as_numbers(sharpness, "sharpness", "be True, or one number per iterate")
    if measured.shape != (run.steps + 1,):
        constraint = f"have shape ({run.steps + 1},), as sharpness_along gives it"
        raise InvalidValue("sharpness", constraint, got=f"shape {measured.shape}")
    finite = int(np.isfinite(measured).sum())
    if finite < min(FEWEST, len(measured)):
        constraint = "be finite at two iterates at least"
        raise InvalidValue("sharpness", constraint, got=f"{finite} of {len(measured)}")
    return measured
