"""A loss over two windows, one inside the other, as one landscape."""

from __future__ import annotations

from typing import Any

import numpy as np

from descent.views.landscape import Landscape


def merged(one: Any, other: Any) -> Landscape:
    """Return a landscape of two parameters over both of two windows that lie in each other.

    Inside the narrower window it has its samples, and outside those of the wider one, with values
    between them at the grid lines of the narrower.
    """
    inner, outer = sorted((one, other), key=lambda landscape: np.ptp(landscape.axes[0]))
    axes = tuple(_axis(*pair) for pair in zip(inner.axes, outer.axes, strict=True))
    values = _between(outer, axes)
    rows, columns = (np.searchsorted(axis, own) for axis, own in zip(axes, inner.axes, strict=True))
    values[np.ix_(rows, columns)] = finite(inner)
    return Landscape(axes, values, outer.names)


def finite(landscape: Any) -> np.ndarray:
    """Return the values of a landscape, with nan for all that are not finite."""
    return np.where(np.isfinite(landscape.values), landscape.values, np.nan)


def _axis(inner: np.ndarray, outer: np.ndarray) -> np.ndarray:
    beyond = outer[(outer < inner[0]) | (outer > inner[-1])]
    return np.union1d(beyond, inner)


def _between(landscape: Any, axes: tuple[np.ndarray, ...]) -> np.ndarray:
    """Return the values of a landscape on another grid, linear between its own."""
    (xs, ys), (own_xs, own_ys) = axes, landscape.axes
    along_x = np.array([np.interp(xs, own_xs, column) for column in finite(landscape).T]).T
    return np.array([np.interp(ys, own_ys, row) for row in along_x])
