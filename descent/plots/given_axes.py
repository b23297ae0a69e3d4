"""Axes of matplotlib that a caller gives to be drawn into, in place of a figure of our own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from descent.checks.errors import InvalidType, InvalidValue
from descent.plots import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from descent.palette import Palette
    from descent.plots.style import RunStyle

NOTE = 9.0  # points
MADE = "as plt.subplots() makes"


def check_axes(ax: Any, axes: Any, panels: str) -> list[Axes]:
    """Return the axes to draw into; none for a figure of our own.

    Args:
        ax: Axes for the first panel alone, or None.
        axes: Axes for both panels, or None.
        panels: What the two panels show, for a sentence.
    """
    if ax is not None and axes is not None:
        raise InvalidValue("ax", "be given without axes", got="both")
    if ax is not None:
        return [checked(ax)]
    if axes is None:
        return []
    found = list(np.ravel(axes))  # an array of plt.subplots has a shape
    if len(found) != 2:
        constraint = f"be two, for {panels}"
        repair = "give fig, axes = plt.subplots(1, 2), or one as ax=."
        raise InvalidValue("axes", constraint, axes, got=f"{len(found)}", repair=repair)
    return [checked(one, "axes") for one in found]


def checked(ax: Any, what: str = "ax") -> Axes:
    """Return axes, checked to be some."""
    if not isinstance(ax, Axes):
        kind = f"be Axes of matplotlib, {MADE}"
        raise InvalidType(what, kind, ax, got=type(ax).__name__)
    # The limits are set: autoscaling overflows for diverged runs.
    ax.set_autoscale_on(False)
    return ax


def figure_of(axes: Axes) -> Figure:
    """Return the figure that axes belong to, also within a part of it."""
    figure: Any = axes.figure
    return figure.canvas.figure


def aspect_of(axes: Axes) -> float:
    """Return the width of axes over their height."""
    box: Any = axes.get_window_extent()
    return float(box.width / box.height)


def write_note(axes: Axes, note: str, palette: Palette) -> None:
    """Write what a panel says about itself, a line each, into its lower left corner."""
    where: Any = {"transform": axes.transAxes, "va": "bottom", "zorder": 8}
    text = note.replace("; ", ";\n")
    axes.text(0.02, 0.02, text, color=palette.muted, fontsize=NOTE, **where)


def add_legend(axes: Axes, labels: Sequence[str], styles: Sequence[RunStyle]) -> None:
    """Tell which line is which run."""
    lines = [
        Line2D([], [], color=one.color, linestyle=one.dashes, marker=one.marker, label=label)
        for one, label in zip(styles, labels, strict=True)
    ]
    axes.legend(handles=lines, frameon=False, fontsize=style.TEXT - 2)
