"""What became of a run at each pair of learning rates, as a picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import MaxNLocator

from descent.checks.errors import InvalidValue
from descent.plots import style
from descent.plots.axes import Numbers, Powers, log_ticks
from descent.plots.figures import EDGE, POINT, Box, NotebookFigure, heading_height
from descent.runs.trajectory import BEHAVIORS
from descent.text.numbers import counted, significant
from descent.text.runs import divergence, parameters, steps_of
from descent.text.sweeps import best_pair
from descent.views.rate_axes import DECADES_BELOW, LEAST

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from descent.palette import Palette
    from descent.sweeps.sweep import Sweep

SIDE, BARS = 5.6, 2.6  # inches: the picture with its labels, and the room for what colours mean
HEIGHT = 6.4
BAR, APART = 0.2, 0.3
SHADES = 128  # of each bar
EVEN = 1e-6  # how far, of a step, rates may be from evenly spread
# Far from the boundary a colour is deep, near it light: the boundary glows, on paper as in a hall.
LOW_TO_HIGH = ("#052B4A", "#0069A8", "#56B4E9", "#EAF6FF")
SOON_TO_LATE = ("#3B0F00", "#B03A00", "#F2703A", "#FFF0E2")


class Grid(NamedTuple):
    """The rates of a map: those of the columns, those of the rows, and which group has which."""

    across: NDArray[np.float64]
    upwards: NDArray[np.float64]
    groups: tuple[int, int]


def draw_image(sweep: Sweep, palette: Palette, title: str | None) -> Figure:
    """Return the figure of a sweep of pairs of rates.

    Raises:
        InvalidValue: If the pairs are no even grid.
    """
    grid = _grid(sweep.learning_rates)
    pairs = f"{counted(sweep.final_losses.size, 'pair')} of learning rates"
    heading = pairs if title is None else title, best_pair(sweep)
    height = HEIGHT + heading_height(*heading) - 0.4
    with style.dressed(palette):
        figure = NotebookFigure((SIDE + BARS + 2 * EDGE, height), palette)
        figure.write_heading(*heading)
        box = Box(EDGE, EDGE, SIDE, height - 2 * EDGE - heading_height(*heading))
        axes = figure.axes_in(box)
        _set_axis(axes, "x", grid.across, _name(sweep, grid.groups[0]))
        _set_axis(axes, "y", grid.upwards, _name(sweep, grid.groups[1]))
        _draw_shades(axes, map_shades(sweep))
        figure.fit(axes, box)
        _draw_bars(figure, sweep, axes)
    return figure


def _grid(rates: NDArray[np.float64]) -> Grid:
    """Return the rates along both axes, having checked that they are an even grid.

    Raises:
        InvalidValue: If they are not.
    """
    for across, upwards in ((1, 0), (0, 1)):
        columns, rows = rates[0, :, across], rates[:, 0, upwards]
        is_grid = (rates[:, :, across] == columns).all() and (
            rates[:, :, upwards] == rows[:, None]
        ).all()
        if is_grid and all(map(_is_even, (columns, rows))):
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
    """Return whether rates increase evenly, by addition or by multiplication."""
    return bool((np.diff(rates) > 0).all()) and (_adds_up(rates) or _adds_up(np.log(rates)))


def _adds_up(values: NDArray[np.float64]) -> bool:
    steps = np.diff(values)
    return bool(np.ptp(steps) <= EVEN * steps.max()) if len(steps) else True


def _name(sweep: Sweep, group: int) -> str:
    names = [name for name, own in zip(sweep.names, sweep.groups, strict=True) if own == group]
    return f"learning rate of {parameters(names)}"


def _set_axis(axes: Axes, which: str, rates: NDArray[np.float64], name: str) -> None:
    """Let an axis count the rates from 0, and show round ones where they stand."""
    low, high, count = float(rates[0]), float(rates[-1]), len(rates)
    is_log = not _adds_up(rates)
    if is_log:
        ticks = np.array(log_ticks(low, high))
        places = np.log(ticks / low) / math.log(high / low) * (count - 1)
    else:
        found = MaxNLocator(6, steps=[1, 2, 5, 10]).tick_values(low, high) if count > 1 else [low]
        ticks = np.array([tick for tick in found if low <= tick <= high])
        places = (ticks - low) / ((high - low) or 1.0) * (count - 1)
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_ticks(places, (Powers() if is_log else Numbers()).format_ticks(ticks))
    limits: Any = axes.set_xlim if which == "x" else axes.set_ylim
    limits(-0.5, count - 0.5)
    if which == "x":
        axes.set_xlabel(name)
    else:
        axes.set_title(name)


class Scale(NamedTuple):
    """What a colour goes by: a number for each run, and what its deep and its light end mean.

    `words` say what the deep and the light end mean.
    """

    values: NDArray[np.float64]
    deep: float
    light: float
    is_log: bool
    words: tuple[str, str]


def _ended_higher(sweep: Sweep) -> NDArray[np.bool_]:
    return sweep.behavior_codes == BEHAVIORS.index("diverging")


def _fall(sweep: Sweep) -> Scale:
    """Return the scale of runs that ended no higher than they began: deep where the loss is low."""
    first, ends = sweep.first_loss, sweep.final_losses
    lowest = float(ends[~_ended_higher(sweep)].min(initial=first))
    is_log = first > 0 and lowest >= 0
    if is_log:
        lowest = max(lowest, first * 10**-DECADES_BELOW, LEAST)
    words = f"loss {significant(lowest)} or less", f"loss {significant(first)}, as at the start"
    return Scale(ends, lowest, first, is_log, words)


def _rise(sweep: Sweep) -> Scale:
    """Return the scale of the others: deep where they diverged soon or, if none did, rose high."""
    first, ends = sweep.first_loss, sweep.final_losses
    if sweep.diverged.any():
        taken = (
            sweep.steps_taken.astype(np.float64) + 1
        )  # the step that led out of the finite numbers
        soonest = int(taken[sweep.diverged].min())
        words = divergence(soonest).lower(), f"higher after {steps_of(sweep.steps)}"
        return Scale(taken, soonest, sweep.steps + 1.0, True, words)
    highest = float(ends.max())
    words = f"loss {significant(highest)}", f"loss {significant(first)}, as at the start"
    return Scale(ends, highest, first, first > 0, words)


def map_shades(sweep: Sweep) -> NDArray[np.float64]:
    """Return the colour of every run, shape S + (3,), from 0 to 1.

    Blue where a run ended no higher than it began, deep where its loss is low; orange elsewhere,
    deep where the run diverged soon or, in a sweep in which none did, where its loss is high.
    Steps, and losses that are never negative, are shown by their logarithm.
    """
    lower = _colormap(LOW_TO_HIGH)(_share(_fall(sweep)))
    higher = _colormap(SOON_TO_LATE)(_share(_rise(sweep)))
    return np.where(_ended_higher(sweep)[..., None], higher, lower)[..., :3]


def _share(scale: Scale) -> NDArray[np.float64]:
    """Return how light each run is, from 0 to 1."""
    values, deep, light = scale.values, scale.deep, scale.light
    if scale.is_log:
        values = np.log(np.maximum(values, LEAST))
        deep, light = math.log(max(deep, LEAST)), math.log(max(light, LEAST))
    return np.clip((values - deep) / ((light - deep) or 1.0), 0.0, 1.0)


def _colormap(steps: Sequence[str]) -> Any:
    return LinearSegmentedColormap.from_list("", list(steps), N=1024)


def _draw_shades(axes: Axes, shades: NDArray[np.float64]) -> None:
    rows, columns = shades.shape[:2]
    extent = (-0.5, columns - 0.5, -0.5, rows - 0.5)
    axes.imshow(shades, origin="lower", aspect="auto", interpolation="auto", extent=extent)


def _draw_bars(figure: NotebookFigure, sweep: Sweep, axes: Axes) -> None:
    """Draw what the colours mean: a column, deep at both ends, with the boundary in its middle."""
    inner: Any = axes.get_window_extent()
    left, bottom = inner.x1 / figure.dpi + 0.4, inner.y0 / figure.dpi
    height = (inner.height / figure.dpi - APART) / 2
    higher = _ended_higher(sweep)
    if not higher.all():
        _draw_bar(figure, Box(left, bottom, BAR, height), LOW_TO_HIGH, _fall(sweep).words)
    if higher.any():
        box = Box(left, bottom + height + APART, BAR, height)
        deep, light = _rise(sweep).words
        _draw_bar(figure, box, SOON_TO_LATE[::-1], (light, deep))


def _draw_bar(
    figure: NotebookFigure, box: Box, shades: Sequence[str], words: tuple[str, str]
) -> None:
    """Draw a bar, and say at its lower and at its upper end what the colour there means."""
    axes = figure.axes_in(box)
    axes.set_axis_off()
    column = _colormap(shades)(np.linspace(0, 1, SHADES))[:, None, :3]
    axes.imshow(column, origin="lower", aspect="auto", extent=(0, 1, 0, 1))
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    for text, foot in zip(words, (box.bottom, box.top - style.TEXT * POINT), strict=True):
        x = box.left + BAR + 0.1
        figure.write(x, foot + 0.02, text, BARS, color=figure.palette.muted)
