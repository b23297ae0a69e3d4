"""Which part of a loss to show: one view for the whole story, wider ones for runs that leave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from descent.rates.curvature import sharpness
from descent.views.landscape import Landscape, Window, sample, scale_window, window_around

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.arrays import Loss
    from descent.runs.trajectory import Trajectory

STAGE_ASPECT = 1.5
MARGIN = 0.28
EDGE = 0.15  # how near the edge of its window, as a share of it, a point may stand
PASSING = 0.04  # how near it may come while a run is carried on, too fast to be read
FAR_SIDE = 0.4  # how much of the way here is shown beyond the end, so that a bowl has two sides
TOO_FAR = 1e150  # squares of such numbers overflow, so nothing can be drawn there
MOST_VIEWS = 7
LEAST_GROWTH = 1.5
RESOLUTION = {1: (401,), 2: (241, 161)}
ON_A_PLANE = (121, 81)  # where each point may be a pass through a network


def stable_step(loss: Loss, run: Trajectory) -> NDArray[np.float64]:
    """Return where a step of rate 1 / sharpness leads from the start; the start if flat."""
    start, gradient = run.iterates[0], run.gradients[0]
    curvature = sharpness(loss, start)
    return start - gradient / curvature if curvature > 0 else start


def landscape(loss: Loss, window: Window) -> Landscape:
    """Return the loss over `window`, finely enough for a film."""
    return sample(loss, window, RESOLUTION[len(window)])


def first_window(runs: Sequence[Trajectory], stable_step: NDArray[np.float64]) -> Window:
    """Return a window for runs of one loss from one start, leaving out those that diverge.

    Args:
        runs: The runs to hold.
        stable_step: A point that a stable step from the start leads to, shape (n,), shown in
            any case.
    """
    held = [run.iterates for run in runs if run.behavior != "diverging"]
    return window_for_run([np.stack([runs[0].iterates[0], stable_step])], held)


def window_for_run(
    shown: Sequence[NDArray[np.float64]], paths: Sequence[NDArray[np.float64]]
) -> Window:
    """Return a window that holds points and paths, and something beyond where the paths end."""
    beyond = [path[-1:] + FAR_SIDE * (path[-1:] - path[:1]) for path in paths]
    return window_around(np.concatenate([*shown, *paths, *beyond]), STAGE_ASPECT, MARGIN)


def zoom_levels(
    points: NDArray[np.float64], first: Window
) -> tuple[list[Window], NDArray[np.int64]]:
    """Return windows from `first` outwards, and the index of the one for each of `points`.

    Each window holds the ones before it. A window is left only for one at least half as wide
    again, and for more where a long run would otherwise need more than `MOST_VIEWS`.
    """
    growth = LEAST_GROWTH
    while True:
        windows, views = _widened(points, first, growth)
        if len(windows) <= MOST_VIEWS:
            return windows, views
        growth *= LEAST_GROWTH


def last_window(continued: Trajectory, widest: Window) -> Window | None:
    """Return a window for all of a run that was carried on, if `widest` does not hold it.

    A run that diverges gets none: it leaves every window.
    """
    is_held = all(_holds(widest, point, PASSING) for point in continued.iterates)
    if is_held or continued.behavior == "diverging":
        return None
    corners = np.array(widest).T
    return window_around(np.vstack([corners, continued.iterates]), STAGE_ASPECT, MARGIN)


def _widened(
    points: NDArray[np.float64], first: Window, growth: float
) -> tuple[list[Window], NDArray[np.int64]]:
    windows, views = [first], np.zeros(len(points), dtype=np.int64)
    for t, point in enumerate(points):
        if np.abs(point).max() < TOO_FAR and not _holds(windows[-1], point):
            wider = _around(windows[-1], point)
            least = growth * _width(windows[-1]) / _width(wider)
            windows.append(scale_window(wider, max(1.0, least)))
        views[t] = len(windows) - 1
    return windows, views


def _around(window: Window, point: NDArray[np.float64]) -> Window:
    """Return a window that holds `window` and `point`."""
    corners = np.array(window).T
    return window_around(np.vstack([corners, point]), STAGE_ASPECT, MARGIN)


def _holds(window: Window, point: NDArray[np.float64], edge: float = EDGE) -> bool:
    """Return whether `point` stands well inside `window`."""
    low, high = np.array(window).T
    return bool(np.all(np.abs(point - (low + high) / 2) <= (0.5 - edge) * (high - low)))


def _width(window: Window) -> float:
    return window[0][1] - window[0][0]
