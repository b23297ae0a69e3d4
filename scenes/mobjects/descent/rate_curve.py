"""The final loss over the learning rate, with the boundary between small and large rates."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import UP, Animation, Create, DashedLine, Dot, VGroup, VMobject

from descent.text.runs import steps_of
from descent.views.contours import finite_slices
from scenes import style
from scenes.mobjects.boxes import Box
from scenes.mobjects.label_placement import along, place_beside
from scenes.mobjects.plot import Plot
from scenes.typesetting.labels import Label

TALLEST = 1e4
LOWEST = 1e-12
ROOM = 0.3
HIGH_UP = 0.85
BOX = Box(style.MAIN_LEFT, style.MAIN_BOTTOM, style.MAIN_RIGHT, 1.7)


class RateCurve(VGroup):
    """Final loss over learning rate, both on logarithmic axes.

    Args:
        table: The `understanding_gradients.lecture.recordings.RateTable`.
    """

    def __init__(self, table: Any) -> None:
        super().__init__()
        self.table = table
        rates, losses = table.learning_rates, self._in_reach(table.final_losses)
        seen = losses[np.isfinite(losses)]
        self.log = bool(seen.min() > 0)
        scales = ", log scales" if self.log else ""
        self.plot = Plot(
            ((rates[0], rates[-1]), self._range(seen)),
            BOX,
            x_name="$eta$",
            y_name=f"loss $Theta$ after {steps_of(table.steps)}{scales}",
            log_x=True,
            log_y=self.log,
        )
        self.mask = self.plot.mask()
        self.curve = VGroup()
        for run in finite_slices(losses):
            line = VMobject(stroke_color=style.palette().loss, stroke_width=style.BOLD)
            line.set_points_as_corners(self.plot.places(rates[run], losses[run]))
            self.curve.add(line)
        self.add(self.plot, self.mask)

    def draw(self) -> list[Animation]:
        """Return the animations that draw the curve from small rates to large ones."""
        self.add(self.curve)
        return [Create(line) for line in self.curve]

    def boundary(self) -> VGroup:
        """Return a dashed line at the critical learning rate, with its name."""
        rate = self.table.critical_learning_rate
        low, high = self.table.learning_rates[[0, -1]]
        if not (np.isfinite(rate) and low < rate < high):
            return VGroup()
        foot = self.plot.place(rate, self.plot.y_low)
        top = foot + UP * self.plot.box.height
        line = DashedLine(foot, top, color=style.palette().learning_rate, stroke_width=style.LINE)
        name = Label("$2 \\/ lambda$", style.TEXT, style.palette().learning_rate)
        high_up = foot + HIGH_UP * (top - foot)
        obstacles = np.concatenate([along(foot, top), *(line.points for line in self.curve)])
        place_beside(name, high_up, obstacles, self.plot.box)
        return VGroup(line.set_z_index(style.GEOMETRY), name)

    def mark(self, rate: float, loss: float, color: str) -> VGroup:
        """Return the point of one run."""
        place = self.plot.place(
            rate, min(loss, self.plot.y_high) if np.isfinite(loss) else self.plot.y_high
        )
        return VGroup(Dot(place, radius=style.POINT, color=color)).set_z_index(style.FRONT)

    def _in_reach(self, losses: np.ndarray) -> np.ndarray:
        """Return the losses, limited to a little more than the axis holds."""
        ceiling = TALLEST * 10 * max(abs(self.table.start_loss), LOWEST)
        return np.minimum(np.where(np.isnan(losses), np.inf, losses), ceiling)

    def _range(self, seen: np.ndarray) -> tuple[float, float]:
        low, high = float(seen.min()), float(min(seen.max(), TALLEST * abs(self.table.start_loss)))
        if self.log:
            return max(low, LOWEST) * 10**-ROOM, max(high, low * 10) * 10**ROOM
        room = ROOM / 3 * (high - low or 1.0)
        return low - room, high + room
