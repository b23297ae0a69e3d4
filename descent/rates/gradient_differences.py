"""Differences of a gradient along a direction, which second derivatives are measured against."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from descent.rates.second_derivatives import twice_differentiable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.arrays import Loss

AGREE = 1e-5  # two widths that agree, relative
JUMP = 1e-3  # two widths with a kink between them, relative
OFF = 1e-4  # H·v and a difference that contradict each other, relative to the sum of their sizes
NEAR = 1e-2  # the same, of those that may be equal for all that is seen
ROUNDING = 1e3 * np.finfo(np.float64).eps  # of a gradient, relative


@dataclass(frozen=True)
class Difference:
    """A central difference of a gradient along a direction.

    Attributes:
        value: (∇loss(θ + hv) − ∇loss(θ − hv)) / 2h, shape (n,).
        noise: What rounding of the gradients alone may make of it.
    """

    value: NDArray[np.float64]
    noise: float

    def is_off(self, found: NDArray[np.float64], share: float = OFF) -> bool:
        """Return whether it contradicts H·v, by more than a share of the sizes."""
        sizes = size_of(found) + size_of(self.value)
        return size_of(found - self.value) > share * sizes + self.noise


@dataclass(frozen=True)
class Differences:
    """Central differences of a gradient along one direction, of a width and of half of it."""

    wide: Difference
    narrow: Difference

    def agree(self) -> bool:
        """Return whether both widths give the same."""
        return self._apart() <= AGREE * self._size() + self.narrow.noise

    def jump(self) -> bool:
        """Return whether they differ as where a kink is."""
        return self._apart() > JUMP * self._size() + self.narrow.noise

    def are_off(self, found: NDArray[np.float64], share: float = OFF) -> bool:
        """Return whether both contradict H·v, by more than a share of the sizes."""
        return self.wide.is_off(found, share) and self.narrow.is_off(found, share)

    def _apart(self) -> float:
        return size_of(self.wide.value - self.narrow.value)

    def _size(self) -> float:
        return max(size_of(self.wide.value), size_of(self.narrow.value))


def difference_along(
    loss: Loss, point: NDArray[np.float64], vector: NDArray[np.float64], step: float
) -> Difference | None:
    """Return (∇loss(θ + hv) − ∇loss(θ − hv)) / 2h for h = `step`.

    It is None where a gradient is not to be had, as beyond the edge of the loss's domain.
    """
    with twice_differentiable(), np.errstate(over="ignore", invalid="ignore"):
        ahead, behind = (_gradient(loss, point + way * vector) for way in (step, -step))
        if ahead is None or behind is None:
            return None
        value = (ahead - behind) / (2 * step)
        noise = ROUNDING * max(size_of(ahead), size_of(behind)) / step
    is_finite = np.isfinite(value).all() and math.isfinite(noise)
    return Difference(value, noise) if is_finite else None


def differences_along(
    loss: Loss,
    point: NDArray[np.float64],
    vector: NDArray[np.float64],
    width: float,
    wide: Difference | None = None,
) -> Differences | None:
    """Return the differences of `width`, if `wide` is not known, and of half of it, else None."""
    wide = wide or difference_along(loss, point, vector, width)
    narrow = difference_along(loss, point, vector, width / 2) if wide else None
    return Differences(wide, narrow) if wide and narrow else None


def _gradient(loss: Loss, point: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Return the gradient as a descent follows it; None where the loss has none or fails."""
    import torch

    params = torch.tensor(point, dtype=torch.float64, requires_grad=True)
    try:
        return torch.autograd.grad(loss(params), params)[0].numpy()
    except Exception:
        return None


def size_of(numbers: NDArray[np.float64]) -> float:
    """Return the largest size of a number, whose square may be no number."""
    return float(np.abs(numbers).max())
