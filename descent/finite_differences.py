"""Gradients by finite differences, and how they lose digits that autograd keeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from descent.arrays import read_only
from descent.checks import check_loss, check_start
from descent.files import Saveable

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from torch import Tensor

    from descent.arrays import Loss

WIDTHS = tuple(10.0**-power for power in range(1, 15))


@dataclass(frozen=True, eq=False)
class DifferenceTable(Saveable):
    """One-sided differences of several widths beside autograd's gradient.

    Attributes:
        widths: The widths h, shape (k,).
        estimates: One estimated gradient a width, shape (k, n).
        gradient: Autograd's gradient at the same point, shape (n,).
    """

    widths: NDArray[np.float64]
    estimates: NDArray[np.float64]
    gradient: NDArray[np.float64]

    def __post_init__(self) -> None:
        """Freeze the arrays and check that they fit together."""
        for name in ("widths", "estimates", "gradient"):
            object.__setattr__(self, name, read_only(getattr(self, name)))
        shape = (*self.widths.shape, *self.gradient.shape)
        if self.estimates.shape != shape or len(shape) != 2:
            raise ValueError(f"estimates must have shape {shape}; got {self.estimates.shape}.")

    @property
    def errors(self) -> NDArray[np.float64]:
        """Largest absolute error of each estimate, shape (k,)."""
        return np.abs(self.estimates - self.gradient).max(axis=1)


def central_differences(loss: Loss, at: ArrayLike | Tensor, h: float) -> NDArray[np.float64]:
    """Estimate the gradient from the loss on both sides of each parameter.

    (loss(θ + h·e_i) − loss(θ − h·e_i)) / 2h, whose error is about h² from the curve and about
    1e-16·|loss| / h from rounding: smaller is better only for a while.

    Args:
        loss: Maps params, shape (n,), to a scalar tensor.
        at: Point of evaluation θ, shape (n,).
        h: Half the distance between the two points, positive.

    Returns:
        The estimate, shape (n,).

    Raises:
        ValueError: If `h` is not positive and finite, or `at` is no finite vector.
    """
    point, sides = _sides(loss, at, h)
    value = _plain_value(loss)
    return np.array([(value(point + side) - value(point - side)) / (2 * h) for side in sides])


def forward_differences(loss: Loss, at: ArrayLike | Tensor, h: float) -> NDArray[np.float64]:
    """Estimate the gradient as the definition of the derivative has it, without the limit.

    (loss(θ + h·e_i) − loss(θ)) / h, whose error is about h·H_ii/2 from the curve and about
    1e-16·|loss| / h from rounding.

    Args:
        loss: Maps params, shape (n,), to a scalar tensor.
        at: Point of evaluation θ, shape (n,).
        h: Distance between the two points, positive.

    Returns:
        The estimate, shape (n,).

    Raises:
        ValueError: If `h` is not positive and finite, or `at` is no finite vector.
    """
    point, sides = _sides(loss, at, h)
    value = _plain_value(loss)
    here = value(point)
    return np.array([(value(point + side) - here) / h for side in sides])


def _sides(
    loss: Loss, at: ArrayLike | Tensor, h: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the point, and the way from it along each parameter, one a row."""
    point = check_start(at, getattr(loss, "names", None))
    if not (np.isfinite(h) and h > 0):
        raise ValueError(f"h must be positive and finite; got {h}.")
    return point, h * np.eye(len(point))


def _plain_value(loss: Loss) -> Callable[[NDArray[np.float64]], float]:
    import torch

    def value(params: NDArray[np.float64]) -> float:
        with torch.no_grad():
            return float(loss(torch.tensor(params, dtype=torch.float64)))

    return value


def difference_errors(
    loss: Loss, at: ArrayLike | Tensor, widths: ArrayLike = WIDTHS
) -> DifferenceTable:
    """Return one-sided differences of every width beside autograd's gradient.

    Args:
        loss: Maps params, shape (n,), to a scalar tensor.
        at: Point of evaluation, shape (n,).
        widths: The widths h to try, shape (k,).

    Returns:
        A DifferenceTable; its `errors` first fall with h, then rise again.

    Raises:
        ValueError: If a width is not positive and finite, or the loss cannot be differentiated.
    """
    table = check_start(widths)
    _, gradient = check_loss(loss, at)
    estimates = np.array([forward_differences(loss, at, float(h)) for h in table])
    return DifferenceTable(widths=table, estimates=estimates, gradient=gradient)
