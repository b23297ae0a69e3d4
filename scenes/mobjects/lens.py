"""A lens over the point of a map, for a gradient too short to be seen beside it."""

from __future__ import annotations

import math

import numpy as np
from manim import UP, Circle, Dot, VGroup, VMobject

from descent.text.numbers import significant, whole
from scenes import style
from scenes.facts.contour_lines import map_lines
from scenes.mobjects.descent.loss_panel import arrow
from scenes.mobjects.gradient_map import GradientMap
from scenes.typesetting.labels import Label
from scenes.typesetting.markup import as_math

RADIUS = 1.05
CENTRE = np.array([(style.SIDE_LEFT + style.RIGHT) / 2, -1.85, 0.0])
HALO = 2 * style.POINT
VISIBLE = 0.2  # of an arrow beyond the halo: 27 px of a frame 1080 high
LONGEST = 0.95
NICE = (1, 2, 3, 4, 5, 6, 8)
LARGE = 10_000


def needs_lens(drawn: GradientMap, t: int) -> bool:
    """Return whether the gradient of step `t` is hidden by the point, but not zero."""
    mark = drawn.uphill(t)
    if drawn.is_curve or mark is None:
        return False
    return float(np.linalg.norm(drawn.drawn(drawn.trajectory.gradients[t]))) < HALO + VISIBLE


class Lens(VGroup):
    """The surroundings of the point of step `t`, with its gradient, both enlarged alike.

    Attributes:
        factor: How many times everything but the point is larger than on the map.
        seen: The circle on the map that the lens shows.
        arrow: The gradient.
    """

    def __init__(self, drawn: GradientMap, t: int) -> None:
        super().__init__()
        here = drawn.path.place(t)
        way = drawn.drawn(drawn.trajectory.gradients[t])
        self.factor = magnification(float(np.linalg.norm(way)))
        colors = style.palette()
        self.seen = Circle(RADIUS / self.factor, stroke_width=2, color=colors.muted).move_to(here)
        self.seen.set_z_index(style.GEOMETRY + 2)
        glass = Circle(RADIUS, stroke_width=style.LINE, color=colors.muted)
        glass.set_fill(colors.panel, 1).move_to(CENTRE).set_z_index(style.FRONT)
        self.arrow = arrow(CENTRE, CENTRE + self.factor * way, "gradient")
        self.arrow.set_z_index(style.FRONT + 1)
        lines, label = self._lines(drawn, here), self._label()
        self.add(self.seen, glass, lines, self.arrow, self._point(drawn), label)

    def _lines(self, drawn: GradientMap, here: np.ndarray) -> VGroup:
        found, plot = VGroup(), drawn.view.plot
        for _, lines in map_lines(drawn.view.landscape):
            for line in lines:
                places = plot.places(line[:, 0], line[:, 1])
                enlarged = CENTRE + self.factor * (places - here)
                for part in within_circle(enlarged, CENTRE, RADIUS):
                    curve = VMobject(stroke_color=style.palette().loss, stroke_width=2)
                    found.add(curve.set_points_as_corners(part))
        return found.set_stroke(opacity=0.6).set_z_index(style.FRONT)

    def _point(self, drawn: GradientMap) -> VGroup:
        color = drawn.path.path_color
        halo = Dot(CENTRE, radius=HALO, color=color).set_opacity(0.22)
        return VGroup(halo, Dot(CENTRE, radius=style.POINT, color=color)).set_z_index(
            style.FRONT + 2
        )

    def _label(self) -> Label:
        text = factor_text(self.factor)
        label = Label(f"lens $times {as_math(text)}$", plain_text=f"lens × {text}")
        return label.next_to(CENTRE + RADIUS * UP, UP, buff=0.14)


def magnification(length: float) -> float:
    """Return how many times to enlarge an arrow so that it is seen beside its point.

    Args:
        length: Of the arrow on the map, in scene units, positive.
    """
    most = LONGEST / length
    power = 10.0 ** max(0, math.floor(math.log10(most)))
    return power * max(factor for factor in NICE if factor * power <= most or factor == 1)


def factor_text(factor: float) -> str:
    """Return a magnification as plain text: "3", "20 000", "2·10^9"."""
    return significant(factor, 2) if factor >= LARGE else whole(round(factor))


def within_circle(places: np.ndarray, centre: np.ndarray, radius: float) -> list[np.ndarray]:
    """Return the parts of a polyline, shape (k, 3), that lie in a circle."""
    parts: list[list[np.ndarray]] = []
    for start, end in zip(places[:-1], places[1:], strict=True):
        cut = _segment_within(start - centre, end - start, radius)
        if cut is None:
            continue
        first, last = start + cut[0] * (end - start), start + cut[1] * (end - start)
        if cut[0] > 0 or not parts or not np.allclose(parts[-1][-1], first):
            parts.append([first])
        parts[-1].append(last)
    return [np.array(part) for part in parts]


def _segment_within(away: np.ndarray, way: np.ndarray, radius: float) -> tuple[float, float] | None:
    """Return between which shares of a segment it lies in a circle about the origin."""
    a, b, c = float(way @ way), float(away @ way), float(away @ away) - radius**2
    if a == 0 or b * b <= a * c:
        return None
    root = math.sqrt(b * b - a * c)
    first, last = max(0.0, (-b - root) / a), min(1.0, (-b + root) / a)
    return (first, last) if first < last else None
