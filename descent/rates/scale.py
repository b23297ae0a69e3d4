"""The scale of the learning rates of a loss at a point, from its curvature there."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from descent.checks.errors import InvalidValue, OutsideDomain, RecordingFailed
from descent.checks.loss import check_loss
from descent.rates.checked import scales_of
from descent.rates.curvature import hessian
from descent.rates.gradient_differences import difference_along
from descent.rates.spectrum import DENSE_LIMIT, sharpest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.arrays import Loss

MOST = 1e290  # so that multiples of a critical rate are still numbers
LASTING = 1e-6  # of the parameters, over which a curvature that is a guide does not fade
FADED = 1e-3  # the share of a curvature that is left of it across a kink
ROUNDING = 64 * np.finfo(np.float64).eps  # of the parameters, by which a computed minimum is off


@dataclass(frozen=True)
class Scale:
    """What a gradient and a curvature say of learning rates.

    Attributes:
        critical: 2 / L, L being the largest curvature in size; where there is none, the rate that
            moves by one unit.
        best: 2 / (μ + L) if the loss is a convex quadratic, else None.
        gradient: The length of the gradient.
        noise: The length of a gradient that is the rounding of the parameters, and no more.
    """

    critical: float
    best: float | None
    gradient: float
    noise: float


def scale_at(loss: Loss, point: NDArray[np.float64]) -> Scale:
    """Return the scale of the learning rates of `loss` at a point, shape (n,).

    A curvature that is that of a kink, and fades within the smallest step that anyone would see,
    counts as none.
    """
    gradient = math.hypot(*check_loss(loss, point)[1])
    without_curvature = Scale(_critical(0.0, gradient), None, gradient, 0.0)
    try:
        if len(point) > DENSE_LIMIT:
            largest, vector = sharpest(loss, point)
            if vector is not None and _fades(loss, point, largest, vector):
                return without_curvature
            largest = max(largest, 0.0)
            noise = ROUNDING * largest * math.hypot(*point)
            return Scale(_critical(largest, gradient), None, gradient, noise)
        here = hessian(loss, point)
    except (InvalidValue, RecordingFailed):  # no second derivatives there, or not found
        return without_curvature
    eigenvalues, vectors = np.linalg.eigh(here)
    most = int(np.abs(eigenvalues).argmax())
    if _fades(loss, point, float(eigenvalues[most]), vectors[:, most]):
        return without_curvature
    critical = _critical(abs(float(eigenvalues[most])), gradient)
    noise = ROUNDING * math.hypot(*(np.abs(here) @ np.abs(point)))
    smallest, largest = float(eigenvalues[0]), float(eigenvalues[-1])
    convex = smallest > 1e-12 * largest > 0 and 2 / largest < MOST
    is_quadratic = convex and _is_quadratic(loss, point, here)
    return Scale(critical, 2 / (smallest + largest) if is_quadratic else None, gradient, noise)


def _fades(
    loss: Loss, point: NDArray[np.float64], curvature: float, vector: NDArray[np.float64]
) -> bool:
    """Return whether hardly any of a curvature is left over a short way along its eigenvector."""
    way = LASTING * float(scales_of(point) @ np.abs(vector))
    found = difference_along(loss, point, vector, way)
    return found is not None and math.hypot(*found.value) < FADED * abs(curvature)


def _critical(curvature: float, gradient: float) -> float:
    """Return 2 / curvature, or where there is none the rate that moves by one unit."""
    if curvature > 0:
        return min(2 / curvature, MOST)
    return min(1 / gradient, MOST) if gradient else MOST


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
