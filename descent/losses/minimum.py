"""The lowest place near the end of a descent, found by Newton's method."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.errors import InvalidArgument, OutsideDomain, RecordingFailed
from descent.checks.loss import check_loss
from descent.rates.curvature import hessian

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.arrays import Loss

MOST_STEPS = 200
HALVINGS = 40
SAME_CURVATURE = 1e-9  # relative, between places of a loss that is quadratic
ARRIVED = 1e-9  # of the way so far: a shorter step leads nowhere new
STILL, ROUNDING = 1e-6, 1e-12  # of the way down, and of the loss: less is no fall
FLAT = 1e-12  # of the largest curvature: a smaller one is not told from zero


@dataclass(frozen=True, eq=False)
class Minimum:
    """A place from which a loss falls no further.

    Attributes:
        place: The parameters there, shape (n,).
        loss: The loss there.
        is_lowest: Whether no lower loss exists anywhere, which is known of a quadratic loss alone.
    """

    place: NDArray[np.float64]
    loss: float
    is_lowest: bool


def find_minimum(loss: Loss, start: NDArray[np.float64]) -> Minimum | None:
    """Return the minimum that lies downhill of `start`; None if none is found.

    A Newton step goes along −|H|⁻¹ · gradient, so that it leads downhill also where the loss is
    curved downwards (as in saddle-free Newton), and is halved until the loss falls. The place is a
    minimum if H has no negative eigenvalue there.

    Args:
        loss: Maps params, shape (n,), to a scalar tensor.
        start: Where the search begins, shape (n,): the last place of a descent.

    References:
        Dauphin et al. (2014), Identifying and attacking the saddle point problem in
        high-dimensional non-convex optimization, arXiv:1406.2572.
    """
    place, curvatures = np.array(start, dtype=np.float64), list[Any]()
    try:
        for _ in range(MOST_STEPS):
            value, gradient = check_loss(loss, place)
            curvatures.append(hessian(loss, place))
            step, promised = _newton_step(curvatures[-1], gradient)
            lower = _lower_place(loss, place, value, step) if promised > 0 else None
            way = np.linalg.norm(place - start)
            if lower is None or np.linalg.norm(step) <= ARRIVED * way:
                fallen = check_loss(loss, start)[0] - value
                if _falls_further(loss, place, value, gradient, fallen):
                    return None
                return _minimum(loss, place, value, curvatures)
            place = lower
    except (InvalidArgument, RecordingFailed):  # outside the domain, or no second derivative
        return None
    return None


def _newton_step(
    matrix: NDArray[np.float64], gradient: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Return −|H|⁻¹ · gradient, and by how much the loss should fall."""
    values, vectors = np.linalg.eigh(matrix)
    sizes = np.maximum(np.abs(values), FLAT * np.abs(values).max())
    along = vectors.T @ gradient
    coefficients = np.divide(along, sizes, out=np.zeros_like(along), where=sizes > 0)
    return -vectors @ coefficients, float(along @ coefficients / 2)


def _lower_place(
    loss: Loss, place: NDArray[np.float64], value: float, step: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    """Return the first lower place along a step that is halved again and again, if there is one."""
    for _ in range(HALVINGS):
        there = place + step
        try:
            if check_loss(loss, there)[0] < value:
                return there
        except OutsideDomain:
            pass
        step = step / 2
    return None


def _falls_further(
    loss: Loss,
    place: NDArray[np.float64],
    value: float,
    gradient: NDArray[np.float64],
    fallen: float,
) -> bool:
    """Return whether the loss falls against its gradient, though no curvature promises it.

    So it does on the straight slopes of |θ|. Less than a share of what has fallen is rounding.
    """
    lower = _lower_place(loss, place, value, -gradient)
    least = max(STILL * fallen, ROUNDING * abs(value))
    return lower is not None and value - check_loss(loss, lower)[0] > least


def _minimum(
    loss: Loss, place: NDArray[np.float64], value: float, curvatures: list[NDArray[np.float64]]
) -> Minimum | None:
    """Return what has been found, if the loss is not curved downwards there."""
    values = np.linalg.eigvalsh(curvatures[-1])
    if not values.min() >= -FLAT * np.abs(values).max():
        return None
    return Minimum(place, value, is_lowest=_is_quadratic(loss, place, curvatures))


def _is_quadratic(
    loss: Loss, place: NDArray[np.float64], curvatures: list[NDArray[np.float64]]
) -> bool:
    """Return whether the curvature is the same everywhere, and the gradient what it makes of a way.

    Beyond a kink, as in |θ| + θ², the curvature is the same, and the gradient is not.
    """
    matrix = curvatures[-1]
    way = np.ones_like(place) * max(1.0, float(np.abs(place).max()))
    try:
        others = [*curvatures[:-1], hessian(loss, place + way)]
        here, *beside = (check_loss(loss, place + side * way)[1] for side in (0, 1, -1))
    except InvalidArgument:
        return False
    same = SAME_CURVATURE * np.abs(matrix).max()
    changes = [beside[0] - here - matrix @ way, beside[1] - here + matrix @ way]
    is_same = max(np.abs(one - matrix).max() for one in others) <= same
    return bool(is_same and np.abs(changes).max() <= same * np.linalg.norm(way))
