"""Axes with numbers: from values of the data to places on the screen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Line, VGroup

from descent.text.numbers import minus
from scenes import style
from scenes.mobjects.axis_labels import power_label, tick_labels
from scenes.mobjects.boxes import FRAME, MAIN, Box
from scenes.mobjects.covers import covers_around
from scenes.mobjects.ticks import (
    common_base,
    common_power,
    decades,
    nice_ticks,
    spacing,
)
from scenes.typesetting.labels import Label

TICK = 0.09
TICK_ROOM = 1.15
WIDE_BASE = 1e7
NUMBER_GAP = 0.2
LINE_GAP = 0.05
OVERSHOOT = 200.0  # in widths of the box: as far as Cairo's fixed-point numbers go at 4K
FURTHEST = 1e150
LEAST = 1e-320  # lower end of every logarithmic axis


@dataclass(frozen=True)
class Tick:
    """A number of an axis: its value in the units of the data, its mark and its label."""

    value: float
    along_x: bool
    mark: Line
    label: Label

    @property
    def parts(self) -> tuple[Line, Label]:
        """What is drawn of it."""
        return self.mark, self.label


class Plot(VGroup):
    """Two axes at the left and lower edge of a box.

    Args:
        window: ((x low, x high), (y low, y high)) in the units of the data.
        box: Where on the screen.
        x_name: Markup, at the right end.
        y_name: Markup, above the left end.
        y_note: Markup, beside it.
        log_x: Whether the x axis is logarithmic.
        log_y: Whether the y axis is logarithmic.
        x_ticks: Where the x axis has numbers; by default round ones.
        about: The number of ticks of the (x, y) axes, about; by default as many as fit.
    """

    def __init__(
        self,
        window: Sequence[Sequence[float]],
        box: Box = MAIN,
        *,
        x_name: str = "",
        y_name: str = "",
        y_note: str = "",
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
        self.names = self._names(x_name, y_name, y_note)
        self.add(self.spines, self.ticks, self.names)
        self.set_z_index(style.FRONT)
        for label in (*self.names, *self.ticks[1]):
            label.set_z_index(style.WRITING)

    def x(self, value: float) -> float:
        """Return the place of `value` of the x axis on the screen."""
        return float(self._xs(np.array([value], dtype=float))[0])

    def y(self, value: float) -> float:
        """Return the place of `value` of the y axis on the screen."""
        return float(self._ys(np.array([value], dtype=float))[0])

    def place(self, x: float, y: float) -> np.ndarray:
        """Return the place of (x, y), shape (3,)."""
        return self.places(np.array([x], dtype=float), np.array([y], dtype=float))[0]

    def places(self, xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
        """Return the places of many points, shape (k, 3).

        A point further out than `OVERSHOOT` boxes is moved inwards by the same factor along both
        axes, so that its direction from the middle stays the same.
        """
        middle = np.array([self.box.left + self.box.right, self.box.bottom + self.box.top]) / 2
        away = np.stack([self._xs(xs), self._ys(ys)], axis=1) - middle
        furthest = np.maximum(np.abs(away).max(axis=1, keepdims=True), 1e-9)
        moved = middle + np.minimum(1.0, OVERSHOOT * self.box.width / furthest) * away
        return np.concatenate([moved, np.zeros((len(away), 1))], axis=1)

    def way(self, change: np.ndarray) -> np.ndarray:
        """Return a change of the values along even axes, shape (1,) or (2,), on the screen."""
        spans = self.x_high - self.x_low, self.y_high - self.y_low
        sizes = self.box.width, self.box.height
        found = [d * size / span for d, size, span in zip(change, sizes, spans, strict=False)]
        return np.array([*found, 0.0, 0.0][:3])

    def _xs(self, values: np.ndarray) -> np.ndarray:
        parts = _fractions(values, self.x_low, self.x_high, self.log_x)
        return self.box.left + parts * self.box.width

    def _ys(self, values: np.ndarray) -> np.ndarray:
        parts = _fractions(values, self.y_low, self.y_high, self.log_y)
        return self.box.bottom + parts * self.box.height

    def mask(self, frame: Box = FRAME) -> VGroup:
        """Return covers for `frame` outside the box, which hide geometry that leaves the box."""
        return covers_around(self.box, frame)

    def _spines(self) -> VGroup:
        corner = (self.box.left, self.box.bottom, 0)
        ends = ((self.box.right, self.box.bottom, 0), (self.box.left, self.box.top, 0))
        return VGroup(
            *(Line(corner, end, stroke_width=2, color=style.palette().muted) for end in ends)
        )

    def foot(self, tick: Tick) -> np.ndarray:
        """Return the place of a number on its axis, shape (3,)."""
        if tick.along_x:
            return np.array([self.x(tick.value), self.box.bottom, 0])
        return np.array([self.box.left, self.y(tick.value), 0])

    @property
    def marked_along_x(self) -> list[Tick]:
        """The numbers of the x axis."""
        return [tick for tick in self.marked if tick.along_x]

    def _ticks(self) -> VGroup:
        xs = self._x_ticks
        if xs is None:
            xs = self._values(self.x_low, self.x_high, self.log_x, self._about[0])
        self.marked = _spread(xs, self._x_tick_labels) + _spread(self._y_ticks, self._y_tick_labels)
        marks, labels = (
            zip(*(tick.parts for tick in self.marked), strict=True)
            if self.marked
            else (
                (),
                (),
            )
        )
        return VGroup(VGroup(*marks), VGroup(*labels))

    def _x_tick_labels(self, values: Sequence[float]) -> list[Tick]:
        ticks = list[Tick]()
        for value, label in zip(values, tick_labels(values, self.log_x, self.x_power), strict=True):
            foot = np.array([self.x(value), self.box.bottom, 0])
            label.next_to(foot, DOWN, buff=TICK + 0.08)
            ticks.append(Tick(value, True, _tick(foot, DOWN), label))
        return ticks

    def _y_tick_labels(self, values: Sequence[float]) -> list[Tick]:
        counted, ticks = [value - self.y_base for value in values], list[Tick]()
        labels = tick_labels(counted, self.log_y, self.y_power)
        for value, label in zip(values, labels, strict=True):
            foot = np.array([self.box.left, self.y(value), 0])
            label.next_to(foot, LEFT, buff=TICK + 0.06)
            ticks.append(Tick(value, False, _tick(foot, LEFT), label))
        return ticks

    @staticmethod
    def _values(low: float, high: float, log: bool, about: int) -> list[float]:
        return decades(low, high, about) if log else nice_ticks(low, high, about)

    @property
    def above(self) -> list[Any]:
        """What is written above the y axis, from left to right."""
        return [one for one in self.names if one.get_bottom()[1] > self.box.top]

    def free_above(self, least: float) -> float:
        """Return the first place at least at `least` where there is room above the y axis."""
        return max([least, *(one.get_right()[0] + style.GAP for one in self.above)])

    def _names(self, x_name: str, y_name: str, y_note: str) -> VGroup:
        names = VGroup()
        if x_name:
            end = np.array([self.box.right, self.box.bottom, 0])
            names.add(Label(x_name).next_to(end, RIGHT, buff=style.GAP))
        if y_name:
            top = np.array([self.box.left, self.box.top, 0])
            name = Label(y_name).next_to(top, UP, buff=0.2)
            names.add(name.align_to(top + LEFT * min(name.width / 2, 0.6), LEFT))
        names.add(*_powers(self, names))
        if y_note:
            note = Label(y_note, color=style.palette().muted)
            names.add(note.next_to(names[-1 if self.y_power or self.y_base else 1], RIGHT))
        return names

    def base(self) -> str:
        """Return the base of the y axis, such as " + 500300", or ""."""
        if not self.y_base:
            return ""
        size, step = abs(self.y_base), spacing(self._y_ticks)
        power = 0 if 1 <= size < WIDE_BASE else math.floor(math.log10(size))
        places = max(0, power - math.floor(math.log10(step) + 1e-12))
        written = f"{size / 10.0**power:.{places}f}"
        factor = minus(f"·10^{power}") if power else ""
        return f" {'+' if self.y_base > 0 else '−'} {written}{factor}"


def _spread(values: Sequence[float], build: Any) -> list[Tick]:
    """Return the ticks of an axis, of evenly spread values so few that their numbers keep apart.

    Every second one goes until there is room; zero stays.

    Args:
        values: Evenly spread.
        build: Makes the ticks of some values.
    """
    values, stride = list(values), 1
    while True:
        kept = values[values.index(0) % stride if 0 in values else 0 :: stride]
        ticks = build(kept)
        if len(ticks) < 2 or all(map(_apart, ticks, ticks[1:])):
            return ticks
        stride *= 2


def _apart(one: Tick, other: Tick) -> bool:
    """Return whether the numbers of two ticks keep apart."""
    if one.along_x:
        return other.label.get_left()[0] > one.label.get_right()[0] + NUMBER_GAP
    return other.label.get_bottom()[1] > one.label.get_top()[1] + LINE_GAP


def _powers(plot: Plot, names: VGroup) -> list[Label]:
    """Return the labels of the axes' common powers and bases, where they have some."""
    powers, box = [], plot.box
    if plot.x_power:
        label = power_label(plot.x_power)
        # A number at the end of the axis reaches beyond it.
        end = max([box.right, *(tick.get_right()[0] for tick in plot.ticks[1])])
        corner = np.array([end, box.bottom - TICK - 0.08 - label.height / 2, 0])
        label.next_to(corner, RIGHT, buff=style.GAP)
        powers.append(label.shift(min(0.0, style.RIGHT - label.get_right()[0]) * RIGHT))
    if plot.y_power or plot.y_base:
        label = power_label(plot.y_power, plot.base())
        label.next_to((box.left, box.top + 0.2, 0), UP, buff=0)
        beside = len(names) > 0 and names[-1].get_bottom()[1] > box.top
        powers.append(label.next_to(names[-1], RIGHT) if beside else label)
    return powers


def _fractions(values: np.ndarray, low: float, high: float, log: bool) -> np.ndarray:
    """Return how far along an axis values are, as fractions of it; nan is `FURTHEST`."""
    if log:
        values = np.log10(np.maximum(values, LEAST))
        low, high = np.log10(np.maximum([low, high], LEAST))
    parts = (np.asarray(values) - low) / (high - low)
    return np.where(np.isnan(parts), FURTHEST, np.clip(parts, -FURTHEST, FURTHEST))


def _tick(foot: np.ndarray, outward: np.ndarray) -> Line:
    return Line(foot, foot + TICK * outward, stroke_width=2, color=style.palette().muted)
