"""The loss panel: contours or a curve of the loss, and the paths of runs on it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.transforms import offset_copy

from descent.plots import style
from descent.plots.contours import draw_contours, draw_curve
from descent.plots.given_axes import figure_of
from descent.plots.paths import (
    clip_path,
    count_near_start,
    exit_segment,
    visible_points,
    window_for,
)
from descent.text.numbers import percent, significant, whole
from descent.text.runs import steps_of
from descent.views.budget import fitting_sample, shown_sample
from descent.views.landscape import Landscape, Window, contains
from descent.views.planes import path_plane
from descent.views.thinned_paths import off_plane

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from descent.arrays import Loss
    from descent.palette import Palette
    from descent.plots.style import RunStyle
    from descent.runs.trajectory import Trajectory
    from descent.views.plane import Plane

MANY = 60  # iterates; more have small markers
MOST_DOTS = 500  # iterates; more are drawn as a line alone
DOT, SMALL_DOT, END = 4.5, 2.6, 8.5  # points
GLOW, GLOW_OPACITY = 2.2, 0.22  # size relative to the last point
ARROW = 12.0  # points
RESOLUTION = 181  # points along the wider axis of the loss
NOTICED = 0.015  # of the window's width: about the size of a path's last point


@dataclass(frozen=True, eq=False)
class LossPanel:
    """The loss, and the iterates of each run in the same coordinates.

    Attributes:
        landscape: The loss over the window.
        paths: Shape (steps+1, 1) or (steps+1, 2) each.
        note: Sentences about the projection and the points, a line each; "" if there is nothing to
            say.
    """

    landscape: Landscape
    paths: tuple[NDArray[np.float64], ...]
    note: str

    def highest(self) -> float:
        """Return the highest finite loss of the curve at visible iterates."""
        xs, values = self.landscape.axes[0], self.landscape.values
        points = np.concatenate(
            [path[contains(self.landscape.window, path)] for path in self.paths]
        )
        heights = np.interp(points[:, 0], xs, values)
        return float(heights[np.isfinite(heights)].max(initial=-math.inf))


def make_loss_panel(
    runs: Sequence[Trajectory],
    loss: Loss,
    plane: Plane | None,
    window: Window | None,
    resolution: int | None,
    aspect: float,
) -> LossPanel:
    """Return the loss and the paths, projected if need be.

    Args:
        runs: Runs of the same parameters.
        loss: The loss of all parameters.
        plane: A plane for more than two parameters; None for that of the paths.
        window: The window; None for one that fits the runs.
        resolution: Points along the wider axis; None for as many as do not take too long.
        aspect: Width over height of the panel.
    """
    names, paths, variance = runs[0].names, tuple(run.iterates for run in runs), ""
    if plane is None and len(names) > 2:
        plane, variance = plane_for(runs)
    if plane is not None:
        names, loss = plane.names, plane.restrict(loss)
        paths = tuple(plane.path(run).coordinates for run in runs)
    diverging = [run.goes_away for run in runs]
    if window is None:
        known = getattr(loss, "window", None) if len(names) == 1 else None
        window = window_for(paths, diverging, aspect, known)
    wide = resolution or RESOLUTION
    counts = (wide, max(2, round(wide / aspect))) if len(names) == 2 else (2 * wide,)
    if resolution is None:
        landscape = fitting_sample(loss, window, counts, names, rows=None)
    else:
        landscape = shown_sample(loss, window, counts, names)
    notes = [plane_note(plane, variance, runs, paths, window)] if plane else []
    notes += [rows_note(runs)] * any(not run.has_every_iterate for run in runs)
    notes.append(cost_note(landscape, counts))
    return LossPanel(landscape, paths, "\n".join(filter(None, notes)))


def draw_loss_panel(
    axes: Axes, panel: LossPanel, styles: Sequence[RunStyle], palette: Palette, is_equal: bool
) -> None:
    """Draw the loss and the part of every path inside the window."""
    window, is_curve = panel.landscape.window, len(panel.landscape.window) == 1
    if is_curve:
        draw_curve(axes, panel.landscape, panel.highest(), palette)
    else:
        draw_contours(axes, panel.landscape, palette)
        if is_equal:
            axes.set_aspect("equal", adjustable="box", anchor="SW")
    for k, (path, run_style) in enumerate(zip(panel.paths, styles, strict=True)):
        zorder = 3 + k / len(styles)
        points = _with_heights(panel.landscape, path) if is_curve else path
        view = (*window, axes.get_ylim()) if is_curve else window
        _draw_path(axes, points, view, run_style, zorder, palette)


def _with_heights(landscape: Landscape, path: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points on the curve; beyond an end of the curve, at the height of that end."""
    heights = np.interp(path[:, 0], landscape.axes[0], landscape.values)
    return np.column_stack([path[:, 0], heights])


def _draw_path(
    axes: Axes,
    path: NDArray[np.float64],
    window: Window,
    run_style: RunStyle,
    zorder: float,
    palette: Palette,
) -> None:
    path_shown = path[visible_points(path, window)]
    line = clip_path(path_shown, window)
    axes.plot(*line.T, color=run_style.color, linestyle=run_style.dashes, zorder=zorder)
    points = path_shown[contains(window, path_shown)]
    if 0 < len(points) <= MOST_DOTS:
        size = DOT if len(points) <= MANY else SMALL_DOT
        axes.plot(
            *points.T, run_style.marker, color=run_style.color, markersize=size, zorder=zorder + 1
        )
    _draw_ends(axes, path, window, run_style, palette)


