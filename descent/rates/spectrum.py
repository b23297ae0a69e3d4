"""The Hessian of a loss, whole or by products with vectors, and the ends of its spectrum."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.autograd import without_fallback_warnings
from descent.checks.errors import OutsideDomain, RecordingFailed
from descent.checks.loss import check_loss
from descent.checks.numbers import listed
from descent.checks.texts import described
from descent.rates.checked import check_products, check_symmetric
from descent.rates.second_derivatives import differentiated_twice, gradient_with_graph

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from descent.arrays import Loss

    Product = Callable[[NDArray[np.float64]], NDArray[np.float64]]

DENSE_LIMIT = 100  # parameters; above, only products with the Hessian are formed
LEAST_SHARE = 1e-9  # of the largest curvature: a smaller one is not told from zero
BATCHED_FROM = 16  # parameters, from which on all rows of a Hessian at once are faster
ROUNDING = 1e-9  # relative, of a product by a matrix
MAX_RESTARTS = 1000  # of the Lanczos iteration
TOLERANCE = 1e-8  # of the residual, whose square is rounding
VECTORS, WARM_VECTORS = 16, 8  # in its basis; fewer are faster where the answer is nearly known


def hessian_products(loss: Loss, point: NDArray[np.float64], *, is_checked: bool = True) -> Product:
    """Return what maps vectors to their products with the Hessian at `point`.

    The gradient is computed once, and differentiated again for each product. Both this and
    `dense_hessian` are checked against differences of the gradient, unless `is_checked` is false.
    """
    params, gradient = gradient_with_graph(loss, point)
    product = _product(loss, point, params, gradient)
    first = _first_vector(len(point), None)
    image = product(first)

    def remembering(vector: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the product of the vector that searches begin with without computing it again."""
        along = float(vector[0] / first[0])
        is_first = np.array_equal(vector, along * first)
        return along * image if is_first else product(vector)

    if is_checked:
        check_products(loss, point, remembering, first)
    return remembering


def dense_hessian(
    loss: Loss, point: NDArray[np.float64], *, is_checked: bool = True
) -> NDArray[np.float64]:
    """Return the matrix of second derivatives, symmetric, shape (n, n)."""
    params, gradient = gradient_with_graph(loss, point)
    product = _product(loss, point, params, gradient)
    matrix = _rows_at_once(params, gradient) if len(point) >= BATCHED_FROM else None
    if matrix is None or not _is_matrix_of(matrix, product):
        matrix = np.stack([product(row) for row in np.eye(len(point))])
    check_curvature(matrix, point)
    if is_checked:
        check_products(loss, point, lambda vector: matrix @ vector)
        check_symmetric(matrix, point)
    return matrix / 2 + matrix.T / 2


def _product(loss: Loss, point: NDArray[np.float64], params: Tensor, gradient: Tensor) -> Product:
    import torch

    def product(vector: NDArray[np.float64]) -> NDArray[np.float64]:
        if not gradient.requires_grad:  # a loss without curvature
            return np.zeros(len(point))
        direction = torch.tensor(vector, dtype=torch.float64)
        with differentiated_twice(loss, point):
            # Of the product, not `gradient` with `direction` as its grad_outputs: for these
            # PyTorch loads its symbolic shapes.
            along = torch.dot(gradient, direction)
            found: Any = torch.autograd.grad(along, params, retain_graph=True, allow_unused=True)[0]
        if found is None:
            return np.zeros(len(point))
        check_curvature(found.numpy(force=True), point)
        return found.numpy(force=True)

    return product


def _rows_at_once(params: Tensor, gradient: Tensor) -> NDArray[np.float64] | None:
    """Return all rows of the Hessian by one pass; None where PyTorch cannot batch an operation."""
    import torch

    if not gradient.requires_grad:
        return None
    rows = torch.eye(len(params), dtype=torch.float64)
    try:
        with without_fallback_warnings():
            (matrix,) = torch.autograd.grad(
                gradient,
                params,
                rows,
                retain_graph=True,
                allow_unused=True,
                is_grads_batched=True,
            )
    except RuntimeError:
        return None
    found: Any = matrix
    return None if found is None else found.numpy(force=True)


