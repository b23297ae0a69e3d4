"""A ruler of powers of ten, from the loss of a diverging run to the largest number there is."""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Animation, Arrow, Dot, Line, UpdateFromAlphaFunc, VGroup

from descent.text.numbers import fixed, whole
from scenes import style
from scenes.mobjects.boundary.slice_table import NumberCard
from scenes.mobjects.chip import chip_beside
from scenes.typesetting.labels import Label

LARGEST = sys.float_info.max
Y = -0.4
ENDS = (style.MAIN_LEFT, style.MAIN_RIGHT - 0.55)
STRIDE = 100
TICK, LOW, TALL, TITLE, COUNTER = 0.12, 0.6, 1.3, 2.0, 2.75
BEYOND = 0.8
LEAST = 1e-300


class LogRuler(VGroup):
    """A logarithmic ruler that ends at the largest float64, and the place of a loss on it.

    Args:
        losses: Of the steps of a run that diverges, shape (k,).
        color: Of the place.
        over: What the loss is taken over; see `scenes.facts.chips`.
    """

    def __init__(self, losses: np.ndarray, color: str, over: str = "") -> None:
        super().__init__()
        self.powers = np.log10(np.maximum(np.abs(losses), LEAST))
        self.low, self.high = min(0.0, math.floor(self.powers[0])), math.log10(LARGEST)
        muted = style.palette().muted
        self.line = Line(self.place(self.low), self.place(self.high), color=muted)
        self.point = Dot(self.place(float(self.powers[0])), radius=style.POINT, color=color)
        self.color_of_run, self.over = color, over
        so_far = self.point.copy().scale(0.6)
        self.add(self.line, self._ticks(), self._end(), self._name(), so_far, self.point)
        self.set_z_index(style.FRONT)

    def place(self, power: float) -> np.ndarray:
        """Return the place of 10^power, shape (3,)."""
        part = (power - self.low) / (self.high - self.low)
        return np.array([ENDS[0] + part * (ENDS[1] - ENDS[0]), Y, 0.0])

    @property
    def corner(self) -> tuple[float, float]:
        """The upper left corner of what is counted above it."""
        return ENDS[0], Y + COUNTER

    def run(self) -> Animation:
        """Return the animation in which the place follows the losses."""
        last = len(self.powers) - 1

        def follow(point: Any, part: float) -> None:
            power = np.interp(part * last, np.arange(last + 1), self.powers)
            point.move_to(self.place(float(power)))

        return UpdateFromAlphaFunc(self.point, follow)

    def leave(self) -> Arrow:
        """Return an arrow from the last finite loss beyond the end."""
        start = self.place(float(self.powers[-1]))
        end = self.place(self.high) + BEYOND * RIGHT
        arrow = Arrow(start, end, buff=0, stroke_width=style.BOLD, tip_length=0.2)
        return arrow.set_color(self.color_of_run).set_z_index(style.FRONT)

    def _ticks(self) -> VGroup:
        marks, muted = VGroup(), style.palette().muted
        first = math.ceil(self.low / STRIDE) * STRIDE
        for power in range(first, int(self.high) + 1, STRIDE):
            foot = self.place(power)
            tick = Line(foot + TICK * UP, foot + TICK * DOWN, color=muted, stroke_width=2)
            label = Label(f"$10^({power})$", color=muted, plain_text=f"10^{power}")
            marks.add(tick, label.next_to(foot, DOWN, buff=TICK + 0.1))
        return marks

    def _end(self) -> VGroup:
        """Return the mark of the largest number."""
        foot, color = self.place(self.high), style.palette().ink
        mark = Line(foot + TICK * DOWN, foot + TALL * UP, color=color, stroke_width=style.LINE)
        text = f"largest number float64 has: {fixed(LARGEST, mantissa=1)}"
        name = Label(text, color=color).next_to(mark.get_top(), LEFT, buff=style.GAP)
        return VGroup(mark, name)

    def _name(self) -> VGroup:
        """Return the name of the axis, and of the place to which the picture so far shrinks."""
        here, color = self.point.get_center(), style.palette().muted
        mark = Line(here, here + LOW * UP, color=color, stroke_width=style.HAIRLINE)
        so_far = Label("all losses shown so far", color=color)
        so_far.next_to(mark.get_top(), UP, buff=0.1).align_to(self.line, LEFT)
        name = Label("loss $Theta$, log scale", color=style.palette().loss)
        name.next_to(self.place(self.low) + TITLE * UP, RIGHT, buff=0)
        return VGroup(mark, so_far, name, chip_beside(name, self.over))


def last_card(run: Any) -> VGroup:
    """Return the last finite numbers of a run."""
    step, loss = whole(run.steps), fixed(float(run.losses[-1]))
    rows = [
        ("last finite step" if run.diverged else "last step", "ink", step),
        ("loss $Theta$ there", "loss", loss),
    ]
    return NumberCard(rows).filled()
