"""One run of a loss: as it is shown, carried on, and with the views to draw it in."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from descent.checks.loss import check_loss
from descent.losses.named import NamedLoss
from descent.rates.curvature import sharpness
from descent.rates.suggestions import suggest_learning_rates
from descent.runs.recording import record
from descent.views.landscape import Landscape
from descent.views.windows import (
    first_window,
    landscape,
    last_window,
    stable_step,
    zoom_levels,
)
from understanding_gradients.lecture.recordings import Run

if TYPE_CHECKING:
    from descent.runs.trajectory import Trajectory

HORIZON = 10_000
# Arriving means being above the just-right run's last loss by no more than this share of its fall.
ARRIVED = 1e-6
CURVE_SHARE = 0.2  # of the critical rate: on a parabola, each step keeps 0.6 of the distance
FIGURES = 2  # of a suggested rate, so that the worked sum can be checked by hand


def record_whole(loss: NamedLoss, start: Any, **request: Any) -> Trajectory:
    """Record a run, which no exception may have stopped: a film has no sentence for that.

    Raises:
        RuntimeError: If the loss fails at a later step.
    """
    run = record(loss, start, **request)
    if run.stopped_by == "error":
        raise RuntimeError(run.error)
    return run


def single_run(loss: NamedLoss, rate: float, steps: int) -> Run:
    """Return a run that is compared with no other."""
    shown = record_whole(loss, loss.start, learning_rate=rate, steps=steps)
    first = landscape(loss, first_window([shown], stable_step(loss, shown)))
    return make_run(loss, shown, first, arrival(shown), rate)


def make_run(
    loss: NamedLoss,
    shown: Trajectory,
    first: Landscape,
    target: float,
    rate: float,
    continued: Trajectory | None = None,
) -> Run:
    """Return `shown` carried on to `target`, with its views.

    Args:
        loss: What it descends.
        shown: The steps that are shown one by one.
        first: The loss over the first view.
        target: The loss at which carrying on ends.
        rate: The learning rate of every step.
        continued: `shown` carried on, where that was recorded already.
    """
    windows, views = zoom_levels(shown.iterates, first.window)
    if continued is None:
        continued = _continued(loss, shown, target)
    further = last_window(continued, windows[-1])
    if further is not None:
        windows.append(further)
    curvature = sharpness(loss, shown.iterates[0])
    return Run(
        trajectory=shown,
        continued=continued,
        landscapes=(first, *(landscape(loss, window) for window in windows[1:])),
        views=views,
        sharpness=curvature,
        critical_learning_rate=2 / curvature if curvature > 0 else math.inf,
        target=target,
        description=loss.description,
        learning_rate=rate,
    )


def _continued(loss: NamedLoss, shown: Trajectory, target: float) -> Trajectory:
    """Return the run carried on from the start again, so that its first bits are the same."""
    if shown.diverged or not shown.steps or shown.losses.min() <= target:
        return shown
    rate = float(shown.learning_rates[0])
    return record_whole(loss, shown.iterates[0], learning_rate=rate, steps=HORIZON, until=target)


def arrival(just_right: Trajectory) -> float:
    """Return the loss at which a run counts as arrived where the just-right one does."""
    first, last = float(just_right.losses[0]), float(just_right.losses[-1])
    return last + ARRIVED * max(first - last, 0.0)


def rounded(rate: float, way: Callable[[float], float] = round) -> float:
    """Return a suggested rate with as few figures as a lecturer would choose.

    Args:
        rate: A positive rate.
        way: `round` to the nearest; `math.floor` or `math.ceil` where the other side would be on
            the wrong side of a threshold.
    """
    unit = 10.0 ** (math.floor(math.log10(rate)) - FIGURES + 1)
    # The nearer of both wins where they differ by rounding errors only.
    figures = round(rate / unit) if math.isclose(rate / unit, round(rate / unit)) else rate / unit
    return float(f"{way(figures) * unit:.{FIGURES - 1}e}")


def gentle_rate(loss: NamedLoss) -> float:
    """Return a rate that shows several steps on one curve, where the best would take one."""
    curvature = sharpness(loss, loss.start)
    rate = CURVE_SHARE * 2 / curvature if curvature > 0 else math.inf
    _, gradient = check_loss(loss, loss.start)
    if not gradient.any():  # no rate moves anything, such as a weight whose x is zero in all rows
        return rounded(min(rate, 1.0))
    best = suggest_learning_rates(loss, loss.start).just_right
    return rounded(min(rate, best))
