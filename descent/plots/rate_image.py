"""The learning-rate map of a grid of pairs of rates, as an image."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import MaxNLocator

from descent.checks.errors import InvalidValue
from descent.plots import style
from descent.plots.axes import LinearFormatter, LogFormatter, log_ticks
from descent.plots.figures import EDGE, POINT, Box, NotebookFigure, heading_height
from descent.text.methods import parameters
from descent.text.numbers import counted, significant
from descent.text.runs import steps_of
from descent.text.sweeps import best_pair, soonest_end
from descent.views.rate_axes import DECADES_BELOW, LEAST

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from descent.palette import Palette
    from descent.sweeps.sweep import Sweep

SIDE, BARS = 5.6, 2.6  # inches: the image with its labels, and the colour bars with theirs
HEIGHT = 6.4
BAR, APART = 0.2, 0.3
SHADES = 128  # of each colour bar
EVEN = 1e-6  # largest difference between steps of an even grid, relative
# Colours are deep far from the boundary and light near it, so that it stands out in both themes.
LOW_TO_HIGH = ("#052B4A", "#0069A8", "#56B4E9", "#EAF6FF")
SOON_TO_LATE = ("#3B0F00", "#B03A00", "#F2703A", "#FFF0E2")


class Grid(NamedTuple):
    """The rates of the columns and of the rows, and the group that each belongs to."""

    across: NDArray[np.float64]
    upwards: NDArray[np.float64]
    groups: tuple[int, int]


def draw_image(sweep: Sweep, palette: Palette, title: str | None) -> Figure:
    """Return the figure of a sweep of pairs of rates."""
    grid = _grid(sweep.learning_rates)
    pairs = f"{counted(sweep.final_losses.size, 'pair')} of learning rates"
    heading = pairs if title is None else title, best_pair(sweep)
    height = HEIGHT + heading_height(*heading) - 0.4
    with style.style_context(palette):
        figure = NotebookFigure((SIDE + BARS + 2 * EDGE, height), palette)
        figure.write_heading(*heading)
        box = Box(EDGE, EDGE, SIDE, height - 2 * EDGE - heading_height(*heading))
        axes = figure.axes_in(box)
        _draw_grid(axes, sweep, grid)
        figure.fit(axes, box)
        _draw_bars(figure, sweep, axes)
    return figure


def draw_image_into(axes: Axes, sweep: Sweep, palette: Palette) -> None:
    """Draw the picture of a sweep of pairs of rates into axes, without colour bars."""
    _draw_grid(axes, sweep, _grid(sweep.learning_rates))


def _draw_grid(axes: Axes, sweep: Sweep, grid: Grid) -> None:
    _set_axis(axes, "x", grid.across, _name(sweep, grid.groups[0]))
    _set_axis(axes, "y", grid.upwards, _name(sweep, grid.groups[1]))
    _draw_pixels(axes, image_colors(sweep))


def _grid(rates: NDArray[np.float64]) -> Grid:
    """Return the rates along both axes, checked to be an even grid."""
    for across, upwards in ((1, 0), (0, 1)):
        columns, rows = rates[0, :, across], rates[:, 0, upwards]
        pairs = np.stack(np.meshgrid(columns, rows), axis=-1)
        is_grid = np.array_equal(rates[:, :, [across, upwards]], pairs)
        if is_grid and _is_even(columns) and _is_even(rows):
            return Grid(columns, rows, (across, upwards))
    raise InvalidValue(
        "learning_rates",
        "be an even grid of pairs",
        rates,
        got="others",
        repair="make them by np.meshgrid(first, second, indexing='ij') of two np.linspace or "
        "np.geomspace.",
    )


def _is_even(rates: NDArray[np.float64]) -> bool:
    """Return whether rates are an arithmetic or a geometric sequence."""
    return bool((np.diff(rates) > 0).all()) and (
        _is_arithmetic(rates) or _is_arithmetic(np.log(rates))
    )


def _is_arithmetic(values: NDArray[np.float64]) -> bool:
    steps = np.diff(values)
    return bool(np.ptp(steps) <= EVEN * steps.max()) if len(steps) else True


def _name(sweep: Sweep, group: int) -> str:
    names = [name for name, own in zip(sweep.names, sweep.groups, strict=True) if own == group]
    return f"learning rate of {parameters(names)}"


def _set_axis(axes: Axes, which: str, rates: NDArray[np.float64], name: str) -> None:
    """Set an axis that counts the rates from 0, with ticks at round rates."""
    low, high, count = float(rates[0]), float(rates[-1]), len(rates)
    is_log = not _is_arithmetic(rates)
    if is_log:
        ticks = np.array(log_ticks(low, high))
        positions = np.log(ticks / low) / math.log(high / low) * (count - 1)
    else:
        found = MaxNLocator(6, steps=[1, 2, 5, 10]).tick_values(low, high) if count > 1 else [low]
        ticks = np.array([tick for tick in found if low <= tick <= high])
        positions = (ticks - low) / ((high - low) or 1.0) * (count - 1)
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_ticks(positions, (LogFormatter() if is_log else LinearFormatter()).format_ticks(ticks))
    limits: Any = axes.set_xlim if which == "x" else axes.set_ylim
    limits(-0.5, count - 0.5)
    if which == "x":
        axes.set_xlabel(name)
    else:
        axes.set_title(name)


class Scale(NamedTuple):
    """A colour scale: a value per run, the values of its deep and light end, and their labels."""

    values: NDArray[np.float64]
    deep: float
    light: float
    is_log: bool
    labels: tuple[str, str]


def _falling_scale(sweep: Sweep) -> Scale:
    """Return the scale of runs that stay: deep where the loss is low."""
    first, ends = sweep.first_loss, sweep.final_losses
    lowest = float(ends[~sweep.thrown_out].min(initial=first))
    is_log = first > 0 and lowest >= 0
    if is_log:
        lowest = max(lowest, first * 10**-DECADES_BELOW, LEAST)
    labels = f"loss {significant(lowest)} or less", f"loss {significant(first)}, as at the start"
    return Scale(ends, lowest, first, is_log, labels)


def _rising_scale(sweep: Sweep) -> Scale:
    """Return the scale of other runs: deep where they ended soon or, if none did, rose high."""
    first, ends = sweep.first_loss, sweep.final_losses
    if sweep.diverged.any():
        step = sweep.steps_taken.astype(np.float64) + 1  # at which a run left the numbers
        soonest = int(step[sweep.diverged].min())
        labels = soonest_end(sweep), f"higher after {steps_of(sweep.steps)}"
        return Scale(step, soonest, sweep.steps + 1.0, True, labels)
    highest = float(ends.max())
    labels = f"loss {significant(highest)}", f"loss {significant(first)}, as at the start"
    return Scale(ends, highest, first, first > 0, labels)


def image_colors(sweep: Sweep) -> NDArray[np.float64]:
    """Return the colour of every run as RGB from 0 to 1, shape S + (3,).

    Runs that stay are blue, the deeper the lower their loss. Others are orange, the
    deeper the sooner they ended or, if none did, the higher their loss. Steps and non-negative
    losses are scaled logarithmically.
    """
    lower = _colormap(LOW_TO_HIGH)(_lightness(_falling_scale(sweep)))
    higher = _colormap(SOON_TO_LATE)(_lightness(_rising_scale(sweep)))
    return np.where(sweep.thrown_out[..., None], higher, lower)[..., :3]


def _lightness(scale: Scale) -> NDArray[np.float64]:
    """Return the position of each run on the scale, from 0, deep, to 1, light."""
    values, deep, light = scale.values, scale.deep, scale.light
    if scale.is_log:
        values = np.log(np.maximum(values, LEAST))
        deep, light = math.log(max(deep, LEAST)), math.log(max(light, LEAST))
    return np.clip((values - deep) / ((light - deep) or 1.0), 0.0, 1.0)


def _colormap(colors: Sequence[str]) -> Any:
    return LinearSegmentedColormap.from_list("", list(colors), N=1024)


def _draw_pixels(axes: Axes, colors: NDArray[np.float64]) -> None:
    rows, columns = colors.shape[:2]
    extent = (-0.5, columns - 0.5, -0.5, rows - 0.5)
    axes.imshow(colors, origin="lower", aspect="auto", interpolation="auto", extent=extent)


def _draw_bars(figure: NotebookFigure, sweep: Sweep, axes: Axes) -> None:
    """Draw the colour bars: deep at both outer ends, with the boundary between them."""
    inner: Any = axes.get_window_extent()
    left, bottom = inner.x1 / figure.dpi + 0.4, inner.y0 / figure.dpi
    height = (inner.height / figure.dpi - APART) / 2
    diverging = sweep.thrown_out
    if not diverging.all():
        _draw_bar(figure, Box(left, bottom, BAR, height), LOW_TO_HIGH, _falling_scale(sweep).labels)
    if diverging.any():
        box = Box(left, bottom + height + APART, BAR, height)
        deep, light = _rising_scale(sweep).labels
        _draw_bar(figure, box, SOON_TO_LATE[::-1], (light, deep))


def _draw_bar(
    figure: NotebookFigure, box: Box, colors: Sequence[str], labels: tuple[str, str]
) -> None:
    """Draw a colour bar with labels at its lower and its upper end."""
    axes = figure.axes_in(box)
    axes.set_axis_off()
    column = _colormap(colors)(np.linspace(0, 1, SHADES))[:, None, :3]
    axes.imshow(column, origin="lower", aspect="auto", extent=(0, 1, 0, 1))
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    for label, foot in zip(labels, (box.bottom, box.top - style.TEXT * POINT), strict=True):
        x = box.left + BAR + 0.1
        figure.write(x, foot + 0.02, label, BARS, color=figure.palette.muted)
