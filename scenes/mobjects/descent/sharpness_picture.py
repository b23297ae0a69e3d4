"""The loss over the steps of a run, and below it the sharpness, with 2 / η as a line."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from manim import (
    DL,
    RIGHT,
    Animation,
    DashedLine,
    Dot,
    Line,
    Rectangle,
    UpdateFromAlphaFunc,
    VGroup,
    VMobject,
)

from scenes import style
from scenes.facts.selection import evenly_spaced
from scenes.mobjects.boxes import Box
from scenes.mobjects.descent.loss_history import loss_range, needs_log
from scenes.mobjects.plot import Plot
from scenes.mobjects.ticks import nice_ticks
from scenes.typesetting.labels import Label

DRAWN_AT_MOST = 1500
ROOM = 0.12  # of the range of the sharpness, above it, and below what is negative
WIDER = 1.5  # is a logarithmic range at both ends
TINT = 0.12  # opacity of the ground above the line
NAME_RISE = 0.5  # of the name of the line, above the lower axis
STEP_ROOM = 0.9  # right of the axes, for the name of the lower one
UPPER, LOWER = (0.7, 2.05), (style.MAIN_BOTTOM, -0.2)  # bottom and top
TICKS = 6, 3


class SharpnessPicture(VGroup):
    """Loss and sharpness over the steps, both drawn up to one step.

    Args:
        losses: Shape (steps + 1,).
        measured: The steps at which the sharpness was measured, and the sharpness there.
        limit: 2 / η; nan for no line.
        name: Of the line, as markup.
        color: Of the loss.
    """

    def __init__(
        self,
        losses: np.ndarray,
        measured: tuple[np.ndarray, np.ndarray],
        limit: float,
        name: str,
        color: str,
    ) -> None:
        super().__init__()
        self.last, colors = len(losses) - 1, style.palette()
        label = Label(name, style.TEXT, colors.learning_rate) if math.isfinite(limit) else None
        room = STEP_ROOM if label is None else max(STEP_ROOM, label.width + style.GAP)
        self.right = style.RIGHT - room
        self.upper = self._loss_axes(losses)
        self.lower = self._sharpness_axes(np.append(measured[1], limit))
        some = evenly_spaced(len(losses), DRAWN_AT_MOST)
        self.curves = (
            _Curve(self.upper, some, losses[some], color),
            _Curve(self.lower, *measured, colors.loss, style.BOLD),
        )
        # Two lines, since one would cross the name between the axes.
        look = {"stroke_color": colors.muted, "stroke_width": style.HAIRLINE}
        self.now = VGroup(Line(**look), Line(**look))
        self.marks = VGroup() if label is None else self._limit(limit, label)
        self.add(self.upper, self.lower, self.marks, self.now, *self.curves)
        self.set_step(0)

    def set_step(self, step: float) -> None:
        """Draw both curves up to a step."""
        for curve in self.curves:
            curve.draw_to(step)
        self.mark_step(step)

    def mark_step(self, step: float) -> None:
        """Move the points of both curves, and the line through them, to a step."""
        self.step = step
        for curve in self.curves:
            curve.point.move_to(curve.place(step))
        for line, plot in zip(self.now, (self.upper, self.lower), strict=True):
            x, box = plot.x(step), plot.box
            line.put_start_and_end_on(np.array([x, box.bottom, 0]), np.array([x, box.top, 0]))

    def run(self) -> Animation:
        """Return the animation that draws to the last step, in time with `StepCounter.run`."""
        return self._move(self.last, self.set_step)

    def look_at(self, step: int) -> Animation:
        """Return the animation of the points to a step, in time with `StepCounter.run`."""
        return self._move(step, self.mark_step)

    def _move(self, to: int, show: Callable[[float], None]) -> Animation:
        since = self.step

        def move(picture: Any, part: float) -> None:
            show(since + part * (to - since))

        return UpdateFromAlphaFunc(self, move)

    def _loss_axes(self, losses: np.ndarray) -> Plot:
        log = needs_log(losses)
        return self._axes(UPPER, loss_range(losses, log), "loss", log, x_ticks=())

    def _sharpness_axes(self, values: np.ndarray) -> Plot:
        seen = values[np.isfinite(values)]
        low, high = float(seen.min()), float(seen.max())
        log = needs_log(seen)
        if log:
            window = low / WIDER, high * WIDER
        else:
            low = min(low, 0.0)
            room = ROOM * ((high - low) or 1.0)
            window = low - room * (low < 0), high + room
        ticks = [tick for tick in nice_ticks(0, self.last, TICKS[0]) if tick == round(tick)]
        name = "sharpness $lambda$"
        return self._axes(LOWER, window, name, log, x_ticks=ticks, x_name="step")

    def _axes(
        self, ends: tuple[float, float], window: tuple[float, float], name: str, log: bool, **x: Any
    ) -> Plot:
        box = Box(style.MAIN_LEFT, ends[0], self.right, ends[1])
        named = f"{name}, log scale" if log else name
        return Plot(((0, self.last), window), box, y_name=named, log_y=log, about=TICKS, **x)

    def _limit(self, limit: float, label: Label) -> VGroup:
        y, box = self.lower.y(limit), self.lower.box
        color, ends = style.palette().learning_rate, ((box.left, y, 0), (box.right, y, 0))
        line = DashedLine(*ends, color=color, stroke_width=style.LINE)
        # Clear of the name of the axis below it.
        height = max(y, box.bottom + NAME_RISE)
        label.next_to((box.right, height, 0), RIGHT, buff=style.GAP)
        over = Rectangle(width=box.width, height=box.top - y, stroke_width=0)
        over.set_fill(color, TINT).move_to((box.left, y, 0), DL)
        return VGroup(over.set_z_index(style.GROUND), line.set_z_index(style.GEOMETRY), label)


class _Curve(VGroup):
    """A curve over the steps, and a point at its end."""

    def __init__(
        self,
        plot: Plot,
        steps: np.ndarray,
        values: np.ndarray,
        color: str,
        width: float = style.LINE,
    ) -> None:
        super().__init__()
        self.steps, self.places = steps, plot.places(steps, values)
        self.line = VMobject(stroke_color=color, stroke_width=width)
        self.point = Dot(self.places[0], radius=style.DOT, color=color)
        self.add(self.line.set_z_index(style.FRONT), self.point.set_z_index(style.FRONT))

    def place(self, step: float) -> np.ndarray:
        """Return its place at a step, between two that are known along a straight line."""
        return np.array([np.interp(step, self.steps, axis) for axis in self.places.T])

    def draw_to(self, step: float) -> None:
        """Draw it up to a step."""
        before = self.places[self.steps <= step]
        self.line.set_points_as_corners([*before, self.place(step)])
