"""A lens over the point of a loss, for a gradient or a step too short to be seen beside it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from manim import UP, Circle, Dot, VGroup, VMobject

from descent.text.numbers import significant, whole
from scenes import style
from scenes.facts.contour_lines import map_lines
from scenes.mobjects.arrows import arrow
from scenes.mobjects.descent.iterate_path import HALO
from scenes.mobjects.descent.loss_view import CurveView
from scenes.typesetting.labels import Label
from scenes.typesetting.markup import as_math

if TYPE_CHECKING:
    from scenes.mobjects.gradient_map import GradientMap

RADIUS = 1.05
CENTRE = np.array([(style.SIDE_LEFT + style.RIGHT) / 2, -1.85, 0.0])
VISIBLE = 0.2  # of an arrow beyond the halo: 27 px of a frame 1080 high
LONGEST = 0.95
NICE = (1, 2, 3, 4, 5, 6, 8)
LARGE = 10_000


class Lens(VGroup):
    """The surroundings of a place of a loss, enlarged, with a point in their middle.

    Args:
        view: The `LossView`.
        here: The place, shape (3,).
        factor: How many times everything but the point is larger than on the view.
        centre: Of the lens, shape (3,).
        color: Of the point.
    """

    def __init__(
        self, view: Any, here: np.ndarray, factor: float, centre: np.ndarray, color: Any
    ) -> None:
        super().__init__()
        self.factor, self.centre, self.drawn = factor, centre, lines_of(view)
        colors = style.palette()
        glass = Circle(RADIUS, stroke_width=style.LINE, color=colors.muted)
        glass.set_fill(colors.panel, 1).move_to(centre).set_z_index(style.FRONT)
        self.lines = VGroup(*self.parts(self.drawn, here, colors.loss, 0.6))
        halo = Dot(centre, radius=HALO, color=color).set_opacity(0.22)
        point = VGroup(halo, Dot(centre, radius=style.POINT, color=color))
        self.add(glass, self.lines, point.set_z_index(style.FRONT + 2))

    def parts(
        self, lines: list[np.ndarray], here: np.ndarray, color: Any, opacity: float
    ) -> list[VMobject]:
        """Return the parts of lines, each of shape (k, 3), that are seen around a place."""
        enlarged = [self.centre + self.factor * (line - here) for line in lines]
        seen = [part for one in enlarged for part in within_circle(one, self.centre, RADIUS)]
        curves = [
            VMobject(stroke_color=color, stroke_width=2, stroke_opacity=opacity) for _ in seen
        ]
        for curve, part in zip(curves, seen, strict=True):
            curve.set_points_as_corners(part).set_z_index(style.FRONT)
        return curves


class GradientLens(Lens):
    """The surroundings of the point of step `t`, with its gradient, both enlarged alike.

    Attributes:
        seen: The circle on the map that the lens shows.
        arrow: The gradient.
    """

    def __init__(self, drawn: GradientMap, t: int) -> None:
        way = drawn.drawn(drawn.trajectory.gradients[t])
        factor = magnification(float(np.linalg.norm(way)))
        here = drawn.path.place(t)
        super().__init__(drawn.view, here, factor, CENTRE, drawn.path.path_color)
        self.seen = seen_circle(drawn, t)
        self.arrow = arrow(CENTRE, CENTRE + factor * way, "gradient").set_z_index(style.FRONT + 1)
        label = factor_label(factor).next_to(CENTRE + RADIUS * UP, UP, buff=0.14)
        self.add(self.seen, self.arrow, label)


def needs_lens(drawn: GradientMap, t: int) -> bool:
    """Return whether the gradient of step `t` is hidden by the point, but not zero."""
    mark = drawn.uphill(t)
    if drawn.is_curve or mark is None:
        return False
    return is_hidden(drawn.drawn(drawn.trajectory.gradients[t]))


def seen_circle(drawn: GradientMap, t: int) -> Circle:
    """Return the circle on the map that the lens over the point of step `t` shows."""
    way = drawn.drawn(drawn.trajectory.gradients[t])
    radius = RADIUS / magnification(float(np.linalg.norm(way)))
    circle = Circle(radius, stroke_width=2, color=style.palette().muted)
    return circle.move_to(drawn.path.place(t)).set_z_index(style.GEOMETRY + 2)


def is_hidden(way: np.ndarray) -> bool:
    """Return whether an arrow from a point, shape (3,), is hidden by the point."""
    return float(np.linalg.norm(way)) < HALO + VISIBLE


def lines_of(view: Any) -> list[np.ndarray]:
    """Return what a view draws of its loss as lines on the screen, each of shape (k, 3)."""
    if isinstance(view, CurveView):
        return [view.curve()]
    lines = [line for _, lines in map_lines(view.landscape) for line in lines]
    return [view.plot.places(line[:, 0], line[:, 1]) for line in lines]


def factor_label(factor: float) -> Label:
    """Return "lens × 20"."""
    text = factor_text(factor)
    return Label(f"lens $times {as_math(text)}$", plain_text=f"lens × {text}")


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
