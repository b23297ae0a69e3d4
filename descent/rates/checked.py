"""Curvature, checked once against differences of the gradient."""

from __future__ import annotations

import hashlib
import warnings
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from descent.checks.buffers import kept_state
from descent.checks.errors import InvalidValue
from descent.checks.function import check_is_function
from descent.checks.numbers import listed
from descent.rates.causes import repair_for
from descent.rates.gradient_differences import (
    NEAR,
    OFF,
    Differences,
    difference_along,
    differences_along,
    size_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from descent.arrays import Loss

    Product = Callable[[NDArray[np.float64]], NDArray[np.float64]]

WIDTHS = (1e-4, 1e-8)  # of the first try and of the second, relative to the parameters
WIDER = 3.0  # of the last word, relative to the first
LEAST_STEP = 1e-7  # then; a smaller one may be lost in the numbers inside the loss
KEPT = 256  # places that each loss remembers

_CHECKED: WeakKeyDictionary[Any, dict[bytes, None]] = WeakKeyDictionary()


def check_products(
    loss: Loss,
    point: NDArray[np.float64],
    product: Product,
    direction: NDArray[np.float64] | None = None,
) -> None:
    """Check once for each loss and place that products with its Hessian are those of its gradient.

    H·v along a random direction v is compared with a central difference of the gradient. Where it
    is another, so is one of half the width: where these two agree with each other, second
    derivatives of PyTorch's are wrong or missing, and the loss is refused. Where they do not agree,
    another direction and smaller widths are tried; if they do not agree there either, a warning
    tells of a kink. Either is told only if differences of a larger width say the same.

    It takes two gradients and one product, and some more only where there is something to tell.
    Random states and buffers are put back. Whether the loss is a function at all is found first,
    once for each loss.

    Args:
        loss: Maps params, shape (n,), to a scalar tensor.
        point: Where its curvature is wanted, shape (n,).
        product: Maps a vector to its product with the Hessian there.
        direction: The first direction, whose product is wanted anyway, shape (n,).

    Raises:
        InvalidValue: If H is not that of the gradient, or the loss is no function.
    """
    places = _places(loss)
    place = hashlib.sha256(point.tobytes()).digest()
    if place in places:
        return
    with kept_state():
        if not places:
            check_is_function(loss, point)
        _check(loss, point, product, direction)
    places[place] = None
    if len(places) > KEPT:
        del places[next(iter(places))]


def check_symmetric(matrix: NDArray[np.float64], point: NDArray[np.float64]) -> None:
    """Check that a matrix of second derivatives is symmetric, as that of any function is.

    Raises:
        InvalidValue: If it is not, as where a backward of one's own is not the derivative.
    """
    apart = np.abs(matrix - matrix.T)
    if not apart.max() > OFF * size_of(matrix):
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


def _check(
    loss: Loss,
    point: NDArray[np.float64],
    product: Product,
    direction: NDArray[np.float64] | None,
) -> None:
    scales = scales_of(point)
    directions = scales * np.random.default_rng(1).standard_normal((2, len(point)))
    if direction is not None:
        directions[0] = scales.min() * direction
    for vector, width in zip(directions, WIDTHS, strict=True):
        found = product(vector)
        wide = difference_along(loss, point, vector, width)
        if wide is None or not wide.is_off(found):  # None too near the edge of the domain
            return
        differences = differences_along(loss, point, vector, width, wide)
        if differences is None:
            return
        if differences.agree():
            if differences.are_off(found):
                _refuse_if_sure(loss, point, vector, found, differences)
            return
        if not differences.are_off(found, NEAR):
            return
    differences = differences_along(loss, point, directions[1], _wider(directions[1]))
    if differences is not None and differences.jump():
        _say_kink(point, differences)


def scales_of(point: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far each parameter is moved, relative to the others."""
    sizes = np.abs(point)
    some = sizes[sizes > 0]
    # Those at zero, as fresh biases are, move as the others do, and by no more than one unit.
    return sizes + (min(1.0, float(np.exp(np.log(some).mean()))) if some.size else 1.0)


def _wider(vector: NDArray[np.float64]) -> float:
    return max(WIDER * WIDTHS[0], LEAST_STEP / size_of(vector))


def _refuse_if_sure(
    loss: Loss,
    point: NDArray[np.float64],
    vector: NDArray[np.float64],
    found: NDArray[np.float64],
    narrower: Differences,
) -> None:
    """Refuse H·v if differences of another width say the same.

    Of steps that are lost in the numbers inside a loss, or are large for its scale, two differences
    may agree by chance.
    """
    change = narrower.wide.value
    wide = differences_along(loss, point, vector, _wider(vector))
    if wide is None or not wide.are_off(found) or wide.are_off(change, NEAR):
        return
    most = int(np.abs(found - change).argmax())
    repair = repair_for(loss, point, _wider(vector) * vector)
    raise InvalidValue(
        "loss",
        f"have the second derivatives of its gradient at {listed(point)}",
        found,
        got=f"{found[most]:.6g} along a direction where the gradient changes by {change[most]:.6g}",
        repair=repair,
    )


def _say_kink(point: NDArray[np.float64], differences: Differences) -> None:
    wide, narrow = (size_of(one.value) for one in (differences.wide, differences.narrow))
    warnings.warn(
        f"The gradient of the loss jumps at {listed(point)}, as at a kink or in float32: along one "
        f"direction it changes by {wide:.3g} or by {narrow:.3g} for each unit, and the curvature "
        "that is returned is that of one side.",
        stacklevel=2,
    )


def _places(loss: Loss) -> dict[bytes, None]:
    """Return the places where this loss was found in order, to be added to."""
    try:
        return _CHECKED.setdefault(loss, {})
    except TypeError:  # it cannot be hashed or referred to weakly
        return {}
