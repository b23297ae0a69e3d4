"""Three small pictures to remember: a gradient, a step, and the loss of every learning rate."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import (
    DL,
    PI,
    UL,
    UP,
    Animation,
    Create,
    DashedLine,
    Dot,
    GrowFromPoint,
    Rotate,
    Transform,
    VGroup,
    VMobject,
)

from descent.views.contours import finite_slices
from scenes import style
from scenes.facts.gradients import is_zero
from scenes.fading import FadeIn
from scenes.mobjects.arrows import arrow
from scenes.mobjects.boxes import Box
from scenes.mobjects.descent.landscape import drawing_of, window_of
from scenes.mobjects.label_placement import along, place_near
from scenes.mobjects.plot import Plot
from scenes.mobjects.side_panel import card
from scenes.typesetting.labels import EM, Label
from scenes.typesetting.markup import code

WIDTH, HEIGHT, GAP = 3.9, 2.6, 0.55
TOP, TEXT_TOP, CODE_Y = 2.6, -0.3, -2.35
GHOST = 0.4
ROOM = 0.1  # below and above a curve
TALLEST = 30.0  # times the loss at the start


def column_box(column: int) -> Box:
    """Return the box of the picture in a column, 0 to 2."""
    left = style.LEFT + column * (WIDTH + GAP)
    return Box(left, TOP - HEIGHT, left + WIDTH, TOP)


def column_line(markup: str, column: int) -> Label:
    """Return a sentence below the picture in a column, broken into lines."""
    ems = WIDTH / (EM * style.TEXT)
    line = Label(f"#block(width: {ems:.2f}em)[#set par(leading: 0.55em)\n{markup}]", style.TEXT)
    return line.move_to((column_box(column).left, TEXT_TOP, 0), UL)


def column_code(text: str, column: int) -> Label:
    """Return a line of code below the sentence in a column."""
    label = Label(code(text), color=style.palette().muted, plain_text=text)
    return label.move_to((column_box(column).left, CODE_Y, 0), DL)


class GradientPicture(VGroup):
    """A loss, the start of a run, and its gradient at true length.

    Args:
        run: The `understanding_gradients.lecture.recordings.Run`.
        landscape: Its loss over a view with room for the gradient.
        box: Where on the screen.
    """

    def __init__(self, run: Any, landscape: Any, box: Box) -> None:
        super().__init__()
        self.trajectory, self.landscape = run.trajectory, landscape
        self.plot = Plot(window_of(landscape, ROOM), box)
        self.start = self._place(self.trajectory.iterates[0])
        point = Dot(self.start, radius=0.09, color=style.palette().parameter)
        self.add(card(box).set_z_index(style.GEOMETRY - 1), drawing_of(self.plot, landscape))
        self.add(point.set_z_index(style.GEOMETRY + 2))
        start, gradient = self.trajectory.iterates[0], self.trajectory.gradients[0]
        tips = start + gradient, start - gradient
        self.has_arrow = not is_zero(run, 0) and all(map(landscape.contains, tips))
        self.arrow = self._arrow(gradient, "gradient")

    def grow(self) -> list[Animation]:
        """Return the animation that draws the gradient, if it is one and fits the picture."""
        if not self.has_arrow:
            return []
        self.add(self.arrow)
        return [GrowFromPoint(self.arrow, self.start)]

    def turn(self) -> list[Animation]:
        """Return the animation that turns the gradient round."""
        if not self.has_arrow:
            return []
        return [Rotate(self.arrow, PI, about_point=self.start)]

    def contract(self) -> list[Animation]:
        """Return the animation that scales the turned gradient to the step; a ghost stays."""
        if not (self.has_arrow and self.trajectory.steps):
            return []
        self.add(self.arrow.copy().set_opacity(GHOST))
        change = self.trajectory.iterates[1] - self.trajectory.iterates[0]
        return [Transform(self.arrow, self._arrow(change, "learning_rate"))]

    def _arrow(self, way: np.ndarray, role: str) -> Any:
        return arrow(self.start, self._place(self.trajectory.iterates[0] + way), role)

    def _place(self, params: np.ndarray) -> np.ndarray:
        y = self.trajectory.losses[0] if len(params) == 1 else params[1]
        return self.plot.place(float(params[0]), float(y))


class RatePicture(VGroup):
    """The final loss of every learning rate, the loss at the start, and where it rises.

    Args:
        table: The `understanding_gradients.lecture.recordings.RateTable`.
        at: The rate that is marked.
        name: Its name, as markup.
        box: Where on the screen.
    """

    def __init__(self, table: Any, at: float, name: str, box: Box) -> None:
        super().__init__()
        self.table, self.box = table, box
        self.plot = self._plot()
        self.curve = self._curve()
        self.add(card(box).set_z_index(style.GEOMETRY - 1), self._start_line())
        low, high = table.learning_rates[[0, -1]]
        self.mark = self._mark(at, name) if low < at < high else VGroup()

    def draw(self) -> list[Animation]:
        """Return the animations that draw the curve."""
        self.add(self.curve)
        return [Create(line) for line in self.curve]

    def show_mark(self) -> list[Animation]:
        """Return the animation that shows the marked rate."""
        self.add(self.mark)
        return [FadeIn(self.mark)] if len(self.mark) else []

    def _plot(self) -> Plot:
        losses = self._losses()
        low, high = float(np.nanmin(losses)), float(np.nanmax(losses))
        is_log = low > 0
        if is_log:
            low, high = low * 0.5, high * 1.3
        else:
            low, high = low - 0.1 * (high - low or 1), high + 0.1 * (high - low or 1)
        rates = self.table.learning_rates
        window = ((rates[0], rates[-1]), (low, high))
        return Plot(window, self.box, log_x=True, log_y=is_log)

    def _losses(self) -> np.ndarray:
        """Return the losses, cut off where they leave the picture."""
        start = self.table.start_loss
        ceiling = start + TALLEST * max(abs(start), 1e-12)
        losses = np.where(np.isnan(self.table.final_losses), np.inf, self.table.final_losses)
        return np.minimum(losses, ceiling)

    def _curve(self) -> VGroup:
        curve, losses = VGroup(), self._losses()
        for run in finite_slices(losses):
            line = VMobject(stroke_color=style.palette().loss, stroke_width=style.LINE)
            line.set_points_as_corners(
                self.plot.places(self.table.learning_rates[run], losses[run])
            )
            curve.add(line)
        return curve.set_z_index(style.GEOMETRY + 1)

    def _start_line(self) -> DashedLine:
        y = self.plot.y(self.table.start_loss)
        ends = (self.box.left, y, 0), (self.box.right, y, 0)
        line = DashedLine(*ends, color=style.palette().muted, stroke_width=style.HAIRLINE)
        return line.set_z_index(style.GEOMETRY)

    def _mark(self, at: float, name: str) -> VGroup:
        foot = np.array([self.plot.x(at), self.box.bottom, 0])
        top = foot + self.box.height * UP
        color = style.palette().learning_rate
        line = DashedLine(foot, top, color=color, stroke_width=style.LINE)
        label = Label(name, color=color)
        obstacles = np.concatenate([along(foot, top), *(line.points for line in self.curve)])
        anchors = np.linspace(foot, top, 7)[1:-1]
        place_near(label, anchors, obstacles, self.box)
        return VGroup(line.set_z_index(style.GEOMETRY), label)
