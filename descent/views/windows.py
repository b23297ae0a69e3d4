"""Windows to draw a loss in: one that fits the runs, and wider ones for runs that leave it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from descent.rates.curvature import hessian, sharpness
from descent.views.budget import ALL_ROWS, SECONDS, fitting_sample
from descent.views.landscape import (
    Landscape,
    Window,
    contains,
    scale_window,
    window_around,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.arrays import Loss
    from descent.runs.trajectory import Trajectory

STAGE_ASPECT = 1.5
MARGIN = 0.28
# Least distance of a point from the window's edge, as a share of its size: along a curve, which is
# high at its ends, and on a map.
EDGE = {1: 0.06, 2: 0.15}
TIP_MARGIN = 0.06  # beyond the tips of arrows
PASSING = 0.04  # the same while a run is fast-forwarded
FAR_SIDE = 0.4  # share of a path that is added beyond its end, so that a bowl has two sides
TOO_FAR = 1e150  # squares of larger numbers overflow
FOR_MINIMUM = 2.0  # times as wide a view may become by the minimum
UNEVEN = 8.0  # times as thin one axis makes a valley as the other: a ravine may be a ravine
MOST_VIEWS = 7
LEAST_GROWTH = 1.5
RESOLUTION = {1: (401,), 2: (241, 161)}
FILM_SECONDS = 30.0  # that the loss of a film may take, in all views
ON_A_PLANE = (121, 81)  # fewer, since each point may be a forward pass of a network


def stable_step(loss: Loss, run: Trajectory) -> NDArray[np.float64]:
    """Return the point after one step of rate 1 / sharpness; the start if the loss is flat."""
    start, gradient = run.iterates[0], run.gradients[0]
    curvature = sharpness(loss, start)
    return start - gradient / curvature if curvature > 0 else start


def landscape(
    loss: Loss, window: Window, seconds: float = SECONDS, rows: int | None = ALL_ROWS
) -> Landscape:
    """Return the loss over `window` at the resolution of the film, or coarser if that takes long.

    Args:
        loss: Maps params, shape (n,), to a scalar tensor; n is 1 or 2.
        window: (low, high) for each parameter.
        seconds: About how long it may take.
        rows: Over how many rows of the data; 0 for all, None for as many as `seconds` allow.
    """
    return fitting_sample(
        loss, window, RESOLUTION[len(window)], seconds=seconds, is_halved=True, rows=rows
    )


def aspect_for(loss: Loss, place: NDArray[np.float64]) -> float:
    """Return how many units the width of the film's maps has for each of their height.

    It is such that both axes have one scale, which keeps a gradient at right angles to the
    contours. Where the loss is curved so differently along them that its valley would be as thin
    as a line, the second axis has a scale of its own: 10, 100, … times larger, or smaller.

    Args:
        loss: Maps params, shape (n,), to a scalar tensor.
        place: Where its curvature counts, shape (n,): its minimum.
    """
    if len(place) != 2:
        return STAGE_ASPECT
    along_x, along_y = np.diag(hessian(loss, place))
    if not (along_x > 0 and along_y > 0):
        return STAGE_ASPECT
    ratio = math.sqrt(along_x / along_y)
    if 1 / UNEVEN < ratio < UNEVEN:
        return STAGE_ASPECT
    return STAGE_ASPECT / 10.0 ** round(math.log10(ratio))


def scale_of(window: Window) -> float:
    """Return how many units of the second axis are as long as one of the first on the film's maps.

    It is 1, or a power of ten; see `aspect_for`.
    """
    if len(window) == 1:
        return 1.0
    ratio = STAGE_ASPECT / aspect_of(window)
    return 10.0 ** round(math.log10(ratio)) if ratio > 0 else 1.0


def aspect_of(window: Window) -> float:
    """Return how many units the width of a window has for each of its height."""
    if len(window) == 1:
        return STAGE_ASPECT
    (left, right), (low, high) = window
    return (right - left) / (high - low)


def first_window(
    runs: Sequence[Trajectory],
    stable: NDArray[np.float64],
    minimiser: NDArray[np.float64] | None = None,
    aspect: float = STAGE_ASPECT,
) -> Window:
    """Return a window for the runs of one loss from one start that do not diverge.

    Args:
        runs: The runs.
        stable: The point after one stable step, shape (n,), which is contained in any case.
        minimiser: The minimum, shape (n,), which is contained if the window does not become much
            wider by it.
        aspect: How many units its width has for each of its height.
    """
    paths = [run.iterates for run in runs if run.behavior != "diverging"]
    ends = np.stack([runs[0].iterates[0], stable])
    window = window_for_run([ends], paths, aspect)
    if minimiser is None:
        return window
    wider = window_for_run([ends, minimiser[None]], paths, aspect)
    return wider if _width(wider) <= FOR_MINIMUM * _width(window) else window


def gradient_window(run: Trajectory, first: Window) -> Window:
    """Return a window that contains `first`, and the first gradient and step at true length.

    The gradient is drawn from the start uphill and, turned round, downhill. What lies too far out
    to be drawn is left out.
    """
    start, gradient = run.iterates[0], run.gradients[0]
    tips = np.stack([start + gradient, start - gradient, *run.iterates[1:2]])
    near = tips[np.abs(tips).max(axis=1) < TOO_FAR]
    points = np.vstack([np.array(first).T, near])
    return window_around(points, aspect_of(first), TIP_MARGIN)


def window_for_run(
    shown: Sequence[NDArray[np.float64]],
    paths: Sequence[NDArray[np.float64]],
    aspect: float = STAGE_ASPECT,
) -> Window:
    """Return a window that contains points, paths, and a part beyond the ends of the paths."""
    beyond = [path[-1:] + FAR_SIDE * (path[-1:] - path[:1]) for path in paths]
    return window_around(np.concatenate([*shown, *paths, *beyond]), aspect, MARGIN)


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
    for t, point in enumerate(points):
        if np.abs(point).max() < TOO_FAR and not contains(windows[-1], point, EDGE[len(first)]):
            wider = _around(windows[-1], point)
            least = growth * _width(windows[-1]) / _width(wider)
            windows.append(scale_window(wider, max(1.0, least)))
        views[t] = len(windows) - 1
    return windows, views


def _around(window: Window, points: NDArray[np.float64]) -> Window:
    """Return a window that contains `window` and `points`."""
    return window_around(np.vstack([np.array(window).T, points]), aspect_of(window), MARGIN)


def _width(window: Window) -> float:
    return window[0][1] - window[0][0]
