"""A sketch of a path through a space too large to keep it: each iterate as a few hundred numbers.

CountSketch adds each number of a vector, with a random sign, to one of a few numbers at random. It
is linear, and keeps scalar products on average, so that distances and principal components of a
path can be estimated from the sketches of its points.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.arrays import check_shape, freeze
from descent.checks.errors import InvalidValue
from descent.checks.numbers import check_finite, check_whole
from descent.serialization import Saveable

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

WIDTH = 512  # numbers of a sketch, which estimates a distance to 1 / √WIDTH, 4 %
BLOCK = 1 << 16  # places that are found at once
GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # of splitmix64, as the shifts and factors
MIXING = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))


def places_of(count: int, width: int, seed: int) -> NDArray[np.int64]:
    """Return where each of `count` numbers is added, shape (count,).

    A place below `width` is that of the sketch, with sign +; the others are `width` plus a place,
    with sign −. They follow from the seed by splitmix64, so that a file is read alike by any
    version of NumPy.
    """
    places = np.empty(count, np.int64)
    start = _mixed(np.array([seed], np.uint64))
    for begin in range(0, count, BLOCK):
        numbers = np.arange(begin, min(begin + BLOCK, count), dtype=np.uint64)
        places[begin : begin + BLOCK] = _mixed(start + numbers * GOLDEN) % np.uint64(2 * width)
    return places


def _mixed(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return 64 bits that look random for each of some numbers: the finalizer of splitmix64."""
    mixed = numbers + GOLDEN
    for shift, factor in MIXING:
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return mixed ^ (mixed >> np.uint64(31))


def sketched(vectors: ArrayLike, width: int, seed: int) -> NDArray[np.float64]:
    """Return the CountSketch of each row of an array.

    Args:
        vectors: Shape (k, n).
        width: How many numbers a sketch has.
        seed: Which random places and signs.

    Returns:
        Shape (k, width).

    Example:
        >>> from descent.runs.sketch import places_of, sketched
        >>> places_of(3, width=2, seed=3).tolist()  # with sign − for the first two
        [3, 2, 0]
        >>> sketched([[1, 10, 100]], width=2, seed=3).tolist()
        [[90.0, -1.0]]

    References:
        Charikar, Chen and Farach-Colton (2002), "Finding frequent items in data streams".
    """
    given = np.asarray(vectors)
    places = places_of(given.shape[1], width, seed)
    both: Any = np.array([np.bincount(places, row, 2 * width) for row in given])
    return both[:, :width] - both[:, width:]


@dataclass(frozen=True, eq=False)
class PathSketch(Saveable):
    """The sketch of θ^t − θ^0 at many steps of a run.

    Attributes:
        values: A sketch each, float32, shape (k, width).
        steps: The steps that they belong to, increasing from 0, shape (k,).
        seed: That of the sketch.

    Raises:
        InvalidType: If the seed is not a whole number.
        InvalidValue: If shapes contradict the above or a number is not finite.

    Example:
        >>> from descent.runs.sketch import PathSketch
        >>> PathSketch([[0, 0], [3, 1], [6, 2]], [0, 10, 20], seed=0).first(15).steps.tolist()
        [0, 10]
    """

    values: NDArray[np.float32]
    steps: NDArray[np.int64]
    seed: int

    def __post_init__(self) -> None:
        """Freeze the arrays and check that they fit together."""
        freeze(self, "values", dtype=np.float32)
        freeze(self, "steps", dtype=np.int64)
        if self.values.ndim != 2 or not self.values.size:
            raise InvalidValue("values", "have shape (k, width)", got=str(self.values.shape))
        check_shape("steps", self.steps, (len(self.values),))
        check_finite("values", self.values)
        check_rows("steps", self.steps)
        check_whole(self.seed, "seed", 0, 2**63 - 1)

    def first(self, steps: int) -> PathSketch:
        """Return the sketch of the first `steps` steps."""
        count = int(np.searchsorted(self.steps, steps, "right"))
        return PathSketch(self.values[:count], self.steps[:count], self.seed)

    def of(self, vectors: NDArray[Any]) -> NDArray[np.float64]:
        """Return the sketch of vectors of shape (k, n), shape (k, width), of the same seed."""
        return sketched(vectors, self.values.shape[1], self.seed)


def check_rows(name: str, steps: NDArray[np.int64]) -> None:
    """Check that the steps of some rows increase from 0."""
    if not len(steps) or steps[0] != 0 or (np.diff(steps) <= 0).any():
        raise InvalidValue(name, "increase from 0", steps, got=str(steps[:6].tolist()))
