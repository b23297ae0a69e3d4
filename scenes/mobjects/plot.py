"""Axes with numbers: where a value of the data stands on the screen."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Line, Rectangle, VGroup

from scenes import style
from scenes.mobjects.boxes import FRAME, STAGE, Box
from scenes.typesetting.labels import Label
from scenes.typesetting.numerals import as_math

TICK = 0.09
TICK_ROOM = 1.15
WIDE_NUMBER = 10_000.0
WIDE_BASE = 1e7
MOST_FIGURES = 4.5
NUMBER_GAP = 0.2
OVERSHOOT = 200.0  # in widths of the box: as far as Cairo's fixed-point numbers go at 4K
FURTHEST = 1e150
LEAST = 1e-320  # below which a logarithmic axis does not go


def nice_ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Return round numbers between `low` and `high`, 1, 2 or 5 times a power of ten apart."""
    span = high - low
    if not (span > 0 and math.isfinite(span)):
        return [low]
    raw = span / about
    power = 10.0 ** math.floor(math.log10(raw))
    step = min((1, 2, 5, 10), key=lambda factor: abs(math.log(factor * power / raw))) * power
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return list(dict.fromkeys(k * step for k in range(first, last + 1)))


def decades(low: float, high: float, at_most: int = 5) -> list[float]:
    """Return powers of ten between `low` and `high`, at most `at_most` of them."""
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    stride = max(1, math.ceil((last - first + 1) / at_most))
    return [10.0**k for k in range(first, last + 1, stride)]


def tick_places(ticks: Sequence[float]) -> int:
    """Return the decimals that tell these ticks apart."""
    step = min(np.diff(ticks), default=1.0) if len(ticks) > 1 else 1.0
    return max(0, -math.floor(math.log10(step) + 1e-9)) if step > 0 else 0


def spacing(ticks: Sequence[float]) -> float:
    """Return how far ticks are apart; 0 if there is but one, or none."""
    return (ticks[-1] - ticks[0]) / (len(ticks) - 1) if len(ticks) > 1 else 0.0


def common_base(ticks: Sequence[float]) -> float:
    """Return the number that those of a linear axis are counted from; mostly 0.

    Where the ticks differ only in late figures, it is the first of them.
    """
    step = spacing(ticks)
    if not step:
        return 0.0
    figures = math.log10(max(abs(tick) for tick in ticks) / step)
    return ticks[0] if figures > MOST_FIGURES else 0.0


def common_power(low: float, high: float) -> int:
    """Return the power of ten that the numbers of a linear axis are written in; mostly 0."""
    largest = max(abs(low), abs(high))
    if not math.isfinite(largest) or largest == 0 or 0.01 <= largest < WIDE_NUMBER:
        return 0
    return math.floor(math.log10(largest))


