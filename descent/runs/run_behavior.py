"""What a run does, and which of its losses decide that."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from descent.runs.behavior import BEHAVIORS, ENDINGS, Behavior, Ending, codes
from descent.runs.facts_of_run import (
    facts_of,
    facts_of_losses,
    facts_of_norms,
    facts_of_some,
)
from descent.runs.precision import epsilon_of
from descent.runs.trend import Trend, trend_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.runs.run_facts import RunFacts
    from descent.runs.trajectory import Trajectory

FEWEST = 2  # rows of the loss over all data that tell where it went


def full_loss_rows(run: Trajectory) -> NDArray[np.int64]:
    """Return the rows whose loss over all data tells what a loop did; none where others do.

    They tell it where that loss was measured at two rows at least, and is not the one that the
    steps followed.
    """
    measured = np.flatnonzero(np.isfinite(run.full_losses))
    return measured if len(measured) >= FEWEST and not run.has_one_loss else measured[:0]


def deciding_losses(run: Trajectory) -> NDArray[np.float64]:
    """Return the losses that decide what a run does: those over all data where measured."""
    rows = full_loss_rows(run)
    return run.full_losses[rows] if rows.size else run.evaluated.losses


def noise_trend(run: Trajectory) -> Trend | None:
    """Return the trend of a run whose noise hides what it does; None of any other."""
    return _decided(run).trend


def batch_trend(run: Trajectory) -> Trend | None:
    """Return the trend that tells what a loop did whose loss over all data is not known."""
    is_known = not run.loss_counts.size or full_loss_rows(run).size > 0
    return None if is_known else noise_trend(run)


def behavior_of(run: Trajectory) -> Behavior:
    """Return what a run does; see `Trajectory.behavior`."""
    return _decided(run).behavior


class _Decided(NamedTuple):
    """What a run does, and the trend of its losses if it was told by that."""

    behavior: Behavior
    trend: Trend | None = None


# A sentence asks several times, and a run never changes.
_known: WeakKeyDictionary[Trajectory, _Decided] = WeakKeyDictionary()


def _decided(run: Trajectory) -> _Decided:
    """Return what the numbers of a run say, gathered from all its rows once."""
    if run not in _known:
        _known[run] = _decide(run)
    return _known[run]


def _decide(run: Trajectory) -> _Decided:
    ending = np.array([ENDINGS.index(_ending(run))])
    behavior = BEHAVIORS[int(codes(_facts(run), ending)[0])]
    if behavior != "bounded" or run.has_one_loss:
        return _Decided(behavior)
    trend = trend_of(deciding_losses(run))
    return _Decided(behavior if trend is None else trend.behavior, trend)


def _ending(run: Trajectory) -> Ending:
    """Return how the recording ended early, as far as it decides the behavior."""
    if run.next_loss == "none":
        return "none"
    if not run.diverged:
        return ""
    if run.stopped_by == "gradient":
        return "gradient"
    # Older files do not hold the loss of the row that was not finite.
    return run.next_loss or "parameters"


def _facts(run: Trajectory) -> RunFacts:
    known, epsilon = run.evaluated, epsilon_of(run.dtype)
    rows = full_loss_rows(run)
    if rows.size:
        sizes = run.gradient_norms[np.minimum(rows, known.steps)]
        return facts_of_some(run.full_losses[rows], sizes, run.step_norms(), epsilon)
    if run.left_out:
        return facts_of_losses(known.losses, run.step_norms(), epsilon)
    is_batched = not run.has_one_loss
    if run.has_every_row:
        return facts_of(run.iterates, known.losses, known.gradients, is_batched, epsilon)
    return facts_of_norms(known.losses, run.step_norms(), is_batched, epsilon)
