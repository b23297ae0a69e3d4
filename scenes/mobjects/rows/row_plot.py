"""The rows of the data as dots, with room for the neuron's predictions."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import DOWN, RIGHT, Animation, Circle, Dot, Mobject, UpdateFromAlphaFunc, VGroup

from scenes import style
from scenes.mobjects.boxes import Box
from scenes.mobjects.plot import Plot
from scenes.typesetting.labels import Label
from scenes.typesetting.markup import escape

PLOT_BOX = Box(style.MAIN_LEFT, style.MAIN_BOTTOM, 1.6, style.MAIN_TOP)
NAME_ROOM = 0.5
ROOM = 0.12
FAINT = 0.35
RING = 0.2
BESIDE_RING = RING + 0.12
ARRIVING = 0.2  # of a dot's flight, in which it appears


class RowPlot(VGroup):
    """Dots of the rows, one of them picked.

    Args:
        rows: The `understanding_gradients.lecture.recordings.Rows`.
        iterates: Every (W1, b1) whose prediction of the picked row must be in view,
            shape (k, 2).
        lines: Every (W1, b1) whose predictions of all rows must be in view, shape (k, 2).
        box: Where on the screen; a named x axis takes some of its height.
    """

    def __init__(
        self,
        rows: Any,
        iterates: np.ndarray,
        box: Box = PLOT_BOX,
        *,
        lines: np.ndarray | None = None,
    ) -> None:
        super().__init__()
        self.rows = rows
        self.named = rows.x_name.strip() != "x"
        lift = NAME_ROOM if self.named else 0.0
        self.box = Box(box.left, box.bottom + lift, box.right, box.top)
        predictions = self.predictions(iterates)
        if lines is not None:
            predictions = np.append(predictions, self.all_predictions(lines))
        self.plot = self._plot(predictions)
        self.names = self._x_name()
        self.dots = VGroup(*(self._dot(index) for index in range(len(rows.x))))
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
        """Return the place of the picked row's x on the axis, shape (3,)."""
        return np.array([self.plot.x(self.x), self.box.bottom, 0.0])

    def predictions(self, iterates: np.ndarray) -> np.ndarray:
        """Return ŷ of the picked row for many (W1, b1), shape (k, 2) to (k,)."""
        return np.array([self.prediction(params) for params in iterates])

    def all_predictions(self, lines: np.ndarray) -> np.ndarray:
        """Return ŷ of all N rows for many (W1, b1), shape (k, 2) to (k, N)."""
        weights, biases = np.asarray(lines).T[..., None]
        return weights * self.rows.x + biases

    def others(self) -> VGroup:
        """Return the dots of the rows that are not picked."""
        return VGroup(*(dot for dot in self.dots if dot is not self.picked_dot()))

    def land(self, index: int, source: Mobject) -> Animation:
        """Return the animation in which the dot of a row flies from its line in a table."""
        dot, start = self.dots[index], source.get_center()
        end = dot.get_center()

        def fly(moved: Mobject, share: float) -> None:
            moved.move_to(start + share * (end - start))
            moved.set_opacity(min(1.0, share / ARRIVING))

        return UpdateFromAlphaFunc(dot, fly)

    def _plot(self, predictions: np.ndarray) -> Plot:
        xs = _with_room(self.rows.x)
        ys = _with_room(np.concatenate([self.rows.y, predictions]))
        other = "" if self.rows.y_name.strip() == "y" else f" #h(0.4em) {escape(self.rows.y_name)}"
        return Plot((xs, ys), self.box, x_name="$x$", y_name=f"$y${other}")

    def _x_name(self) -> VGroup:
        if not self.named:
            return VGroup()
        name = Label(escape(self.rows.x_name), plain_text=self.rows.x_name)
        name.next_to((self.box.right, self.box.bottom - NAME_ROOM, 0), DOWN, buff=0)
        return VGroup(name.align_to((self.box.right, 0, 0), RIGHT))

    def _dot(self, index: int) -> Dot:
        place = self.plot.place(self.rows.x[index], self.rows.y[index])
        dot = Dot(place, radius=style.DOT * 1.2, color=style.palette().truth)
        return dot.set_z_index(style.FRONT)


def _with_room(values: np.ndarray) -> tuple[float, float]:
    low, high = float(np.min(values)), float(np.max(values))
    span = high - low or max(1.0, abs(low))
    return low - ROOM * span, high + ROOM * span
