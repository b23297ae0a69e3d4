"""Names beside lines, written where neither the curve nor another name stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from descent.plots.figures import NotebookFigure, text_width

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    Spot = tuple[float, float]

HEIGHT, AIR = 0.2, 0.07  # inches: of a line of text, and to what it names
RISES = (0.05, 0.3, 0.55, 0.8)  # how high up a vertical line its name may stand
PLACES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)  # how far along a horizontal one


def shares_of(
    axes: Axes, values: NDArray[np.float64] | float, vertical: bool = False
) -> NDArray[np.float64]:
    """Return how far along an axis values stand, from 0 to 1."""
    low, high = axes.get_ylim() if vertical else axes.get_xlim()
    scale = axes.get_yscale() if vertical else axes.get_xscale()
    places = np.asarray(values, dtype=np.float64)
    if scale == "log":
        places, low, high = np.log10(places), np.log10(low), np.log10(high)
    return (places - low) / (high - low)


class Spots:
    """Where there is room on axes with one curve.

    Args:
        figure: That the axes are on, in their final place.
        axes: Whose limits are set.
        xs: Of the curve.
        ys: Of the curve, all within the limits.
    """

    def __init__(
        self, figure: NotebookFigure, axes: Axes, xs: NDArray[np.float64], ys: NDArray[np.float64]
    ) -> None:
        inner = axes.get_window_extent()
        self.axes, self._picture = axes, figure
        self._size = np.array([inner.width, inner.height]) / figure.dpi
        self._corner = np.array([inner.x0, inner.y0]) / figure.dpi
        points = np.stack([shares_of(axes, xs), shares_of(axes, ys, vertical=True)], axis=1)
        self._points = _densely(points * self._size)
        self._taken: list[tuple[float, float, float]] = []

    def write_beside(self, x: float, text: str, color: str) -> None:
        """Write `text` beside the vertical line at `x`."""
        at, width = float(shares_of(self.axes, x)) * self._size[0], text_width(text)
        lefts = (at - AIR - width, at + AIR)
        self._write(((left, rise * self._size[1]) for rise in RISES for left in lefts), text, color)

    def write_along(self, y: float, text: str, color: str) -> None:
        """Write `text` above or below the horizontal line at `y`."""
        at, width = float(shares_of(self.axes, y, vertical=True)) * self._size[1], text_width(text)
        room = self._size[0] - width - 2 * AIR
        feet = (at + AIR, at - AIR - HEIGHT)
        self._write(((AIR + place * room, foot) for place in PLACES for foot in feet), text, color)

    def _write(self, spots: Iterable[Spot], text: str, color: str) -> None:
        """Write `text` at the first of `spots` that is free; nowhere if none is."""
        width = text_width(text)
        for x, y in spots:
            if self._is_free(x, y, width):
                self._taken.append((x, y, width))
                left, foot = self._corner + (x, y)
                self._picture.write(left, foot + 0.04, text, color=color)
                return

    def _is_free(self, x: float, y: float, width: float) -> bool:
        if not (x >= 0 and y >= 0 and x + width <= self._size[0] and y + HEIGHT <= self._size[1]):
            return False
        away = np.abs(self._points - (x + width / 2, y + HEIGHT / 2))
        if (away < (width / 2 + AIR, HEIGHT / 2 + AIR)).all(axis=1).any():
            return False
        return not any(
            abs(y - other) < HEIGHT and x < left + far + AIR and left < x + width + AIR
            for left, other, far in self._taken
        )


def _densely(points: NDArray[np.float64], apart: float = 0.05) -> NDArray[np.float64]:
    """Return points of the same line, no further apart than so many inches."""
    steps = np.hypot(*np.diff(points, axis=0).T) if len(points) > 1 else np.zeros(0)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    places = np.linspace(0, along[-1], int(along[-1] / apart) + 2)
    return np.stack([np.interp(places, along, line) for line in points.T], axis=1)
