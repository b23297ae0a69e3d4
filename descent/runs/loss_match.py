"""Whether a loss is the one that a run was recorded from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from descent.checks.errors import InvalidValue
from descent.checks.function import check_is_function
from descent.checks.loss import check_loss
from descent.checks.numbers import told_apart

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from descent.arrays import Loss
    from descent.runs.trajectory import Trajectory

# Losses recorded by another version of PyTorch, or on another machine, may differ in rounding.
SAME = 1e-9
# The significant bits of float32, float16 and bfloat16.
SINGLE, HALF, BRAIN = 24, 11, 8
FULL_LOSS = "watch a loop of mini-batches with full_loss=(x, y)."
OFTEN = 0.25  # the share of a recording's numbers that need all bits of their precision; 1/2 do


def check_same_loss(loss: Loss, run: Trajectory) -> None:
    """Refuse a loss that gives other numbers where the run began.

    Raises:
        InvalidType: If `loss` is not a function, or returns something other than a tensor.
        InvalidValue: If its parameters, its value or its gradient are others than those recorded,
            or it is no function of its parameters alone.
    """
    check_same_parameters(loss, run)
    value, gradient = check_loss(loss, run.iterates[0])
    check_is_function(loss, run.iterates[0])
    near = tolerance(run)
    is_full = run.full_losses.size > 0 and bool(np.isfinite(run.full_losses[0]))
    known = float((run.full_losses if is_full else run.losses)[0])
    if not _near(value, known, near, abs(known)):
        found, kept = told_apart(value, known)
        is_of_a_batch = run.loss_counts.size > 0 and not is_full
        raise other_loss(
            f"{found} at the run's start, where {kept} was recorded",
            FULL_LOSS * is_of_a_batch,
        )
    # A mini-batch has a gradient of its own.
    if not len(run.gradients):
        return
    recorded = run.gradients[0]
    largest = float(np.abs(recorded).max())
    is_of_all_data = not len(run.batch_losses) and (not is_full or run.has_one_loss)
    if is_of_all_data and not _near(gradient, recorded, near, largest):
        place = int(np.abs(gradient - recorded).argmax())
        found, kept = told_apart(float(gradient[place]), float(recorded[place]))
        raise other_loss(
            f"the gradient {found} by {run.names[place]} at the run's start, where {kept} was "
            "recorded"
        )


def check_same_parameters(loss: Loss, run: Trajectory) -> None:
    """Refuse a loss of more or fewer parameters than a run has."""
    count = len(getattr(loss, "names", None) or run.names)
    if run.left_out or count != len(run.names):
        repair = "record it without keep=." if run.left_out else ""
        count = len(run.names) + run.left_out if run.left_out else count
        raise other_loss(f"one of {count:,} parameters for a run of {len(run.names):,}", repair)


def tolerance(run: Trajectory) -> float:
    """Return how far the numbers of one computation may differ, relative to the largest.

    A run that was recorded by hand may hold numbers of lower precision, which is seen from the
    bits that they need: then half of the digits of that precision must agree.
    """
    run = run.evaluated
    some = slice(None) if run.sketch is None else slice(1)
    rows = run.iterates[some].astype(np.float64), run.gradients[some].astype(np.float64)
    numbers = np.concatenate([run.losses, rows[0].ravel(), rows[1].ravel()])
    bits = _significant_bits(numbers[numbers != 0])
    most = int(bits.max(initial=0))
    if most > SINGLE:
        return SAME
    if most > HALF:
        return 2.0 ** (-(SINGLE - 1) / 2)
    # Simple numbers, such as 0.5, are no sign of a low precision.
    is_low = most in (HALF, BRAIN) and float((bits == most).mean()) >= OFTEN
    return 2.0 ** (-(most - 1) / 2) if is_low else SAME


def _significant_bits(numbers: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return how many binary digits each of some numbers, none of them zero, has."""
    mantissas = np.ldexp(np.frexp(numbers)[0], 53).astype(np.int64)
    trailing = np.frexp((mantissas & -mantissas).astype(np.float64))[1] - 1
    return 53 - trailing


def other_loss(got: str, repair: str = "") -> InvalidValue:
    """Return the error of a loss that a run was not recorded from."""
    return InvalidValue("loss", "be the one that the run was recorded from", got=got, repair=repair)


def _near(found: ArrayLike, recorded: ArrayLike, near: float, scale: float) -> bool:
    """Return whether the same computation may have found both."""
    return np.allclose(found, recorded, rtol=near, atol=near * scale)
