"""A loss along one parameter, with chords and the tangent, and a table of their slopes."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import LEFT, RIGHT, Animation, Create, DashedLine, Dot, Line, Transform, VGroup, VMobject

from descent.text.numbers import significant
from scenes import style
from scenes.fading import FadeIn
from scenes.mobjects.boxes import Box
from scenes.mobjects.chip import chip_above
from scenes.mobjects.label_placement import place_beside
from scenes.mobjects.plot import Plot
from scenes.mobjects.side_panel import INNER, PAD, ROW, TOP, panel_card, row_y, rule_above
from scenes.typesetting.fitting import fitting_numbers
from scenes.typesetting.labels import Label, number_label
from scenes.typesetting.markup import formula, symbol

BOX = Box(style.MAIN_LEFT, style.MAIN_BOTTOM + 0.15, 1.3, style.MAIN_TOP - 0.25)
MARGIN = 0.08
PAST = 0.18  # of the axis: how far a chord goes on beyond its ends


class SecantPlot(VGroup):
    """The curve, a point of it, chords of several widths, and the tangent.

    Args:
        secants: The `understanding_gradients.lecture.secants.Secants`.
        over: What Θ is taken over; see `scenes.facts.chips`.
        box: Where on the screen.
    """

    def __init__(self, secants: Any, over: str = "", box: Box = BOX) -> None:
        super().__init__()
        self.secants, self.box = secants, box
        self.plot = Plot(
            self._window(),
            box,
            x_name=f"${symbol(secants.name)}$",
            y_name="$Theta$",
        )
        self.curve = self._curve()
        self.at = self._dot(secants.at, secants.loss, style.palette().parameter, style.POINT)
        self.chords = [self._chord(k) for k in range(len(secants.widths))]
        self.names = [self._name(k) for k in range(len(secants.widths))]
        self.tangent = self._tangent()
        self.mask = self.plot.mask()
        self.add(self.mask, self.plot, self.curve, self.at, chip_above(over, self.plot))

    def widest(self) -> list[Animation]:
        """Return the animations that draw the widest chord."""
        return [Create(self.chords[0]), FadeIn(self.names[0])]

    def narrow(self, k: int) -> list[Animation]:
        """Return the animations in which the chord before becomes the `k`-th."""
        moving = self.chords[k - 1].copy().set_opacity(1)
        self.chords[k - 1].set_stroke(opacity=0.5)
        return [Transform(moving, self.chords[k]), FadeIn(self.names[k])]

    def touch(self) -> Create:
        """Return the animation that draws the tangent."""
        return Create(self.tangent)

    def _window(self) -> tuple[tuple[float, float], tuple[float, float]]:
        values, losses = self.secants.values, self.secants.losses
        room = MARGIN * (float(np.ptp(losses)) or 1.0)
        return (float(values[0]), float(values[-1])), (losses.min() - room, losses.max() + room)

    def _curve(self) -> VMobject:
        curve = VMobject(stroke_color=style.palette().loss, stroke_width=style.LINE)
        places = self.plot.places(self.secants.values, self.secants.losses)
        return curve.set_points_as_corners(places).set_z_index(style.GEOMETRY)

    def _dot(self, x: float, y: float, color: str, radius: float) -> Dot:
        return Dot(self.plot.place(x, y), radius=radius, color=color).set_z_index(style.FRONT)

    def _end(self, k: int) -> tuple[float, float]:
        """Return the other end of a chord, on the curve."""
        width = float(self.secants.widths[k])
        rise = width * float(self.secants.estimates[k])
        return self.secants.at + width, self.secants.loss + rise

    def _chord(self, k: int) -> VGroup:
        color = style.palette().ink
        line = Line(*self._ends(float(self.secants.estimates[k])), stroke_width=style.LINE)
        line.set_color(color).set_z_index(style.GEOMETRY)
        return VGroup(line, self._dot(*self._end(k), color, style.DOT))

    def _ends(self, slope: float) -> tuple[np.ndarray, np.ndarray]:
        """Return the ends of a line through the point, a little beyond the widest chord."""
        reach = PAST * float(np.ptp(self.secants.values))
        at, loss = self.secants.at, self.secants.loss
        xs = np.array([at - reach, at + float(self.secants.widths[0]) + reach])
        first, last = self.plot.places(xs, loss + slope * (xs - at))
        return first, last

    def _tangent(self) -> DashedLine:
        line = DashedLine(*self._ends(self.secants.slope), color=style.palette().gradient)
        return line.set_stroke(width=style.BOLD).set_z_index(style.GEOMETRY + 1)

    def _name(self, k: int) -> Label:
        text = significant(float(self.secants.widths[k]), 2)
        label = Label(f"$h =$ {formula(text)}", plain_text=f"h = {text}")
        lines = [np.linspace(*self._ends(float(s)), 40) for s in self.secants.estimates]
        curve = self.plot.places(self.secants.values, self.secants.losses)
        tangent = np.linspace(*self._ends(self.secants.slope), 40)
        obstacles = np.concatenate([curve, tangent, *lines])
        place_beside(label, self.plot.place(*self._end(k)), obstacles, self.box, buff=0.2)
        return label


class SlopeTable(VGroup):
    """The slope of each chord, and that of the tangent, which autograd has.

    Args:
        secants: The `understanding_gradients.lecture.secants.Secants`.
    """

    def __init__(self, secants: Any) -> None:
        super().__init__()
        colors = style.palette()
        widths = [significant(float(width), 2) for width in secants.widths]
        names = [number_label(text, color=colors.ink) for text in widths]
        names.append(Label("tangent", color=colors.gradient))
        slopes = [*map(float, secants.estimates), secants.slope]
        room = 0.6 * (INNER[1] - INNER[0])
        numbers = fitting_numbers(slopes, room, colors.ink)
        numbers[-1].set_color(colors.gradient).text_color = colors.gradient
        self.rows = [self._row(*row) for row in zip(range(1, 9), names, numbers, strict=False)]
        left = Label("width $h$", color=colors.muted, plain_text="width h")
        right = Label("slope", color=colors.muted)
        card = panel_card(TOP, row_y(len(self.rows)) - ROW / 2 - PAD)
        self.card = VGroup(card, rule_above(1), *self._row(0, left, right))
        self.add(self.card)

    def write(self, k: int) -> FadeIn:
        """Return the animation that writes a row; the last is the tangent's."""
        return FadeIn(self.rows[k])

    @staticmethod
    def _row(place: int, left: Label, right: Label) -> VGroup:
        left.move_to((INNER[0], row_y(place), 0), LEFT)
        return VGroup(left, right.move_to((INNER[1], row_y(place), 0), RIGHT))
