"""How curved a loss is, and how large a learning rate that curvature allows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks import check_loss, check_start

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from torch import Tensor

    from descent.arrays import Loss

DENSE_LIMIT = 100  # parameters; above, only products with the Hessian are formed


def hessian(loss: Loss, at: ArrayLike | Tensor) -> NDArray[np.float64]:
    """Return the matrix of second derivatives of `loss`, symmetric, shape (n, n).

    Args:
        loss: Maps params, shape (n,), to a scalar tensor.
        at: Point of evaluation, shape (n,).

    Returns:
        H with H[i, j] = ∂²loss / ∂params[i] ∂params[j].

    Raises:
        ValueError: If the loss cannot be evaluated at `at`, or H is not finite there.
    """
    import torch

    point = check_start(at, getattr(loss, "names", None))
    check_loss(loss, point)
    params = torch.tensor(point, dtype=torch.float64)
    # Not torch.func.hessian, which refuses branches and .item(), and loads torch's compiler.
    functional: Any = torch.autograd.functional
    matrix = functional.hessian(loss, params)
    dense: NDArray[np.float64] = matrix.detach().numpy()
    if not np.isfinite(dense).all():
        raise ValueError(
            f"the loss must have finite second derivatives at {point.tolist()}; got "
            f"{dense.tolist()}: choose another point."
        )
    return (dense + dense.T) / 2


def sharpness(loss: Loss, at: ArrayLike | Tensor) -> float:
    """Return the largest eigenvalue of the Hessian of `loss` at a point.

    Gradient descent on a quadratic is stable while this is below 2 / learning_rate.

    Args:
        loss: Maps params, shape (n,), to a scalar tensor.
        at: Point of evaluation, shape (n,).

    Returns:
        The signed eigenvalue λ; up to 100 parameters from the whole Hessian, above from
        Hessian-vector products.

    Raises:
        ValueError: If the loss cannot be evaluated at `at`, or its Hessian is not finite there.
        RuntimeError: If the iteration for many parameters does not converge.

    References:
        Cohen et al. (2021), arXiv:2103.00065.
    """
    point = check_start(at, getattr(loss, "names", None))
    if len(point) <= DENSE_LIMIT:
        return float(np.linalg.eigvalsh(hessian(loss, point))[-1])
    check_loss(loss, point)
    return _largest_eigenvalue(loss, point)


def critical_learning_rate(loss: Loss, at: ArrayLike | Tensor) -> float:
    """Return 2 / sharpness: on a quadratic, any larger rate makes gradient descent diverge.

    Args:
        loss: Maps params, shape (n,), to a scalar tensor.
        at: Point of evaluation, shape (n,).

    Returns:
        A positive rate, or inf where no direction curves upwards (sharpness ≤ 0).

    Raises:
        ValueError: As `sharpness` does.
    """
    largest = sharpness(loss, at)
    return 2 / largest if largest > 0 else math.inf


def _largest_eigenvalue(loss: Loss, point: NDArray[np.float64]) -> float:
    from scipy.sparse import linalg  # pyright: ignore[reportMissingTypeStubs]

    solvers: Any = linalg  # SciPy has no types

    def product(vector: NDArray[np.float64]) -> NDArray[np.float64]:
        return hessian_vector_product(loss, point, vector.ravel())

    # A fixed start, so that the same loss gives the same bits.
    first = np.random.default_rng(0).standard_normal(len(point))
    if not product(first).any():
        return 0.0
    shape = (len(point), len(point))
    operator = solvers.LinearOperator(shape, matvec=product, dtype=np.float64)
    try:
        found = solvers.eigsh(operator, k=1, which="LA", v0=first, return_eigenvectors=False)
        return float(found[0])
    except solvers.ArpackNoConvergence as error:
        raise RuntimeError(
            f"the largest eigenvalue of {len(point):,} parameters was not found: {error}"
        ) from error


def hessian_vector_product(
    loss: Loss, at: ArrayLike | Tensor, vector: ArrayLike
) -> NDArray[np.float64]:
    """Return H·vector without forming the Hessian H, by differentiating gradient·vector.

    Args:
        loss: Maps params, shape (n,), to a scalar tensor.
        at: Point of evaluation, shape (n,).
        vector: Direction, shape (n,).

    Returns:
        The product, shape (n,).

    Raises:
        ValueError: If `at` or `vector` is not a finite vector.
    """
    import torch

    point = check_start(at)
    direction = torch.tensor(check_start(vector), dtype=torch.float64)
    params = torch.tensor(point, dtype=torch.float64, requires_grad=True)
    with torch.enable_grad():
        (gradient,) = torch.autograd.grad(loss(params), params, create_graph=True)
        slope = gradient @ direction
        if not slope.requires_grad:  # a loss without curvature
            return np.zeros(len(point))
        product: Any = torch.autograd.grad(slope, params, allow_unused=True)[0]
    return np.zeros(len(point)) if product is None else product.numpy()