def _draw_ends(
    axes: Axes, path: NDArray[np.float64], window: Window, run_style: RunStyle, palette: Palette
) -> None:
    """Draw a ring at the start and a glowing point at the end, if they are visible."""
    if contains(window, path[0]):
        axes.plot(
            *path[0],
            marker="o",
            markersize=END,
            markerfacecolor=palette.background,
            markeredgecolor=palette.ink,
            markeredgewidth=style.LINE,
            zorder=5,
        )
    if contains(window, path[-1]):
        for size, alpha in ((END * GLOW, GLOW_OPACITY), (END, 1)):
            marker = run_style.marker if alpha == 1 else "o"
            axes.plot(
                *path[-1],
                marker=marker,
                markersize=size,
                color=run_style.color,
                alpha=alpha,
                zorder=6,
            )


def draw_arrows(axes: Axes, panel: LossPanel, styles: Sequence[RunStyle]) -> None:
    """Draw an arrow out of the axes for each path that ends outside; call it last."""
    if len(panel.landscape.window) == 1:
        return
    # With equal scales, the position of the axes is final only after this call.
    axes.apply_aspect()
    for path, run_style in zip(panel.paths, styles, strict=True):
        segment = exit_segment(path, panel.landscape.window)
        if segment is None:
            continue
        before, edge = axes.transData.transform(segment)
        direction: Any = (edge - before) / max(float(np.hypot(*(edge - before))), 1e-9)
        # Beside its place on the edge, also where the axes are moved later.
        tip, foot = (
            offset_copy(axes.transData, figure_of(axes), across, upwards, "points")
            for across, upwards in (ARROW / 2 * direction, -ARROW / 2 * direction)
        )
        arrow = {"arrowstyle": "-|>", "color": run_style.color, "shrinkA": 0, "shrinkB": 0}
        axes.annotate(
            "",
            xy=segment[1],
            xytext=segment[1],
            xycoords=tip,
            textcoords=foot,
            annotation_clip=False,
            arrowprops=arrow | {"linewidth": style.LINE, "mutation_scale": ARROW},
            zorder=7,
        )


def plane_for(runs: Sequence[Trajectory]) -> tuple[Plane, str]:
    """Return the plane of the runs that stay, and the name of their variance."""
    stable = [run for run in runs if not run.goes_away]
    if stable:
        return path_plane(stable), _variance(len(stable), len(runs))
    first = [_beginning(run) for run in runs]
    if len(runs) > 1:
        return path_plane(first), "the variance of the paths' beginnings"
    steps = first[0].steps
    which = "step" if steps == 1 else steps_of(steps)
    return path_plane(first), f"the variance of the first {which}"


def _beginning(run: Trajectory) -> Trajectory:
    """Return the steps of a run near its start, or the run if it has few rows."""
    if not run.has_every_iterate:
        return run
    return run.first(max(1, count_near_start(run.iterates) - 1))


def rows_note(runs: Sequence[Trajectory]) -> str:
    """Return which iterates the paths are drawn from; "" if from all of them."""
    thinned = [run for run in runs if not run.has_every_iterate]
    if not thinned:
        return ""
    run = thinned[0]
    rows, count = whole(len(run.recorded_steps)), whole(len(run.losses))
    if run.sketch is None:
        return f"The path is drawn from {rows} of {count} iterates"
    return f"Of {count} iterates {rows} were kept; the path between them is estimated"


def _variance(stable: int, count: int) -> str:
    if stable == count:
        return "the path's variance" if count == 1 else "the paths' variance"
    return f"the variance of the path{'s that stay' if stable > 1 else ' that stays'}"


def cost_note(landscape: Landscape, counts: tuple[int, ...]) -> str:
    """Return from how few points, and over how few rows, a loss is drawn that takes long.

    Args:
        landscape: What is drawn.
        counts: The points per axis of a loss that does not take long.
    """
    parts: list[str] = []
    if landscape.values.shape != counts:
        parts.append(f"from {' × '.join(map(str, landscape.values.shape))} points")
    if landscape.rows:
        parts.append(f"over {whole(landscape.rows)} of {whole(landscape.all_rows)} rows")
    return f"The loss takes long to evaluate, and is drawn {' '.join(parts)} alone" * bool(parts)


def plane_note(
    plane: Plane,
    variance: str,
    runs: Sequence[Trajectory],
    paths: Sequence[NDArray[np.float64]],
    window: Window,
) -> str:
    """Return the share of variance that the plane shows, and the distance of the paths from it.

    A plane may show nearly all of a path's variance, while the loss on it differs from the loss
    recorded a little off it.

    Args:
        plane: A plane in the space of all parameters.
        variance: The name of the variance that chose the plane; "" if the user chose it.
        runs: The recorded runs.
        paths: Their coordinates on the plane, shape (steps+1, 2) each.
        window: The window on the plane.
    """
    off = max(
        off_plane(plane, run)[contains(window, path)].max(initial=0.0)
        for run, path in zip(runs, paths, strict=True)
    )
    who = "the path lies" if len(runs) == 1 else "the paths lie"
    is_off = off > NOTICED * (window[0][1] - window[0][0])
    where = f"up to {significant(off, 2)} off" if is_off else "on or close to"
    if not variance:
        return f"{who.capitalize()} {where} this plane"
    share = f"This plane shows {percent(plane.shown)} of {variance}"
    return f"{share}; {who} {where} it" if is_off else share