class Plot(VGroup):
    """Two axes at the left and lower edge of a box.

    Args:
        window: ((x low, x high), (y low, y high)) in the units of the data.
        box: Where on the screen.
        x_name: Markup, set at the right end.
        y_name: Markup, set over the left end.
        log_y: Whether y is drawn on a logarithmic axis.
        x_ticks: Where the x axis carries numbers; round ones unless given.
        about: How many ticks the (x, y) axes carry, about; as many as fit unless given.
    """

    def __init__(
        self,
        window: Sequence[Sequence[float]],
        box: Box = STAGE,
        *,
        x_name: str = "",
        y_name: str = "",
        log_x: bool = False,
        log_y: bool = False,
        x_ticks: Sequence[float] | None = None,
        about: tuple[int, int] | None = None,
    ) -> None:
        super().__init__()
        (self.x_low, self.x_high), (self.y_low, self.y_high) = window
        self.box, self.log_x, self.log_y = box, log_x, log_y
        fitting = (max(2, round(box.width / TICK_ROOM)), max(2, round(box.height / TICK_ROOM)))
        self._about, self._x_ticks = about or fitting, x_ticks
        self.x_power = 0 if log_x else common_power(self.x_low, self.x_high)
        self._y_ticks = self._values(self.y_low, self.y_high, log_y, self._about[1])
        self.y_base = 0.0 if log_y else common_base(self._y_ticks)
        ends = self.y_low - self.y_base, self.y_high - self.y_base
        self.y_power = 0 if log_y else common_power(*ends)
        self.spines = self._spines()
        self.ticks = self._ticks()
        self.names = self._names(x_name, y_name)
        self.add(self.spines, self.ticks, self.names)
        self.set_z_index(style.FRONT)
        for label in (*self.names, *self.ticks[1]):
            label.set_z_index(style.WRITING)

    def x(self, value: float) -> float:
        """Return where `value` of the x axis stands on the screen."""
        return float(self._xs(np.array([value], dtype=float))[0])

    def y(self, value: float) -> float:
        """Return where `value` of the y axis stands on the screen."""
        return float(self._ys(np.array([value], dtype=float))[0])

    def place(self, x: float, y: float) -> np.ndarray:
        """Return the place of (x, y), shape (3,)."""
        return self.places(np.array([x], dtype=float), np.array([y], dtype=float))[0]

    def places(self, xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
        """Return the places of many points, shape (k, 3).

        What is further out than `OVERSHOOT` boxes is drawn in by the same factor along both
        axes, so that it still lies where it lay as seen from the middle.
        """
        middle = np.array([self.box.left + self.box.right, self.box.bottom + self.box.top]) / 2
        away = np.stack([self._xs(xs), self._ys(ys)], axis=1) - middle
        furthest = np.maximum(np.abs(away).max(axis=1, keepdims=True), 1e-9)
        drawn_in = middle + np.minimum(1.0, OVERSHOOT * self.box.width / furthest) * away
        return np.concatenate([drawn_in, np.zeros((len(away), 1))], axis=1)

    def _xs(self, values: np.ndarray) -> np.ndarray:
        parts = _fractions(values, self.x_low, self.x_high, self.log_x)
        return self.box.left + parts * self.box.width

    def _ys(self, values: np.ndarray) -> np.ndarray:
        parts = _fractions(values, self.y_low, self.y_high, self.log_y)
        return self.box.bottom + parts * self.box.height

    def mask(self, frame: Box = FRAME) -> VGroup:
        """Return covers for what of `frame` is outside the box, to hide geometry that leaves it."""
        covers = (
            Box(frame.left, frame.bottom, self.box.left, frame.top),
            Box(self.box.right, frame.bottom, frame.right, frame.top),
            Box(self.box.left, self.box.top, self.box.right, frame.top),
            Box(self.box.left, frame.bottom, self.box.right, self.box.bottom),
        )
        return VGroup(*(_cover(box) for box in covers)).set_z_index(style.MASK)

    def _spines(self) -> VGroup:
        corner = (self.box.left, self.box.bottom, 0)
        ends = ((self.box.right, self.box.bottom, 0), (self.box.left, self.box.top, 0))
        return VGroup(
            *(Line(corner, end, stroke_width=2, color=style.palette().muted) for end in ends)
        )

    def _ticks(self) -> VGroup:
        marks, labels = VGroup(), VGroup()
        xs = self._x_ticks
        if xs is None:
            xs = self._values(self.x_low, self.x_high, self.log_x, self._about[0])
        for value, label in zip(xs, tick_labels(xs, self.log_x, self.x_power), strict=True):
            foot = np.array([self.x(value), self.box.bottom, 0])
            label.next_to(foot, DOWN, buff=TICK + 0.08)
            if not labels or label.get_left()[0] > labels[-1].get_right()[0] + NUMBER_GAP:
                marks.add(_tick(foot, DOWN))
                labels.add(label)
        ys = self._y_ticks
        told = [value - self.y_base for value in ys]
        for value, label in zip(ys, tick_labels(told, self.log_y, self.y_power), strict=True):
            foot = np.array([self.box.left, self.y(value), 0])
            marks.add(_tick(foot, LEFT))
            labels.add(label.next_to(foot, LEFT, buff=TICK + 0.06))
        return VGroup(marks, labels)

    @staticmethod
    def _values(low: float, high: float, log: bool, about: int) -> list[float]:
        return decades(low, high, about) if log else nice_ticks(low, high, about)

    def _names(self, x_name: str, y_name: str) -> VGroup:
        names = VGroup()
        if x_name:
            end = np.array([self.box.right, self.box.bottom, 0])
            names.add(Label(x_name).next_to(end, RIGHT, buff=style.GAP))
        if y_name:
            top = np.array([self.box.left, self.box.top, 0])
            name = Label(y_name).next_to(top, UP, buff=0.2)
            names.add(name.align_to(top + LEFT * min(name.width / 2, 0.6), LEFT))
        names.add(*_powers(self, names))
        return names

    def base(self) -> str:
        """Return what the numbers of the y axis are counted from, such as " + 500300"; or ""."""
        if not self.y_base:
            return ""
        size, step = abs(self.y_base), spacing(self._y_ticks)
        power = 0 if 1 <= size < WIDE_BASE else math.floor(math.log10(size))
        places = max(0, power - math.floor(math.log10(step) + 1e-12))
        written = f"{size / 10.0**power:.{places}f}"
        factor = f"·10^{power}".replace("-", "−") if power else ""
        return f" {'+' if self.y_base > 0 else '−'} {written}{factor}"


def _powers(plot: Plot, names: VGroup) -> list[Label]:
    """Return what makes the values of the axes out of their numbers, where they differ."""
    powers, box = [], plot.box
    if plot.x_power:
        label = _power(plot.x_power)
        # A number at the very end of the axis reaches beyond it.
        end = max([box.right, *(tick.get_right()[0] for tick in plot.ticks[1])])
        corner = np.array([end, box.bottom - TICK - 0.08 - label.height / 2, 0])
        powers.append(label.next_to(corner, RIGHT, buff=style.GAP))
    if plot.y_power or plot.y_base:
        label = _power(plot.y_power, plot.base()).next_to((box.left, box.top + 0.2, 0), UP, buff=0)
        beside = len(names) > 0 and names[-1].get_bottom()[1] > box.top
        powers.append(label.next_to(names[-1], RIGHT) if beside else label)
    return powers


def _fractions(values: np.ndarray, low: float, high: float, log: bool) -> np.ndarray:
    """Return how far along an axis values lie; what is not a number, lies furthest."""
    if log:
        values = np.log10(np.maximum(values, LEAST))
        low, high = np.log10(np.maximum([low, high], LEAST))
    parts = (np.asarray(values) - low) / (high - low)
    return np.where(np.isnan(parts), FURTHEST, np.clip(parts, -FURTHEST, FURTHEST))


def _cover(box: Box) -> Rectangle:
    cover = Rectangle(
        width=box.width,
        height=box.height,
        fill_color=style.palette().background,
        fill_opacity=1,
        stroke_width=0,
    )
    return cover.move_to(((box.left + box.right) / 2, (box.bottom + box.top) / 2, 0))


def _tick(foot: np.ndarray, outward: np.ndarray) -> Line:
    return Line(foot, foot + TICK * outward, stroke_width=2, color=style.palette().muted)


def tick_labels(values: Sequence[float], log: bool, power: int) -> list[Label]:
    """Return the numbers of an axis, as multiples of 10^power unless it is logarithmic."""
    colour = style.palette().muted
    if log:
        powers = [round(math.log10(value)) for value in values]
        return [Label(f"$10^({k})$", colour=colour, shown=f"10^{k}") for k in powers]
    scaled = [value / 10.0**power for value in values]
    places = tick_places(scaled)
    shown = [f"{value:.{places}f}".replace("-", "−") for value in scaled]
    shown = [text.lstrip("−") if float(text.replace("−", "-")) == 0 else text for text in shown]
    return [Label(f"${as_math(text)}$", colour=colour, shown=text) for text in shown]


def _power(power: int, base: str = "") -> Label:
    """Return what the numbers of an axis are to be multiplied by, and what is to be added."""
    factor = f"dot 10^({power})" if power else ""
    shown = f"·10^{power}{base}".replace("^-", "^−") if power else base.strip()
    return Label(f"${factor} {as_math(base)}$", colour=style.palette().muted, shown=shown)
