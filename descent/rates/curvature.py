"""How curved a loss is, and how large a learning rate that curvature allows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.arguments import MAX_STEPS, check_square
from descent.checks.autograd import with_autograd
from descent.checks.errors import InvalidType, InvalidValue, OutsideDomain
from descent.checks.loss import check_loss
from descent.checks.numbers import check_number, check_start, check_whole
from descent.rates.spectrum import (
    LEAST_SHARE,
    dense_hessian,
    hessian_products,
    sharpest,
    smallest_and_largest,
)
from descent.runs.loss_match import check_same_parameters
from descent.runs.trajectory import Trajectory

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from torch import Tensor

    from descent.arrays import Loss

ALONG_TOLERANCE = 1e-6  # relative, of the residual: its square is what the eigenvalue is off by


@with_autograd
def hessian(loss: Loss, at: ArrayLike | Tensor) -> NDArray[np.float64]:
    """Return the matrix of second derivatives of `loss`, symmetric, shape (n, n).

    H[i, j] = ∂²loss / ∂params[i] ∂params[j], by differentiating the gradient by autograd. Attention
    and compiled code are computed as they are written, by operations that have a second derivative.
    Once for each loss and place it is seen whether the loss is a function of its parameters, and
    H·v along a random direction v is compared with differences of the gradient; where the gradient
    jumps there, as at the kink of a ReLU, a warning says so, and H is that of one side.

    Args:
        loss: Maps params, shape (n,), to a scalar tensor.
        at: Point of evaluation, shape (n,).

    Returns:
        H, shape (n, n), in units of the loss by those of two parameters.

    Raises:
        InvalidValue: If the loss cannot be evaluated at `at`, draws at random, keeps a state or has
            an operation that PyTorch cannot differentiate twice, which is named; H is not finite
            there, or not that of the gradient; or n² numbers would take more than 1 GiB.

    Example:
        >>> import descent
        >>> descent.hessian(lambda p: p[0] ** 2 * p[1], [1, 3]).tolist()
        [[6.0, 2.0], [2.0, 0.0]]
    """
    point = check_start(at, getattr(loss, "names", None))
    check_square(len(point), "a dense Hessian")
    check_loss(loss, point)
    return dense_hessian(loss, point)


@with_autograd
def hessian_vector_product(
    loss: Loss, at: ArrayLike | Tensor, vector: ArrayLike
) -> NDArray[np.float64]:
    """Return H·vector without forming the Hessian H, by differentiating gradient·vector.

    It takes about as long as two gradients, however many parameters there are.

    Args:
        loss: Maps params, shape (n,), to a scalar tensor.
        at: Point of evaluation, shape (n,).
        vector: Direction, shape (n,).

    Returns:
        The product, shape (n,).

    Raises:
        InvalidValue: If the loss cannot be evaluated at `at`, `vector` is not n finite numbers, or
            the product is not finite.

    Example:
        >>> import descent
        >>> descent.hessian_vector_product(lambda p: p[0] ** 2 * p[1], [1, 3], [1, 1]).tolist()
        [8.0, 2.0]

    References:
        Pearlmutter (1994), Fast exact multiplication by the Hessian, doi:10.1162/neco.1994.6.1.147.
    """
    point = check_start(at, getattr(loss, "names", None))
    check_loss(loss, point)
    direction = check_start(vector)
    if len(direction) != len(point):
        constraint = f"have one number for each of {len(point)} parameters"
        raise InvalidValue("vector", constraint, vector, got=str(len(direction)))
    return hessian_products(loss, point)(direction)


@with_autograd
def sharpness(loss: Loss, at: ArrayLike | Tensor) -> float:
    """Return the largest eigenvalue λ of the Hessian of `loss` at a point.

    Gradient descent on a quadratic is stable while λ is below 2 / learning_rate. The Hessian is
    computed and checked as `hessian` says.

    Args:
        loss: Maps params, shape (n,), to a scalar tensor.
        at: Point of evaluation, shape (n,).

    Returns:
        The signed eigenvalue; up to 100 parameters from the whole Hessian, above from
        Hessian-vector products.

    Raises:
        InvalidValue: If the loss cannot be evaluated at `at`, or `hessian` refuses it.
        RecordingFailed: If the iteration for many parameters does not converge.

    Example:
        >>> import descent
        >>> descent.sharpness(descent.LOSSES["bowl"], [2, 1])
        6.0

    References:
        Cohen et al. (2021), arXiv:2103.00065.
    """
    point = check_start(at, getattr(loss, "names", None))
    return sharpest(loss, point)[0]


@with_autograd
def sharpness_along(loss: Loss, trajectory: Trajectory, every: int = 1) -> NDArray[np.float64]:
    """Return the sharpness of `loss` at the iterates of a recorded run, shape (steps+1,).

    Full-batch gradient descent on a network tends to raise it until it hovers about
    2 / learning_rate, the edge of stability. Of more than 100 parameters each search begins at
    the eigenvector found before, and gives about six digits. The Hessians of the first iterate and
    the last are checked as `hessian` says.

    Args:
        loss: The loss the run descended, of all data; maps params, shape (n,), to a scalar tensor.
        trajectory: The recorded run.
        every: Measure only at every so many steps, and after the last.

    Returns:
        The largest Hessian eigenvalue at each iterate, aligned with ``trajectory.losses``; nan
        where it was not measured, where the iterate was not kept, and outside the domain of the
        loss: where the loss or its derivatives are not finite, or the loss raises an exception that
        is not a mistake in its code.

    Raises:
        InvalidType: If `trajectory` is not a Trajectory, or `every` not a whole number.
        InvalidValue: If `every` is below 1, the run has some of the loss's parameters alone, the
            loss cannot be evaluated at the start, or it raises a TypeError, NameError,
            AttributeError or ImportError at an iterate.
        RecordingFailed: If the iteration for many parameters does not converge.

    Example:
        >>> import descent
        >>> def quartic(p):
        ...     return p[0] ** 4
        >>> run = descent.record(quartic, [1], learning_rate=0.125, steps=3)
        >>> descent.sharpness_along(quartic, run).round(2).tolist()
        [12.0, 3.0, 2.3, 1.88]

    References:
        Cohen et al. (2021), arXiv:2103.00065.
    """
    every = check_whole(every, "every", 1, MAX_STEPS)
    given: Any = trajectory
    if not isinstance(given, Trajectory):
        raise InvalidType("trajectory", "be a descent.Trajectory", given)
    check_same_parameters(loss, trajectory)
    check_loss(loss, trajectory.iterates[0])
    measured = np.full(len(trajectory.losses), np.nan)
    vector: NDArray[np.float64] | None = None
    rows = {int(t): row for row, t in enumerate(trajectory.recorded_steps)}
    ends = (0, max(rows))
    for t in sorted({*range(0, len(measured), every), ends[1]} & rows.keys()):
        try:
            at = trajectory.iterates[rows[t]]
            measured[t], vector = sharpest(loss, at, vector, ALONG_TOLERANCE, is_checked=t in ends)
        except OutsideDomain:  # which is where a diverging run may lead
            continue
    return measured


@with_autograd
def critical_learning_rate(loss: Loss, at: ArrayLike | Tensor, momentum: float = 0.0) -> float:
    """Return 2 (1 + β) / λ, above which gradient descent with momentum β diverges on a quadratic.

    λ is the sharpness at the point, β the momentum of torch.optim.SGD as it is without dampening
    and without Nesterov's correction; without momentum this is 2 / λ. On other losses it is the
    bound for small departures from a minimum with that curvature.

    Args:
        loss: Maps params, shape (n,), to a scalar tensor.
        at: Point of evaluation, shape (n,).
        momentum: β, from 0 to below 1.

    Returns:
        A positive rate, or inf where no direction curves upwards (λ ≤ 0).

    Raises:
        InvalidType: If `momentum` is not a number.
        InvalidValue: If `momentum` is out of range, and as `sharpness` does.
        RecordingFailed: As `sharpness` does.

    Example:
        >>> import descent
        >>> bowl = descent.LOSSES["bowl"]
        >>> f"{descent.critical_learning_rate(bowl, [2, 1]):.4f}"
        '0.3333'
        >>> f"{descent.critical_learning_rate(bowl, [2, 1], momentum=0.9):.4f}"
        '0.6333'

    References:
        Goh (2017), Why momentum really works, doi:10.23915/distill.00006.
        Cohen et al. (2021), arXiv:2103.00065.
    """
    if not 0 <= check_number(momentum, "momentum") < 1:
        raise InvalidValue("momentum", "be from 0 to below 1", momentum)
    # SGD takes b ← β b + λθ and θ ← θ − η b along an eigenvector, so that
    # θ_{t+1} = (1 + β − ηλ) θ_t − β θ_{t−1}. The roots of r² − (1 + β − ηλ) r + β lie within the
    # unit circle just when β < 1 and |1 + β − ηλ| < 1 + β, which is 0 < ηλ < 2 (1 + β).
    return critical_rate(sharpness(loss, at), momentum)


def critical_rate(sharpness: float, momentum: float = 0.0) -> float:
    """Return 2 (1 + β) / λ for a sharpness λ that is known; inf where λ ≤ 0."""
    return 2 * (1 + momentum) / sharpness if sharpness > 0 else math.inf


@with_autograd
def best_learning_rate(loss: Loss, at: ArrayLike | Tensor) -> float:
    """Return 2 / (μ + L), the rate that is best for the worst start on a convex quadratic.

    μ and L are the smallest and the largest eigenvalue of the Hessian at the point. Each step of
    gradient descent then shrinks the distance to the minimum by (L − μ) / (L + μ) at least, and
    no other fixed rate promises more.

    Args:
        loss: Maps params, shape (n,), to a scalar tensor.
        at: Point of evaluation, shape (n,).

    Returns:
        A positive rate; up to 100 parameters from the whole Hessian, above from Hessian-vector
        products.

    Raises:
        InvalidValue: If a direction does not curve upwards (μ ≤ 0, or too small beside L to be told
            from 0), the loss cannot be evaluated at `at`, or its Hessian is not finite there.
        RecordingFailed: If the iteration for many parameters does not converge.

    Example:
        >>> import descent
        >>> descent.best_learning_rate(descent.LOSSES["bowl"], [2, 1])
        0.25

    References:
        Polyak (1987), Introduction to Optimization, section 1.4.
    """
    point = check_start(at, getattr(loss, "names", None))
    smallest, largest = smallest_and_largest(loss, point)
    if not smallest > LEAST_SHARE * largest > 0:
        constraint = "curve upwards in every direction to have a best learning rate"
        got = f"curvatures from {smallest:.3g} to {largest:.3g}"
        raise InvalidValue("loss", constraint, loss, got=got, repair="use suggest_learning_rates.")
    return 1 / (smallest / 2 + largest / 2)
