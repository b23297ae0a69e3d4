"""Which steps of a recorded run are shown: that there are some, how many, and at which rate."""

from __future__ import annotations

import math
from typing import Any

from descent.checks.errors import InvalidType, InvalidValue
from descent.checks.numbers import check_whole
from descent.runs.trajectory import Trajectory
from descent.text.runs import diverged_at

HORIZON = 10_000  # steps, after which a run that has not reached its target is given up
# Steps shown one by one: all of a run of at most WHOLE steps, else the first BEGINNING.
WHOLE, BEGINNING = 12, 6
MAX_SHOWN = 60
MOST_AXES = 2  # parameters; more are drawn on a plane


def check_steps(run: Any) -> Trajectory:
    """Return `run`, checked that it is one that took steps, and not too many to be drawn."""
    if not isinstance(run, Trajectory):
        raise InvalidType(
            "run",
            "be a descent.Trajectory",
            got=type(run).__name__,
            repair="record one with descent.record(loss, start, learning_rate=..., steps=...).",
        )
    if run.steps == 0:
        raise InvalidValue(
            "run",
            "have taken a step",
            got=f"one that {diverged_at(run).lower()}" if run.diverged else "one that took none",
            repair="record it with a smaller learning rate.",
        )
    if run.steps > HORIZON:
        raise InvalidValue(
            "run",
            f"have at most {HORIZON:,} steps to be drawn",
            got=f"{run.steps:,}",
            repair=f"film run.first({HORIZON}).",
        )
    return run


def steps_to_show(recorded: int, chosen: int | None) -> int:
    """Return how many of the `recorded` steps are shown one by one."""
    if chosen is None:
        return recorded if recorded <= WHOLE else BEGINNING
    return min(check_whole(chosen, "steps", 1, MAX_SHOWN), recorded)


def first_rate(run: Trajectory) -> float:
    """Return the rate of the first step; inf for a run without steps."""
    return float(run.learning_rates.flat[0]) if run.steps else math.inf
