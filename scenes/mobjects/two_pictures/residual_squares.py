"""A square on the residual of every row, and the bar into which their areas add up."""

from __future__ import annotations

import numpy as np
from manim import VGroup, VMobject

from scenes import style
from scenes.mobjects.boxes import Box
from scenes.mobjects.rows.row_plot import RowPlot

FILL, LIT = 0.28, 0.75
THIN = 2.0


class ResidualSquares(VGroup):
    """One square per row; its side is the residual ŷ − y, in the scale of the y axis.

    Args:
        row_plot: The rows under them.
        params: (W1, b1).
    """

    def __init__(self, row_plot: RowPlot, params: np.ndarray) -> None:
        super().__init__()
        self.row_plot = row_plot
        plot, box = row_plot.plot, row_plot.box
        self.unit = box.height / (plot.y_high - plot.y_low)
        self.feet = [plot.x(x) for x in row_plot.rows.x]
        # Each grows towards the side with more room.
        middle = (box.left + box.right) / 2
        self.sides = [1.0 if foot < middle else -1.0 for foot in self.feet]
        self.add(*(area(FILL) for _ in self.feet))
        self.move_to_params(params)

    def move_to_params(self, params: np.ndarray) -> None:
        """Draw the squares of other parameters."""
        plot, rows = self.row_plot.plot, self.row_plot.rows
        (predictions,) = self.row_plot.all_predictions(np.array([params]))
        self.areas = (predictions - rows.y) ** 2
        ends = plot.places(rows.x, predictions)[:, 1], plot.places(rows.x, rows.y)[:, 1]
        for square, foot, side, low, high in zip(self, self.feet, self.sides, *ends, strict=True):
            draw_box(square, foot, low, foot + side * abs(high - low), high)


class MeanBar(VGroup):
    """A bar as long as the mean area of some squares: a piece for each of them.

    Args:
        areas: Of the squares, in units of the data, shape (N,).
        full: The loss at which it fills the box.
        box: Where on the screen.
    """

    def __init__(self, areas: np.ndarray, full: float, box: Box) -> None:
        super().__init__()
        self.box, self.full = box, full
        self.add(*(area(LIT) for _ in areas))
        self.set_areas(areas)

    def x(self, loss: float) -> float:
        """Return where a loss ends on the screen."""
        return self.box.left + self.box.width * loss / self.full

    def set_areas(self, areas: np.ndarray) -> None:
        """Draw the pieces of other areas."""
        ends = [self.x(loss) for loss in np.append(0, np.cumsum(areas) / len(areas))]
        for piece, left, right in zip(self, ends[:-1], ends[1:], strict=True):
            draw_box(piece, left, self.box.bottom, right, self.box.top)


def area(opacity: float) -> VMobject:
    """Return a piece of the loss that has no corners yet."""
    color = style.palette().loss
    return VMobject(fill_color=color, fill_opacity=opacity, stroke_color=color, stroke_width=THIN)


def draw_box(piece: VMobject, left: float, low: float, right: float, high: float) -> None:
    """Give a piece the corners of a rectangle."""
    corners = [(left, low), (right, low), (right, high), (left, high), (left, low)]
    piece.set_points_as_corners(np.array([(x, y, 0.0) for x, y in corners]))
