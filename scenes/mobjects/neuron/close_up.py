"""A cut through a surface, seen from so near that the curve is nearly its tangent."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import DOWN, RIGHT, UP, DashedLine, Dot, Line, Rectangle, VGroup, VMobject

from descent.text.numbers import significant
from scenes import style
from scenes.mobjects.boxes import Box
from scenes.mobjects.neuron.cut_plot import CUT_BOX, CutPlot
from scenes.mobjects.plot import Plot
from scenes.typesetting.fitting import number_within
from scenes.typesetting.labels import Label
from scenes.typesetting.markup import colored, formula, symbol

ROOM = 0.25
LABEL_ROOM = 1.2


class CloseUp(VGroup):
    """The loss along the first parameter about a point, its tangent, and one nudge.

    Args:
        directions: The `understanding_gradients.lecture.recordings.DirectionalDerivatives`.
        trajectory: The `descent.Trajectory`; its first row is the point.
        box: Where on the screen.
    """

    def __init__(self, directions: Any, trajectory: Any, box: Box = CUT_BOX) -> None:
        super().__init__()
        self.nudge, self.loss = directions.nudge, float(trajectory.losses[0])
        self.change = directions.nudged_loss - self.loss
        self.at, self.slope = float(trajectory.iterates[0, 0]), float(trajectory.gradients[0, 0])
        self.plot = Plot(
            self._window(directions),
            box,
            x_name=colored("parameter", f"${symbol(trajectory.names[0])}$"),
            y_name=colored("loss", "$Theta$"),
        )
        self.curve = VMobject(stroke_color=style.palette().loss, stroke_width=style.BOLD)
        places = self.plot.places(self.at + directions.ways, directions.losses)
        self.curve.set_points_as_corners(places)
        self.tangent = self._tangent(directions.ways)
        self.here = self.plot.place(self.at, self.loss)
        self.dot = Dot(self.here, radius=style.POINT * 0.8, color=style.palette().parameter)
        self.run_leg, self.rise_leg = self._legs()
        self.run_label, self.rise_label = self._captions()
        for part in (self.tangent, self.curve, self.run_leg, self.rise_leg, self.dot):
            part.set_z_index(style.FRONT)
        self.add(self.plot, self.tangent, self.curve, self.dot)

    def outline_in(self, flat: CutPlot) -> Rectangle:
        """Return the frame of what is seen, in the plot of the whole cut."""
        left, right = flat.plot.x(self.plot.x_low), flat.plot.x(self.plot.x_high)
        low, high = (flat.plot.y(end) for end in (self.plot.y_low, self.plot.y_high))
        return _frame(Box(left, low, right, high))

    def outline(self) -> Rectangle:
        """Return the frame of the close-up."""
        return _frame(self.plot.box)

    def _window(self, directions: Any) -> tuple[tuple[float, float], tuple[float, float]]:
        xs = self.at + directions.ways[[0, -1]]
        low, high = float(directions.losses.min()), float(directions.losses.max())
        room = ROOM * (high - low or max(abs(self.loss), 1.0))
        return (float(xs[0]), float(xs[1])), (low - room, high + room)

    def _tangent(self, ways: np.ndarray) -> DashedLine:
        ends = (
            self.plot.place(self.at + way, self.loss + self.slope * way) for way in ways[[0, -1]]
        )
        return DashedLine(*ends, stroke_width=style.LINE, color=style.palette().gradient)

    def _legs(self) -> tuple[Line, Line]:
        corner = self.plot.place(self.at + self.nudge, self.loss)
        there = self.plot.place(self.at + self.nudge, self.loss + self.change)
        colors = style.palette()
        run = Line(self.here, corner, stroke_width=style.BOLD, color=colors.parameter)
        return run, Line(corner, there, stroke_width=style.BOLD, color=colors.loss)

    def _captions(self) -> tuple[Label, Label]:
        text = f"+{significant(self.nudge)}"
        color = style.palette().parameter
        above = UP if self.change <= 0 else DOWN
        run = Label(formula(text), color=color, plain_text=text)
        run.next_to(self.run_leg, above, buff=0.1)
        rise = number_within(LABEL_ROOM, self.change, "loss", signed=True)
        return run, rise.next_to(self.rise_leg, RIGHT, buff=0.12)


def _frame(box: Box) -> Rectangle:
    frame = Rectangle(
        width=box.width, height=box.height, stroke_width=2, color=style.palette().muted
    )
    return frame.move_to(box.center).set_z_index(style.FRONT)
