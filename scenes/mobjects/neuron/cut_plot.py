"""A cut through a surface, laid flat: the loss over one parameter, with its slope."""

from __future__ import annotations

import numpy as np
from manim import DL, LEFT, UL, UR, Dot, Line, VGroup, VMobject

from descent.text.numbers import fixed
from scenes import style
from scenes.mobjects.boxes import Box
from scenes.mobjects.label_placement import along, outline, place_near
from scenes.mobjects.layout import COLUMN
from scenes.mobjects.neuron.surface import LossSurface
from scenes.mobjects.plot import Plot
from scenes.typesetting.labels import Label
from scenes.typesetting.markup import as_math, colored, partial, symbol

CUT_BOX = Box(COLUMN.left + 0.85, style.MAIN_BOTTOM, COLUMN.right - 0.55, -0.6)
TANGENT = 1.7
SHORTEST = 0.25
LABEL_BOX = Box(CUT_BOX.left, CUT_BOX.bottom, COLUMN.right, CUT_BOX.top + 0.4)


class CutPlot(VGroup):
    """The loss along one parameter, the other held, and the tangent at the point.

    Args:
        surface: The surface that is cut.
        axis: Which parameter varies, 0 or 1.
        slope: The partial derivative.
        names: Of both parameters.
        box: Where on the screen.
    """

    def __init__(
        self,
        surface: LossSurface,
        axis: int,
        slope: float,
        names: tuple[str, ...],
        box: Box = CUT_BOX,
    ) -> None:
        super().__init__()
        window = (surface.relief.window[axis], (surface.relief.floor, surface.relief.cap))
        self.plot = Plot(
            window,
            box,
            x_name=colored("parameter", f"${symbol(names[axis])}$"),
            y_name=colored("loss", "$Theta$"),
        )
        at, losses = surface.cut(axis)
        self.curve = VMobject(stroke_color=style.palette().loss, stroke_width=style.BOLD)
        self.curve.set_points_as_corners(self.plot.places(at, losses))
        self.here = self.plot.place(surface.point[axis], surface.loss)
        self.tangent = self._tangent(surface, axis, slope)
        self.dot = Dot(self.here, radius=style.POINT * 0.8, color=style.palette().parameter)
        self.label = self._label(names[axis], slope)
        for part in (self.curve, self.tangent, self.dot):
            part.set_z_index(style.FRONT)
        self.add(self.plot, self.curve, self.tangent, self.dot, self.label)

    def _tangent(self, surface: LossSurface, axis: int, slope: float) -> Line:
        step = 1e-3 * (self.plot.x_high - self.plot.x_low)
        way = self.plot.place(surface.point[axis] + step, surface.loss + slope * step) - self.here
        unit = way / np.linalg.norm(way)
        half = unit * min(TANGENT / 2, max(SHORTEST, min(self._free(unit), self._free(-unit))))
        tangent = Line(self.here - half, self.here + half, stroke_width=style.BOLD)
        return tangent.set_color(style.palette().gradient)

    def _free(self, unit: np.ndarray) -> float:
        """Return the distance from the point to the edge of the box in a direction."""
        box = self.plot.box
        low, high = (box.left, box.bottom), (box.right, box.top)
        edges = np.where(unit[:2] > 0, high, low)
        ways = (edges - self.here[:2]) / np.where(unit[:2] == 0, np.inf, unit[:2])
        return float(min(np.where(unit[:2] == 0, np.inf, ways)))

    def _label(self, name: str, slope: float) -> Label:
        text = fixed(slope, signed=True)
        label = Label(
            f"${partial(name)} = {as_math(text)}$",
            color=style.palette().gradient,
            plain_text=f"∂Θ/∂{name} = {text}",
        )
        line = along(self.tangent.get_start(), self.tangent.get_end())
        axes = [along(spine.get_start(), spine.get_end()) for spine in self.plot.spines]
        written = [outline(one) for one in (*self.plot.names, *self.plot.ticks[1])]
        places = np.vstack([self.curve.points[::8], line, *axes, *written])
        place_near(label, line, places, LABEL_BOX, buff=0.12)
        label.shift(max(0.0, label.get_right()[0] - LABEL_BOX.right) * LEFT)
        corners = self.curve.get_anchors()
        curve = [along(*pair) for pair in zip(corners, corners[1:], strict=False)]
        obstacles = np.vstack([*curve, places])
        for y in (self.plot.box.top, self.plot.names.get_top()[1]):
            if _lies_across(label, obstacles):
                label.next_to((LABEL_BOX.right, y, 0), UL, buff=0.12)
        return label


def _lies_across(label: Label, places: np.ndarray) -> bool:
    """Return whether some of the places, shape (k, 3), are within a label."""
    low, high = label.get_corner(DL)[:2], label.get_corner(UR)[:2]
    return bool(((places[:, :2] > low) & (places[:, :2] < high)).all(axis=1).any())
