"""Products with a Hessian that is never formed, and the ends of its spectrum found from them."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.errors import InvalidValue, OutsideDomain, RecordingFailed
from descent.checks.numbers import listed
from descent.checks.texts import described

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.arrays import Loss

    Product = Callable[[NDArray[np.float64]], NDArray[np.float64]]

MAX_RESTARTS = 1000  # of the Lanczos iteration
VECTORS, WARM_VECTORS = 20, 8  # in its basis; fewer are faster where the answer is nearly known


def hessian_products(loss: Loss, point: NDArray[np.float64]) -> Product:
    """Return what maps vectors to their products with the Hessian at `point`.

    The gradient is computed once, and differentiated again for each product.
    """
    import torch

    params = torch.tensor(point, dtype=torch.float64, requires_grad=True)
    with torch.enable_grad(), differentiated_twice(point):
        (gradient,) = torch.autograd.grad(loss(params), params, create_graph=True)

    def product(vector: NDArray[np.float64]) -> NDArray[np.float64]:
        if not gradient.requires_grad:  # a loss without curvature
            return np.zeros(len(point))
        direction = torch.tensor(vector, dtype=torch.float64)
        with differentiated_twice(point):
            found: Any = torch.autograd.grad(
                gradient, params, direction, retain_graph=True, allow_unused=True
            )[0]
        if found is None:
            return np.zeros(len(point))
        check_curvature(found.numpy(), point)
        return found.numpy()

    return product


@contextmanager
def differentiated_twice(point: NDArray[np.float64]) -> Generator[None]:
    """Turn PyTorch's failure to differentiate a loss twice at `point` into an `InvalidValue`."""
    try:
        yield
    except RuntimeError as error:
        constraint, got = f"have second derivatives at {listed(point)}", described(error)
        raise InvalidValue("loss", constraint, error, got=got) from error


def check_curvature(found: NDArray[np.float64], point: NDArray[np.float64]) -> None:
    """Raise `OutsideDomain` if a result of second derivatives at `point` is not finite."""
    if not np.isfinite(found).all():
        constraint = f"have finite second derivatives at {listed(point)}"
        got = str(found[~np.isfinite(found)][0])
        raise OutsideDomain("loss", constraint, found, got=got, repair="choose another point.")


def largest_eigenvalue(
    product: Product,
    size: int,
    near: NDArray[np.float64] | None = None,
    tolerance: float = 0.0,
) -> tuple[float, NDArray[np.float64]]:
    """Return the largest signed eigenvalue and its eigenvector, shape (n,), by Lanczos iteration.

    Args:
        product: Maps vectors, shape (n,), to their products with a symmetric matrix.
        size: How many rows the matrix has, n.
        near: What the eigenvector is expected to resemble, shape (n,).
        tolerance: Relative, of the residual; 0 for all that float64 has.
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
