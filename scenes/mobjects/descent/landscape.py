"""The loss as it was sampled: a curve over one parameter, contours over two."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import ManimColor, VGroup, VMobject, config, interpolate_color

from descent.views.contours import contour_levels, finite_slices, simplify
from scenes import style
from scenes.fading import fade_into
from scenes.mobjects.descent.tracing import Traced, as_corners
from scenes.mobjects.plot import Plot

# How far a simplified line may be from the sampled one: a fifth of a pixel of an HD frame.
THIN = 0.0015


class LossContours(VGroup):
    """Lines of equal loss, evenly spread over the view; lower ones are brighter.

    Args:
        plot: The axes.
        landscape: A two-parameter `descent.Landscape`.
    """

    def __init__(self, plot: Plot, landscape: Any) -> None:
        super().__init__()
        outlines, levels = Outlines(plot, landscape), contour_levels(landscape.values)
        for level in levels[:-1][::-1]:
            self.add(*outlines.regions(level, shade(levels, level)))
        for level, color in line_colors(levels):
            self.add(*outlines.lines(level, color))
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
            self.add(_line(as_corners(simplify(places, THIN)), ManimColor(color), style.BOLD))
        self.set_z_index(style.GROUND)


def drawing_of(plot: Plot, landscape: Any) -> LossCurve | LossContours:
    """Return what is drawn of a loss on some axes, by the number of its parameters."""
    return (LossCurve if len(landscape.axes) == 1 else LossContours)(plot, landscape)


def window_of(landscape: Any, room: float) -> tuple[tuple[float, float], ...]:
    """Return the window of the axes of a landscape: of its parameters, or of one and the loss.

    Args:
        landscape: A `descent.Landscape`.
        room: Below and above the loss, as a share of its range.
    """
    if len(landscape.axes) > 1:
        return landscape.window
    values = landscape.values[np.isfinite(landscape.values)]
    low, high = float(values.min()), float(values.max())
    beyond = room * (high - low or 1.0)
    return (*landscape.window, (low - beyond, high + beyond))


class Outlines:
    """What a loss of two parameters encloses, and its lines, on some axes.

    Args:
        plot: The axes.
        landscape: A two-parameter `descent.Landscape`.
        within: How far lines may be from the sampled ones.
        color: Of what is filled; by default that of the loss.
        is_kept: Whether the outlines are kept for equal pictures in this process.
    """

    def __init__(
        self,
        plot: Plot,
        landscape: Any,
        within: float = THIN,
        color: str | None = None,
        *,
        is_kept: bool = True,
    ) -> None:
        self._color = color or style.palette().loss
        self._traced = Traced(plot, landscape, within, is_kept=is_kept)

    def regions(self, level: float, share: float) -> list[VMobject]:
        """Return the regions below a level, with a `share` of the colour in the ground.

        They are opaque: stacked layers of little opacity are each rounded to whole levels, so that
        they flicker in a fade. Where the ground is left out they are stacked all the same, and what
        is behind a clip is seen through.
        """
        return [self._region(points, share) for points in self._traced.regions(level)]

    def lines(self, level: float, color: ManimColor) -> list[VMobject]:
        """Return the lines at a level."""
        return [_line(points.copy(), color) for points in self._traced.lines(level)]

    def _region(self, points: np.ndarray, share: float) -> VMobject:
        colors = style.palette()
        region = VMobject(fill_color=self._color, fill_opacity=colors.glow, stroke_width=0)
        if config.background_opacity:
            region.set_fill(on_ground(share, self._color), 1)
            fade_into(region, ManimColor(colors.background))
        region.points = points.copy()
        return region


def shade(levels: np.ndarray, loss: Any) -> Any:
    """Return the share of the loss's colour just below a loss: a layer of glow for each level.

    Args:
        levels: Those of the view, increasing; below all but the last it is filled.
        loss: A number, or an array of any shape.
    """
    filled = levels[:-1]
    return 1 - (1 - style.palette().glow) ** (len(filled) - np.searchsorted(filled, loss))


def line_colors(levels: np.ndarray) -> list[tuple[float, ManimColor]]:
    """Return the levels of a view with the colours of their lines."""
    last = max(1, len(levels) - 1)
    return [(level, on_ground(0.65 - 0.4 * k / last)) for k, level in enumerate(levels.tolist())]


def on_ground(share: float, color: str | None = None) -> ManimColor:
    """Return the ground of the film with a share of a colour, by default that of the loss."""
    colors = style.palette()
    return interpolate_color(ManimColor(colors.background), ManimColor(color or colors.loss), share)


def _line(points: np.ndarray, color: ManimColor, width: float = 2.0) -> VMobject:
    line = VMobject(stroke_color=color, stroke_width=width)
    if config.background_opacity:
        fade_into(line, ManimColor(style.palette().background))
    line.points = points
    return line
