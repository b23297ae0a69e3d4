"""The final loss over the learning rate, with the boundary between small and large rates."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import UP, Animation, Create, DashedLine, Dot, Triangle, VGroup, VMobject

from descent.text.runs import steps_of
from descent.views.contours import finite_slices
from scenes import style
from scenes.mobjects.boxes import Box
from scenes.mobjects.label_placement import along, outline, place_beside, place_near
from scenes.mobjects.plot import Plot
from scenes.typesetting.labels import Label

TALLEST = 1e4
LOWEST = 1e-12
ROOM = 0.3
WINDOW = 2.0  # of a linear axis, in changes of the loss from the start to the lowest
HIGH_UP = 0.85
BOX = Box(style.MAIN_LEFT, style.MAIN_BOTTOM, style.MAIN_RIGHT, 1.7)
GONE = 0.12  # the size of the mark of a run that has left the axis


class RateCurve(VGroup):
    """Final loss over learning rate, both on logarithmic axes where no loss is negative.

    Args:
        table: The `understanding_gradients.lecture.recordings.RateTable`.
    """

    def __init__(self, table: Any) -> None:
        super().__init__()
        self.table = table
        rates, losses = table.learning_rates, self._in_reach(table.final_losses)
        seen = losses[np.isfinite(losses)]
        self.log = bool(seen.min() >= 0 and table.start_loss > 0)
        scales = "log scales" if self.log else "$eta$ on a log scale"
        self.plot = Plot(
            ((rates[0], rates[-1]), self._range(seen)),
            BOX,
            x_name="$eta$",
            y_name=f"loss $Theta$ after {steps_of(table.steps)}, {scales}",
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

    def start_line(self) -> VGroup:
        """Return a dashed line at the loss of the start, with its name."""
        y = self.plot.y(self.table.start_loss)
        ends = (np.array((BOX.left, y, 0)), np.array((BOX.right, y, 0)))
        line = DashedLine(*ends, color=style.palette().muted, stroke_width=style.HAIRLINE)
        name = Label("loss at the start", color=style.palette().muted)
        anchors = np.array([ends[0] + part * (ends[1] - ends[0]) for part in (0.25, 0.45, 0.65)])
        place_near(name, anchors, np.vstack([along(*ends), self._curve_places()]), BOX, buff=0.1)
        return VGroup(line.set_z_index(style.GEOMETRY), name)

    def at_rate(self, rate: float, name: str, clear_of: VGroup) -> VGroup:
        """Return a dashed line at a learning rate, with its name, or nothing outside the axis.

        Args:
            rate: The learning rate.
            name: Its name, as markup.
            clear_of: A mobject that the name keeps away from.
        """
        low, high = self.table.learning_rates[[0, -1]]
        if not (np.isfinite(rate) and low < rate < high):
            return VGroup()
        foot = self.plot.place(rate, self.plot.y_low)
        top = foot + UP * self.plot.box.height
        line = DashedLine(foot, top, color=style.palette().learning_rate, stroke_width=style.LINE)
        label = Label(name, style.TEXT, style.palette().learning_rate)
        high_up = foot + HIGH_UP * (top - foot)
        places = [along(foot, top), self._curve_places()]
        places += [outline(one) for one in clear_of]
        place_beside(label, high_up, np.concatenate(places), self.plot.box)
        return VGroup(line.set_z_index(style.GEOMETRY), label)

    def mark(self, rate: float, loss: float, color: str) -> VGroup:
        """Return the point of one run; a triangle at the edge if its loss is further up."""
        if loss <= self.plot.y_high:
            at = self.plot.place(rate, max(loss, self.plot.y_low))
            return VGroup(Dot(at, radius=style.POINT, color=color)).set_z_index(style.FRONT)
        edge = self.plot.place(rate, self.plot.y_high)
        sign = Triangle(color=color, fill_color=color, fill_opacity=1, stroke_width=0)
        sign.scale_to_fit_height(2 * GONE).move_to(edge)
        return VGroup(sign).set_z_index(style.FRONT)

    def _curve_places(self) -> np.ndarray:
        """Return places along the curve, also where it is steep."""
        ends = [line.get_anchors() for line in self.curve]
        # A wall may lead far beyond the axis; so few places along it would be in the picture.
        ends = [np.clip(one, (-np.inf, BOX.bottom, 0), (np.inf, BOX.top, 0)) for one in ends]
        pairs = ((one[k], one[k + 1]) for one in ends for k in range(len(one) - 1))
        return np.vstack([along(*pair) for pair in pairs])

    def _in_reach(self, losses: np.ndarray) -> np.ndarray:
        """Return the losses, limited to a little more than the axis holds."""
        ceiling = TALLEST * 10 * max(abs(self.table.start_loss), LOWEST)
        return np.clip(np.where(np.isnan(losses), np.inf, losses), -ceiling, ceiling)

    def _range(self, seen: np.ndarray) -> tuple[float, float]:
        start = float(self.table.start_loss)
        if self.log:
            low = max(float(seen.min()), LOWEST * start)
            high = max(min(float(seen.max()), TALLEST * start), start)
            return low * 10**-ROOM, max(high, low * 10) * 10**ROOM
        low, high = _middle_of(seen, start)
        room = ROOM / 3 * (high - low or 1.0)
        return low - room, high + room


def _middle_of(losses: np.ndarray, start: float) -> tuple[float, float]:
    """Return a range around the start in which most of the losses can be told apart."""
    apart = float(np.median(np.abs(losses - start))) or float(np.abs(losses - start).max()) or 1.0
    low, high = start - WINDOW * apart, start + WINDOW * apart
    return max(low, min(float(losses.min()), start)), min(high, max(float(losses.max()), start))
