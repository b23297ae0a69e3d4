"""The error of finite differences against their width, on two logarithmic axes."""

from __future__ import annotations

import math

import numpy as np
from manim import Animation, Create, DashedLine, Dot, LaggedStart, Line, VGroup

from scenes import style
from scenes.facts.differences import Widths
from scenes.fading import FadeIn
from scenes.mobjects.boxes import Box
from scenes.mobjects.label_placement import place_beside
from scenes.mobjects.plot import Plot
from scenes.typesetting.labels import Label

BOX = Box(style.MAIN_LEFT, style.MAIN_BOTTOM + 0.15, 1.3, style.MAIN_TOP - 0.25)
LOWEST = 1e-17


class DifferencePlot(VGroup):
    """One dot per width, joined; an error of zero is a hollow dot at the lower end of the axis.

    Args:
        widths: The widths and their errors.
        box: Where on the screen.
    """

    def __init__(self, widths: Widths, box: Box = BOX) -> None:
        super().__init__()
        self.widths, self.box = widths, box
        self.plot = Plot(
            (self._range(widths.widths), self._error_range()),
            box,
            x_name="$h$, log scale",
            y_name="error of the estimate, log scale",
            log_x=True,
            log_y=True,
        )
        self.places = self.plot.places(widths.widths, np.maximum(widths.errors, self.plot.y_low))
        self.dots = VGroup(*(self._dot(k) for k in range(len(self.places))))
        self.line = self._line()
        self.add(self.plot)

    def sweep(self) -> list[Animation]:
        """Return the animations that go from the widest to the narrowest."""
        if not len(self.dots):
            return []
        dots = LaggedStart(*(FadeIn(dot) for dot in self.dots), lag_ratio=1.0)
        lines = [LaggedStart(*(Create(line) for line in self.line), lag_ratio=1.0)]
        return [dots, *(lines if len(self.line) else [])]

    def name_branches(self) -> list[Animation]:
        """Return the animations that name the error on each side of the best width."""
        best, turns = self.widths.best, []
        if self.widths.rises:
            turns.append(self._beside("rounding", (best + len(self.places)) // 2))
        if self.widths.falls and best > 1:
            turns.append(self._beside("too wide a step", best // 2))
        return [FadeIn(label) for label in turns]

    def show_floor(self) -> list[Animation]:
        """Return the animations that draw the last digit of the gradient itself."""
        floor, colors = self.widths.last_digit, style.palette()
        if not self.plot.y_low < floor < self.plot.y_high:
            return []
        y = self.plot.y(floor)
        ends = ((self.box.left, y, 0), (self.box.right, y, 0))
        line = DashedLine(*ends, color=colors.gradient, stroke_width=style.LINE)
        label = Label("autograd: exact to the last digits", color=colors.gradient)
        middle = np.array([(self.box.left + self.box.right) / 2, y, 0])
        place_beside(label, middle, self._dense(), self.box, buff=0.12)
        return [Create(line), FadeIn(label)]

    def _beside(self, text: str, k: int) -> Label:
        k = min(k, len(self.places) - 1)
        label = Label(text, color=style.palette().muted)
        place_beside(label, self.places[k], self._dense(), self.box, buff=0.25)
        return label

    def _dense(self) -> np.ndarray:
        pairs = zip(self.places, self.places[1:], strict=False)
        return np.concatenate([self.places, *(np.linspace(a, b, 12) for a, b in pairs)])

    def _range(self, values: np.ndarray) -> tuple[float, float]:
        if not len(values):
            return 1e-2, 1.0
        low, high = math.floor(math.log10(values.min())), math.ceil(math.log10(values.max()))
        return 10.0**low, 10.0 ** max(high, low + 1)

    def _error_range(self) -> tuple[float, float]:
        """Return a range of whole decades for the errors and the gradient's last digit."""
        drawn = self.widths.errors[self.widths.errors > 0]
        floor = self.widths.last_digit or LOWEST
        low, high = self._range(np.append(drawn, floor)) if len(drawn) else (floor / 10, 1.0)
        return low / 10, high

    def _dot(self, k: int) -> Dot:
        color = style.palette().ink
        dot = Dot(self.places[k], radius=style.DOT, color=color).set_z_index(style.FRONT)
        if self.widths.errors[k] == 0:
            dot.set_fill(style.palette().background, 1).set_stroke(color, 2)
        return dot

    def _line(self) -> VGroup:
        """Return lines between dots whose errors are not zero."""
        lines = VGroup()
        for k in range(len(self.places) - 1):
            if self.widths.errors[k : k + 2].all():
                ends = self.places[k], self.places[k + 1]
                lines.add(Line(*ends, color=style.palette().ink, stroke_width=style.LINE))
        return lines.set_z_index(style.FRONT - 1)
