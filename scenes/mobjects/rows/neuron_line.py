"""The neuron as a line ŷ = W1·x + b1 over the rows, with its residual at the picked one."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import RIGHT, Animation, Dot, Line, Mobject, UpdateFromAlphaFunc, VGroup

from scenes import style
from scenes.mobjects.boxes import Box
from scenes.mobjects.label_placement import along, outline, place_near
from scenes.mobjects.rows.row_plot import FAINT, RowPlot
from scenes.typesetting.labels import Label

SHORTEST = 1e-6


class NeuronLine:
    """A neuron's line, its prediction of the picked row, and the residual.

    Attributes:
        line: ŷ over all x in view.
        drop: The vertical from the picked row's x up to the line.
        point: The prediction.
        residual: The segment from the picked row's dot to the prediction.

    Args:
        row_plot: The rows under it.
        params: (W1, b1).
    """

    def __init__(self, row_plot: RowPlot, params: np.ndarray) -> None:
        self.row_plot = row_plot
        self.line, self.drop, self.residual = (Line(stroke_width=style.BOLD) for _ in range(3))
        self.point = Dot(radius=style.DOT * 1.2)
        self.ghosts = VGroup()
        self._set_colors()
        self.move_to_params(params)

    def here(self, params: np.ndarray | None = None) -> np.ndarray:
        """Return the place of the prediction, shape (3,)."""
        params = self.params if params is None else params
        return self.row_plot.plot.place(self.row_plot.x, self.row_plot.prediction(params))

    def move_to_params(self, params: np.ndarray) -> None:
        """Move the line, the prediction and the residual to `params`."""
        self.params = np.asarray(params)
        here, there = self.here(), self.row_plot.picked_dot().get_center()
        put(self.line, *line_ends(self.row_plot, self.params))
        put(self.drop, self.row_plot.foot(), here)
        put(self.residual, there, here)
        self.point.move_to(here)

    def swing(self, trajectory: Any, start: int, end: int) -> Animation:
        """Return the animation from step `start` to `end`, linear between recorded steps."""

        def move(moved: Mobject, share: float) -> None:
            self.move_to_params(trajectory.at(start + share * (end - start)))

        moving = VGroup(self.line, self.drop, self.residual, self.point)
        return UpdateFromAlphaFunc(moving, move)

    def leave_ghost(self) -> Dot:
        """Return a faint mark of the present prediction, which is kept in `ghosts`."""
        ghost = self.ghost(self.params).set_opacity(2 * FAINT)
        self.ghosts.add(ghost)
        return ghost

    def ghost(self, params: np.ndarray) -> Dot:
        """Return a mark of the prediction of other parameters."""
        ghost = Dot(self.here(params), radius=style.DOT * 1.2, color=style.palette().prediction)
        return ghost.set_z_index(style.FRONT)

    def segment(self, params: np.ndarray) -> Line:
        """Return the residual of other parameters."""
        segment = self.residual.copy()
        put(segment, self.row_plot.picked_dot().get_center(), self.here(params))
        return segment

    def other_segments(self) -> VGroup:
        """Return the residuals of the rows that are not picked."""
        rows, (weight, bias) = self.row_plot.rows, self.params
        segments = VGroup()
        for index, dot in enumerate(self.row_plot.dots):
            if index != rows.picked:
                x = rows.x[index]
                segment = self.residual.copy()
                put(segment, dot.get_center(), self.row_plot.plot.place(x, weight * x + bias))
                segments.add(segment)
        return segments

    def beside(
        self, label: Label, anchor: np.ndarray, *clear_of: Mobject, buff: float = style.GAP
    ) -> Label:
        """Move `label` to a free place beside `anchor`, clear of the drawing and of mobjects."""
        obstacles = np.vstack([self.obstacles(), *map(outline, clear_of)])
        place_near(label, anchor[None], obstacles, self.row_plot.box, buff)
        return label

    def line_label(self, label: Label) -> Label:
        """Move `label` to the freest place beside the line."""
        start, end = line_ends(self.row_plot, self.params)
        anchors = start + np.linspace(0.05, 0.95, 10)[:, None] * (end - start)
        place_near(label, anchors, self.obstacles(), self.row_plot.box)
        return label

    def obstacles(self) -> np.ndarray:
        """Return places of axes, line, dots and the picked row's verticals, shape (k, 3)."""
        dots = [outline(dot) for dot in self.row_plot.dots]
        corner, across, up = _corner_ends(self.row_plot.box)
        foot, here, there = (
            self.row_plot.foot(),
            self.here(),
            self.row_plot.picked_dot().get_center(),
        )
        ends = (
            (corner, across),
            (corner, up),
            (foot, here),
            (there, here),
            line_ends(self.row_plot, self.params),
        )
        return np.vstack([*dots, *(along(start, end) for start, end in ends)])

    def _set_colors(self) -> None:
        colors = style.palette()
        self.line.set_color(colors.prediction).set_z_index(style.GEOMETRY)
        self.point.set_color(colors.prediction).set_z_index(style.FRONT)
        self.drop.set_stroke(colors.prediction, style.LINE, FAINT).set_z_index(style.GEOMETRY)
        self.residual.set_color(colors.loss).set_stroke(width=1.6 * style.BOLD)
        self.residual.set_z_index(style.GEOMETRY + 1)


def line_ends(row_plot: RowPlot, params: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where the line ŷ = W1·x + b1 enters and leaves the box, shape (3,) each."""
    weight, bias = params
    plot = row_plot.plot
    low, high = plot.x_low, plot.x_high
    if weight != 0:
        bounds = sorted((level - bias) / weight for level in (plot.y_low, plot.y_high))
        low, high = max(low, bounds[0]), min(high, bounds[1])
    if low > high:
        low = high = row_plot.x
    start, end = (_inside(row_plot, x, weight * x + bias) for x in (low, high))
    return start, end


def _inside(row_plot: RowPlot, x: float, y: float) -> np.ndarray:
    """Return the place of (x, y), or the nearest to it inside the box."""
    box = row_plot.box
    corners = (box.left, box.bottom, 0.0), (box.right, box.top, 0.0)
    return np.clip(row_plot.plot.place(x, y), *corners)


def put(line: Line, start: np.ndarray, end: np.ndarray) -> None:
    """Put `line` from start to end; Manim needs a length, however small."""
    if np.linalg.norm(end - start) < SHORTEST:
        end = start + SHORTEST * RIGHT
    line.put_start_and_end_on(start, end)


def _corner_ends(box: Box) -> tuple[np.ndarray, ...]:
    ends = ((box.left, box.bottom), (box.right, box.bottom), (box.left, box.top))
    return tuple(np.array([*end, 0.0]) for end in ends)
