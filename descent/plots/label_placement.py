"""Labels beside lines, placed where they cover neither the curve nor another label."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from descent.plots.figures import NotebookFigure, text_width
from descent.plots.mathtext import mathtext

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    Corner = tuple[float, float]

HEIGHT, GAP = 0.2, 0.07  # inches: of a line of text, and around a label
RISES = (0.05, 0.3, 0.55, 0.8)  # possible heights beside a vertical line, as shares of the axes
OFFSETS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)  # possible positions along a horizontal line


def axis_fractions(
    axes: Axes, values: NDArray[np.float64] | float, vertical: bool = False
) -> NDArray[np.float64]:
    """Return positions of values on an axis, from 0 at its low end to 1 at its high end."""
    low, high = axes.get_ylim() if vertical else axes.get_xlim()
    scale = axes.get_yscale() if vertical else axes.get_xscale()
    positions = np.asarray(values, dtype=np.float64)
    if scale == "log":
        positions, low, high = np.log10(positions), np.log10(low), np.log10(high)
    return (positions - low) / (high - low)


class LabelPlacer:
    """Finds free positions for labels on axes with one curve.

    Args:
        figure: The figure of the axes; in one of a caller's, labels are the axes' own.
        axes: The axes, with final limits and position.
        xs: The curve's x values.
        ys: The curve's y values, all within the limits.
    """

    def __init__(
        self, figure: Figure, axes: Axes, xs: NDArray[np.float64], ys: NDArray[np.float64]
    ) -> None:
        inner = axes.get_window_extent()
        self.axes, self._figure = axes, figure
        self._size = np.array([inner.width, inner.height]) / figure.dpi
        self._corner = np.array([inner.x0, inner.y0]) / figure.dpi
        points = np.stack(
            [axis_fractions(axes, xs), axis_fractions(axes, ys, vertical=True)], axis=1
        )
        self._points = _resampled(points * self._size)
        self._written: list[tuple[float, float, float]] = []

    def keep_clear(self, box: Any) -> None:
        """Leave a box, in pixels of the figure, without labels."""
        (left, foot), (right, top) = np.asarray(box.get_points()) / self._figure.dpi - self._corner
        for y in np.arange(foot, top, HEIGHT).tolist():
            self._written.append((float(left), y, float(right - left)))

    def write_beside(self, x: float, text: str, color: str) -> None:
        """Write `text` beside the vertical line at `x`."""
        at, width = float(axis_fractions(self.axes, x)) * self._size[0], text_width(text)
        lefts = (at - GAP - width, at + GAP)
        self._write(((left, rise * self._size[1]) for rise in RISES for left in lefts), text, color)

    def write_along(self, y: float, text: str, color: str) -> None:
        """Write `text` above or below the horizontal line at `y`."""
        at, width = (
            float(axis_fractions(self.axes, y, vertical=True)) * self._size[1],
            text_width(text),
        )
        free = self._size[0] - width - 2 * GAP
        feet = (at + GAP, at - GAP - HEIGHT)
        self._write(
            ((GAP + offset * free, foot) for offset in OFFSETS for foot in feet), text, color
        )

    def _write(self, corners: Iterable[Corner], text: str, color: str) -> None:
        """Write `text` at the first free one of `corners`, or not at all."""
        width = text_width(text)
        for x, y in corners:
            if self._is_free(x, y, width):
                self._written.append((x, y, width))
                self._write_at(x, y + 0.04, text, color)
                return

    def _write_at(self, x: float, y: float, text: str, color: str) -> None:
        """Write `text` with its foot so many inches from the axes' corner."""
        if isinstance(self._figure, NotebookFigure):
            left, foot = self._corner + (x, y)
            self._figure.write(left, foot, text, color=color)
            return
        where: Any = {"transform": self.axes.transAxes, "color": color}
        self.axes.text(x / self._size[0], y / self._size[1], mathtext(text), **where)

    def _is_free(self, x: float, y: float, width: float) -> bool:
        if not (x >= 0 and y >= 0 and x + width <= self._size[0] and y + HEIGHT <= self._size[1]):
            return False
        away = np.abs(self._points - (x + width / 2, y + HEIGHT / 2))
        if (away < (width / 2 + GAP, HEIGHT / 2 + GAP)).all(axis=1).any():
            return False
        return not any(
            abs(y - other) < HEIGHT and x < left + far + GAP and left < x + width + GAP
            for left, other, far in self._written
        )


def _resampled(points: NDArray[np.float64], apart: float = 0.05) -> NDArray[np.float64]:
    """Return points of the same line at most `apart` inches from one to the next."""
    steps = np.hypot(*np.diff(points, axis=0).T) if len(points) > 1 else np.zeros(0)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    positions = np.linspace(0, along[-1], int(along[-1] / apart) + 2)
    return np.stack([np.interp(positions, along, line) for line in points.T], axis=1)
