"""By which of its losses a run is judged, and what these say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from descent.runs.behavior import BEHAVIORS, ENDINGS, Behavior, Ending, codes
from descent.runs.precision import epsilon_of
from descent.runs.run_facts import (
    RunFacts,
    facts_of,
    facts_of_losses,
    facts_of_norms,
    facts_of_some,
)
from descent.runs.trend import Trend, trend_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.runs.trajectory import Trajectory

FEWEST = 2  # rows of the loss over all data that tell where it went


def full_loss_rows(run: Trajectory) -> NDArray[np.int64]:
    """Return the rows whose loss over all data tells what a loop did; none where others do.

    They tell it where that loss was measured at two rows at least, and is not the one that the
    steps followed.
    """
    measured = np.flatnonzero(np.isfinite(run.full_losses))
    return measured if len(measured) >= FEWEST and not run.has_one_loss else measured[:0]


def judged_losses(run: Trajectory) -> NDArray[np.float64]:
    """Return the losses by which a run is judged: those over all data where they were measured."""
    rows = full_loss_rows(run)
    return run.full_losses[rows] if rows.size else run.evaluated.losses


def noise_trend(run: Trajectory) -> Trend | None:
    """Return the trend of a run whose noise hides what it does; None of any other."""
    is_noisy = not run.has_one_loss and not _ends_early(run) and _word(run, "") == "bounded"
    return trend_of(judged_losses(run)) if is_noisy else None


def batch_trend(run: Trajectory) -> Trend | None:
    """Return the trend that tells what a loop did whose loss over all data is not known."""
    is_known = not run.loss_counts.size or full_loss_rows(run).size > 0
    return None if is_known else noise_trend(run)


def behavior_of(run: Trajectory, ending: Ending) -> Behavior:
    """Return what a run does; see `Trajectory.behavior`.

    Args:
        run: The run.
        ending: How its recording ended early, as far as it decides the behavior.
    """
    word = _word(run, ending)
    if word != "bounded" or run.has_one_loss:
        return word
    trend = trend_of(judged_losses(run))
    return word if trend is None else trend.behavior


def _ends_early(run: Trajectory) -> bool:
    return run.diverged or run.next_loss == "none"


def _word(run: Trajectory, ending: Ending) -> Behavior:
    return BEHAVIORS[int(codes(_facts(run), np.array([ENDINGS.index(ending)]))[0])]


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
