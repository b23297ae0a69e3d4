"""How the sharpness along a run compares with 2 / η, and how its loss goes meanwhile."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from descent.runs.precision import epsilon_of
from descent.runs.stability import momentum_of, stable_up_to
from descent.text.numbers import ROUNDING

NEAR = 0.2  # of the limit: how far off a sharpness may be that hovers about it
DRIFT = 0.05  # of the limit, between the means of two halves: more is no hovering
LATE = (2, 4)  # the last half of the steps, or else the last quarter, is told
LEAST_MEASURED = 8  # places, of which all is told, and of that half or quarter too
CONSTANT = 1e-5  # relative: sharpness is measured to about six digits
ROUNDINGS = 16  # of the arithmetic of a run, by which a loss may differ that does not rise
FEW = 0.25  # of all steps: a longer span is not called one


@dataclass(frozen=True)
class Hovering:
    """That a sharpness stays near its limit.

    Attributes:
        steps: The last so many.
        share: How far off it is in them at most, as a share of the limit.
    """

    steps: int
    share: float


@dataclass(frozen=True)
class Turn:
    """That the sharpness falls below its limit where the loss rises most.

    Attributes:
        step: After which the loss has risen most.
        before: The sharpness measured last before it.
        after: The sharpness when it falls no further.
    """

    step: int
    before: float
    after: float


def measured(run: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the steps at which the sharpness was measured, and the sharpness there."""
    (steps,) = np.nonzero(np.isfinite(run.sharpness_along))
    return steps, run.sharpness_along[steps]


def is_dense(run: Any) -> bool:
    """Return whether the sharpness was measured at enough places for a sentence on all of them."""
    return len(measured(run)[0]) >= max(2, min(LEAST_MEASURED, len(run.sharpness_along)))


def limit(run: Any) -> float:
    """Return 2 (1 + β) / η, up to which a run is stable on a bowl; nan if it has no such limit.

    It has one if all its steps are those of gradient descent on all data at one rate, with
    momentum β or without.
    """
    bounds = np.unique(stable_up_to(run.full))
    known = bool(momentum_of(run.full)) or run.full.is_plain_gradient_descent
    return float(bounds[0]) if len(bounds) == 1 and known and math.isfinite(bounds[0]) else math.nan


def is_constant(run: Any) -> bool:
    """Return whether the sharpness is the same wherever it was measured, as of a quadratic loss."""
    values = measured(run)[1]
    return bool(np.ptp(values) <= CONSTANT * np.abs(values).max())


def hovering(run: Any) -> Hovering | None:
    """Return how near to its limit the sharpness stays once it has been there; None if it does not.

    The last half of the steps is looked at, and else the last quarter.
    """
    steps, values = measured(run)
    top = limit(run)
    if not (math.isfinite(top) and values.max() >= top) or run.full.diverged:
        return None
    for part in LATE:
        count = run.full.steps // part
        late = values[steps >= run.full.steps - count]
        off = float(np.abs(late / top - 1).max(initial=0))
        if len(late) >= LEAST_MEASURED and off <= NEAR and not _drifts(late, top):
            return Hovering(count, off)
    return None


def _drifts(values: np.ndarray, top: float) -> bool:
    """Return whether the mean of the second half differs much from that of the first half."""
    first, second = np.array_split(values, 2)
    return bool(abs(second.mean() - first.mean()) > DRIFT * top)


def crossings(run: Any) -> int:
    """Return how often the sharpness goes from one side of its limit to the other."""
    values = measured(run)[1]
    return int((np.diff(values > limit(run)) != 0).sum())


def rising_steps(run: Any) -> int:
    """Return in how many steps the loss rises by more than rounding."""
    losses, rounding = run.full.losses, max(ROUNDING, ROUNDINGS * epsilon_of(run.full.dtype))
    return int((np.diff(losses) > rounding * np.abs(losses[:-1])).sum())


def span_of_fall(losses: np.ndarray) -> int | None:
    """Return the least number of steps in which, as in any more, a loss falls wherever they begin.

    None if that is more than a quarter of all steps.
    """
    # Of what comes after, the largest: it never grows.
    largest = np.maximum.accumulate(losses[::-1])[::-1]
    last_as_high = len(losses) - np.searchsorted(largest[::-1], losses, side="left") - 1
    span = int((last_as_high - np.arange(len(losses))).max()) + 1
    return span if span <= FEW * (len(losses) - 1) else None


def turn(run: Any) -> Turn | None:
    """Return where the loss rises most, if the sharpness falls below its limit from there.

    None if it does not, or was not above its limit before, or no loss rises by more than rounding.
    """
    steps, values = measured(run)
    if not rising_steps(run) or not len(steps):
        return None
    step = int(np.diff(run.full.losses).argmax())
    at = int(np.searchsorted(steps, step, side="right")) - 1
    grows = np.flatnonzero(np.diff(values[at:]) >= 0)
    end = at + (int(grows[0]) if len(grows) else len(values) - 1 - at)
    before, after = float(values[at]), float(values[end])
    return Turn(step + 1, before, after) if before > limit(run) > after else None
