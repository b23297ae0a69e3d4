"""Contours of sampled values as Manim's points, traced once in a process for equal pictures.

A scene that is played again, for its stills and then for its motion or at another learning rate,
mostly shows the views that it showed before.
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from contourpy import contour_generator
from manim import VMobject

from descent.views.contours import simplify_all
from scenes.mobjects.plot import Plot

KEPT = 24  # views, of some 300 kB each

Arrays = list[np.ndarray]


class Kept(NamedTuple):
    """The contours of one view that have been asked for, by their level."""

    regions: dict[float, Arrays]
    lines: dict[float, Arrays]


class Traced:
    """The contours of a landscape on some axes, each traced when it is first asked for.

    Args:
        plot: The axes.
        landscape: A two-parameter `descent.Landscape`.
        within: How far lines may be from the sampled ones.
        is_kept: Whether they are kept for equal pictures in this process.
    """

    def __init__(self, plot: Plot, landscape: Any, within: float, *, is_kept: bool = True) -> None:
        self._plot, self._landscape, self._within = plot, landscape, within
        self._kept = kept_of(_key(plot, landscape, within)) if is_kept else Kept({}, {})

    def regions(self, level: float) -> Arrays:
        """Return the outlines of the regions below a level."""
        known = self._kept.regions
        if level not in known:
            filled: Any = self._generator.filled(self._floor, level)
            known[level] = self._outlines(*filled)
        return known[level]

    def lines(self, level: float) -> Arrays:
        """Return the lines at a level."""
        known = self._kept.lines
        if level not in known:
            lines: Any = self._generator.lines(level)
            known[level] = [as_corners(one) for one in self._simplified(lines)]
        return known[level]

    def _outlines(self, outlines: Arrays, offsets: Arrays) -> Arrays:
        """Return each outline with its holes, which begin at its offsets."""
        rings = [
            outline[first:last]
            for outline, starts in zip(outlines, offsets, strict=True)
            for first, last in zip(starts[:-1], starts[1:], strict=True)
        ]
        corners = iter([as_corners(one) for one in self._simplified(rings)])
        return [np.concatenate([next(corners) for _ in starts[1:]]) for starts in offsets]

    def _simplified(self, lines: Arrays) -> Arrays:
        places = [self._plot.places(line[:, 0], line[:, 1]) for line in lines]
        return simplify_all(places, self._within)

    @cached_property
    def _values(self) -> Any:
        return np.ma.masked_invalid(np.asarray(self._landscape.values).T)

    @cached_property
    def _generator(self) -> Any:
        x, y = self._landscape.axes
        return contour_generator(x, y, self._values, fill_type="OuterOffset")

    @cached_property
    def _floor(self) -> float:
        """A loss below all levels, even where a difference of 1 is lost to rounding."""
        lowest = float(self._values.min()) if self._values.count() else 0.0
        return lowest - 1.0 - abs(lowest)


def as_corners(places: np.ndarray) -> np.ndarray:
    """Return Manim's points of a polyline."""
    return VMobject().set_points_as_corners(places).points


def kept_of(key: bytes) -> Kept:
    """Return what is kept of the view of this key, which is then the last to be dropped."""
    found = _known.pop(key, None) or Kept({}, {})
    _known[key] = found
    while len(_known) > KEPT:
        del _known[next(iter(_known))]
    return found


_known: dict[bytes, Kept] = {}


def _key(plot: Plot, landscape: Any, within: float) -> bytes:
    """Return a digest of all that contours depend on."""
    axes = (plot.x_low, plot.x_high, plot.y_low, plot.y_high, plot.box, plot.log_x, plot.log_y)
    digest = hashlib.sha256(repr((within, axes)).encode())
    for array in (*landscape.axes, landscape.values):
        digest.update(repr(array.shape).encode() + np.ascontiguousarray(array, float).tobytes())
    return digest.digest()
