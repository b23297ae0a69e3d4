"""The stage: the loss over what is shown of the parameters, and the runs' paths on it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.plots import style
from descent.plots.contours import draw_contours, draw_curve
from descent.plots.figures import DPI, POINT
from descent.plots.paths import clipped, exit_of, inside, seen, window_for
from descent.plots.projections import note_on, plane_of
from descent.views.landscape import Landscape, Window, sample

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from descent.arrays import Loss
    from descent.palette import Palette
    from descent.plots.style import RunStyle
    from descent.runs.trajectory import Trajectory
    from descent.views.planes import Plane

MANY = 60  # iterates; more are drawn as small dots
MOST_DOTS = 500  # more are drawn as a line alone
DOT, SMALL_DOT, END = 4.5, 2.6, 8.5  # points
GLOW, GLOW_OPACITY = 2.2, 0.22  # times as wide as the end it surrounds
ARROW = 12.0  # points


@dataclass(frozen=True, eq=False)
class Stage:
    """What is drawn on the left: the loss, and each run's iterates in the same coordinates.

    Attributes:
        landscape: The loss over the window.
        paths: Shape (steps+1, 1) or (steps+1, 2) each.
        note: What a projection shows of the paths, as a sentence; "" if nothing is projected.
    """

    landscape: Landscape
    paths: tuple[NDArray[np.float64], ...]
    note: str

    def highest(self) -> float:
        """Return the highest finite loss among the curve's values under the points in view."""
        xs, values = self.landscape.axes[0], self.landscape.values
        points = np.concatenate([path[inside(path, self.landscape.window)] for path in self.paths])
        heights = np.interp(points[:, 0], xs, values)
        return float(heights[np.isfinite(heights)].max(initial=-math.inf))


def set_stage(
    runs: Sequence[Trajectory],
    loss: Loss,
    plane: Plane | None,
    window: Window | None,
    resolution: int,
    aspect: float,
) -> Stage:
    """Return the loss and the paths as they are to be drawn.

    Args:
        runs: Runs of the same parameters.
        loss: The loss of all parameters.
        plane: Where to look at more than two; None for the plane of the paths.
        window: What to show; None for what the runs need.
        resolution: Points along the wider axis.
        aspect: Width over height of the picture.
    """
    names, paths, whose = runs[0].names, tuple(run.iterates for run in runs), ""
    if plane is None and len(names) > 2:
        plane, whose = plane_of(runs)
    if plane is not None:
        names, loss = plane.names, plane.restrict(loss)
        paths = tuple(plane.project(path) for path in paths)
    leaves = [run.behavior == "diverging" for run in runs]
    if window is None:
        known = getattr(loss, "window", None) if len(names) == 1 else None
        window = window_for(paths, leaves, aspect, known)
    count = (resolution, max(2, round(resolution / aspect))) if len(names) == 2 else 2 * resolution
    note = note_on(plane, whose, runs, paths, window) if plane else ""
    return Stage(sample(loss, window, count, names), paths, note)


def draw_stage(
    axes: Axes, stage: Stage, styles: Sequence[RunStyle], palette: Palette, is_equal: bool
) -> None:
    """Draw the loss, and on it every run's path, without what leaves the window."""
    window, flat = stage.landscape.window, len(stage.landscape.window) == 1
    if flat:
        draw_curve(axes, stage.landscape, stage.highest(), palette)
    else:
        draw_contours(axes, stage.landscape, palette)
        if is_equal:
            axes.set_aspect("equal", adjustable="box", anchor="SW")
    for place, (path, look) in enumerate(zip(stage.paths, styles, strict=True)):
        order = 3 + place / len(styles)
        points = _with_heights(stage.landscape, path) if flat else path
        view = (*window, axes.get_ylim()) if flat else window
        _draw_path(axes, points, view, look, order, palette)


def _with_heights(landscape: Landscape, path: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points on the curve; those off it are as high as its nearer end."""
    heights = np.interp(path[:, 0], landscape.axes[0], landscape.values)
    return np.column_stack([path[:, 0], heights])


def _draw_path(
    axes: Axes,
    path: NDArray[np.float64],
    window: Window,
    look: RunStyle,
    order: float,
    palette: Palette,
) -> None:
    some = path[seen(path, window)]
    line = clipped(some, window)
    axes.plot(*line.T, color=look.color, linestyle=look.dashes, zorder=order)
    points = some[inside(some, window)]
    if 0 < len(points) <= MOST_DOTS:
        size = DOT if len(points) <= MANY else SMALL_DOT
        axes.plot(*points.T, look.marker, color=look.color, markersize=size, zorder=order + 1)
    _draw_ends(axes, path, window, look, palette)


def _draw_ends(
    axes: Axes, path: NDArray[np.float64], window: Window, look: RunStyle, palette: Palette
) -> None:
    """Draw a ring where the run starts, and a glowing point where it ends."""
    if inside(path[:1], window)[0]:
        axes.plot(
            *path[0],
            marker="o",
            markersize=END,
            markerfacecolor=palette.background,
            markeredgecolor=palette.ink,
            markeredgewidth=style.LINE,
            zorder=5,
        )
    if inside(path[-1:], window)[0]:
        for size, alpha in ((END * GLOW, GLOW_OPACITY), (END, 1)):
            marker = look.marker if alpha == 1 else "o"
            axes.plot(
                *path[-1], marker=marker, markersize=size, color=look.color, alpha=alpha, zorder=6
            )


def draw_arrows(axes: Axes, stage: Stage, styles: Sequence[RunStyle]) -> None:
    """Draw an arrow out of the frame for each path that ends outside; last, since in points."""
    if len(stage.landscape.window) == 1:
        return
    # Of equal scale, axes are where they will be drawn only once this was done.
    axes.apply_aspect()
    for path, look in zip(stage.paths, styles, strict=True):
        found = exit_of(path, stage.landscape.window)
        if found is None:
            continue
        before, edge = axes.transData.transform(found) / (DPI * POINT)
        along: Any = (edge - before) / max(float(np.hypot(*(edge - before))), 1e-9)
        arrow = {"arrowstyle": "-|>", "color": look.color, "shrinkA": 0, "shrinkB": 0}
        axes.annotate(
            "",
            xy=edge + ARROW / 2 * along,
            xytext=edge - ARROW / 2 * along,
            xycoords="figure points",
            annotation_clip=False,
            arrowprops=arrow | {"linewidth": style.LINE, "mutation_scale": ARROW},
            zorder=7,
        )
