"""Which steps of a long run a page has, and which of its views each of them needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.views.landscape import Window

EDGE = 0.04  # how near the edge of its view, as a share of it, a point may stand


def rows_shown(steps: int, at_most: int) -> NDArray[np.int64]:
    """Return which of the rows 0 to `steps` are shown: all, or `at_most` of them.

    Of a longer run, the first half of what is shown are its first steps, one by one, so that what
    a single step does can be seen; the others are spread evenly, the last included.
    """
    if steps < at_most:
        return np.arange(steps + 1)
    first = at_most // 2
    others = np.linspace(first, steps, at_most - first).round().astype(np.int64)
    return np.unique(np.concatenate([np.arange(first), others]))


def first_row_of_each_view(places: NDArray[np.float64], windows: Sequence[Window]) -> list[int]:
    """Return from which row on each view is the one to show.

    A view is left when a point leaves it, and not returned to: the view only widens.

    Args:
        places: Where the rows stand, shape (rows, axes).
        windows: From narrow to wide.

    Returns:
        One row a view, not decreasing, the first of them 0; the number of rows where a view is
        never needed.
    """
    firsts = [0]
    for window in windows[:-1]:
        outside = np.flatnonzero(~_holds(window, places))
        beyond = int(outside[0]) if len(outside) else len(places)
        firsts.append(max(firsts[-1], beyond))
    return firsts


def _holds(window: Window, places: NDArray[np.float64]) -> NDArray[np.bool_]:
    low, high = np.array(window).T
    room = EDGE * (high - low)
    return np.all((places >= low + room) & (places <= high - room), axis=1)
