"""Three learning rates for one loss: very small, just right, very large, each tried out first."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from descent.checks.arguments import check_steps
from descent.checks.errors import InvalidValue, OutsideDomain, RecordingFailed
from descent.checks.function import check_is_function
from descent.checks.loss import CHOOSE_ANOTHER, check_loss
from descent.checks.numbers import check_start, listed
from descent.models.minibatches import over_all_data
from descent.rates.curvature import DENSE_LIMIT, hessian, sharpness
from descent.runs.recording import record

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from torch import Tensor

    from descent.arrays import Loss
    from descent.runs.trajectory import Trajectory

# As shares of the critical rate 2 / sharpness.
VERY_SMALL = 0.01
VERY_LARGE = (1.15, 1.25, 1.35, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0, 6.0, 8.0, 16.0, 64.0, 256.0, 1024.0)
CANDIDATES = tuple(2.0 ** (power / 2) for power in range(-28, 7))
FURTHER = tuple(4.0**power for power in range(2, 16))
MOST = 1e290  # so that multiples of a critical rate are still numbers


@dataclass(frozen=True)
class SuggestedRates:
    """Learning rates of one loss that show the three behaviours; `suggest_learning_rates` says how.

    Attributes:
        very_small: A rate at which a run crawls.
        just_right: A rate at which it arrives.
        very_large: A rate at which it is thrown out.

    Example:
        >>> import descent
        >>> rates = descent.suggest_learning_rates(descent.LOSSES["bowl"], [2, 1])
        >>> descent.record(descent.LOSSES["bowl"], [2, 1], learning_rate=rates.very_large,
        ...                steps=6).behavior
        'diverging'
    """

    very_small: float
    just_right: float
    very_large: float


def suggest_learning_rates(loss: Loss, start: ArrayLike | Tensor, steps: int = 6) -> SuggestedRates:
    """Return rates at which descent from `start` crawls, arrives, and is thrown out.

    For a quadratic with smallest and largest curvature 0 < μ ≤ L: 0.01·2/L, 2/(μ + L) (the best
    rate for the worst start and many steps), and 1.15·2/L. For other losses, for more than 100
    parameters, and where a recording of `steps` steps does not show what the formula promises, as
    in a long valley, whose other wall 2/(μ + L) almost reaches, rates are tried by recording, from
    1/16,384 to 8 times the critical rate 2/L at the start:

    - just right has the lowest last loss of the runs that never climb above their start;
    - very large is the smallest multiple, from 1.15·2/L, whose run is ``diverging``;
    - very small is 0.01·2/L or less, halved until its run is ``slow``.

    The words are those of `Trajectory.behavior`. Where the largest rate tried is still the best,
    as close to the edge of a loss's domain, larger ones are tried until one climbs; if none does,
    as on a loss without a minimum, very large is 1,024 times the critical rate. A run that leaves
    what numbers can be, or the loss's domain, counts as thrown out. A loss that has no curvature
    at the start is given the rate that moves it by one unit in place of 2/L. A start where the
    gradient is zero is refused, since no rate moves anything from there.

    Args:
        loss: Maps params, shape (n,), to a scalar tensor; of all data, where there are batches.
        start: Where the descents start, shape (n,).
        steps: How many steps each trial takes.

    Returns:
        Three increasing, positive, finite rates.

    Raises:
        InvalidType: If an argument is of the wrong kind.
        InvalidValue: If the loss cannot be descended from `start` or is no function of its
            parameters alone, its gradient there is zero, or `steps` is out of range.

    Example:
        >>> import descent
        >>> rates = descent.suggest_learning_rates(descent.LOSSES["bowl"], [2, 1])
        >>> f"{rates.very_small:.4f} {rates.just_right:.4f} {rates.very_large:.4f}"
        '0.0033 0.2500 0.3833'

    References:
        Polyak (1987), Introduction to Optimization, section 1.4.
    """
    loss = over_all_data(loss)
    point = check_start(start, getattr(loss, "names", None))
    check_is_function(loss, point)
    trials = _Trials(loss, point, check_steps(steps, len(point)))
    critical, just_right = _critical(loss, point)
    multiples = VERY_LARGE
    if just_right is None or not trials.arrives(just_right):
        just_right, multiples = trials.best(critical)
    return SuggestedRates(
        very_small=trials.slow(min(VERY_SMALL * critical, just_right / 4)),
        just_right=just_right,
        very_large=trials.first_thrown_out(
            [critical * share for share in multiples if critical * share > just_right]
        ),
    )


class _Trials:
    """Recordings of one loss from one start, made to see what a rate does."""

    def __init__(self, loss: Loss, start: NDArray[np.float64], steps: int) -> None:
        self.loss, self.start, self.steps = loss, start, steps
        _, gradient = check_loss(loss, start)
        if not gradient.any():
            constraint = f"have a gradient other than zero at the start {listed(start)}"
            got = listed(gradient)
            raise InvalidValue("loss", constraint, gradient, got=got, repair=CHOOSE_ANOTHER)

    def record(self, rate: float) -> Trajectory | None:
        """Return the run at a rate, or None if the loss failed on its way."""
        run = record(self.loss, self.start, learning_rate=rate, steps=self.steps)
        return None if run.stopped_by == "error" else run

    def arrives(self, rate: float) -> bool:
        run = self.record(rate)
        return run is not None and run.behavior == "converging"

    def is_thrown_out(self, rate: float) -> bool:
        run = self.record(rate)
        return run is None or run.behavior == "diverging"

    def outcome(self, rate: float) -> tuple[bool, float, float]:
        """Return whether the run ever climbs above its start, its last loss, and the rate."""
        run = self.record(rate)
        if run is None:
            return True, math.inf, rate
        climbs = run.diverged or bool((run.losses > run.losses[0]).any())
        return climbs, float(run.losses[-1]), rate

    def best(self, critical: float) -> tuple[float, tuple[float, ...]]:
        """Return the rate with the lowest last loss, and multiples of `critical` beyond it."""
        outcomes = [self.outcome(critical * share) for share in CANDIDATES]
        if min(outcomes) == outcomes[-1] and not outcomes[-1][0]:
            for share in FURTHER:
                outcomes.append(self.outcome(critical * share))
                if outcomes[-1][0]:
                    return min(outcomes)[2], tuple(sorted({*VERY_LARGE, *FURTHER}))
        return min(outcomes[: len(CANDIDATES)])[2], VERY_LARGE

    def first_thrown_out(self, rates: list[float]) -> float:
        """Return the first rate whose run is thrown out, else the last of all."""
        return next((rate for rate in rates if self.is_thrown_out(rate)), rates[-1])

    def slow(self, rate: float) -> float:
        """Return `rate`, made smaller until a run at it shows no more than a crawl."""
        for _ in range(20):
            run = self.record(rate)
            if run is not None and run.behavior == "slow":
                break
            rate /= 2
        return rate


def _critical(loss: Loss, point: NDArray[np.float64]) -> tuple[float, float | None]:
    """Return a scale for learning rates, and 2/(μ + L) if the loss is a convex quadratic."""
    try:
        if len(point) > DENSE_LIMIT:
            return _scale(loss, point, sharpness(loss, point)), None
        here = hessian(loss, point)
    except (InvalidValue, RecordingFailed):  # no second derivatives there, or not found
        return _scale(loss, point, 0.0), None
    eigenvalues = np.linalg.eigvalsh(here)
    smallest, largest = float(eigenvalues[0]), float(eigenvalues[-1])
    convex = smallest > 1e-12 * largest > 0
    if convex and 2 / largest < MOST and _is_quadratic(loss, point, here):
        return 2 / largest, 2 / (smallest + largest)
    return _scale(loss, point, float(np.abs(eigenvalues).max())), None


def _scale(loss: Loss, point: NDArray[np.float64], curvature: float) -> float:
    """Return 2 / curvature, or where there is none the rate that moves by one unit."""
    if curvature > 0:
        return min(2 / curvature, MOST)
    _, gradient = check_loss(loss, point)
    return min(1 / math.hypot(*gradient), MOST)


def _is_quadratic(loss: Loss, point: NDArray[np.float64], here: NDArray[np.float64]) -> bool:
    """Return whether the Hessian is the same at several places a step away."""
    generator = np.random.default_rng(0)
    reach = 1 + float(np.abs(point).max())
    tolerance = 1e-9 * float(np.abs(here).max())
    for _ in range(3):
        try:
            there = hessian(loss, point + reach * generator.standard_normal(len(point)))
        except OutsideDomain:  # a quadratic is defined everywhere
            return False
        if not np.allclose(there, here, rtol=0, atol=tolerance):
            return False
    return True
