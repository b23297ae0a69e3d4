"""Three learning rates for one loss: very small, just right, very large, each tried out first."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from descent.checks import check_loss, check_start, check_steps
from descent.curvature import DENSE_LIMIT, hessian, sharpness
from descent.recording import record

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from torch import Tensor

    from descent.arrays import Loss
    from descent.trajectory import Trajectory

# As shares of the critical rate 2 / sharpness.
VERY_SMALL = 0.01
VERY_LARGE = (1.15, 1.25, 1.35, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0, 6.0, 8.0, 16.0, 64.0, 256.0, 1024.0)
CANDIDATES = tuple(2.0 ** (power / 2) for power in range(-28, 7))


@dataclass(frozen=True)
class SuggestedRates:
    """Learning rates of one loss that show the three behaviours."""

    very_small: float
    just_right: float
    very_large: float


def suggest_learning_rates(loss: Loss, start: ArrayLike | Tensor, steps: int = 6) -> SuggestedRates:
    """Return rates at which descent from `start` crawls, arrives, and is thrown out.

    For a quadratic with smallest and largest curvature 0 < μ ≤ L: 0.01·2/L, 2/(μ + L) (the best
    rate for the worst start), and 1.15·2/L. For other losses, and where a recording of `steps`
    steps does not show what the formula promises, rates are tried by recording: just right is
    the one with the lowest last loss whose run never climbs above its start, very large the
    smallest multiple from 1.15·2/L whose last loss is above the first (else the largest tried),
    very small one that is neither close to arriving nor has halved the loss.

    Args:
        loss: Maps params, shape (n,), to a scalar tensor.
        start: Where the descents start, shape (n,).
        steps: How many steps each trial takes.

    Returns:
        Three increasing rates.

    Raises:
        ValueError: If the loss cannot be descended from `start`.
    """
    point = check_start(start, getattr(loss, "names", None))
    trials = _Trials(loss, point, check_steps(steps, len(point)))
    critical, quadratic = _critical(loss, point)
    just_right = quadratic
    if just_right is None or not trials.falls(just_right):
        just_right = trials.best(critical * share for share in CANDIDATES)
    very_large = trials.first_climb(
        critical * share for share in VERY_LARGE if critical * share > just_right
    )
    return SuggestedRates(
        very_small=trials.slow(VERY_SMALL * critical),
        just_right=just_right,
        very_large=very_large,
    )


class _Trials:
    """Recordings of one loss from one start, made to see what a rate does."""

    def __init__(self, loss: Loss, start: NDArray[np.float64], steps: int) -> None:
        self.loss, self.start, self.steps = loss, start, steps

    def record(self, rate: float) -> Trajectory:
        return record(self.loss, self.start, learning_rate=rate, steps=self.steps)

    def falls(self, rate: float) -> bool:
        """Return whether the loss ends below its start, or can fall no further."""
        run = self.record(rate)
        return run.behaviour != "diverging"

    def best(self, rates: Iterable[float]) -> float:
        """Return the rate with the lowest last loss, of those that never climb above the start."""
        outcomes: list[tuple[bool, float, float]] = []
        for rate in rates:
            run = self.record(rate)
            climbs = run.diverged or bool((run.losses > run.losses[0]).any())
            outcomes.append((climbs, float(run.losses[-1]), rate))
        return min(outcomes)[2]

    def first_climb(self, rates: Iterable[float]) -> float:
        """Return the first rate whose last loss is above the first, else the last of all."""
        rate = math.nan
        for rate in rates:
            if self.record(rate).behaviour == "diverging":
                break
        return rate

    def slow(self, rate: float) -> float:
        """Return `rate`, made smaller until a run at it shows no more than a crawl."""
        for _ in range(20):
            if self.record(rate).behaviour == "slow":
                break
            rate /= 2
        return rate


def _critical(loss: Loss, point: NDArray[np.float64]) -> tuple[float, float | None]:
    """Return a scale for learning rates, and 2/(μ + L) if the loss is a convex quadratic."""
    if len(point) > DENSE_LIMIT:
        return _scale(loss, point, sharpness(loss, point)), None
    here = hessian(loss, point)
    eigenvalues = np.linalg.eigvalsh(here)
    smallest, largest = float(eigenvalues[0]), float(eigenvalues[-1])
    convex = smallest > 1e-12 * largest > 0
    if convex and _is_quadratic(loss, point, here):
        return 2 / largest, 2 / (smallest + largest)
    return _scale(loss, point, float(np.abs(eigenvalues).max())), None


def _scale(loss: Loss, point: NDArray[np.float64], curvature: float) -> float:
    """Return 2 / curvature, or where there is none the rate that moves by one unit."""
    if curvature > 0:
        return 2 / curvature
    _, gradient = check_loss(loss, point)
    slope = math.hypot(*gradient)
    return 1 / slope if slope > 0 else 1.0


def _is_quadratic(loss: Loss, point: NDArray[np.float64], here: NDArray[np.float64]) -> bool:
    """Return whether the Hessian is the same at several places a step away."""
    generator = np.random.default_rng(0)
    reach = 1 + float(np.abs(point).max())
    tolerance = 1e-9 * float(np.abs(here).max())
    for _ in range(3):
        try:
            there = hessian(loss, point + reach * generator.standard_normal(len(point)))
        except ValueError:  # outside its domain, which a quadratic does not have
            return False
        if not np.allclose(there, here, rtol=0, atol=tolerance):
            return False
    return True
