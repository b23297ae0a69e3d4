"""The first view of a loss, small, in a corner of a view that has become wider.

A frame on the wider view marks what the small one shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from manim import DOWN, Animation, Dot, Rectangle, VGroup

from scenes import style
from scenes.fading import FadeIn, FadeOut
from scenes.mobjects.boxes import Box
from scenes.mobjects.descent.landscape import drawing_of, window_of
from scenes.mobjects.plot import Plot
from scenes.mobjects.race.fan import fan_out
from scenes.mobjects.race.runner import kind_of_line
from scenes.mobjects.zoom import Glide, leaving

WIDTH, HEIGHT, AWAY = 2.55, 1.7, 0.14
SIZES = (1.0, 0.85, 0.7)  # shares of the width and the height, of which the first is tried first
DISC = 0.1
CLEAR = 2 * style.POINT  # of the disc at a place
LAYER = style.GEOMETRY + 3  # above the main view, below its mask
LEAST = 0.16  # of a side of the frame on the wider view, however wide that is


class Inset(VGroup):
    """The first view of a race, with the trails and discs that are within it.

    Args:
        landscape: The loss over the first view.
        runs: The trajectories by the name of their rate.
        box: Where on the screen.
    """

    def __init__(self, landscape: Any, runs: Mapping[str, Any], box: Box) -> None:
        super().__init__()
        self.landscape, self.runs, self.box = landscape, runs, box
        self.plot = Plot(window_of(landscape, 0.02), box)
        drawing = drawing_of(self.plot, landscape).set_z_index(LAYER)
        self.marks = VGroup()
        self._discs: dict[str, np.ndarray] = {}
        self.add(self._ground(), drawing, self.marks)

    def step_to(self, t: int) -> list[Animation]:
        """Return the animations to the trails and discs after `t` steps."""
        leaving, self.marks = self.marks, self._marks(t)
        self.remove(leaving)
        self.add(self.marks)
        return [FadeOut(leaving), FadeIn(self.marks)]

    def discs(self) -> dict[str, np.ndarray]:
        """Return the middle of each disc that is within it, by the name of its rate."""
        return dict(self._discs)

    def glide_from(self, main: Plot) -> Animation:
        """Return the animation of its way out of the main view, where it is as large as there."""
        place, own = self.framed(main), self.box
        factors = np.array([place.width / own.width, place.height / own.height, 1.0])
        middle = np.array([own.left + own.right, own.bottom + own.top, 0.0]) / 2
        glide = Glide(self, [_opacity_at_once] * len(self.family_members_with_points()))
        glide.starts = [place.get_center() + (end - middle) * factors for end in glide.ends]
        return glide

    def framed(self, main: Plot) -> Rectangle:
        """Return the outline of what it shows, on the axes of the main view."""
        own = self.plot
        low, high = main.place(own.x_low, own.y_low), main.place(own.x_high, own.y_high)
        width, height = np.maximum((high - low)[:2], LEAST)
        frame = Rectangle(width=width, height=height, stroke_color=style.palette().muted)
        frame.set_stroke(width=style.HAIRLINE).move_to((low + high) / 2)
        return frame.set_z_index(LAYER - 1)

    def _marks(self, t: int) -> VGroup:
        marks, ends = VGroup(), dict[str, np.ndarray]()
        self._discs.clear()
        for name, run in self.runs.items():
            places = self._places(run)[: t + 1]
            color = getattr(style.palette(), name)
            for before, after in zip(places, places[1:], strict=False):
                ends_of_line = clipped(before, after, self.box)
                if ends_of_line is not None:
                    link = kind_of_line(name)(*ends_of_line, stroke_width=2, color=color)
                    marks.add(link.set_stroke(opacity=0.7).set_z_index(LAYER))
            if _is_inside(places[-1], self.box):
                ends[name] = places[-1]
        apart = fan_out(np.array(list(ends.values())).reshape(-1, 3), 2.2 * DISC)
        for name, place in zip(ends, apart, strict=True):
            disc = Dot(place, radius=DISC, color=getattr(style.palette(), name))
            self._discs[name] = place
            marks.add(disc.set_z_index(LAYER))
        return marks

    def _places(self, run: Any) -> np.ndarray:
        ys = run.losses if len(self.landscape.axes) == 1 else run.iterates[:, -1]
        return self.plot.places(run.iterates[:, 0], ys)

    def _ground(self) -> Rectangle:
        ground = Rectangle(
            width=self.box.width,
            height=self.box.height,
            fill_color=style.palette().background,
            fill_opacity=1,
            stroke_color=style.palette().muted,
            stroke_width=style.HAIRLINE,
        )
        corner = np.array([self.box.left, self.box.top, 0])
        return ground.move_to(
            corner + self.box.width / 2 * np.array([1, 0, 0]) + self.box.height / 2 * DOWN
        ).set_z_index(LAYER)


def _opacity_at_once(alpha: float) -> float:
    """Return the opacity of what comes at once."""
    return 1 - leaving(alpha)


def inset_box(main: Box, places: np.ndarray) -> Box:
    """Return the corner of `main` for an inset that is farthest from `places`, shape (k, 3).

    It is somewhat smaller where it would else cover one of them.
    """
    found = [_best_corner(main, places, share) for share in SIZES]
    return next((box for box in found if not _room(box, places)[0]), found[0])


def _best_corner(main: Box, places: np.ndarray, share: float) -> Box:
    width, height = share * WIDTH, share * HEIGHT
    lefts = main.left + AWAY, main.right - AWAY - width
    bottoms = main.bottom + AWAY, main.top - AWAY - height
    boxes = [Box(left, low, left + width, low + height) for left in lefts for low in bottoms]
    return max(boxes, key=lambda box: _room(box, places))


def _room(box: Box, places: np.ndarray) -> tuple[float, float]:
    """Return minus the number of places that a box covers, and how far it is from the nearest."""
    middle = np.array([box.left + box.right, box.bottom + box.top]) / 2
    half = np.array([box.width, box.height]) / 2 + CLEAR
    away = np.linalg.norm(np.maximum(np.abs(places[:, :2] - middle) - half, 0), axis=1)
    return -float(np.sum(away == 0)), float(away.min())


def clipped(one: np.ndarray, other: np.ndarray, box: Box) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the part of a straight line within a box; None if there is none (Liang–Barsky)."""
    first, last, way = 0.0, 1.0, other - one
    lows, highs = (box.left, box.bottom), (box.right, box.top)
    for axis in (0, 1):
        for room, speed in (
            (one[axis] - lows[axis], -way[axis]),
            (highs[axis] - one[axis], way[axis]),
        ):
            if speed == 0:
                if room < 0:
                    return None
            elif speed > 0:
                last = min(last, room / speed)
            else:
                first = max(first, room / speed)
    return (one + first * way, one + last * way) if first < last else None


def _is_inside(place: np.ndarray, box: Box) -> bool:
    return bool(box.left <= place[0] <= box.right and box.bottom <= place[1] <= box.top)
