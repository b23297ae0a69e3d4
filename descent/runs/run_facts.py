"""What decides the behavior of a run, gathered from its rows block by block.

`RunFacts` reads rows of one run or of many, so that a sweep says what a recording says. Differences
of losses are told where rounding hides them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.runs.step_facts import EPSILON

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    WorkTo = Callable[[NDArray[np.int64]], NDArray[np.float64]]

HIDDEN = 4  # times the rounding of a loss, which may hide no larger change
LOSS_NOISE = 64 * EPSILON  # of a loss


@dataclass(frozen=True)
class Rows:
    """Consecutive rows of some runs, each array of shape (rows, k).

    Attributes:
        losses: The losses.
        sizes: The lengths of the gradients.
        work_to: Returns `work` of the steps to the rows of some indices.
        turned: By `turned`; it counts in the tail.
        bends: By `curvature`, of the step to each of the rows `RunFacts.bend_rows`, shape (2, k).
        moved: Whether any of these steps moved, shape (k,).
        kept: Which rows count: those before the run ended.
    """

    losses: NDArray[np.float64]
    sizes: NDArray[np.float64]
    work_to: WorkTo
    turned: NDArray[np.bool_]
    bends: Mapping[int, NDArray[np.float64]]
    moved: NDArray[np.bool_]
    kept: NDArray[np.bool_]


def _changes(losses: NDArray[np.float64], work_to: WorkTo, share: float) -> NDArray[np.float64]:
    """Return the change of the loss to each row but the first.

    Where rounding may hide it, it is the work of the step, unless that is more than could hide.
    Rounding is a `share` of the loss.
    """
    changes = np.diff(losses, axis=0)
    sizes = np.abs(losses)
    noise = np.maximum(sizes[:-1], sizes[1:])
    noise *= share
    hidden = np.abs(changes) <= noise
    rows = np.flatnonzero(hidden.any(axis=1))
    if rows.size:
        works = work_to(rows)
        works = np.where(np.abs(works) <= HIDDEN * noise[rows], works, 0.0)
        changes[rows] = np.where(hidden[rows], works, changes[rows])
    return changes


class RunFacts:
    """What decides the behavior of some runs that begin together, gathered row by row.

    The tail of a run is its last half, in two parts of equal length, which end at row `middle` and
    at the last row.

    Args:
        count: How many runs.
        steps: How many steps each of them takes, if nothing ends it early.
        is_batched: Whether the gradients are those of mini-batches, each of another loss.
        noise: The share of a loss that is rounding.
    """

    def __init__(
        self, count: int, steps: int, is_batched: bool = False, noise: float = LOSS_NOISE
    ) -> None:
        self.steps, self.is_batched, self._noise = steps, is_batched, noise
        part = max(1, (steps + 2) // 4)
        self.begin, self.middle = max(0, steps - 2 * part), max(0, steps - part)
        self.bend_rows = (self.begin + 1, self.middle + 1, steps)
        apart = max(0, steps - self.begin - 1) // 2
        self.pace_rows = (steps - 2 * apart, steps - apart, steps)  # of the tail, equally far apart
        self.loss = np.zeros(count)
        self.moved = np.zeros(count, bool)
        self.change, self.last_work = np.zeros((2, count))  # of the loss, in the last step
        self.paces = np.zeros((3, count))  # the changes in three steps of the tail
        self.fallen = np.zeros(count)  # since the start
        self.drops = np.zeros((2, count))  # in each part of the tail
        self.height = np.zeros(count)  # above the beginning of the tail
        self.highest, self.lowest = np.zeros((2, count)), np.zeros((2, count))
        self.highest[1], self.lowest[1] = -np.inf, np.inf
        self.falls, self.rises, self.shrinks, self.turns = np.zeros((4, count), np.int64)
        self.first_size, self.largest = np.zeros(count), np.zeros(count)
        self.sizes = np.zeros((2, count))  # of the last two gradients
        self.most = np.zeros((2, count))  # the largest gradient of each part
        self.pairs = np.zeros((3, count))  # the larger of two in a row, at the ends of the parts
        self.bends = np.full((3, 2, count), np.nan)

    @property
    def tail(self) -> int:
        """How many steps the tail has."""
        return self.steps - self.begin

    def add(self, row: int, runs: Any, rows: Rows) -> None:
        """Take note of the rows from number `row` on of the runs whose indices are `runs`."""
        with np.errstate(all="ignore"):
            self._add_losses(row, runs, rows)
            self._add_gradients(row, runs, rows)
        self.moved[runs] |= rows.moved

    def _add_losses(self, row: int, runs: Any, rows: Rows) -> None:
        first = rows.losses[:1] if row == 0 else self.loss[runs][None]
        losses = np.concatenate([first, rows.losses])
        changes = _changes(losses, rows.work_to, self._noise)
        changes[~rows.kept] = 0.0
        if row == 0:
            changes[0] = 0.0
        since = max(0, self.begin + 1 - row)
        if since < len(changes):
            two_back = changes[since:] + (
                changes[since - 1 : -1]
                if since
                else np.concatenate([self.change[runs][None], changes[:-1]])
            )
            self._add_tail(row + since, runs, changes[since:], two_back, rows.kept[since:])
        for place, at in enumerate(self.pace_rows):
            if row <= at < row + len(changes):
                self.paces[place, runs] = changes[at - row]
        if row <= self.steps < row + len(changes):
            self.last_work[runs] = rows.work_to(np.array([self.steps - row]))[0]
        self.fallen[runs] -= changes.sum(0)
        self.change[runs] = self._last(changes, self.change[runs], rows.kept)
        self.loss[runs] = self._last(rows.losses, self.loss[runs], rows.kept)

    def _add_tail(
        self,
        row: int,
        runs: Any,
        changes: NDArray[np.float64],
        two_back: NDArray[np.float64],
        kept: NDArray[np.bool_],
    ) -> None:
        """Take note of rows of the tail: the changes to them, from one and from two rows before."""
        heights = self.height[runs] + np.cumsum(changes, axis=0)
        for part, rows in enumerate(self._parts(row, len(changes))):
            if rows.start == rows.stop:
                continue
            self.drops[part, runs] -= changes[rows].sum(0)
            high = np.where(kept[rows], heights[rows], -np.inf).max(0)
            low = np.where(kept[rows], heights[rows], np.inf).min(0)
            self.highest[part, runs] = np.maximum(self.highest[part, runs], high)
            self.lowest[part, runs] = np.minimum(self.lowest[part, runs], low)
        self.height[runs] = heights[-1]
        self.falls[runs] += (changes < 0).sum(0)
        self.rises[runs] += (two_back > 0).sum(0)

    def _parts(self, row: int, count: int) -> tuple[slice, slice]:
        """Return which of `count` rows from number `row` on belong to each part of the tail."""
        begin, middle = (min(max(0, at + 1 - row), count) for at in (self.begin, self.middle))
        return slice(begin, middle), slice(middle, count)

    def _add_gradients(self, row: int, runs: Any, rows: Rows) -> None:
        sizes = np.where(rows.kept, rows.sizes, 0.0)
        if row == 0:
            self.first_size[runs] = sizes[0]
            self.sizes[:, runs] = sizes[0]
        known = np.concatenate([self.sizes[:, runs], sizes])
        parts = self._parts(row, len(sizes))
        tail = slice(parts[0].start, len(sizes))
        self.turns[runs] += (rows.turned[tail] & rows.kept[tail]).sum(0)
        shrunk = sizes[tail] < known[:-2][tail]
        self.shrinks[runs] += (shrunk & rows.kept[tail]).sum(0)
        self.largest[runs] = np.maximum(self.largest[runs], sizes.max(0))
        for part, some in enumerate(parts):
            most = sizes[some].max(0, initial=0)
            self.most[part, runs] = np.maximum(self.most[part, runs], most)
        for place, at in enumerate((self.begin, self.middle, self.steps)):
            if row <= at < row + len(sizes):
                self.pairs[place, runs] = known[at - row + 1 : at - row + 3].max(0)
        for place, at in enumerate(self.bend_rows):
            if at in rows.bends:
                self.bends[place, :, runs] = rows.bends[at].T
        before_last = self._last(known[1:-1], known[0], rows.kept)
        self.sizes[1, runs] = self._last(sizes, self.sizes[1, runs], rows.kept)
        self.sizes[0, runs] = before_last

    @staticmethod
    def _last(values: NDArray[Any], before: NDArray[Any], kept: NDArray[np.bool_]) -> NDArray[Any]:
        """Return the last value of each column that is kept, else the one before."""
        count = kept.sum(0)
        last = np.take_along_axis(values, np.maximum(count - 1, 0)[None], axis=0)[0]
        return np.where(count > 0, last, before)
