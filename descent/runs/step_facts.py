"""What steps were like: their length, work and curvature, for arrays of NumPy or torch.

Vectors are the columns of arrays of shape (n, k): of the rows of one run, or of many runs.
"""

from __future__ import annotations

from typing import Any

import numpy as np

EPSILON = float(np.finfo(np.float64).eps)
MOVE_NOISE, WORK_NOISE, CURVATURE_NOISE = 4 * EPSILON, 16 * EPSILON, 64 * EPSILON
NORMAL = (1e-280, 1e280)  # squares in this range have neither overflowed nor lost digits


def lengths(vectors: Any) -> Any:
    """Return the Euclidean length of each column, for arrays of NumPy or torch, shape (n, k)."""
    squares = (vectors * vectors).sum(0)
    odd = ~((squares > NORMAL[0]) & (squares < NORMAL[1]))
    if bool(odd.any()):
        squares[odd] = 1.0
        found = squares**0.5
        some = vectors[:, odd]
        largest = _largest(abs(some))
        found[odd] = largest * ((some / (largest + (largest == 0))) ** 2).sum(0) ** 0.5
        return found
    return squares**0.5


def moved(before: Any, after: Any) -> Any:
    """Return whether each column changed beyond rounding, shape (k,)."""
    return _largest(abs(after - before)) > MOVE_NOISE * _largest(abs(before))


def turned(before: Any, after: Any, sizes: tuple[Any, Any]) -> Any:
    """Return whether gradients point against those before, given the lengths of both."""
    products = (before * after).sum(0)
    if bool(((abs(products) > NORMAL[0]) & (abs(products) < NORMAL[1])).all()):
        return products < 0
    one, other = (size + (size == 0) for size in sizes)
    # Scaled, since a product of huge or tiny gradients would overflow or vanish.
    return ((before / one) * (after / other)).sum(0) < 0


def work(before: Any, after: Any, step: Any, sizes: tuple[Any, Any]) -> Any:
    """Return ½ (g + g′)·Δθ, the change of a quadratic loss; zero where it is rounding."""
    found = ((before + after) * step).sum(0) / 2
    noise = WORK_NOISE * (sizes[0] + sizes[1]) / 2 * lengths(step)
    return found * (abs(found) > noise)


def curvature(params: Any, step: Any, change: Any, size: Any) -> tuple[Any, Any]:
    """Return bounds of Δg·Δθ / |Δθ|² along each step, given rounding.

    Args:
        params: θ before the step, shape (n, k).
        step: Δθ, shape (n, k).
        change: Δg, shape (n, k).
        size: The length of the gradient after the step, shape (k,).
    """
    far = lengths(step)
    safe = far + (far == 0)
    along = (change * (step / safe)).sum(0) / safe
    noise = CURVATURE_NOISE * (size + abs(along) * lengths(params)) / safe
    return along - noise, along + noise


def _largest(columns: Any) -> Any:
    return columns.amax(0) if hasattr(columns, "amax") else columns.max(axis=0, initial=0)
