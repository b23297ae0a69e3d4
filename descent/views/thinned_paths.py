"""The path of a run whose iterates were not all kept, estimated from its sketch.

Each sketched iterate is written as a combination of the exact ones, by least squares among the
sketches; what is left over is at right angles to these in the sketch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.runs.trajectory import Trajectory
    from descent.views.plane import Plane

BLOCK = 1 << 16  # parameters that are read at once
ROUNDING = 1e-6  # share of the largest singular value below which sketches are rounding


class Combinations:
    """The points of a run as combinations of its recorded iterates.

    Attributes:
        steps: The steps of the points, shape (k,): those that were recorded or sketched.
        weights: Each row adds up to 1, shape (k, rows).
        rest: The sketch of what the combinations leave over, shape (k, width); width may be 0.
    """

    def __init__(self, run: Trajectory) -> None:
        rows = run.recorded_steps
        if run.sketch is None:
            self.steps, self.weights = rows, np.eye(len(rows))
            self.rest = np.zeros((len(rows), 0))
            return
        self.steps, sketches = run.sketch.steps, run.sketch.values.astype(np.float64)
        is_sketched = np.isin(rows, self.steps)
        places = np.searchsorted(self.steps, rows[is_sketched])
        exact = sketches[places]
        found, *_ = np.linalg.lstsq(exact.T, sketches.T, ROUNDING)
        found[:, places] = np.eye(len(places))  # exactly
        self.rest = sketches - found.T @ exact
        self.weights = np.zeros((len(self.steps), len(rows)))
        self.weights[:, is_sketched] = found.T
        # The first iterate is seen from itself, and has no part in the others.
        self.weights[:, 0] = 1 - self.weights[:, 1:].sum(axis=1)


class JointPath:
    """The points of several runs, as combinations of all iterates that were recorded of them.

    Attributes:
        runs: The runs.
        weights: Shape (points, rows).
    """

    def __init__(self, runs: Sequence[Trajectory]) -> None:
        self.runs = runs
        parts = [Combinations(run) for run in runs]
        counts = [
            (len(part.steps), len(run.iterates)) for part, run in zip(parts, runs, strict=True)
        ]
        ends = np.cumsum([(0, 0), *counts], axis=0)
        self._rows = int(ends[-1, 1])
        self.weights = np.zeros((int(ends[-1, 0]), self._rows))
        for part, begin, end in zip(parts, ends, ends[1:], strict=False):
            self.weights[begin[0] : end[0], begin[1] : end[1]] = part.weights
        self._rest = float(sum(((one.rest - one.rest.mean(axis=0)) ** 2).sum() for one in parts))

    def directions(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return up to two principal directions, shape (≤2, n), and each one's share of variance.

        The shares have the shape (2,), and 0 for a direction that there is not.
        """
        values, vectors = np.linalg.eigh(self._gram())
        is_real = values > values.max(initial=0) * ROUNDING**2
        lengths, basis = np.sqrt(values[is_real]), vectors[:, is_real]
        spread = (self.weights - self.weights.mean(axis=0)) @ basis * lengths
        _, sizes, axes = np.linalg.svd(spread, full_matrices=False)
        total = float((sizes**2).sum()) + self._rest
        is_real = sizes[:2] > ROUNDING * (sizes.max(initial=0) or 1.0)
        shares = np.zeros(2)
        shares[: is_real.sum()] = (sizes[:2] ** 2 / (total or 1.0))[is_real]
        return self._combined((axes[:2][is_real] / lengths) @ basis.T), shares

    def along(self, directions: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the rows along some directions, from the first of them, shape (rows, k)."""
        found = np.zeros((self._rows, len(directions)))
        for some, block in self._blocks():
            found += block @ directions[:, some].T
        return found

    def _gram(self) -> NDArray[np.float64]:
        """Return the scalar products of the rows, seen from the first of them."""
        found = np.zeros((self._rows, self._rows))
        for _, block in self._blocks():
            found += block @ block.T
        return found

    def _combined(self, factors: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return combinations of the rows, seen from the first of them."""
        found = np.empty((len(factors), len(self.runs[0].names)))
        for some, block in self._blocks():
            found[:, some] = factors @ block
        return found

    def _blocks(self) -> Any:
        """Yield the rows, seen from the first of them, for some parameters at a time."""
        for begin in range(0, len(self.runs[0].names), BLOCK):
            some = slice(begin, begin + BLOCK)
            block = np.concatenate([run.iterates[:, some] for run in self.runs], dtype=np.float64)
            yield some, block - block[:1]


def on_plane(plane: Plane, run: Trajectory) -> NDArray[np.float64]:
    """Return the coordinates of the recorded or sketched iterates on a plane, shape (k, 2)."""
    if run.sketch is None:
        return plane.project(run.iterates)
    points = Combinations(run)
    across = np.linalg.pinv(plane.directions).T
    rows = np.zeros((len(run.iterates), 2))
    for begin in range(0, len(run.names), BLOCK):
        some = slice(begin, begin + BLOCK)
        rows += (run.iterates[:, some] - plane.origin[some]) @ across[:, some].T
    return points.weights @ rows + points.rest @ run.sketch.of(across).T


def off_plane(plane: Plane, run: Trajectory) -> NDArray[np.float64]:
    """Return how far off a plane the recorded or sketched iterates lie, shape (k,)."""
    if run.sketch is None:
        return plane.distance(run.iterates)
    start = run.iterates[:1].astype(np.float64) - plane.origin
    seen = run.sketch.values + run.sketch.of(start)
    return np.linalg.norm(seen - on_plane(plane, run) @ run.sketch.of(plane.directions), axis=1)
