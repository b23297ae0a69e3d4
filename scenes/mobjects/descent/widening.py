"""The contours of a loss move from one view to another, and change their levels on the way.

Each view has levels of its own, evenly spread. A place has the colour of its loss in the old
view, and that of its loss in the new one; at every moment it has a mix of both.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import Animation, VGroup, VMobject, config

from descent.views.contours import contour_levels
from scenes import style
from scenes.facts.nested_views import merged
from scenes.mobjects.descent.landscape import (
    THIN,
    Outlines,
    line_colors,
    on_ground,
    shade,
)
from scenes.mobjects.plot import Plot
from scenes.mobjects.zoom import transferred

MOMENTS, SAMPLES = 41, (72, 48)
SAME = 1e-9


class WidenContours(Animation):
    """Show contours in the place of `drawn` that come to it from another view.

    Args:
        drawn: The `LossContours` of the new view.
        old: The axes that leave, and their landscape.
        new: The axes that arrive, and their landscape.
        **options: For `manim.Animation`.
    """

    def __init__(
        self, drawn: VGroup, old: tuple[Plot, Any], new: tuple[Plot, Any], **options: Any
    ) -> None:
        super().__init__(drawn, **options)
        self.kept: list[Any] = drawn.submobjects
        self.plots, views = (old[0], new[0]), (old[1], new[1])
        self.loss = merged(*views)
        self.levels = [contour_levels(view.values) for view in views]
        self.shares = self._mixing()
        self._draw()

    def begin(self) -> None:
        """Show the contours of the old view."""
        self.mobject.submobjects = self.parts
        self.interpolate(0)

    def finish(self) -> None:
        """Show those of the new one."""
        self.mobject.submobjects = self.kept

    def interpolate_mobject(self, alpha: float) -> None:
        """Set the places and the colours of all parts."""
        way = self.rate_func(alpha)
        share = float(np.interp(way, np.linspace(0, 1, MOMENTS), self.shares))
        for part, places, colors in zip(self.parts, self.places, self.colors, strict=True):
            part.points = (1 - way) * places[0] + way * places[1]
            name = "fill_rgbas" if part.stroke_width == 0 else "stroke_rgbas"
            setattr(part, name, (1 - share) * colors[0] + share * colors[1])

    def _draw(self) -> None:
        """Draw the levels of both views on the wider axes, as finely as on the narrower ones."""
        narrower, wider = sorted(self.plots, key=_width)
        outlines = Outlines(wider, self.loss, THIN * _width(narrower) / _width(wider))
        self.parts, self.colors = list[Any](), list[tuple[np.ndarray, np.ndarray]]()
        for level, own in self._filled_levels():
            shares = [float(shade(levels, level)) for levels in self.levels]
            for region in outlines.regions(level, shares[own]):
                is_opaque = bool(config.background_opacity)
                self._add(region, _mixed(shares) if is_opaque else _own(region, own))
        for own, levels in enumerate(self.levels):
            for level, color in line_colors(levels):
                for line in outlines.lines(level, color):
                    self._add(line, _own(line, own))
        self.places = [
            [transferred(part.points, wider, plot) for plot in self.plots] for part in self.parts
        ]

    def _add(self, part: VMobject, colors: tuple[np.ndarray, np.ndarray]) -> None:
        self.parts.append(part.set_z_index(style.GROUND))
        self.colors.append(colors)

    def _filled_levels(self) -> list[tuple[float, int]]:
        """Return the filled levels of both views, the highest first, and of which view each is."""
        found = [(level, k) for k, levels in enumerate(self.levels) for level in levels[:-1]]
        return sorted(found, reverse=True)

    def _mixing(self) -> np.ndarray:
        """Return the share of the new view's colours, over the way.

        It is such that the picture becomes evenly brighter, or stays as bright as it is, as far as
        a mix can do that.
        """
        ways = np.linspace(0, 1, MOMENTS)
        before, after = np.array([self._brightness(way) for way in ways]).T
        wanted = before[0] + ways * (after[-1] - before[0])
        apart = np.where(np.abs(after - before) > SAME, after - before, np.nan)
        shares = np.nan_to_num((wanted - before) / apart, nan=0.0).clip(0, 1)
        shares[-1] = 1
        return np.maximum.accumulate(shares)

    def _brightness(self, way: float) -> list[float]:
        """Return the mean share of colour in what is seen, by the colours of both views."""
        losses = self._seen(way)
        losses = losses[np.isfinite(losses)]
        if losses.size == 0:
            return [0.0, 0.0]
        return [float(shade(levels, losses).mean()) for levels in self.levels]

    def _seen(self, way: float) -> np.ndarray:
        """Return the losses that are seen at a part of the way."""
        spans = [[(one.x_low, one.x_high), (one.y_low, one.y_high)] for one in self.plots]
        old, new = np.array(spans)
        weights = np.array([1 - way, way])[:, None] / np.stack([np.ptp(old, 1), np.ptp(new, 1)])
        lows = np.stack([old[:, 0], new[:, 0]])
        totals = weights.sum(0)
        low = (weights * lows).sum(0) / totals
        shares = (np.linspace(0, 1, count) for count in SAMPLES)
        seen = [one + share / total for one, share, total in zip(low, shares, totals, strict=True)]
        at = [
            np.searchsorted(axis, places).clip(0, len(axis) - 1)
            for axis, places in zip(self.loss.axes, seen, strict=True)
        ]
        return self.loss.values[np.ix_(*at)]


def _width(plot: Plot) -> float:
    return plot.x_high - plot.x_low


def _mixed(shares: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """Return the colours of an opaque region in both views."""
    before, after = (np.array([[*on_ground(share).to_rgb(), 1.0]]) for share in shares)
    return before, after


def _own(part: VMobject, view: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the colours of what is seen in one of the views alone."""
    seen = part.stroke_rgbas if part.stroke_width else part.fill_rgbas
    unseen = seen * [1, 1, 1, 0]
    return (unseen, seen) if view else (seen, unseen)
