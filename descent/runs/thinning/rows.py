"""Which rows of a path are kept where they are too many: every 2^j-th, evenly from the start."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray


class EvenRows:
    """At most so many rows of a path of unknown length, evenly spread from its first.

    Each row is kept until there are too many; then every second one goes, and from then on every
    second row is kept of those that were, and so on.

    Args:
        most: How many rows may be kept, at least 2.
        width: How many numbers a row has.
        every: Only rows of numbers that this divides are kept.
        dtype: The precision of the numbers.

    Example:
        >>> import numpy as np
        >>> from descent.runs.thinning.rows import EvenRows
        >>> rows = EvenRows(most=4, width=1)
        >>> for number in range(11):
        ...     if rows.wants(number):
        ...         rows.next(number)[:] = number
        >>> rows.numbers.tolist(), rows.kept()[:, 0].tolist()
        ([0, 4, 8], [0.0, 4.0, 8.0])
    """

    def __init__(self, most: int, width: int, every: int = 1, dtype: Any = np.float32) -> None:
        # Memory that was never written to is none.
        self._rows = np.empty((most + 1, width), dtype)
        self._most, self._stride = most, every
        self.numbers = np.empty(0, np.int64)

    def wants(self, number: int) -> bool:
        """Return whether a row of this number is kept."""
        return number % self._stride == 0

    def next(self, number: int) -> NDArray[Any]:
        """Return where to write a row that is wanted, having made room for it."""
        if len(self.numbers) == self._most:
            self._stride *= 2
            kept = np.flatnonzero(self.numbers % self._stride == 0)
            for place, row in enumerate(kept):
                self._rows[place] = self._rows[row]
            self.numbers = self.numbers[kept]
            if not self.wants(number):
                return np.empty_like(self._rows[0])
        self.numbers = np.append(self.numbers, number)
        return self._rows[len(self.numbers) - 1]

    def kept(self) -> NDArray[Any]:
        """Return the rows so far, which are no copy, shape (k, width)."""
        return self._rows[: len(self.numbers)]

    def ended(
        self, number: int, write: Callable[[NDArray[Any]], None], is_over: bool
    ) -> tuple[NDArray[Any], NDArray[np.int64]]:
        """Return the rows with a last one, shape (k, width), and their numbers.

        Args:
            number: That of the last row, which is kept whatever its number is.
            write: Writes the last row.
            is_over: Whether no rows follow; then the rows are no copy, and read-only.
        """
        count = len(self.numbers)
        if count and self.numbers[-1] == number:
            numbers = self.numbers
        else:
            write(self._rows[count])
            numbers = np.append(self.numbers, number)
        if is_over:
            self._rows.setflags(write=False)
        rows = self._rows[: len(numbers)]
        return rows if is_over else rows.copy(), numbers
