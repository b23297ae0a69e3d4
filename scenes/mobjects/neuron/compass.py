"""A needle that turns about a point of the map, and a dial of the slope it finds on each way."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    UP,
    Animation,
    Circle,
    DashedVMobject,
    Dot,
    Line,
    Mobject,
    UpdateFromAlphaFunc,
    VGroup,
    linear,
    smooth,
)

from descent.text.numbers import fixed
from scenes import style
from scenes.mobjects.boxes import Box
from scenes.mobjects.layout import CARD_GAP, COLUMN, PAD, line_place
from scenes.mobjects.side_panel import card
from scenes.typesetting.fitting import first_within
from scenes.typesetting.labels import Label
from scenes.typesetting.markup import as_math, colored, formula

NEEDLE = 0.72  # length on the map
DIAL = 0.92  # radius
SPECK = 0.04
PALE = 0.35
QUARTER = math.pi / 2


class Compass(VGroup):
    """A circle and a needle about a point, with the dial that the needle draws.

    The dial is a polar plot: in each direction the size of the slope, uphill in the colour of the
    gradient, downhill in that of the step.

    Args:
        directions: The `understanding_gradients.lecture.recordings.DirectionalDerivatives`.
        place: Of the point on the screen, shape (3,).
        below: The lower edge of the card above the dial, in scene units.
    """

    def __init__(self, directions: Any, place: np.ndarray, below: float) -> None:
        super().__init__()
        self.directions, self.place = directions, place
        self.steepest = float(directions.slopes[0])
        self.box = Box(COLUMN.left, style.BOTTOM, COLUMN.right, below - CARD_GAP)
        self.centre = np.array([(self.box.left + self.box.right) / 2, self.box.bottom + 1.6, 0.0])
        self.along = float(directions.angles[0]) - QUARTER
        self.circle = DashedVMobject(
            Circle(NEEDLE, stroke_width=2, color=style.palette().muted).move_to(place),
            num_dashes=24,
        ).set_z_index(style.GEOMETRY + 1)
        self.needle = self._pointer(place, NEEDLE, style.GEOMETRY + 1)
        self.hand = self._pointer(self.centre, DIAL, style.FRONT)
        self.card, self.face = card(self.box), self._face()
        self.head = self._head()
        self.dots, self.rose = self._dots(), self._rose()
        self.point_at(self.along)

    def point_at(self, angle: float) -> None:
        """Turn the needle and the hand of the dial to a direction, in radians."""
        ahead = np.array([math.cos(angle), math.sin(angle), 0.0])
        self.needle.put_start_and_end_on(self.place, self.place + NEEDLE * ahead)
        self.hand.put_start_and_end_on(self.centre, self.centre + DIAL * ahead)

    def sweep(self) -> Animation:
        """Return the animation in which the needle goes all around, and the dial is drawn."""
        marks = VGroup(self.needle, self.hand, self.dots, self.rose)

        def turn(_: Mobject, share: float) -> None:
            self.point_at(self.along + math.tau * share)
            passed = (self._turns() <= share + 1e-9).astype(float)
            for dot, seen in zip(self.dots, passed, strict=True):
                dot.set_opacity(seen)
            for k, side in enumerate(self.rose):
                side.set_stroke(opacity=min(passed[k], passed[(k + 1) % len(passed)]))

        return UpdateFromAlphaFunc(marks, turn, rate_func=linear)

    def go_steepest(self) -> Animation:
        """Return the animation in which the needle goes from along a line to straight uphill."""

        def turn(_: Mobject, share: float) -> None:
            self.point_at(self.along + QUARTER * share)

        return UpdateFromAlphaFunc(VGroup(self.needle, self.hand), turn, rate_func=smooth)

    def fade_rose(self) -> Animation:
        """Return the animation that leaves the dial pale."""

        def fade(_: Mobject, share: float) -> None:
            opacity = 1 - share * (1 - PALE)
            self.rose.set_stroke(opacity=opacity)
            self.dots.set_opacity(opacity)

        return UpdateFromAlphaFunc(VGroup(self.dots, self.rose), fade)

    def reading(self, slope: float) -> Label:
        """Return the slope in the direction of the needle, as a line under the dial."""
        text = fixed(slope, signed=True)
        value = colored("gradient", formula(text))
        return Label(f"slope {value}", plain_text=f"slope {text}").move_to(self._line())

    def length(self, gradient: np.ndarray) -> Label:
        """Return |(a, b)| = c, the length of the gradient, as a line under the dial."""
        first, second = (fixed(value, signed=True) for value in gradient)
        size = fixed(float(np.linalg.norm(gradient)))
        pair = f"$abs(({as_math(first)}, {as_math(second)}))$", f"|({first}, {second})|"
        lines = (
            Label(f"{colored('gradient', f'{name} $= {as_math(size)}$')}", plain_text=text)
            for name, text in (
                (pair[0], f"{pair[1]} = {size}"),
                ('$abs("Gradient")$', f"|Gradient| = {size}"),
            )
        )
        return first_within(self.box.width - 2 * PAD, lines).move_to(self._line())

    def _line(self) -> np.ndarray:
        return np.array([self.centre[0], self.box.bottom + 0.3, 0.0])

    def _turns(self) -> np.ndarray:
        """Return after which share of the sweep the needle meets each direction, shape (k,)."""
        ways = (self.directions.angles - self.along) % math.tau
        return np.where(ways > math.tau - 1e-6, 0.0, ways) / math.tau

    def _head(self) -> Label:
        up, down = colored("gradient", "up"), colored("learning_rate", "down")
        sides = f": {up}, {down}" if self.steepest else ""
        head = Label(f"slope each way{sides}", color=style.palette().muted)
        return head.move_to(line_place(self.box, 0), LEFT)

    def _pointer(self, centre: np.ndarray, length: float, layer: float) -> Line:
        pointer = Line(centre, centre + length * UP, stroke_width=style.LINE)
        return pointer.set_color(style.palette().ink).set_z_index(layer)

    def _face(self) -> VGroup:
        color = style.palette().grid
        ring = Circle(DIAL, stroke_width=2, color=color).move_to(self.centre)
        across = (
            Line(self.centre - DIAL * way, self.centre + DIAL * way, stroke_width=2, color=color)
            for way in (LEFT, DOWN)
        )
        return VGroup(ring, *across).set_z_index(style.FRONT)

    def _places(self) -> np.ndarray:
        sizes = np.abs(self.directions.slopes) / (self.steepest or 1.0)
        angles = self.directions.angles
        ways = np.column_stack([np.cos(angles), np.sin(angles), np.zeros(len(angles))])
        return self.centre + DIAL * sizes[:, None] * ways

    def _dots(self) -> VGroup:
        dots = VGroup()
        for place, slope in zip(self._places(), self.directions.slopes, strict=True):
            dots.add(Dot(place, radius=SPECK, color=_color(slope)).set_opacity(0))
        return dots.set_z_index(style.FRONT)

    def _rose(self) -> VGroup:
        places, slopes = self._places(), self.directions.slopes
        sides = VGroup()
        for k, (here, slope) in enumerate(zip(places, slopes, strict=True)):
            after = (k + 1) % len(places)
            side = Line(here, places[after], stroke_width=style.LINE)
            sides.add(side.set_color(_color(slope + slopes[after])).set_stroke(opacity=0))
        return sides.set_z_index(style.FRONT)


def _color(slope: float) -> str:
    colors = style.palette()
    return colors.gradient if slope >= 0 else colors.learning_rate
