"""Windows to draw a loss in: one that fits the runs, and wider ones for runs that leave it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from descent.rates.curvature import sharpness
from descent.views.landscape import (
    Landscape,
    Window,
    contains,
    sample,
    scale_window,
    window_around,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.arrays import Loss
    from descent.runs.trajectory import Trajectory

STAGE_ASPECT = 1.5
MARGIN = 0.28
EDGE = 0.15  # least distance of a point from the window's edge, as a share of its size
TIP_MARGIN = 0.06  # beyond the tips of arrows
PASSING = 0.04  # the same while a run is fast-forwarded
FAR_SIDE = 0.4  # share of a path that is added beyond its end, so that a bowl has two sides
HEADROOM = 1.35  # of the height of the runs: how far up a curve is shown
TOO_FAR = 1e150  # squares of larger numbers overflow
MOST_VIEWS = 7
LEAST_GROWTH = 1.5
RESOLUTION = {1: (401,), 2: (241, 161)}
ON_A_PLANE = (121, 81)  # fewer, since each point may be a forward pass of a network


def stable_step(loss: Loss, run: Trajectory) -> NDArray[np.float64]:
    """Return the point after one step of rate 1 / sharpness; the start if the loss is flat."""
    start, gradient = run.iterates[0], run.gradients[0]
    curvature = sharpness(loss, start)
    return start - gradient / curvature if curvature > 0 else start


def landscape(loss: Loss, window: Window) -> Landscape:
    """Return the loss over `window` at the resolution of the film."""
    return sample(loss, window, RESOLUTION[len(window)])


def first_landscape(loss: Loss, runs: Sequence[Trajectory]) -> Landscape:
    """Return the loss over the view in which its runs begin.

    A loss of one parameter that has a window of its own, as a double well has, is shown over that
    too, as in `Trajectory.plot`, as far as it is not much above the runs.
    """
    window = first_window(runs, stable_step(loss, runs[0]))
    known: Window | None = getattr(loss, "window", None)
    if known is None or len(known) > 1:
        return landscape(loss, window)
    every = window_around(np.hstack([window, known]).T, STAGE_ASPECT, 0.0)
    seen = landscape(loss, every)
    lowest = float(np.nanmin(seen.values))
    highest = max(float(run.losses.max()) for run in runs if run.behavior != "diverging")
    (places,), is_low = seen.axes, seen.values <= lowest + HEADROOM * (highest - lowest)
    low, high = places[is_low][[0, -1]]
    return landscape(loss, ((min(low, window[0][0]), max(high, window[0][1])),))


def first_window(runs: Sequence[Trajectory], stable: NDArray[np.float64]) -> Window:
    """Return a window for the runs of one loss from one start that do not diverge.

    Args:
        runs: The runs.
        stable: The point after one stable step, shape (n,), which is contained in any case.
    """
    paths = [run.iterates for run in runs if run.behavior != "diverging"]
    return window_for_run([np.stack([runs[0].iterates[0], stable])], paths)


def gradient_window(run: Trajectory, first: Window) -> Window:
    """Return a window that contains `first`, and the first gradient and step at true length.

    The gradient is drawn from the start uphill and, turned round, downhill. What lies too far out
    to be drawn is left out.
    """
    start, gradient = run.iterates[0], run.gradients[0]
    tips = np.stack([start + gradient, start - gradient, *run.iterates[1:2]])
    near = tips[np.abs(tips).max(axis=1) < TOO_FAR]
    return window_around(np.vstack([np.array(first).T, near]), STAGE_ASPECT, TIP_MARGIN)


def window_for_run(
    shown: Sequence[NDArray[np.float64]], paths: Sequence[NDArray[np.float64]]
) -> Window:
    """Return a window that contains points, paths, and a part beyond the ends of the paths."""
    beyond = [path[-1:] + FAR_SIDE * (path[-1:] - path[:1]) for path in paths]
    return window_around(np.concatenate([*shown, *paths, *beyond]), STAGE_ASPECT, MARGIN)


def zoom_levels(
    points: NDArray[np.float64], first: Window
) -> tuple[list[Window], NDArray[np.int64]]:
    """Return windows from `first` outwards, and the index of the one for each of `points`.

    Each window contains the ones before it and is at least `LEAST_GROWTH` times as wide, more if a
    long run would otherwise need more than `MOST_VIEWS` windows.
    """
    growth = LEAST_GROWTH
    while True:
        windows, views = _widened(points, first, growth)
        if len(windows) <= MOST_VIEWS:
            return windows, views
        growth *= LEAST_GROWTH


def last_window(continued: Trajectory, widest: Window) -> Window | None:
    """Return a window for all of a fast-forwarded run; None if `widest` suffices or it diverges."""
    if contains(widest, continued.iterates, PASSING).all() or continued.behavior == "diverging":
        return None
    return _around(widest, continued.iterates)


def _widened(
    points: NDArray[np.float64], first: Window, growth: float
) -> tuple[list[Window], NDArray[np.int64]]:
    windows, views = [first], np.zeros(len(points), dtype=np.int64)
    edge = EDGE if len(first) > 1 else PASSING  # a curve is steep at its ends
    for t, point in enumerate(points):
        if np.abs(point).max() < TOO_FAR and not contains(windows[-1], point, edge):
            wider = _around(windows[-1], point)
            least = growth * _width(windows[-1]) / _width(wider)
            windows.append(scale_window(wider, max(1.0, least)))
        views[t] = len(windows) - 1
    return windows, views


def _around(window: Window, points: NDArray[np.float64]) -> Window:
    """Return a window that contains `window` and `points`."""
    return window_around(np.vstack([np.array(window).T, points]), STAGE_ASPECT, MARGIN)


def _width(window: Window) -> float:
    return window[0][1] - window[0][0]
