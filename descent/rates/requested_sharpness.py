"""The argument ``sharpness=`` of plots, films and files: what is measured along a run."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.autograd import with_autograd
from descent.checks.errors import InvalidValue, OutsideDomain, RecordingFailed
from descent.checks.numbers import as_numbers, told_apart
from descent.rates.curvature import ALONG_TOLERANCE, sharpness_along
from descent.rates.spectrum import sharpest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.arrays import Loss
    from descent.runs.trajectory import Trajectory

PLACES = 150  # along a run: True measures at no more, and where it ends
FEWEST = 2  # places, of which it is told how the sharpness goes
# How far a sharpness may be from that of the loss, relative to itself and to the largest compared:
# one that was measured in float32, or by a rough iteration, is taken, that of another run is not.
NEAR, NEAR_OF_LARGEST = 1e-2, 1e-6


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
        loss: What it descended, needed for True. Numbers are compared with it at three iterates.
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
    if loss is not None and sharpness is not True:
        _check_is_along(measured, run, loss)
    return measured


@with_autograd
def _check_is_along(measured: NDArray[np.float64], run: Trajectory, loss: Loss) -> None:
    """Refuse the sharpness of another run or loss: compare where it begins, amid and at its end.

    Runs from one start agree where they begin, and runs to one minimum where they end.
    """
    rows = {int(step): row for row, step in enumerate(run.recorded_steps)}
    steps = [step for step in np.flatnonzero(np.isfinite(measured)).tolist() if step in rows]
    vector, largest = None, 0.0
    for step in dict.fromkeys(steps[at] for at in (0, len(steps) // 2, -1) if steps):
        at = run.iterates[rows[step]]
        try:
            found, vector = sharpest(loss, at, vector, ALONG_TOLERANCE, is_checked=False)
        except (OutsideDomain, RecordingFailed):
            continue
        largest = max(largest, abs(found))
        if not np.isclose(measured[step], found, rtol=NEAR, atol=NEAR_OF_LARGEST * largest):
            given, own = told_apart(measured[step], found)
            got = f"{given} at step {step}, where that of the loss is {own}"
            repair = "give what descent.sharpness_along(loss, run) returns."
            raise InvalidValue("sharpness", "be that along the run", got=got, repair=repair)
