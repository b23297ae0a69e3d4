"""A slice of a loss along its steepest axis, and descents of one parameter along it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from descent.checks.errors import InvalidArgument, RecordingFailed
from descent.checks.loss import check_loss
from descent.losses.minimum import find_minimum
from descent.losses.named import NamedLoss
from descent.rates.curvature import hessian
from descent.rates.rounding import rounded
from understanding_gradients.lecture.recordings import Slice
from understanding_gradients.lecture.runs import record_whole

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from descent.arrays import Loss

DISTANCES = (1.0, 0.1, 0.01, 0.001)  # of the descents' start from the lowest place
AS_A_PARABOLA = 0.02  # relative: how far slopes and heights may be off those of one
REACH = 2.5  # how far the slice is drawn, in units of that distance
SAMPLES = 201
MOST_PARAMETERS = 300  # of which all second derivatives are computed, and their axes
STEPS = 6
SMALL = 0.38  # of 1/λ: a rate that is small, and yet seen to move


class SliceLoss:
    """The height of a loss above one of its places, as a function of the distance from it.

    Args:
        loss: Maps params, shape (n,), to a scalar tensor.
        center: That place, shape (n,).
        direction: Of the line through it, of length 1, shape (n,).
    """

    def __init__(
        self, loss: Loss, center: NDArray[np.float64], direction: NDArray[np.float64]
    ) -> None:
        self.loss, self.center, self.direction = loss, center, direction

    def __call__(self, params: Tensor) -> Tensor:
        """Return loss(center + d · direction) − loss(center) for params (d,)."""
        import torch

        center = torch.tensor(self.center, dtype=params.dtype)
        direction = torch.tensor(self.direction, dtype=params.dtype)
        return self.loss(center + params[0] * direction) - self.loss(center)


def record_slice(
    loss: NamedLoss,
    start: NDArray[np.float64],
    minimiser: NDArray[np.float64],
    rates: tuple[float, float],
) -> Slice:
    """Return the slice of `loss` along its steepest axis through its minimum, with descents.

    The line goes through `start` where no minimum is known; of a loss of very many parameters there
    is none. Descents are recorded where the slice
    is a parabola as near to its lowest place as they begin, and none where there is no such place.

    Args:
        loss: Maps params, shape (n,), to a scalar tensor.
        start: Of the lecture's descents, shape (n,).
        minimiser: The minimum, shape (n,), or (0,) where none is known.
        rates: The lecture's middle and largest rate.
    """
    known = len(minimiser) > 0
    through = minimiser if known else start
    if len(start) > MOST_PARAMETERS:
        return _without_descents(through, np.zeros_like(through), known, np.empty(0))
    try:
        curvatures, axes = np.linalg.eigh(hessian(loss, through))
        direction = _towards(axes[:, -1], start - through)
        center = through if known else _lowest_on(loss, start, direction)
        if center is None or not curvatures[-1] > 0:
            return _without_descents(through, direction, known, curvatures)
        return _with_descents(loss, center, direction, known, curvatures, rates)
    except (InvalidArgument, RecordingFailed):  # no second derivative, or outside the domain
        return _without_descents(through, np.zeros_like(through), known, np.empty(0))


def curvatures_at(loss: Loss, minimiser: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the eigenvalues of the Hessian at a minimum, shape (n,); (0,) where there are none."""
    if not 0 < len(minimiser) <= MOST_PARAMETERS:
        return np.empty(0)
    try:
        return np.linalg.eigvalsh(hessian(loss, minimiser)).astype(np.float64)
    except (InvalidArgument, RecordingFailed):  # no second derivative
        return np.empty(0)


def _towards(axis: NDArray[np.float64], way: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return an axis with the sign that leads towards the start, or to the right."""
    along = float(axis @ way) or float(axis[np.abs(axis).argmax()])
    return axis * (1.0 if along > 0 else -1.0)


def _lowest_on(
    loss: Loss, start: NDArray[np.float64], direction: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    """Return the lowest place on the line through the start, if there is one."""
    found = find_minimum(SliceLoss(loss, start, direction), np.zeros(1))
    return None if found is None else start + found.place[0] * direction


def _without_descents(
    through: NDArray[np.float64],
    direction: NDArray[np.float64],
    known: bool,
    curvatures: NDArray[np.float64],
) -> Slice:
    none = np.empty(0)
    return Slice(through, direction, known, curvatures, none, none, none, none, ())


def _with_descents(
    loss: Loss,
    center: NDArray[np.float64],
    direction: NDArray[np.float64],
    known: bool,
    curvatures: NDArray[np.float64],
    rates: tuple[float, float],
) -> Slice:
    along = SliceLoss(loss, center, direction)
    sharpest = float(curvatures[-1])
    near = [one for one in DISTANCES if _is_parabola(along, one, sharpest)]
    if not near:
        return _without_descents(center, direction, known, curvatures)
    middle, largest = rates
    chosen = (rounded(SMALL / sharpest), 1 / sharpest, middle, 2 / sharpest, largest)
    named = NamedLoss("slice", ("d",), along, (near[0],), "a slice of the loss")
    distances = np.linspace(-REACH, REACH, SAMPLES) * near[0]
    heights, slopes = _sampled(along, distances)
    descents = tuple(
        record_whole(named, [near[0]], learning_rate=rate, steps=STEPS) for rate in chosen
    )
    chosen_rates = np.array(chosen)
    sampled = distances, heights, slopes
    return Slice(center, direction, known, curvatures, *sampled, chosen_rates, descents)


def _sampled(along: SliceLoss, distances: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Return the heights and the slopes at some distances, each of their shape (k,)."""
    found = [check_loss(along, [distance]) for distance in distances.tolist()]
    heights = np.array([height for height, _ in found])
    return heights, np.array([float(slope[0]) for _, slope in found])


def _is_parabola(along: SliceLoss, distance: float, curvature: float) -> bool:
    """Return whether the slice is one as far as twice `distance` to both sides."""
    at = np.array([-2.0, -1.0, 1.0, 2.0]) * distance
    try:
        heights, slopes = _sampled(along, at)
    except InvalidArgument:
        return False
    fits = np.isclose(slopes, curvature * at, rtol=AS_A_PARABOLA, atol=0)
    fits &= np.isclose(heights, curvature * at**2 / 2, rtol=AS_A_PARABOLA, atol=0)
    return bool(fits.all())
