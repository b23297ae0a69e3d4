"""Directions in the space of all parameters: principal components of a path, and random ones."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.errors import InvalidValue
from descent.checks.numbers import as_numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

INDEPENDENT = 1e-6  # least share of a direction's length outside the span of the others
DENSE_ROWS = 500  # above, only two singular values are computed


def principal_directions(spread: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return up to two principal directions of centred points, without those of rounding errors."""
    if not spread.any():
        return spread[:0]
    if min(spread.shape) > DENSE_ROWS:
        from scipy.sparse import linalg  # pyright: ignore[reportMissingTypeStubs]

        solvers: Any = linalg  # SciPy has no types
        first = np.random.default_rng(0).standard_normal(int(min(spread.shape)))
        _, values, rows = solvers.svds(spread, k=2, v0=first, return_singular_vectors="vh")
        values, rows = values[::-1], rows[::-1]
    else:
        _, values, rows = np.linalg.svd(spread, full_matrices=False)
    rounding = max(spread.shape) * np.finfo(np.float64).eps
    return rows[:2][values[:2] > rounding]


def orthonormal(*candidates: Iterable[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the first two directions that are independent, made orthonormal, shape (≤2, n)."""
    basis: list[NDArray[np.float64]] = []
    for candidate in itertools.chain(*candidates):
        direction = candidate / (np.abs(candidate).max() or 1.0)
        direction = direction / (np.linalg.norm(direction) or 1.0)
        for known in basis:
            direction = direction - (known @ direction) * known
        length = np.linalg.norm(direction)
        if length > INDEPENDENT:
            direction = direction / length
            # Twice, since nearly parallel directions lose digits.
            for known in basis:
                direction = direction - (known @ direction) * known
            basis.append(direction / np.linalg.norm(direction))
        if len(basis) == 2:
            break
    return np.array(basis)


def oriented(
    directions: NDArray[np.float64], coordinates: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return `directions` with signs such that the farthest point along each is positive."""
    signs: list[float] = []
    least = INDEPENDENT * np.abs(coordinates).max()
    for direction, along in zip(directions, coordinates.T, strict=True):
        values = along if np.abs(along).max() > least else direction
        # The first of those that differ by rounding alone.
        farthest = values[np.argmax(np.abs(values) >= (1 - 1e-9) * np.abs(values).max())]
        signs.append(np.sign(farthest))
    return directions * np.array(signs)[:, None]


def shares_of_variance(
    spread: NDArray[np.float64], directions: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the share of the variance along each direction; of a single point, 1 and 0."""
    total = float((spread**2).sum())
    if total == 0:
        return np.array([1.0, 0.0])
    return np.minimum(((spread @ directions.T) ** 2).sum(axis=0) / total, 1.0)


def power_of_two(values: NDArray[np.float64]) -> float:
    """Return the power of two nearest to the largest of `values`, by which division is exact."""
    return float(np.exp2(np.frexp(np.abs(values).max(initial=0.0))[1] - 1))


def filters_by_name(names: Sequence[str], count: int) -> NDArray[np.int64]:
    """Return the filter each parameter belongs to by its name, -1 for none, shape (n,)."""
    found = [re.fullmatch(r"(.+)\[(\d+)(?:,\d+)+\]|(W\d+)", name) for name in names]
    if not any(found):
        return np.zeros(count, np.int64)
    numbers: dict[tuple[str | None, ...], int] = {}
    return np.array([numbers.setdefault(m.groups(), len(numbers)) if m else -1 for m in found])


def check_filters(filters: Any, count: int) -> NDArray[np.int64]:
    """Return the filter of each parameter, numbered anew from 0, or -1, shape (n,)."""
    groups = as_numbers(filters, "filters")
    is_whole = np.isfinite(groups) & (groups == np.floor(groups)) & (groups >= -1)
    if groups.shape != (count,) or not is_whole.all():
        constraint = f"be one whole number from -1 up for each of {count} parameters"
        raise InvalidValue("filters", constraint, filters)
    return np.unique(groups, return_inverse=True)[1] - int((groups == -1).any())


def random_directions(
    point: NDArray[np.float64], groups: NDArray[np.int64], seed: int
) -> NDArray[np.float64]:
    """Return two random directions, each filter as long as that of `point`, shape (2, n)."""
    movable = int(((groups >= 0) & (point != 0)).sum())
    if movable < 2:
        constraint = "have two or more parameters that may move and are not zero"
        repair = "take another point or other filters."
        raise InvalidValue("at", constraint, point, got=str(movable), repair=repair)
    generator = np.random.default_rng(seed)
    return np.array([_filter_normalised(generator, point, groups) for _ in range(2)])


def _filter_normalised(
    generator: np.random.Generator, point: NDArray[np.float64], groups: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return a random direction, each filter as long as that of `point`, shape (n,)."""
    moving = groups >= 0
    direction = generator.standard_normal(len(point))
    size = power_of_two(point)
    wanted, drawn = (
        np.sqrt(np.bincount(groups[moving], weights=values[moving] ** 2))
        for values in (point / size, direction)
    )
    scales = size * wanted / np.where(drawn > 0, drawn, 1.0)
    return np.where(moving, direction * np.append(scales, 0.0)[groups], 0.0)
