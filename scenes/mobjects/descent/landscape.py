"""The loss as it was sampled: a curve over one parameter, contours over two."""

from __future__ import annotations

from typing import Any

import numpy as np
from contourpy import contour_generator
from manim import ManimColor, VGroup, VMobject, config, interpolate_color

from descent.views.contours import contour_levels, finite_slices, simplify
from scenes import style
from scenes.fading import fade_into
from scenes.mobjects.plot import Plot

# How far a simplify line may be from the sampled one: a fifth of a pixel of an HD frame.
THIN = 0.0015


class LossContours(VGroup):
    """Lines of equal loss, evenly spread over the view; lower ones are brighter.

    Args:
        plot: The axes.
        landscape: A two-parameter `descent.Landscape`.
    """

    def __init__(self, plot: Plot, landscape: Any) -> None:
        super().__init__()
        xs, ys = landscape.axes
        values = np.where(np.isfinite(landscape.values), landscape.values, np.nan)
        generator = contour_generator(
            xs, ys, np.ma.masked_invalid(values.T), fill_type="OuterOffset"
        )
        levels = contour_levels(values)
        lowest = float(np.nanmin(values)) if len(levels) else 0.0
        # Below all levels, even where a difference of 1 is lost to rounding.
        floor = lowest - 1.0 - abs(lowest)
        for layer, level in enumerate(levels[-2::-1], start=1):
            for outline, starts in zip(*generator.filled(floor, level), strict=True):
                self.add(_region(plot.places(outline[:, 0], outline[:, 1]), starts, layer))
        for place, level in enumerate(levels):
            color = _contour_color(place / max(1, len(levels) - 1))
            lines: Any = generator.lines(level)
            for line in lines:
                self.add(_polyline(plot.places(line[:, 0], line[:, 1]), color))
        self.set_z_index(style.GROUND)


class LossCurve(VGroup):
    """The loss over one parameter.

    Args:
        plot: The axes.
        landscape: A one-parameter `descent.Landscape`.
    """

    def __init__(self, plot: Plot, landscape: Any) -> None:
        super().__init__()
        color = style.palette().loss
        for run in finite_slices(landscape.values):
            places = plot.places(landscape.axes[0][run], landscape.values[run])
            self.add(_polyline(places, ManimColor(color), style.BOLD))
        self.set_z_index(style.GROUND)


def _contour_color(outwards: float) -> ManimColor:
    colors = style.palette()
    near, far = ManimColor(colors.loss), ManimColor(colors.background)
    return interpolate_color(near, far, 0.35 + 0.4 * outwards)


def _region(places: np.ndarray, starts: np.ndarray, layer: int) -> VMobject:
    """Return the region below a level, the `layer`-th from the outermost.

    It is opaque, in the colour that as many layers of glow have over the ground: stacked layers of
    little opacity are each rounded to whole levels, so that they flicker in a fade. Where the
    ground is left out they are stacked all the same, and what is behind a clip is seen through.
    """
    colors = style.palette()
    region = VMobject(fill_color=colors.loss, fill_opacity=colors.glow, stroke_width=0)
    if config.background_opacity:
        ground, share = ManimColor(colors.background), 1 - (1 - colors.glow) ** layer
        region.set_fill(interpolate_color(ground, ManimColor(colors.loss), share), 1)
        fade_into(region, ground)
    for first, last in zip(starts[:-1], starts[1:], strict=True):
        corners = simplify(places[first:last], THIN)
        region.start_new_path(corners[0])
        region.add_points_as_corners(corners[1:])
    return region


def _polyline(places: np.ndarray, color: ManimColor, width: float = 2.0) -> VMobject:
    line = VMobject(stroke_color=color, stroke_width=width)
    if config.background_opacity:
        fade_into(line, ManimColor(style.palette().background))
    return line.set_points_as_corners(simplify(places, THIN))
