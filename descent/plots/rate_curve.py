"""The final loss of many learning rates, as a curve, and the behaviour of each above it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from descent.palette import BEHAVIOR_ROLES
from descent.plots import style
from descent.plots.axes import LARGEST, set_linear, set_log
from descent.plots.figures import EDGE, POINT, Box, NotebookFigure, heading_height, text_width
from descent.plots.label_placement import Spots, shares_of
from descent.runs.trajectory import BEHAVIORS
from descent.text import sweeps as text
from descent.text.numbers import significant
from descent.views.rate_axes import loss_axis, rate_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from descent.palette import Palette
    from descent.sweeps.sweep import Sweep

WIDTH, HEIGHT = 10.0, 4.2  # inches, as all lengths here
ABOVE, STRIP, LEGEND = 0.08, 0.14, 0.33  # from the axes to the strip, its height, to the legend
SQUARE, GAP = 0.15, 0.24
SOFT = 0.55  # opacity of the behaviours' palette
FEW_DECADES = 0.9  # rates that span less stand on a linear axis
MARGIN = 0.015  # of the axis, beyond the outermost rates
ARROWS = 24  # places along the axis where there may be one
NARROW = 0.004  # of the axis: half of the strip that a rate alone has


def draw_curve(sweep: Sweep, palette: Palette, title: str | None) -> Figure:
    """Return the figure of a sweep of one rate."""
    order = np.argsort(sweep.learning_rates, kind="stable")
    rates, finals = sweep.learning_rates[order], sweep.final_losses[order]
    codes = sweep.behavior_codes[order]
    heading = text.title(len(rates)) if title is None else title, text.best_rate(sweep)
    with style.dressed(palette):
        figure = NotebookFigure((WIDTH, HEIGHT), palette)
        figure.write_heading(*heading)
        top = HEIGHT - EDGE - heading_height(*heading)
        box = Box(EDGE, EDGE, WIDTH - 2 * EDGE, top - EDGE)
        axes = figure.axes_in(box)
        _set_axes(axes, sweep, rates)
        heights = _draw_losses(axes, rates, finals, palette)
        figure.fit(axes, box)
        _draw_behaviors(figure, axes, rates, codes)
        _draw_landmarks(Spots(figure, axes, rates, heights), sweep, palette)
    return figure


def _set_axes(axes: Axes, sweep: Sweep, rates: NDArray[np.float64]) -> None:
    low, high = rate_axis(rates, sweep.critical_learning_rate)
    if np.log10(high) - np.log10(low) > FEW_DECADES:
        beyond = (high / low) ** MARGIN
        set_log(axes, "x", low / beyond, high * beyond)
    else:
        axes.set_xlim(low - MARGIN * (high - low), high + MARGIN * (high - low))
        set_linear(axes.xaxis, 8)
    axes.set_xlabel("learning rate η")
    logarithmic = sweep.first_loss > 0 and float(sweep.final_losses.min()) >= 0
    bottom, top = loss_axis(sweep.final_losses, sweep.first_loss, logarithmic)
    what = text.final_loss(sweep)
    if logarithmic:
        set_log(axes, "y", bottom, top)
    else:
        axes.set_ylim(max(bottom, -LARGEST), min(top, LARGEST))
        set_linear(axes.yaxis, 5)
    axes.set_title(f"{what}, log scale" if logarithmic else what, pad=LEGEND / POINT)


def _draw_losses(
    axes: Axes, rates: NDArray[np.float64], finals: NDArray[np.float64], palette: Palette
) -> NDArray[np.float64]:
    """Draw the curve, and return how high it is drawn; what ends above leaves by an arrowhead."""
    bottom, top = axes.get_ylim()
    heights = np.clip(finals, bottom, top)
    alone = "o" if len(rates) == 1 else ""
    axes.plot(
        rates,
        _without_edges(heights, finals),
        color=palette.loss,
        linewidth=style.BOLD,
        marker=alone,
        zorder=3,
    )
    gone = np.flatnonzero(finals > top)
    _, first = np.unique(np.floor(shares_of(axes, rates[gone]) * ARROWS), return_index=True)
    some = rates[gone[first]]
    arrows: Any = {"color": palette.very_large, "markersize": 7, "zorder": 4, "clip_on": False}
    axes.plot(some, np.full(len(some), top), "^", **arrows)
    return heights


def _without_edges(
    heights: NDArray[np.float64], finals: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the heights, nan where the curve is outside together with both its neighbours."""
    outside = np.concatenate([[True], heights != finals, [True]])
    return np.where(outside[:-2] & outside[1:-1] & outside[2:], np.nan, heights)


def _draw_landmarks(spots: Spots, sweep: Sweep, palette: Palette) -> None:
    """Draw the loss at the start, the boundary and the best rates, each named if there is room."""
    axes = spots.axes
    (low, high), bottom = axes.get_xlim(), axes.get_ylim()[0]
    first, best = sweep.first_loss, text.end_lowest(sweep)
    axes.axhline(first, color=palette.muted, linewidth=style.HAIR, linestyle=(0, (4, 3)))
    lowest = np.maximum(sweep.final_losses[best], bottom)
    axes.plot(sweep.learning_rates[best], lowest, "o", color=palette.ink, zorder=5, clip_on=False)
    critical = sweep.critical_learning_rate
    if critical is not None and low <= critical <= high:
        axes.axvline(critical, color=palette.learning_rate, linestyle=(0, (1.2, 1.6)), zorder=2)
        spots.write_beside(critical, f"2/λ = {significant(critical)}", palette.learning_rate)
    spots.write_along(first, "loss at the start", palette.muted)


def _draw_behaviors(
    figure: NotebookFigure, axes: Axes, rates: NDArray[np.float64], codes: NDArray[np.int64]
) -> None:
    """Draw the strip above the axes, and say what its palette mean."""
    inner: Any = axes.get_window_extent()
    left, top = inner.x0 / figure.dpi, inner.y1 / figure.dpi + ABOVE
    width = inner.width / figure.dpi
    edges = _edges(axes, rates) * width
    begins = np.flatnonzero(np.diff(codes, prepend=-1))
    ends = [*begins[1:], len(codes)]
    for begin, end in zip(begins, ends, strict=True):
        box = Box(left + edges[begin], top, edges[end] - edges[begin], STRIP)
        _fill(figure, box, _color(figure.palette, codes[begin]))
    x, line = left + width, top - ABOVE + LEGEND
    for code in sorted({*codes.tolist()}, reverse=True):
        x -= text_width(BEHAVIORS[code])
        figure.write(x, line, BEHAVIORS[code], color=figure.palette.muted)
        x -= SQUARE + 0.08
        _fill(figure, Box(x, line, SQUARE, SQUARE), _color(figure.palette, code))
        x -= GAP


def _edges(axes: Axes, rates: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where one rate's part of the strip ends and the next begins, in shares of it."""
    places = shares_of(axes, rates)
    between = (places[1:] + places[:-1]) / 2
    return np.concatenate([[places[0] - NARROW], between, [places[-1] + NARROW]])


def _color(palette: Palette, code: int) -> str:
    return getattr(palette, BEHAVIOR_ROLES[BEHAVIORS[code]])


def _fill(figure: NotebookFigure, box: Box, color: str) -> None:
    from matplotlib.patches import Rectangle

    corner, size = figure.corner(box), figure.extent(box)
    patch = Rectangle(
        corner, *size, transform=figure.transFigure, color=color, linewidth=0, alpha=SOFT
    )
    figure.add_artist(patch)