def _is_matrix_of(matrix: NDArray[np.float64], product: Product) -> bool:
    """Return whether a matrix maps a random vector as `product` does.

    PyTorch's rules for many rows at once are not right for every operation.
    """
    vector = np.random.default_rng(2).standard_normal(len(matrix))
    with np.errstate(over="ignore", invalid="ignore"):
        found = vector @ matrix
        bound = ROUNDING * np.abs(vector) @ np.abs(matrix)
        return bool((np.abs(found - product(vector)) <= bound).all())


def check_curvature(found: NDArray[np.float64], point: NDArray[np.float64]) -> None:
    """Raise `OutsideDomain` if a result of second derivatives at `point` is not finite."""
    if not np.isfinite(found).all():
        constraint = f"have finite second derivatives at {listed(point)}"
        got = str(found[~np.isfinite(found)][0])
        raise OutsideDomain("loss", constraint, found, got=got, repair="choose another point.")


def sharpest(
    loss: Loss,
    point: NDArray[np.float64],
    near: NDArray[np.float64] | None = None,
    tolerance: float = TOLERANCE,
    *,
    is_checked: bool = True,
) -> tuple[float, NDArray[np.float64] | None]:
    """Return the largest eigenvalue and, of many parameters, its eigenvector."""
    check_loss(loss, point)
    if len(point) <= DENSE_LIMIT:
        matrix = dense_hessian(loss, point, is_checked=is_checked)
        return float(np.linalg.eigvalsh(matrix)[-1]), None
    product = hessian_products(loss, point, is_checked=is_checked)
    return largest_eigenvalue(product, len(point), near, tolerance)


def smallest_and_largest(loss: Loss, point: NDArray[np.float64]) -> tuple[float, float]:
    """Return the smallest and the largest eigenvalue of the Hessian."""
    check_loss(loss, point)
    if len(point) <= DENSE_LIMIT:
        eigenvalues = np.linalg.eigvalsh(dense_hessian(loss, point))
        return float(eigenvalues[0]), float(eigenvalues[-1])
    product = hessian_products(loss, point)
    largest, _ = largest_eigenvalue(product, len(point))

    def mirrored(vector: NDArray[np.float64]) -> NDArray[np.float64]:
        return largest * vector - product(vector)

    # Of L·I − H the largest eigenvalue is L − μ, found to a share of L however small μ is.
    for tolerance in (1e-3, LEAST_SHARE):
        smallest = largest - largest_eigenvalue(mirrored, len(point), tolerance=tolerance)[0]
        if smallest <= 0:  # a rough value is never below the true one
            break
    return smallest, largest


def largest_eigenvalue(
    product: Product,
    size: int,
    near: NDArray[np.float64] | None = None,
    tolerance: float = TOLERANCE,
) -> tuple[float, NDArray[np.float64]]:
    """Return the largest signed eigenvalue and its eigenvector, shape (n,), by Lanczos iteration.

    Args:
        product: Maps vectors, shape (n,), to their products with a symmetric matrix.
        size: How many rows the matrix has, n.
        near: What the eigenvector is expected to resemble, shape (n,).
        tolerance: Relative, of the residual; the eigenvalue is off by about its square.
    """
    from scipy.sparse import linalg  # pyright: ignore[reportMissingTypeStubs]

    solvers: Any = linalg  # SciPy has no types
    first = _first_vector(size, near)
    vectors = min(size, VECTORS if near is None else WARM_VECTORS)
    # Scaled, since squares of the products may neither overflow nor vanish.
    scale = float(np.abs(product(first)).max())
    if scale == 0:
        return 0.0, first

    def scaled(vector: NDArray[np.float64]) -> NDArray[np.float64]:
        return product(vector.ravel()) / scale

    matrix = solvers.LinearOperator((size, size), matvec=scaled, dtype=np.float64)
    try:
        values, found = solvers.eigsh(
            matrix, 1, which="LA", v0=first, ncv=vectors, tol=tolerance, maxiter=MAX_RESTARTS
        )
    except solvers.ArpackNoConvergence as error:
        raise RecordingFailed(
            f"The largest curvature of {size:,} parameters was not found: {described(error)}."
        ) from error
    return scale * float(values[0]), found[:, 0]


def _first_vector(size: int, near: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """Return where to begin; always the same, so that a loss gives the same bits again."""
    first = np.random.default_rng(0).standard_normal(size)
    if near is None:
        return first
    # Perturbed by 10 %: ARPACK breaks down on an exact eigenvector.
    return near + 0.1 * first / np.linalg.norm(first)
