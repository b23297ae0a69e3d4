"""One run of a loss as a clip shows it: its first steps, its full length, and its views."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.errors import InvalidValue, RecordingFailed
from descent.losses.minimum import find_minimum
from descent.losses.named import NamedLoss
from descent.rates.curvature import sharpness
from descent.rates.rounding import rounded
from descent.rates.suggestions import suggest_learning_rates
from descent.runs.recording import record
from descent.text.numbers import ROUNDING
from descent.views.landscape import Landscape, Window
from descent.views.windows import (
    STAGE_ASPECT,
    aspect_for,
    first_window,
    landscape,
    last_window,
    stable_step,
    zoom_levels,
)
from understanding_gradients.lecture.recordings import Run

if TYPE_CHECKING:
    from descent.runs.trajectory import Trajectory

HORIZON = 10_000  # steps, after which a run that has not reached its target is given up
# A run reaches its target within this share of the just-right run's fall.
TARGET_TOLERANCE = 1e-6
LANDMARKS = 3.0  # times as wide a view of a curve may become by what the loss suggests
CURVE_SHARE = 0.2  # of the critical rate: on a parabola, each step keeps 0.6 of the distance


def record_whole(loss: NamedLoss, start: Any, **request: Any) -> Trajectory:
    """Record a run, which no exception may have stopped: a film has no sentence for that.

    Raises:
        RecordingFailed: If the loss fails at a later step.
    """
    run = record(loss, start, **request)
    if run.stopped_by == "error":
        raise RecordingFailed(run.error)
    return run


def single_run(loss: NamedLoss, rate: float, steps: int) -> Run:
    """Record a run that is not compared with others."""
    shown = record_whole(loss, loss.start, learning_rate=rate, steps=steps)
    return make_run(loss, shown, first_view(loss, [shown]), target_loss(shown), rate)


def first_view(loss: NamedLoss, runs: Sequence[Trajectory], *, even: bool = False) -> Landscape:
    """Return a loss over the view in which runs from one start begin.

    Args:
        loss: What they descend.
        runs: The runs.
        even: Whether both axes have one scale in any case; see `aspect_for`.
    """
    lowest = min(runs, key=lambda run: float(run.losses.min()))
    found = find_minimum(loss, lowest.iterates[int(lowest.losses.argmin())])
    place = None if found is None else found.place
    aspect = STAGE_ASPECT if even or place is None else aspect_for(loss, place)
    window = first_window(runs, stable_step(loss, runs[0]), place, aspect)
    return landscape(loss, _with_landmarks(window, loss.window))


def _with_landmarks(window: Window, own: Window | None) -> Window:
    """Return a window of one parameter widened by that which its loss suggests, if that is near.

    A curve is known by its wells. The rims are left as they are: a little beyond them a loss may
    be so high that no well is seen.
    """
    if own is None or len(window) != 1 or len(own) != 1:
        return window
    low, high = np.array([window[0], own[0]]).T
    whole = float(low.min()), float(high.max())
    is_near = whole[1] - whole[0] <= LANDMARKS * (window[0][1] - window[0][0])
    return (whole,) if is_near else window


def make_run(
    loss: NamedLoss,
    shown: Trajectory,
    first: Landscape,
    target: float,
    rate: float,
    full: Trajectory | None = None,
) -> Run:
    """Return `shown` with its full length and its views.

    Args:
        loss: What it descends.
        shown: The steps that are shown one by one.
        first: The loss over the first view.
        target: The loss at which the full run ends.
        rate: The learning rate of every step.
        full: The full run; recorded up to `target` if not given.
    """
    windows, views = zoom_levels(shown.iterates, first.window)
    if full is None:
        full = _record_full(loss, shown, target)
    widest = last_window(full, windows[-1])
    if widest is not None:
        windows.append(widest)
    curvature = sharpness(loss, shown.iterates[0])
    found = find_minimum(loss, full.iterates[int(full.losses.argmin())])
    return Run(
        trajectory=shown,
        full=full,
        landscapes=(first, *(landscape(loss, window) for window in windows[1:])),
        views=views,
        sharpness=curvature,
        critical_learning_rate=2 / curvature if curvature > 0 else math.inf,
        target=target,
        minimiser=np.empty(0) if found is None else found.place,
        minimum=math.nan if found is None else _without_rounding(found.loss, shown),
        is_global=found is not None and found.is_lowest,
        description=loss.description,
        learning_rate=rate,
    )


def _without_rounding(minimum: float, shown: Trajectory) -> float:
    """Return the loss at a minimum; 0 where it is no more than rounding of the losses."""
    return 0.0 if abs(minimum) <= ROUNDING * abs(float(shown.losses[0])) else minimum


def _record_full(loss: NamedLoss, shown: Trajectory, target: float) -> Trajectory:
    """Record the run up to `target`, from its start, so that its first steps have equal bits."""
    if shown.diverged or not shown.steps or shown.losses.min() <= target:
        return shown
    rate = float(shown.learning_rates[0])
    return record_whole(loss, shown.iterates[0], learning_rate=rate, steps=HORIZON, until=target)


def target_loss(just_right: Trajectory) -> float:
    """Return the loss at which a run counts as arrived where the just-right run ends."""
    first, last = float(just_right.losses[0]), float(just_right.losses[-1])
    return last + TARGET_TOLERANCE * max(first - last, 0.0)


def gentle_rate(loss: NamedLoss) -> float:
    """Return a rate that takes several steps on one curve, where the best rate takes one."""
    curvature = sharpness(loss, loss.start)
    rate = CURVE_SHARE * 2 / curvature if curvature > 0 else math.inf
    try:
        best = suggest_learning_rates(loss, loss.start).just_right
    except InvalidValue:  # flat, as for a weight whose x is zero in all rows
        best = 1.0
    return rounded(min(rate, best))
