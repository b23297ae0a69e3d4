"""One run of a loss as a clip shows it: its first steps, its full length, and its views."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from descent.checks.errors import InvalidValue, RecordingFailed
from descent.losses.named import NamedLoss
from descent.pictures.making import FIRST, first_view, picture_of, target_loss
from descent.pictures.shown_steps import HORIZON
from descent.rates.curvature import sharpness
from descent.rates.rounding import rounded
from descent.rates.suggestions import suggest_learning_rates
from descent.runs.recording import record
from descent.views.windows import FILM_SECONDS

if TYPE_CHECKING:
    from descent.pictures.run import Run
    from descent.runs.trajectory import Trajectory
    from descent.views.landscape import Landscape

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


def make_run(
    loss: NamedLoss,
    shown: Trajectory,
    first: Landscape,
    target: float,
    rate: float,
    full: Trajectory | None = None,
    seconds: float = FILM_SECONDS - FIRST,
) -> Run:
    """Return `shown` with its full length and its views.

    Args:
        loss: What it descends.
        shown: The steps that are shown one by one.
        first: The loss over the first view.
        target: The loss at which the full run ends.
        rate: The learning rate of every step.
        full: The full run; recorded up to `target` if not given.
        seconds: About how long the loss may take in all views but the first.
    """
    if full is None:
        full = record_full(loss, shown, target)
    return picture_of(loss, shown, first, target, rate, full, seconds)


def record_full(loss: NamedLoss, shown: Trajectory, target: float) -> Trajectory:
    """Record the run up to `target`, from its start, so that its first steps have equal bits."""
    if shown.diverged or not shown.steps or shown.losses.min() <= target:
        return shown
    rate = float(shown.learning_rates[0])
    return record_whole(loss, shown.iterates[0], learning_rate=rate, steps=HORIZON, until=target)


def gentle_rate(loss: NamedLoss) -> float:
    """Return a rate that takes several steps on one curve, where the best rate takes one."""
    curvature = sharpness(loss, loss.start)
    rate = CURVE_SHARE * 2 / curvature if curvature > 0 else math.inf
    try:
        best = suggest_learning_rates(loss, loss.start).just_right
    except InvalidValue:  # flat, as for a weight whose x is zero in all rows
        best = 1.0
    return rounded(min(rate, best))
