"""The square that ends a loss as a small parabola, with the tangent at the recorded value."""

from __future__ import annotations

import numpy as np
from manim import DOWN, Dot, Line, VGroup, VMobject

from scenes import style
from scenes.facts.graph_reading import Reading, short_text
from scenes.facts.nudge import own_slope
from scenes.mobjects.boxes import Box
from scenes.mobjects.label_placement import place_beside
from scenes.typesetting.labels import Label, number
from scenes.typesetting.markup import as_math

INSET = Box(3.6, 0.35, 5.9, 2.05)
REACH = 1.25  # of the parabola, in sizes of the value
SHARE = 0.3  # of the value: how far the tangent goes to each side


class SquareTangent(VGroup):
    """v², a point of it, and the tangent there with its slope 2·v.

    Args:
        reading: The graph; its last node is a square.
        box: Where on the screen.
    """

    def __init__(self, reading: Reading, box: Box = INSET) -> None:
        super().__init__()
        last = len(reading.nodes) - 1
        (parent,) = reading.nodes[last].parents
        self.box, self.inside = box, float(reading.nodes[parent].value)
        self.slope = own_slope(reading, last, parent) or 0.0
        self.widest = REACH * abs(self.inside)
        vs = np.linspace(-self.widest, self.widest, 61)
        curve = VMobject(stroke_color=style.palette().loss, stroke_width=style.LINE)
        curve.set_points_as_corners(self._places(vs, vs**2)).set_z_index(style.GEOMETRY)
        point = self._places(np.array([self.inside]), np.array([self.inside**2]))[0]
        dot = Dot(point, radius=style.DOT, color=style.palette().ink).set_z_index(style.FRONT)
        self.tangent = self._tangent()
        self.add(self._axis(), curve, self.tangent, dot, *self._captions(point, curve))

    def _places(self, vs: np.ndarray, squares: np.ndarray) -> np.ndarray:
        x = self.box.left + self.box.width * (vs / self.widest + 1) / 2
        y = self.box.bottom + self.box.height * squares / self.widest**2
        return np.stack([x, y, np.zeros_like(x)], axis=1)

    def _axis(self) -> Line:
        ends = (self.box.left, self.box.bottom, 0), (self.box.right, self.box.bottom, 0)
        return Line(*ends, color=style.palette().muted, stroke_width=style.HAIRLINE)

    def _tangent(self) -> Line:
        vs = self.inside * (1 + np.array([-SHARE, SHARE]))
        ends = self._places(vs, self.inside**2 + self.slope * (vs - self.inside))
        line = Line(*ends, color=style.palette().gradient, stroke_width=style.LINE)
        return line.set_z_index(style.GEOMETRY)

    def _captions(self, point: np.ndarray, curve: VMobject) -> list[Label]:
        text = short_text(self.slope)
        label = Label(f"slope ${as_math(text)}$", color=style.palette().gradient)
        label.plain_text = f"slope {text}"
        lines = np.concatenate([curve.points, np.linspace(*self.tangent.get_start_and_end(), 20)])
        place_beside(label, point, lines, self.box, buff=0.15)
        inside = number(self.inside)
        foot = self._places(np.array([self.inside]), np.zeros(1))[0]
        return [label, inside.next_to(foot, DOWN, buff=0.1)]
