"""The loss of one row as a curve over its prediction: the bare difference, and its square."""

from __future__ import annotations

import numpy as np
from manim import Arrow, Dot, Line, VGroup, VMobject

from scenes import style
from scenes.mobjects.boxes import Box
from scenes.mobjects.plot import Plot
from scenes.typesetting.markup import colored

LEFT = style.MAIN_LEFT + 0.25
WHOLE = Box(LEFT, style.MAIN_BOTTOM, 1.6, 1.85)
LEFT_HALF = Box(LEFT, style.MAIN_BOTTOM, -2.45, 1.85)
RIGHT_HALF = Box(-1.0, style.MAIN_BOTTOM, 1.6, 1.85)
ROOM = 1.15
MARGIN = 1.25
BELOW = 1.4
FLOOR_ROOM = 0.12
SAMPLES = 121
TICKS = (3, 5)
TIP = 0.24


class PredictionLoss(VGroup):
    """A loss over ŷ, with the recorded predictions on it.

    Args:
        truth: The row's y.
        predictions: The recorded ŷ, shape (k,).
        squared: Whether the difference is squared.
        box: Where on the screen.
    """

    def __init__(
        self, truth: float, predictions: np.ndarray, squared: bool, box: Box = WHOLE
    ) -> None:
        super().__init__()
        self.truth, self.squared = truth, squared
        self.reach = ROOM * reach(truth, predictions)
        self.plot = self._plot(box)
        self.level = self._level()
        self.curve = self._curve()
        self.stems = VGroup(*(self._stem(value) for value in predictions))
        self.dots = VGroup(*(self._dot(value) for value in predictions))
        self.endless = VGroup() if squared else self._endless()
        self.add(self.plot, self.level, self.curve, self.stems, self.dots, self.endless)

    def loss(self, prediction: float) -> float:
        """Return the difference from the truth, or its square."""
        difference = prediction - self.truth
        return difference**2 if self.squared else difference

    def heights(self) -> np.ndarray:
        """Return the losses along the drawn curve."""
        ends = self.truth + self.reach * np.linspace(-1, 1, SAMPLES)
        return np.array([self.loss(value) for value in ends])

    def place(self, prediction: float) -> np.ndarray:
        """Return the place of a prediction on the curve, shape (3,)."""
        return self.plot.place(prediction, self.loss(prediction))

    def drawn(self) -> tuple[VMobject | VGroup, ...]:
        """Return the drawing on the axes: curve, heights, dots."""
        return self.curve, self.stems, self.dots

    def _plot(self, box: Box) -> Plot:
        low, high = (-FLOOR_ROOM * self.reach**2, self.reach**2)
        if not self.squared:
            low, high = -BELOW * self.reach, self.reach
        side = MARGIN * self.reach
        window = ((self.truth - side, self.truth + side), (low, high))
        predicted = colored("prediction", '$Y_"predicted"$')
        difference = f'{predicted} - Y_"actual"'
        name = f"$({difference})^2$" if self.squared else f"${difference}$"
        return Plot(window, box, x_name=colored("prediction", "$hat(y)$"), y_name=name, about=TICKS)

    def _level(self) -> Line:
        box, y = self.plot.box, self.plot.y(0)
        color, width = style.palette().grid, 2 * style.HAIRLINE
        level = Line((box.left, y, 0), (box.right, y, 0), color=color, stroke_width=width)
        return level.set_z_index(style.GEOMETRY)

    def _curve(self) -> VMobject:
        predictions = self.truth + self.reach * np.linspace(-1, 1, SAMPLES)
        curve = VMobject(stroke_color=style.palette().loss, stroke_width=style.BOLD)
        curve.set_points_as_corners(np.array([self.place(value) for value in predictions]))
        return curve.set_z_index(style.GEOMETRY + 1)

    def _endless(self) -> Arrow:
        """Return an arrow head at the lower end, where the line goes on falling."""
        ends = self.curve.get_start(), self.curve.get_end()
        way = TIP * (ends[0] - ends[1]) / np.linalg.norm(ends[0] - ends[1])
        arrow = Arrow(
            ends[0],
            ends[0] + 1.5 * way,
            buff=0,
            tip_length=TIP,
            stroke_width=style.BOLD,
            max_tip_length_to_length_ratio=1,
            max_stroke_width_to_length_ratio=100,
        )
        return arrow.set_color(style.palette().loss).set_z_index(style.GEOMETRY + 2)

    def _stem(self, prediction: float) -> Line:
        foot, head = self.plot.place(prediction, 0), self.place(prediction)
        stem = Line(foot, head + 1e-6, color=style.palette().loss, stroke_width=style.LINE)
        return stem.set_z_index(style.GEOMETRY)

    def _dot(self, prediction: float) -> Dot:
        dot = Dot(self.place(prediction), radius=style.DOT * 1.2, color=style.palette().prediction)
        return dot.set_z_index(style.FRONT)


def reach(truth: float, predictions: np.ndarray) -> float:
    """Return how far from the truth the view must reach, also if all predictions meet it."""
    furthest = float(np.max(np.abs(np.asarray(predictions) - truth)))
    return furthest if furthest > 1e-9 * max(1.0, abs(truth)) else max(1.0, 0.2 * abs(truth))
