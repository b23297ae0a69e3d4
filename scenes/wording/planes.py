"""Sentences about the plane on which a run of many parameters is drawn."""

from __future__ import annotations

from typing import Any

import numpy as np

from descent.runs.projected import ProjectedTrajectory
from descent.text.losses import reads_same
from descent.text.numbers import counted, fixed, whole
from descent.text.runs import steps_of
from scenes.claims import claim
from scenes.facts.shares import share

READ_OFF = 0.05  # of a loss: how well it is read off lines

PLANE_CUE = "d1 and d2 are two directions in which all parameters move together."
LINES_CUE = "The numbers at the right are the recorded ones."
ROWS_CUE = "All of them take too long; the numbers at the right are those of all rows."
TURNED_CUE = "The steps so far, seen in the plane of the whole run."


def _is_drawn(run: Any) -> bool:
    return run.projection is not None and np.isfinite(run.projection.shown)


@claim(_is_drawn)
def shows_share(run: Any) -> str:
    """Say how many parameters there are, and how much of their movement is seen."""
    one = run.projection
    count, steps = counted(one.parameters, "parameter"), run.trajectory.steps
    which = f"these {steps_of(steps)}" if steps > 1 else "the step"
    return f"{count}: the plane shows {share(one.shown)} of how {which} move{'s' * (steps == 1)}"


def _has_some_rows(run: Any) -> bool:
    """Return whether all views of a run are drawn over the same part of the rows."""
    counts = {(view.rows, view.all_rows) for view in (*run.landscapes, *run.overview)}
    return len(counts) == 1 and 0 < run.landscapes[0].rows < run.landscapes[0].all_rows


@claim(_has_some_rows)
def some_rows(run: Any) -> str:
    """Say of which part of the data the lines are."""
    view = run.landscapes[0]
    return f"The lines are the loss over {whole(view.rows)} of {whole(view.all_rows)} rows"


def _losses_at_start(trajectory: Any) -> tuple[float, float]:
    """Return the recorded loss at the start, and that of the plane at the place drawn."""
    return float(trajectory.losses[0]), float(trajectory.whole.plane_losses[0])


def _lines_differ(trajectory: Any, rows: int = 0) -> bool:
    """Return whether nobody could read the loss at the start off the lines.

    Those over some rows of the data differ for another reason.
    """
    if rows or not isinstance(trajectory, ProjectedTrajectory):
        return False
    recorded, drawn = _losses_at_start(trajectory)
    seen = not np.isfinite(drawn) or abs(drawn - recorded) > READ_OFF * abs(recorded)
    return bool(seen) and not reads_same(recorded, drawn, fixed)


@claim(_lines_differ)
def lines_differ(trajectory: Any, rows: int = 0) -> str:
    """Say that the contours are those of the plane, off which the start lies.

    Args:
        trajectory: The run on its plane.
        rows: Over how many rows of the data the lines are drawn; 0 for all.
    """
    recorded, drawn = map(fixed, _losses_at_start(trajectory))
    return f"The start lies off this plane: its loss is {recorded}, the lines there say {drawn}"


@claim(lambda run: len(run.overview) > 0 and np.isfinite(run.full.whole.shown))
def turned(run: Any) -> str:
    """Say how much of the whole movement another plane shows."""
    seen, steps = share(run.full.whole.shown), steps_of(run.full.steps)
    return f"Another plane: it shows {seen} of how all {steps} move"
