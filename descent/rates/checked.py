"""Curvature, checked once against differences of the gradient."""

from __future__ import annotations

import hashlib
import math
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from descent.checks.buffers import kept_buffers
from descent.checks.errors import InvalidValue
from descent.checks.numbers import listed
from descent.rates.second_derivatives import own_operations, twice_differentiable

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from descent.arrays import Loss

    Product = Callable[[NDArray[np.float64]], NDArray[np.float64]]

WIDTHS = (1e-4, 3e-6)  # of the first try and of the second, relative to the parameters
AGREE = 1e-5  # two differences that agree, relative
KINK = 1e-3  # two differences that lie on different sides of one, relative
OFF = 1e-4  # relative to the sum of both sizes
ROUNDING = 1e3 * np.finfo(np.float64).eps  # of a gradient, relative
KEPT = 256  # places that each loss remembers

_CHECKED: WeakKeyDictionary[Any, dict[bytes, None]] = WeakKeyDictionary()


def check_products(loss: Loss, point: NDArray[np.float64], product: Product) -> None:
    """Check once for each loss and place that products with its Hessian are those of its gradient.

    H·v along a random direction v is compared with central differences of the gradient, of two
    widths. Where the two widths agree and H·v does not, second derivatives of PyTorch's are wrong
    or missing, and the loss is refused. Where they do not agree another direction and smaller
    widths are tried; if they do not agree there either, a warning says so.

    It takes four gradients, beside one product; eight where two directions are tried.

    Raises:
        InvalidValue: If H is not that of the gradient.
    """
    places = _places(loss)
    place = hashlib.sha256(point.tobytes()).digest()
    if place in places:
        return
    with kept_buffers():
        _check(loss, point, product)
    places[place] = None
    if len(places) > KEPT:
        del places[next(iter(places))]


def _check(loss: Loss, point: NDArray[np.float64], product: Product) -> None:
    generator = np.random.default_rng(1)
    differences = None
    for width in WIDTHS:
        vector = _scales(point) * generator.standard_normal(len(point))
        differences = _differences(loss, point, vector, width)
        if differences is None:  # too near the edge of the domain
            return
        if differences.agree():
            _compare(loss, point, product(vector), differences)
            return
    if differences is not None and differences.jump():
        _say_kink(point, differences)


def _scales(point: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far each parameter is moved, relative to the others."""
    sizes = np.abs(point)
    some = sizes[sizes > 0]
    # Those at zero, as fresh biases are, move as the others do, and by no more than one unit.
    return sizes + (min(1.0, float(np.exp(np.log(some).mean()))) if some.size else 1.0)


def check_symmetric(matrix: NDArray[np.float64], point: NDArray[np.float64]) -> None:
    """Check that a matrix of second derivatives is symmetric, as that of any function is.

    Raises:
        InvalidValue: If it is not, as where a backward of one's own is not the derivative.
    """
    apart, largest = np.abs(matrix - matrix.T), float(np.abs(matrix).max())
    if not apart.max() > OFF * largest:
        return
    i, j = np.unravel_index(int(apart.argmax()), apart.shape)
    raise InvalidValue(
        "loss",
        f"have a symmetric matrix of second derivatives at {listed(point)}",
        matrix,
        got=f"{matrix[i, j]:.6g} and {matrix[j, i]:.6g} across its diagonal, so that its gradient "
        "is that of no function",
        repair="leave out a backward of your own, or .detach(), that changes the gradient.",
    )


@dataclass(frozen=True)
class _Differences:
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
        return self._apart() <= AGREE * self._size() + self.noise

    def jump(self) -> bool:
        return self._apart() > KINK * self._size() + self.noise

    def _apart(self) -> float:
        return _size(self.wide - self.narrow)

    def _size(self) -> float:
        return max(_size(self.wide), _size(self.narrow))


def _differences(
    loss: Loss, point: NDArray[np.float64], vector: NDArray[np.float64], width: float
) -> _Differences | None:
    """Return (g(θ + hv) − g(θ − hv)) / 2h for two h; None where a gradient is not to be had."""
    found: list[NDArray[np.float64]] = []
    largest = 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        for share in (1.0, 0.5):
            ahead, behind = (
                _gradient(loss, point + sign * share * width * vector) for sign in (1, -1)
            )
            if ahead is None or behind is None:
                return None
            found.append((ahead - behind) / (2 * share * width))
            largest = max(largest, _size(ahead), _size(behind))
    noise = ROUNDING * largest / width
    finite = all(np.isfinite(one).all() for one in found) and math.isfinite(noise)
    return _Differences(found[0], found[1], noise) if finite else None


def _gradient(loss: Loss, point: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Return the gradient as a descent follows it; None where the loss has none or fails."""
    import torch

    try:
        with twice_differentiable():
            params = torch.tensor(point, dtype=torch.float64, requires_grad=True)
            return torch.autograd.grad(loss(params), params)[0].numpy()
    except Exception:
        return None


def _compare(
    loss: Loss, point: NDArray[np.float64], found: NDArray[np.float64], differences: _Differences
) -> None:
    """Refuse H·v if both differences are off it by more than they and rounding allow."""
    sizes = (differences.wide, differences.narrow)
    off = min(
        _size(found - one) - OFF * (_size(found) + _size(one)) - differences.noise for one in sizes
    )
    if off <= 0:
        return
    own = own_operations(loss, point)
    repair = "leave out .detach() and torch.no_grad() where the gradient depends on what they hold."
    if own:
        repair = f"differentiate {', '.join(own)} by PyTorch's operations, twice."
    raise InvalidValue(
        "loss",
        f"have the second derivatives of its gradient at {listed(point)}",
        found,
        got=f"{_size(found):.6g} along a direction where the gradient changes by "
        f"{_size(differences.narrow):.6g}",
        repair=repair,
    )


def _say_kink(point: NDArray[np.float64], differences: _Differences) -> None:
    warnings.warn(
        f"The gradient of the loss jumps at {listed(point)}, as at a kink: along one direction it "
        f"changes by {_size(differences.wide):.3g} or by {_size(differences.narrow):.3g} for each "
        "unit, and the curvature that is returned is that of one side.",
        stacklevel=2,
    )


def _size(numbers: NDArray[np.float64]) -> float:
    """Return the largest size of a number, whose square may be no number."""
    return float(np.abs(numbers).max())


def _places(loss: Loss) -> dict[bytes, None]:
    """Return the places where this loss was found in order, to be added to."""
    try:
        return _CHECKED.setdefault(loss, {})
    except TypeError:  # it cannot be hashed or referred to weakly
        return {}
