"""The rows of the data as dots, and the neuron's line through them."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import (
    DOWN,
    RIGHT,
    Animation,
    Circle,
    DashedLine,
    Dot,
    Line,
    Mobject,
    UpdateFromAlphaFunc,
    VGroup,
)

from scenes import style
from scenes.mobjects.placing import along, outline, place_near
from scenes.mobjects.plot import Box, Plot
from scenes.typeset import Label, escape

STAGE_BOX = Box(style.STAGE_LEFT, style.STAGE_BOTTOM, 1.6, style.STAGE_TOP)
NAME_ROOM = 0.5
ROOM = 0.12
SHORTEST = 1e-6
FAINT = 0.35
RING = 0.2


class RowPlot(VGroup):
    """Dots of the rows, a line ŷ = W1·x + b1, and the residual of the picked row.

    Args:
        rows: The `lecture.material.Rows` that it shows.
        iterates: Every (W1, b1) whose prediction of the picked row must be in view,
            shape (k, 2); the line is drawn for the first.
        box: Where on the screen; a named x axis takes some of its height.
    """

    def __init__(self, rows: Any, iterates: np.ndarray, box: Box = STAGE_BOX) -> None:
        super().__init__()
        self.rows, self.params = rows, np.asarray(iterates[0])
        self.named = rows.x_name.strip() != "x"
        lift = NAME_ROOM if self.named else 0.0
        self.box = Box(box.left, box.bottom + lift, box.right, box.top)
        self.plot = self._plot(np.asarray(iterates))
        self.names = self._x_name()
        self.dots = VGroup(*(self._dot(index) for index in range(len(rows.x))))
        self.line, self.drop, self.residual = (Line(stroke_width=style.BOLD) for _ in range(3))
        self.point = Dot(radius=style.DOT * 1.2)
        self.ghosts = VGroup()
        self._paint()
        self.stand_at(self.params)
        self.add(self.plot, self.names, self.dots)

    @property
    def x(self) -> float:
        """The picked row's x."""
        return float(self.rows.x[self.rows.picked])

    @property
    def truth(self) -> float:
        """The picked row's y."""
        return float(self.rows.y[self.rows.picked])

    def prediction(self, params: np.ndarray) -> float:
        """Return ŷ = W1·x + b1 for the picked row."""
        return float(params[0] * self.x + params[1])

    def picked_dot(self) -> Mobject:
        """Return the dot of the picked row."""
        return self.dots[self.rows.picked]

    def ring(self) -> Circle:
        """Return a ring around the picked row's dot."""
        ring = Circle(radius=RING, color=style.palette().ink, stroke_width=style.LINE)
        return ring.move_to(self.picked_dot()).set_z_index(style.FRONT)

    def foot(self) -> np.ndarray:
        """Return where the picked row's x stands on the axis, shape (3,)."""
        return np.array([self.plot.x(self.x), self.box.bottom, 0.0])

    def here(self, params: np.ndarray | None = None) -> np.ndarray:
        """Return where the prediction stands, shape (3,)."""
        params = self.params if params is None else params
        return self.plot.place(self.x, self.prediction(params))

    def stand_at(self, params: np.ndarray) -> None:
        """Put the line, the prediction and the residual where `params` have them."""
        self.params = np.asarray(params)
        here, there = self.here(), self.picked_dot().get_center()
        _put(self.line, *self._line_ends())
        _put(self.drop, self.foot(), here)
        _put(self.residual, there, here)
        self.point.move_to(here)

    def swing(self, trajectory: Any, start: int, end: int) -> Animation:
        """Return the animation from step `start` to `end`, linear between recorded steps."""

        def stand(drawn: Mobject, share: float) -> None:
            self.stand_at(trajectory.at(start + share * (end - start)))

        moving = VGroup(self.line, self.drop, self.residual, self.point)
        return UpdateFromAlphaFunc(moving, stand)

    def predictions(self, iterates: np.ndarray) -> np.ndarray:
        """Return ŷ of the picked row for many (W1, b1), shape (k, 2) to (k,)."""
        return np.array([self.prediction(params) for params in iterates])

    def fade_others(self) -> None:
        """Leave the rows that are not picked faint."""
        for dot in self.dots:
            dot.set_opacity(1.0 if dot is self.picked_dot() else FAINT)

    def leave_ghost(self) -> Dot:
        """Return a faint mark of the prediction that stands, which is kept in `ghosts`."""
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
        _put(segment, self.picked_dot().get_center(), self.here(params))
        return segment

    def beside(
        self, label: Label, anchor: np.ndarray, *clear_of: Mobject, buff: float = style.GAP
    ) -> Label:
        """Move `label` to a free place beside `anchor`, clear of what is drawn and of labels."""
        obstacles = np.vstack([self.obstacles(), *map(outline, clear_of)])
        place_near(label, anchor[None], obstacles, self.box, buff)
        return label

    def line_label(self, label: Label) -> Label:
        """Move `label` beside the line, where it is freest."""
        start, end = self._line_ends()
        anchors = start + np.linspace(0.05, 0.95, 10)[:, None] * (end - start)
        place_near(label, anchors, self.obstacles(), self.box)
        return label

    def obstacles(self) -> np.ndarray:
        """Return places of axes, line, dots and the picked row's verticals, shape (k, 3)."""
        dots = np.array([dot.get_center() for dot in self.dots])
        corner, across, up = _corner_ends(self.box)
        foot, here, there = self.foot(), self.here(), self.picked_dot().get_center()
        ends = ((corner, across), (corner, up), (foot, here), (there, here), self._line_ends())
        return np.vstack([dots, *(along(start, end) for start, end in ends)])

    def _line_ends(self) -> tuple[np.ndarray, np.ndarray]:
        """Return where the line enters and leaves the box, shape (3,) each."""
        weight, bias = self.params
        low, high = self.plot.x_low, self.plot.x_high
        if weight != 0:
            bounds = sorted(
                (level - bias) / weight for level in (self.plot.y_low, self.plot.y_high)
            )
            low, high = max(low, bounds[0]), min(high, bounds[1])
        if low > high:
            low = high = self.x
        return self._inside(low, weight * low + bias), self._inside(high, weight * high + bias)

    def _inside(self, x: float, y: float) -> np.ndarray:
        """Return the place of (x, y), or the nearest to it inside the box."""
        low, high = (self.box.left, self.box.bottom, 0.0), (self.box.right, self.box.top, 0.0)
        return np.clip(self.plot.place(x, y), low, high)

    def _plot(self, iterates: np.ndarray) -> Plot:
        predictions = iterates @ np.array([self.x, 1.0])
        xs = _with_room(self.rows.x)
        ys = _with_room(np.concatenate([self.rows.y, predictions]))
        other = "" if self.rows.y_name.strip() == "y" else f" #h(0.4em) {escape(self.rows.y_name)}"
        return Plot((xs, ys), self.box, x_name="$x$", y_name=f"$y${other}")

    def _x_name(self) -> VGroup:
        if not self.named:
            return VGroup()
        name = Label(escape(self.rows.x_name), shown=self.rows.x_name)
        name.next_to((self.box.right, self.box.bottom - NAME_ROOM, 0), DOWN, buff=0)
        return VGroup(name.align_to((self.box.right, 0, 0), RIGHT))

    def _dot(self, index: int) -> Dot:
        place = self.plot.place(self.rows.x[index], self.rows.y[index])
        dot = Dot(place, radius=style.DOT * 1.2, color=style.palette().truth)
        return dot.set_z_index(style.FRONT)

    def _paint(self) -> None:
        colours = style.palette()
        self.line.set_color(colours.prediction).set_z_index(style.GEOMETRY)
        self.point.set_color(colours.prediction).set_z_index(style.FRONT)
        self.drop.set_stroke(colours.prediction, style.LINE, FAINT).set_z_index(style.GEOMETRY)
        self.residual.set_color(colours.loss).set_stroke(width=1.6 * style.BOLD)
        self.residual.set_z_index(style.GEOMETRY + 1)


def guide(start: np.ndarray, end: np.ndarray, role: str) -> DashedLine:
    """Return a quiet dashed line in the colour of `role`."""
    colour = getattr(style.palette(), role)
    dashes = DashedLine(start, end, color=colour, stroke_width=style.HAIRLINE)
    return dashes.set_z_index(style.GEOMETRY)


def _put(line: Line, start: np.ndarray, end: np.ndarray) -> None:
    """Lay `line` from start to end; one without length keeps a speck of it."""
    if np.linalg.norm(end - start) < SHORTEST:
        end = start + SHORTEST * RIGHT
    line.put_start_and_end_on(start, end)


def _corner_ends(box: Box) -> tuple[np.ndarray, ...]:
    ends = ((box.left, box.bottom), (box.right, box.bottom), (box.left, box.top))
    return tuple(np.array([*end, 0.0]) for end in ends)


def _with_room(values: np.ndarray) -> tuple[float, float]:
    low, high = float(np.min(values)), float(np.max(values))
    span = high - low or max(1.0, abs(low))
    return low - ROOM * span, high + ROOM * span
