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
class Differences:
    """Central differences of a gradient along one direction.

    Attributes:
        wide: Of the whole width, shape (n,).
        narrow: Of half of it, shape (n,).
        noise: What rounding of the gradients alone may make of either.
    """

    wide: NDArray[np.float64]
    narrow: NDArray[np.float64]
    noise: float

    def agree(self) -> bool:
        """Return whether both widths give the same."""
        return self._apart() <= AGREE * self._size() + self.noise

    def jump(self) -> bool:
        """Return whether they differ as where a kink is."""
        return self._apart() > JUMP * self._size() + self.noise

    def are_off(self, found: NDArray[np.float64], share: float = OFF) -> bool:
        """Return whether both contradict H·v, by more than a share of the sizes."""
        return all(
            size_of(found - one) > share * (size_of(found) + size_of(one)) + self.noise
            for one in (self.wide, self.narrow)
        )

    def _apart(self) -> float:
        return size_of(self.wide - self.narrow)

    def _size(self) -> float:
        return max(size_of(self.wide), size_of(self.narrow))


def differences_along(
    loss: Loss, point: NDArray[np.float64], vector: NDArray[np.float64], width: float
) -> Differences | None:
    """Return (∇loss(θ + hv) − ∇loss(θ − hv)) / 2h for h = `width` and half of it.

    It is None where a gradient is not to be had, as beyond the edge of the loss's domain.
    """
    found: list[NDArray[np.float64]] = []
    largest = 0.0
    with twice_differentiable(), np.errstate(over="ignore", invalid="ignore"):
        for step in (width, width / 2):
            ahead, behind = (_gradient(loss, point + way * vector) for way in (step, -step))
            if ahead is None or behind is None:
                return None
            found.append((ahead - behind) / (2 * step))
            largest = max(largest, size_of(ahead), size_of(behind))
        noise = ROUNDING * largest / width
    are_finite = all(np.isfinite(one).all() for one in found) and math.isfinite(noise)
    return Differences(found[0], found[1], noise) if are_finite else None


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
