"""The loss under a path: contours over two parameters, a curve over one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from descent.plots import style
from descent.plots.axes import set_linear, span_of
from descent.plots.mathtext import parameter
from descent.views.contours import contour_levels

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from descent.palette import Palette
    from descent.views.landscape import Landscape

HEADROOM = 0.25  # of the curve above its highest point


def draw_contours(axes: Axes, landscape: Landscape, palette: Palette) -> None:
    """Draw lines of equal loss, the lower ones brighter, over a faint fill."""
    xs, ys = landscape.axes
    values = np.ma.masked_invalid(landscape.values.T)
    levels = contour_levels(landscape.values)
    if levels.size:
        floor = float(values.min())
        fills = [np.r_[floor, levels][: k + 2][-2:] for k in range(len(levels))]
        tints = [
            _mixed(palette.background, palette.loss, _depth(k, len(levels)))
            for k in range(len(levels))
        ]
        edges = np.array([fills[0][0], *(pair[1] for pair in fills)])
        axes.contourf(xs, ys, values, levels=edges, colors=tints, zorder=0)
        lines = [
            _mixed(palette.loss, palette.background, 0.3 + 0.4 * k / len(levels))
            for k in range(len(levels))
        ]
        axes.contour(xs, ys, values, levels=levels, colors=lines, linewidths=style.HAIR, zorder=1)
    name_axes(axes, landscape.names)
    axes.set_xlim(xs[0], xs[-1])
    axes.set_ylim(ys[0], ys[-1])


def _depth(place: int, count: int) -> float:
    """Return how strong the fill below the contour at `place` is: the lower, the stronger."""
    return 0.32 * (1 - place / count)


def draw_curve(axes: Axes, landscape: Landscape, highest: float, palette: Palette) -> None:
    """Draw the loss over one parameter, up to a little above the loss `highest`."""
    (xs,), values = landscape.axes, np.ma.masked_invalid(landscape.values)
    axes.plot(xs, values, color=palette.loss, linewidth=style.BOLD, zorder=1)
    axes.set_xlim(xs[0], xs[-1])
    if values.count():
        low, high = (
            float(values.min()),
            min(float(values.max()), _above(float(values.min()), highest)),
        )
        span = span_of(low, high)
        axes.set_ylim(low - 0.06 * span, high + 0.04 * span)
    name_axes(axes, (landscape.names[0], "loss"))


def _above(low: float, high: float) -> float:
    return high + HEADROOM * max(high - low, abs(high) * 1e-3, 1e-300)


def name_axes(axes: Axes, names: Any) -> None:
    """Write what the axes show: the one below, the other above its end."""
    set_linear(axes.xaxis, 6)
    set_linear(axes.yaxis, 5)
    axes.set_xlabel(parameter(names[0]))
    axes.set_title(parameter(names[1]))


def _mixed(near: str, far: str, share: float) -> Any:
    """Return the colour `share` of the way from one to another."""
    from matplotlib.colors import to_rgb

    return tuple((1 - share) * np.array(to_rgb(near)) + share * np.array(to_rgb(far)))
