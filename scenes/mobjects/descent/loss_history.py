"""The loss by steps: a small plot that grows beside the main panel."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence

import numpy as np
from manim import DOWN, LEFT, RIGHT, AnimationGroup, Create, DashedLine, Dot, Line, VGroup, VMobject

from scenes import style
from scenes.facts.selection import evenly_spaced
from scenes.fading import FadeIn, FadeOut
from scenes.mobjects.boxes import Box
from scenes.mobjects.plot import Plot
from scenes.mobjects.ticks import nice_ticks
from scenes.typesetting.labels import Label

LOG_FROM = 100.0
DRAWN_AT_MOST = 400
NAME_ROOM = 1.32  # right of a loss axis, for the name of the minimum
NEAR = 1.5  # a minimum is drawn up to as many ranges of the losses below them
NEAR_DECADES = 3
FLOOR_ROOM = 0.07  # of the axis, below a minimum
NAME_RISE = 0.33  # of the name of the minimum, above that of the axis
CLOSE = 0.03
THIN = 0.028  # radius of the dot of a mini-batch
STEP = "step"
LOSS = "loss"
DESCENDER = 0.06  # of the name of the axis
HISTORY = Box(style.SIDE_LEFT + 0.45, style.MAIN_BOTTOM, style.RIGHT - NAME_ROOM, -1.2)


def needs_log(losses: np.ndarray) -> bool:
    """Return whether these losses are too far apart for a linear axis, and all positive."""
    low, high = float(np.min(losses)), float(np.max(losses))
    return low > 0 and high / low > LOG_FROM


def loss_range(losses: np.ndarray, log: bool, minimum: float = math.nan) -> tuple[float, float]:
    """Return the range of a loss axis that holds `losses`, and `minimum`, with a margin."""
    low, high = float(np.min(losses)), float(np.max(losses))
    is_near = is_near_minimum(losses, log, minimum)
    low = min(low, minimum) if is_near else low
    if log:
        last = min(math.ceil(math.log10(high) + 1e-9), sys.float_info.max_10_exp)
        return 10.0 ** math.floor(math.log10(low)), 10.0**last
    low = min(low, 0.0)
    span = high - low or 1.0
    # The line of a minimum does not lie on the axis.
    below = max(0.0, low + FLOOR_ROOM * span - minimum) if is_near else 0.0
    return low - below, high + 0.08 * span


def is_near_minimum(losses: np.ndarray, log: bool, minimum: float) -> bool:
    """Return whether an axis for `losses` has room for the line of a minimum, if there is one."""
    low, high = float(np.min(losses)), float(np.max(losses))
    if not (math.isfinite(minimum) and minimum <= low):
        return False
    if log:
        return minimum > low * 10.0**-NEAR_DECADES
    return min(low, 0.0) - minimum <= NEAR * (high - min(low, 0.0) or 1.0)


class LossHistory(VGroup):
    """Loss over step.

    Args:
        losses: Of all steps, shape (steps + 1,).
        box: Where on the screen.
        color: Of the line; by default the colour of the loss.
        log: Whether the loss axis is logarithmic; by default chosen from the losses.
        minimum: The loss of the minimum downhill, drawn as a dashed line; nan if none is known.
        is_lowest: Whether no lower loss exists.
        batch_losses: Those of the mini-batches, each at its iterate, of the same shape as `losses`,
            which are drawn as thin dots; empty where every step saw all data.
        name: Of what is drawn, if it is not the loss.
    """

    def __init__(
        self,
        losses: np.ndarray,
        box: Box = HISTORY,
        color: str | None = None,
        log: bool | None = None,
        *,
        minimum: float = math.nan,
        is_lowest: bool = False,
        batch_losses: Sequence[float] | np.ndarray = (),
        name: str = LOSS,
    ) -> None:
        super().__init__()
        self.name = name
        self.losses, self.batch_losses = np.asarray(losses), np.asarray(batch_losses)
        self.minimum, self.is_lowest = minimum, is_lowest
        self.line_color = color or style.palette().loss
        every = np.append(self.losses, self.batch_losses)
        log = needs_log(every) if log is None else log
        self.plot = loss_plot(every, len(self.losses) - 1, box, log, minimum, name)
        self.floor = minimum_line(self.plot, minimum, is_lowest)
        self.dots = VGroup(self._dot(0))
        self.lines, self.noise = VGroup(), VGroup()
        self.add(self.plot, self.floor, self.noise, self.lines, self.dots)

    def grow(self, t: int) -> AnimationGroup:
        """Return the animation that draws the line from step t to step t + 1."""
        line = Line(
            self._place(t), self._place(t + 1), color=self.line_color, stroke_width=style.LINE
        )
        dot = self._dot(t + 1)
        self.lines.add(line.set_z_index(style.FRONT))
        self.dots.add(dot)
        seen = self._noise(np.array([t]))
        self.noise.add(*seen)
        return AnimationGroup(Create(line), FadeIn(dot), *map(FadeIn, seen))

    def fast_forward(
        self,
        losses: np.ndarray,
        target: float | None = None,
        batch_losses: Sequence[float] | np.ndarray = (),
    ) -> AnimationGroup:
        """Return the animation that shows the whole of the same run, on axes that hold all of it.

        Args:
            losses: Of the whole run, shape (steps + 1,).
            target: A loss to compare with, drawn as a dashed line if it is in range.
            batch_losses: Those of the whole run.
        """
        old = VGroup(self.plot, self.floor, self.noise, self.lines, self.dots)
        self.batch_losses = np.asarray(batch_losses)
        every = np.append(losses, self.batch_losses)
        log = needs_log(every) if losses[-1] != losses[0] else False
        self.plot = loss_plot(every, len(losses) - 1, self.plot.box, log, self.minimum, self.name)
        self.floor = minimum_line(self.plot, self.minimum, self.is_lowest)
        some = evenly_spaced(len(losses), DRAWN_AT_MOST)
        line = VMobject(stroke_color=self.line_color, stroke_width=style.LINE)
        line.set_points_as_corners(self.plot.places(some, losses[some]))
        line.set_z_index(style.FRONT)
        self.lines = VGroup(line)
        self.noise = self._noise(evenly_spaced(len(losses) - 1, DRAWN_AT_MOST))
        self.remove(old)
        marks = VGroup(*self.floor, *self._target_mark(target), *self.noise)
        self.add(self.plot, marks, self.lines)
        return AnimationGroup(FadeOut(old), FadeIn(self.plot), FadeIn(marks), Create(line))

    def _target_mark(self, target: float | None) -> VGroup:
        plot = self.plot
        if target is None or not plot.y_low < target < plot.y_high:
            return VGroup()
        if len(self.floor) and abs(plot.y(target) - plot.y(self.minimum)) < CLOSE:
            return VGroup()
        ends = ((plot.box.left, plot.y(target), 0), (plot.box.right, plot.y(target), 0))
        dashes = DashedLine(*ends, color=style.palette().just_right, stroke_width=style.HAIRLINE)
        return VGroup(dashes).set_z_index(style.FRONT)

    def _place(self, t: int) -> np.ndarray:
        return self.plot.place(t, self.losses[t])

    def _noise(self, steps: np.ndarray) -> VGroup:
        """Return a thin dot at the loss of the mini-batch that each of some steps saw."""
        if not self.batch_losses.size:
            return VGroup()
        places = self.plot.places(steps, self.batch_losses[steps])
        dots = (Dot(place, radius=THIN, color=style.palette().loss) for place in places)
        return VGroup(*(dot.set_z_index(style.FRONT) for dot in dots))

    def _dot(self, t: int) -> Dot:
        dot = Dot(self._place(t), radius=0.055, color=self.line_color)
        return dot.set_z_index(style.FRONT)


def minimum_line(plot: Plot, minimum: float, is_lowest: bool) -> VGroup:
    """Return a dashed line at the loss of a minimum, with its name; nothing out of view.

    Args:
        plot: The axes, steps along x.
        minimum: The loss there; nan if none is known.
        is_lowest: Whether no lower loss exists: it is called "lowest", and else "minimum".
    """
    if not (plot.y_low < minimum < plot.y_high):
        return VGroup()
    if plot.y(minimum) - plot.box.bottom < CLOSE:
        return VGroup()
    y, box, color = plot.y(minimum), plot.box, style.palette().loss
    line = DashedLine((box.left, y, 0), (box.right, y, 0), color=color, stroke_width=style.HAIRLINE)
    name = Label("lowest" if is_lowest else "minimum", color=color)
    height = max(y, box.bottom + NAME_RISE) if plot.x_power else y  # clear of the axis's name
    name.move_to((box.right + style.GAP, height, 0), LEFT)
    return VGroup(line.set_z_index(style.FRONT), name)


def loss_plot(
    losses: np.ndarray,
    steps: int,
    box: Box,
    log: bool,
    minimum: float = math.nan,
    name: str = LOSS,
) -> Plot:
    """Return axes for losses over `steps` steps, and for the minimum if it is near."""
    scale = ", log scale" if log else ""
    plot = Plot(
        ((0, max(steps, 1)), loss_range(losses, log, minimum)),
        box,
        x_name=STEP,
        y_name=f"{name}{scale}",
        log_y=log,
        x_ticks=step_ticks(steps),
        about=(4, 4 if log else 3),
    )
    if not plot.x_power:  # beside the numbers, clear of the name of a minimum
        last = plot.marked_along_x[-1].label
        plot.names[0].next_to(last, RIGHT).align_to(last, DOWN)
        plot.names[0].shift(DESCENDER * DOWN)
    return plot


def step_ticks(steps: int) -> Sequence[float]:
    """Return about four whole steps, 0 among them."""
    if steps <= 1:
        return [0, 1]
    ticks = nice_ticks(0, steps, 4 if steps < 100 else 2)
    return [tick for tick in ticks if tick == round(tick)]
