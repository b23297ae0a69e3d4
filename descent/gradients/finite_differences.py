"""Gradients by finite differences, and how they lose digits that autograd keeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from descent.arrays import check_shape, freeze
from descent.checks.arguments import check_positive, check_square
from descent.checks.autograd import with_autograd
from descent.checks.errors import InvalidValue
from descent.checks.function import check_is_function
from descent.checks.loss import attempt, check_callable, check_loss, check_scalar, explain_modules
from descent.checks.numbers import as_numbers, check_start
from descent.serialization import Saveable

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from torch import Tensor

    from descent.arrays import Loss

WIDTHS = tuple(10.0**-power for power in range(1, 15))


@dataclass(frozen=True, eq=False)
class DifferenceTable(Saveable):
    """One-sided differences of several widths beside autograd's gradient.

    Attributes:
        widths: The widths h, shape (k,), in the parameters' units.
        estimates: One estimated gradient a width, shape (k, n).
        gradient: Autograd's gradient at the same point, shape (n,).

    Raises:
        InvalidValue: If these shapes do not fit together.

    Example:
        >>> import descent
        >>> bowl = descent.LOSSES["bowl"]  # θ1² + 3 θ2²
        >>> table = descent.difference_errors(bowl, at=[2, 1], widths=[0.5, 0.25])
        >>> table.gradient.tolist()
        [4.0, 6.0]
        >>> table.estimates.tolist()
        [[4.5, 7.5], [4.25, 6.75]]
    """

    widths: NDArray[np.float64]
    estimates: NDArray[np.float64]
    gradient: NDArray[np.float64]

    def __post_init__(self) -> None:
        """Freeze the arrays and check that they fit together."""
        freeze(self, "widths", "estimates", "gradient")
        shape = (self.widths.size, self.gradient.size)
        check_shape("widths", self.widths, shape[:1])
        check_shape("gradient", self.gradient, shape[1:])
        check_shape("estimates", self.estimates, shape)

    @property
    def errors(self) -> NDArray[np.float64]:
        """Largest error of each estimate, max_i |estimates[·, i] − gradient[i]|, shape (k,)."""
        return np.abs(self.estimates - self.gradient).max(axis=1)


@with_autograd
def central_differences(loss: Loss, at: ArrayLike | Tensor, h: float) -> NDArray[np.float64]:
    """Estimate the gradient from the loss on both sides of each parameter.

    (loss(θ + h·e_i) − loss(θ − h·e_i)) / 2h, where e_i is 1 at parameter i and 0 elsewhere. The
    curve gives it an error of about h²/6 · ∂³loss/∂θ_i³, rounding one of about 1e-16·|loss| / h:
    smaller is better only for a while, to about 6e-6 where all these numbers are near 1.

    Args:
        loss: Maps params, shape (n,), to a scalar tensor; it is called 2n times, without autograd,
            after it was seen to be a function of them alone.
        at: Point of evaluation θ, shape (n,).
        h: Half the distance between the two points, positive, in the parameters' units.

    Returns:
        The estimate, shape (n,).

    Raises:
        InvalidValue: If `h` is not positive and finite, `at` is not a finite vector of the size
            that the loss's names ask for, or the loss fails there or gives no scalar.
        InvalidType: If `at` or `h` does not consist of numbers, or `loss` is not a function or
            returns something else than a tensor.

    References:
        Nocedal and Wright (2006), Numerical Optimization, section 8.1.

    Example:
        >>> import descent
        >>> descent.central_differences(lambda p: p[0] ** 3, at=[2.0], h=0.25)  # 3·2², and h²
        array([12.0625])
    """
    point, sides = _sides(loss, at, h)
    value = _plain_value(loss)
    return np.array([(value(point + side) - value(point - side)) / (2 * h) for side in sides])


@with_autograd
def forward_differences(loss: Loss, at: ArrayLike | Tensor, h: float) -> NDArray[np.float64]:
    """Estimate the gradient as the definition of the derivative has it, without the limit.

    (loss(θ + h·e_i) − loss(θ)) / h, where e_i is 1 at parameter i and 0 elsewhere. The curve gives
    it an error of about h/2 · ∂²loss/∂θ_i², rounding one of about 1e-16·|loss| / h; the best h is
    about 1e-8 where all these numbers are near 1.

    Args:
        loss: Maps params, shape (n,), to a scalar tensor; it is called n + 1 times, without
            autograd, after it was seen to be a function of them alone.
        at: Point of evaluation θ, shape (n,).
        h: Distance between the two points, positive, in the parameters' units.

    Returns:
        The estimate, shape (n,).

    Raises:
        InvalidValue: If `h` is not positive and finite, `at` is not a finite vector of the size
            that the loss's names ask for, or the loss fails there or gives no scalar.
        InvalidType: If `at` or `h` does not consist of numbers, or `loss` is not a function or
            returns something else than a tensor.

    References:
        Nocedal and Wright (2006), Numerical Optimization, section 8.1.

    Example:
        >>> import descent
        >>> descent.forward_differences(lambda p: 3 * p[0] ** 2, at=[2.0], h=0.25)  # 12, and 3 h
        array([12.75])
    """
    point, sides = _sides(loss, at, h)
    value = _plain_value(loss)
    here = value(point)
    return np.array([(value(point + side) - here) / h for side in sides])


def _sides(
    loss: Loss, at: ArrayLike | Tensor, h: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the point, and the way from it along each parameter, one per row."""
    point = check_start(at, getattr(loss, "names", None))
    check_positive(as_numbers(h, "h", "be a number"), "h")
    check_square(len(point), "a table of differences")
    check_callable(loss)
    check_is_function(loss, point)
    return point, h * np.eye(len(point))


def _plain_value(loss: Loss) -> Callable[[NDArray[np.float64]], float]:
    import torch

    def value(params: NDArray[np.float64]) -> float:
        with explain_modules(loss), torch.no_grad():
            found = attempt(lambda: loss(torch.tensor(params, dtype=torch.float64)), params)
            check_scalar(found)
        return float(found)

    return value


@with_autograd
def difference_errors(
    loss: Loss, at: ArrayLike | Tensor, widths: ArrayLike = WIDTHS
) -> DifferenceTable:
    """Return one-sided differences of every width beside autograd's gradient.

    Each estimate is that of `forward_differences`; see there for its formula.

    Args:
        loss: Maps params, shape (n,), to a scalar tensor.
        at: Point of evaluation, shape (n,).
        widths: The widths h to try, shape (k,), in the parameters' units; 0.1, 0.01, … 1e-14 if
            none are given.

    Returns:
        A DifferenceTable. As h becomes smaller its `errors` first fall, then rise again.

    Raises:
        InvalidValue: If a width is not positive and finite, there is none, or the loss cannot be
            differentiated at `at`.
        InvalidType: If `at` or `widths` does not consist of numbers, or `loss` is not a function or
            returns something other than a tensor.

    References:
        Nocedal and Wright (2006), Numerical Optimization, section 8.1.

    Example:
        >>> import descent
        >>> table = descent.difference_errors(descent.LOSSES["bowl"], at=[2, 1])
        >>> float(table.widths[table.errors.argmin()])  # neither the largest nor the smallest
        1e-08
    """
    table = as_numbers(widths, "widths")
    if table.ndim != 1 or not table.size:
        got = f"shape {table.shape}"
        raise InvalidValue("widths", "be a list of at least one", widths, got=got)
    _, gradient = check_loss(loss, at)
    estimates = np.array([forward_differences(loss, at, float(h)) for h in table])
    return DifferenceTable(widths=table, estimates=estimates, gradient=gradient)
