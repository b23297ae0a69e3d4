"""The loss as contours over two parameters, or as a curve over one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from descent.plots import style
from descent.plots.axes import axis_span, set_linear
from descent.plots.mathtext import parameter
from descent.views.contours import contour_levels

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from descent.palette import Palette
    from descent.views.landscape import Landscape

HEADROOM = 0.25  # share of the curve shown above the highest iterate


def draw_contours(axes: Axes, landscape: Landscape, palette: Palette) -> None:
    """Draw lines of equal loss, the lower ones brighter, over a faint fill."""
    xs, ys = landscape.axes
    values = np.ma.masked_invalid(landscape.values.T)
    levels = contour_levels(landscape.values)
    if levels.size:
        heights = [k / len(levels) for k in range(len(levels))]
        fills = [_blended(palette.background, palette.loss, 0.32 * (1 - h)) for h in heights]
        edges = np.r_[float(values.min()), levels]
        axes.contourf(xs, ys, values, levels=edges, colors=fills, zorder=0)
        lines = [_blended(palette.loss, palette.background, 0.3 + 0.4 * h) for h in heights]
        axes.contour(xs, ys, values, levels=levels, colors=lines, linewidths=style.HAIR, zorder=1)
    name_axes(axes, landscape.names)
    axes.set_xlim(xs[0], xs[-1])
    axes.set_ylim(ys[0], ys[-1])


def draw_curve(axes: Axes, landscape: Landscape, highest: float, palette: Palette) -> None:
    """Draw the loss over one parameter, up to a little above the loss `highest`."""
    (xs,), values = landscape.axes, np.ma.masked_invalid(landscape.values)
    axes.plot(xs, values, color=palette.loss, linewidth=style.BOLD, zorder=1)
    axes.set_xlim(xs[0], xs[-1])
    if values.count():
        low = float(values.min())
        headroom = HEADROOM * max(highest - low, abs(highest) * 1e-3, 1e-300)
        high = min(float(values.max()), highest + headroom)
        span = axis_span(low, high)
        axes.set_ylim(low - 0.06 * span, high + 0.04 * span)
    name_axes(axes, (landscape.names[0], "loss"))


def name_axes(axes: Axes, names: Any) -> None:
    """Write the names of the axes: of x below, of y above its upper end."""
    set_linear(axes.xaxis, 6)
    set_linear(axes.yaxis, 5)
    axes.set_xlabel(parameter(names[0]))
    axes.set_title(parameter(names[1]))


def _blended(one: str, other: str, share: float) -> Any:
    """Return a linear blend of two colours."""
    from matplotlib.colors import to_rgb

    return tuple((1 - share) * np.array(to_rgb(one)) + share * np.array(to_rgb(other)))
