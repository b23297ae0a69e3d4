"""Curves over steps: losses, parameters, or gradient norms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from descent.plots import style
from descent.plots.axes import LARGEST, axis_span, set_linear, set_log, set_symlog, spans_decades
from descent.plots.mathtext import mathtext, parameter
from descent.plots.paths import envelope
from descent.text.axes import beyond, on_scale
from descent.text.numbers import significant

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from descent.palette import Palette
    from descent.plots.style import RunStyle
    from descent.runs.trajectory import Trajectory

FEW = 40  # steps, up to which each has a marker
SIZE, RING = 5.0, 8.0
MARKED = 9  # markers of a longer run, which tell runs apart without colour
ROOM = 2.0  # decades, at least, above the stable runs for diverging ones
DEEPEST = 1e18  # a loss this many times below the highest one leaves the axis
FAINT = 0.4
MOST_DOTS, MOST_RINGS = 2000, 60


def draw_losses(
    axes: Axes, runs: Sequence[Trajectory], styles: Sequence[RunStyle], palette: Palette
) -> None:
    """Draw the loss of each run over steps, with mini-batch losses as faint dots.

    Of a loop that was watched, the losses of its steps are the line, and those over all data rings.
    """
    values = [run.evaluated.losses for run in runs]
    diverging = [run.goes_away for run in runs]
    color = palette.loss if len(runs) == 1 else None
    _draw_by_steps(axes, values, styles, color)
    _set_steps(axes, max(run.steps for run in runs))
    for run, run_style in zip(runs, styles, strict=True):
        if run.batch_losses.size:
            some = _evenly_spaced(len(run.batch_losses), MOST_DOTS)
            ink = color or run_style.color
            axes.plot(some, run.batch_losses[some], ".", color=ink, alpha=FAINT, zorder=1)
        measured = np.flatnonzero(np.isfinite(run.full_losses))
        if measured.size:
            some = measured[_evenly_spaced(len(measured), MOST_RINGS)]
            edge = {"markeredgecolor": palette.ink, "markeredgewidth": style.LINE}
            ring = {"markersize": RING, "fillstyle": "none", **edge}
            axes.plot(some, run.full_losses[some], "o", zorder=4, **ring)
    seen = [np.concatenate([run.losses, run.batch_losses, run.full_losses]) for run in runs]
    _set_heights(axes, "loss", [losses[np.isfinite(losses)] for losses in seen], diverging)
    notes = ["dots: mini-batches"] * any(run.batch_losses.size for run in runs)
    notes += ["rings: all data"] * any(np.isfinite(run.full_losses).any() for run in runs)
    axes.set_title("; ".join([axes.get_title(loc="left"), *notes]))


def draw_gradient_norms(
    axes: Axes, runs: Sequence[Trajectory], styles: Sequence[RunStyle], palette: Palette
) -> None:
    """Draw the gradient norm of each run over steps."""
    values = [run.evaluated.gradient_norms for run in runs]
    diverging = [run.goes_away for run in runs]
    _draw_by_steps(axes, values, styles, palette.gradient if len(runs) == 1 else None)
    _set_steps(axes, max(run.steps for run in runs))
    _set_heights(axes, "length of the gradient", values, diverging)


def _draw_by_steps(
    axes: Axes,
    values: Sequence[NDArray[np.float64]],
    styles: Sequence[RunStyle],
    color: str | None = None,
    steps: Sequence[NDArray[np.int64]] | None = None,
) -> None:
    """Draw a line for each run by steps: all, or those that are given."""
    for k, (line, run_style) in enumerate(zip(values, styles, strict=True)):
        some = envelope(line)
        stride = 1 if len(line) <= FEW else max(1, len(some) // MARKED)
        axes.plot(
            some if steps is None else steps[k][some],
            line[some],
            color=color or run_style.color,
            linestyle=run_style.dashes,
            marker=run_style.marker if len(values) > 1 or stride == 1 else "",
            markevery=(k * stride // len(values), stride),
            markersize=SIZE,
            zorder=2 + k / len(values),
        )


def _evenly_spaced(count: int, most: int) -> NDArray[np.int64]:
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(np.int64))


def _set_steps(axes: Axes, steps: int) -> None:
    axes.set_xlim(-0.03 * max(steps, 1), 1.03 * max(steps, 1))
    set_linear(axes.xaxis, 5, is_count=True)
    axes.set_xlabel("step")


def _set_heights(
    axes: Axes, what: str, values: Sequence[NDArray[np.float64]], diverging: Sequence[bool]
) -> None:
    """Set the vertical axis, logarithmic if need be, so that stable runs are well in view."""
    everything = np.concatenate(values)
    stable = np.concatenate(
        [line[:1] if gone else line for line, gone in zip(values, diverging, strict=True)]
    )
    if spans_decades(everything):
        low, high = _log_range(everything, stable, all(diverging))
        set_log(axes, "y", low, high)
        axes.set_title(on_scale(what, True))
        return
    low, high = _linear_range(everything, stable, all(diverging))
    axes.set_ylim(low, high)
    set_linear(axes.yaxis, 5)
    axes.set_title(what)


def _log_range(
    everything: NDArray[np.float64], stable: NDArray[np.float64], is_alone: bool
) -> tuple[float, float]:
    """Return a range for all stable values, and room above it for diverging ones."""
    shown = everything if is_alone else stable
    shown, least = shown[shown > 0], float(everything[everything > 0].min())
    low, high = (float(shown.min()), float(shown.max())) if shown.size else (least, least)
    top = min(float(everything.max()), LARGEST)
    low = max(low, float(stable.max()) / DEEPEST)
    decades = max(ROOM, np.log10(high) - np.log10(low))
    # In logarithms, since products of such numbers overflow.
    top = min(np.log10(top), np.log10(high) + decades)
    margin = 0.04 * (top - np.log10(low))
    low, top = np.log10(low) - margin, top + margin
    return float(10.0 ** max(low, -300.0)), float(10.0 ** min(top, 300.0))


def _linear_range(
    everything: NDArray[np.float64], stable: NDArray[np.float64], is_alone: bool
) -> tuple[float, float]:
    shown = np.clip(everything if is_alone else stable, -LARGEST, LARGEST)
    low, high = float(shown.min()), float(shown.max())
    span = axis_span(low, high)
    if not is_alone:
        high = max(high, min(float(everything.max()), high + span))
        low = min(low, max(float(everything.min()), low - span))
    span = axis_span(low, high)
    return low - 0.06 * span, high + 0.06 * span


def draw_parameters(
    axes: Axes, runs: Sequence[Trajectory], styles: Sequence[RunStyle], palette: Palette
) -> None:
    """Draw all parameters of one run, with a legend, or the only parameter of several runs."""
    if len(runs) > 1:
        lines, steps = [run.iterates[:, 0] for run in runs], [run.recorded_steps for run in runs]
        _draw_by_steps(axes, lines, styles, steps=steps)
    else:
        _draw_named(axes, runs[0], palette)
    _set_steps(axes, max(run.steps for run in runs))
    _set_parameter_axis(axes, runs)


def _draw_named(axes: Axes, run: Trajectory, palette: Palette) -> None:
    inks = (palette.parameter, palette.loss, palette.learning_rate)
    for k, name in enumerate(run.names):
        line = run.iterates[:, k]
        some = envelope(line)
        axes.plot(
            run.recorded_steps[some],
            line[some],
            color=inks[k % len(inks)],
            linestyle=style.DASHES[k % len(style.DASHES)],
            marker=style.MARKERS[k] if len(line) <= FEW else "",
            markersize=SIZE,
            label=parameter(name),
        )
    if len(run.names) > 1:
        axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5), handlelength=1.6)


def _set_parameter_axis(axes: Axes, runs: Sequence[Trajectory]) -> None:
    everything = np.concatenate([run.iterates.ravel() for run in runs], dtype=np.float64)
    starts = np.concatenate([run.iterates[:1] for run in runs])
    scale = float(np.abs(starts).max(initial=1.0))
    what = parameter(runs[0].names[0]) if len(runs[0].names) == 1 else "parameters"
    largest = float(np.abs(everything).max())
    if largest > 1e3 * scale:
        edge = 10.0 ** np.ceil(np.log10(scale))
        low = 10 * float(np.clip(everything.min(), -LARGEST / 10, -edge / 10))
        high = 10 * float(np.clip(everything.max(), edge / 10, LARGEST / 10))
        set_symlog(axes, edge, low, high)
        axes.set_title(beyond(what, mathtext(significant(edge, 4))))
        return
    axes.set_ylim(*_linear_range(everything, everything, True))
    set_linear(axes.yaxis, 5)
    axes.set_title(what)
