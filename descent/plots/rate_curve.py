"""The learning-rate map of a list of rates: final losses, and a strip of behaviours above."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patches import Rectangle

from descent.palette import BEHAVIOR_ROLES
from descent.plots import style
from descent.plots.axes import LARGEST, set_linear, set_log
from descent.plots.figures import EDGE, POINT, Box, NotebookFigure, heading_height, text_width
from descent.plots.given_axes import figure_of
from descent.plots.label_placement import LabelPlacer, axis_fractions
from descent.runs.behavior import BEHAVIORS
from descent.text import sweeps as text
from descent.text.axes import on_scale
from descent.text.numbers import rate
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
STRIP_RISE = 0.025  # in axes of a caller: height of the strip, and of the gap, as a share of theirs
STRIP_STYLE: dict[str, Any] = {"linewidth": 0, "alpha": 0.55}
FEW_DECADES = 0.9  # a narrower range of rates has a linear axis
MARGIN = 0.015  # share of the axis beyond the outermost rates
ARROWS = 24  # at most, along the axis
NARROW = 0.004  # share of the axis: half the strip's width for a single rate


def draw_curve(sweep: Sweep, palette: Palette, title: str | None) -> Figure:
    """Return the figure of a sweep of one rate."""
    rates, finals, codes = _in_order(sweep)
    heading = text.title(len(rates)) if title is None else title, text.best_rate(sweep)
    with style.style_context(palette):
        figure = NotebookFigure((WIDTH, HEIGHT), palette)
        figure.write_heading(*heading)
        top = HEIGHT - EDGE - heading_height(*heading)
        box = Box(EDGE, EDGE, WIDTH - 2 * EDGE, top - EDGE)
        axes = figure.axes_in(box)
        _set_axes(axes, sweep, rates)
        heights = _draw_losses(axes, rates, finals, palette)
        figure.fit(axes, box)
        _draw_behaviors(figure, axes, rates, codes)
        _draw_landmarks(LabelPlacer(figure, axes, rates, heights), sweep, palette)
    return figure


def draw_curve_into(axes: Axes, sweep: Sweep, palette: Palette) -> None:
    """Draw a sweep of one rate into axes of a caller, the behaviours as a strip at their top."""
    rates, finals, codes = _in_order(sweep)
    _set_axes(axes, sweep, rates)
    heights = _draw_losses(axes, rates, finals, palette)
    edges = _edges(axes, rates)
    legend: dict[int, Rectangle] = {}
    for begin, end in _stretches(codes):
        code, place = int(codes[begin]), (edges[begin], 1 + STRIP_RISE)
        strip: Any = {"color": _color(palette, code), "transform": axes.transAxes, **STRIP_STYLE}
        part = Rectangle(place, edges[end] - edges[begin], STRIP_RISE, clip_on=False, **strip)
        axes.add_artist(part)
        legend[code] = part
    names = [BEHAVIORS[code] for code in sorted(legend)]
    handles = [legend[code] for code in sorted(legend)]
    told = axes.legend(handles, names, frameon=False, fontsize=style.TEXT - 2)
    labels = LabelPlacer(figure_of(axes), axes, rates, heights)
    labels.keep_clear(told.get_window_extent())
    _draw_landmarks(labels, sweep, palette)


def _in_order(
    sweep: Sweep,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return rates, final losses and codes of behaviours, by increasing rates."""
    order = np.argsort(sweep.learning_rates, kind="stable")
    return sweep.learning_rates[order], sweep.final_losses[order], sweep.behavior_codes[order]


def _stretches(codes: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Return where each stretch of one behaviour begins and ends."""
    begins = np.flatnonzero(np.diff(codes, prepend=-1)).tolist()
    return list(zip(begins, [*begins[1:], len(codes)], strict=True))


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
    axes.set_title(on_scale(what, logarithmic), pad=LEGEND / POINT)


def _draw_losses(
    axes: Axes, rates: NDArray[np.float64], finals: NDArray[np.float64], palette: Palette
) -> NDArray[np.float64]:
    """Draw the curve, with arrowheads where it leaves the axes, and return its clipped heights."""
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
    above = rates[finals > top]
    _, first = np.unique(np.floor(axis_fractions(axes, above) * ARROWS), return_index=True)
    arrows: Any = {"color": palette.very_large, "markersize": 7, "zorder": 4, "clip_on": False}
    axes.plot(above[first], np.full(len(first), top), "^", **arrows)
    return heights


def _without_edges(
    heights: NDArray[np.float64], finals: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the heights, nan where a value and both its neighbours are outside the axes."""
    outside = np.concatenate([[True], heights != finals, [True]])
    return np.where(outside[:-2] & outside[1:-1] & outside[2:], np.nan, heights)


def _draw_landmarks(labels: LabelPlacer, sweep: Sweep, palette: Palette) -> None:
    """Draw the loss at the start, the boundary and the best rates, with labels where they fit."""
    axes = labels.axes
    (low, high), bottom = axes.get_xlim(), axes.get_ylim()[0]
    first, best = sweep.first_loss, text.end_lowest(sweep)
    axes.axhline(first, color=palette.muted, linewidth=style.HAIR, linestyle=(0, (4, 3)))
    lowest = np.maximum(sweep.final_losses[best], bottom)
    axes.plot(sweep.learning_rates[best], lowest, "o", color=palette.ink, zorder=5, clip_on=False)
    critical = sweep.critical_learning_rate
    if critical is not None and low <= critical <= high:
        axes.axvline(critical, color=palette.learning_rate, linestyle=(0, (1.2, 1.6)), zorder=2)
        labels.write_beside(critical, f"2/λ = {rate(critical)}", palette.learning_rate)
    labels.write_along(first, "loss at the start", palette.muted)


def _draw_behaviors(
    figure: NotebookFigure, axes: Axes, rates: NDArray[np.float64], codes: NDArray[np.int64]
) -> None:
    """Draw the strip above the axes, and its legend."""
    inner: Any = axes.get_window_extent()
    left, top = inner.x0 / figure.dpi, inner.y1 / figure.dpi + ABOVE
    width = inner.width / figure.dpi
    edges = _edges(axes, rates) * width
    for begin, end in _stretches(codes):
        box = Box(left + edges[begin], top, edges[end] - edges[begin], STRIP)
        figure.fill(box, color=_color(figure.palette, codes[begin]), **STRIP_STYLE)
    x, line = left + width, top - ABOVE + LEGEND
    for code in sorted({*codes.tolist()}, reverse=True):
        x -= text_width(BEHAVIORS[code])
        figure.write(x, line, BEHAVIORS[code], color=figure.palette.muted)
        x -= SQUARE + 0.08
        square = Box(x, line, SQUARE, SQUARE)
        figure.fill(square, color=_color(figure.palette, code), **STRIP_STYLE)
        x -= GAP


def _edges(axes: Axes, rates: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the edges of the rates' parts of the strip, as shares of its width."""
    middles = axis_fractions(axes, rates)
    between = (middles[1:] + middles[:-1]) / 2
    return np.concatenate([[middles[0] - NARROW], between, [middles[-1] + NARROW]])


def _color(palette: Palette, code: int) -> str:
    return getattr(palette, BEHAVIOR_ROLES[BEHAVIORS[code]])
