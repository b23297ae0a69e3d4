"""A view that widens: the loss shrinks with its axes, and their numbers change on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from manim import Animation, VGroup, smooth

from scenes.fading import COLOR_ARRAYS
from scenes.mobjects.plot import Plot

EARLY = 0.35  # of the time: what leaves has gone by then
LATE = 0.7  # what arrives comes from then on

Progress = Callable[[float], float]


def leaving(alpha: float) -> float:
    """Return the opacity of what leaves."""
    return 1 - smooth(min(1.0, alpha / EARLY))


def arriving(alpha: float) -> float:
    """Return the opacity of what arrives."""
    return smooth(max(0.0, (alpha - LATE) / (1 - LATE)))


def staying(alpha: float) -> float:
    """Return the opacity of what stays."""
    return 1.0


def gone(alpha: float) -> float:
    """Return the opacity of what something else shows."""
    return 0.0


class Glide(Animation):
    """Move every member along a straight line, each with an opacity of its own.

    Args:
        mobject: What moves.
        shown: The opacity of each of its members with points, over the time.
        **options: For `manim.Animation`.
    """

    def __init__(self, mobject: Any, shown: list[Progress], **options: Any) -> None:
        super().__init__(mobject, **options)
        self.members: list[Any] = mobject.family_members_with_points()
        self.shown = shown
        self.ends = [member.points.copy() for member in self.members]
        self.starts = [points.copy() for points in self.ends]
        self.colors = [
            {name: vars(member)[name] for name in COLOR_ARRAYS if name in vars(member)}
            for member in self.members
        ]

    def begin(self) -> None:
        """Show the first picture."""
        self.interpolate(0)

    def interpolate_mobject(self, alpha: float) -> None:
        """Set the places and the opacity of every member."""
        way = self.rate_func(alpha)
        for k, member in enumerate(self.members):
            member.points = (1 - way) * self.starts[k] + way * self.ends[k]
            opacity = self.shown[k](alpha)
            for name, rgbas in self.colors[k].items():
                faded = rgbas.copy()
                faded[:, 3] *= opacity
                setattr(member, name, faded)


def shrink(old: Plot, drawn: VGroup, new: Plot, drawing: VGroup) -> list[Animation]:
    """Return the animations of a curve from one window to another of the same box.

    All motion is linear on the screen, so that what other animations move keeps its place on the
    loss.

    Args:
        old: The axes that leave.
        drawn: The curve on them.
        new: The axes that arrive.
        drawing: The curve on these.
    """
    arrives = Glide(drawing, [staying] * len(drawing.family_members_with_points()))
    arrives.starts = [transferred(points, new, old) for points in arrives.ends]
    leaves = Glide(drawn, [leaving] * len(drawn.family_members_with_points()), remover=True)
    leaves.ends = [transferred(points, old, new) for points in leaves.starts]
    return [arrives, leaves]


def transferred(points: np.ndarray, source: Plot, target: Plot) -> np.ndarray:
    """Return places on the axes `source` at their places on the axes `target` of the same box."""
    zero = target.place(source.x_low, source.y_low)
    one = target.place(source.x_high, source.y_high)
    box = source.box
    factors = np.array([(one[0] - zero[0]) / box.width, (one[1] - zero[1]) / box.height, 1.0])
    return zero + (points - np.array([box.left, box.bottom, 0.0])) * factors


def relabel(old: Plot, new: Plot) -> list[Animation]:
    """Return the animations of the axes: their numbers move, the lines stay.

    The old numbers are gone before the new ones come: never are two sets seen at once.
    """
    return [_renumber(old, new, leaving), _renumber(new, old, arriving)]


def _renumber(plot: Plot, other: Plot, shown: Progress) -> Glide:
    """Return the motion of axes that leave or arrive; what both have is that of the new ones."""
    is_old = shown is leaving
    kept = gone if is_old else staying
    opacity, shift = dict[int, Progress](), dict[int, np.ndarray]()
    names = kept if _name_texts(plot) == _name_texts(other) else shown
    for part in plot.names.family_members_with_points():
        opacity[id(part)] = names
    elsewhere = set(_number_texts(other))
    for tick, text in zip(plot.marked, _number_texts(plot), strict=True):
        seen = _within(plot, other, tick, kept if text in elsewhere else shown)
        for part in VGroup(*tick.parts).family_members_with_points():
            opacity[id(part)], shift[id(part)] = seen, other.foot(tick) - plot.foot(tick)
    members = plot.family_members_with_points()
    glide = Glide(plot, [opacity.get(id(part), kept) for part in members], remover=is_old)
    away = [
        points + shift.get(id(part), 0.0) for points, part in zip(glide.ends, members, strict=True)
    ]
    if is_old:
        glide.ends = away
    else:
        glide.starts = away
    return glide


def _within(plot: Plot, other: Plot, tick: Any, shown: Progress) -> Progress:
    """Return the opacity of a tick that is not seen where it is off its axis."""
    ends = plot.foot(tick), other.foot(tick)
    start, end = ends if shown is leaving else ends[::-1]
    box = plot.box
    low, high = (box.left, box.right) if tick.along_x else (box.bottom, box.top)
    axis = 0 if tick.along_x else 1

    def opacity(alpha: float) -> float:
        place = start[axis] + smooth(alpha) * (end[axis] - start[axis])
        return shown(alpha) * float(low - 1e-6 <= place <= high + 1e-6)

    return opacity


def _number_texts(plot: Plot) -> list[tuple[bool, str, int, float]]:
    """Return what tells the numbers of the axes apart: a text, and what it is a multiple of."""
    return [
        (True, tick.label.plain_text, plot.x_power, 0.0)
        if tick.along_x
        else (False, tick.label.plain_text, plot.y_power, plot.y_base)
        for tick in plot.marked
    ]


def _name_texts(plot: Plot) -> list[str]:
    names: list[Any] = list(plot.names)
    return [name.plain_text for name in names]
