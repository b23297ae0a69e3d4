"""Clip inputs from runs that were recorded elsewhere, for the clips of learning rates."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.errors import InvalidType, InvalidValue
from descent.checks.numbers import check_whole
from descent.losses.named import NamedLoss
from descent.runs.completion import completed
from descent.runs.loss_match import check_same_loss
from descent.runs.trajectory import Trajectory
from descent.text.runs import diverged_at
from understanding_gradients.lecture.plane_runs import (
    Descent,
    plane_of,
    run_on_planes,
    runs_on_plane,
)
from understanding_gradients.lecture.recordings import RATE_NAMES, Run
from understanding_gradients.lecture.runs import HORIZON, first_view, make_run, target_loss
from understanding_gradients.lecture.texts import MAX_PARAMETER, check_text

if TYPE_CHECKING:
    from descent.arrays import Loss
    from descent.views.planes import Plane

# Steps shown one by one: all of a run of at most WHOLE steps, else the first BEGINNING.
WHOLE, BEGINNING = 12, 6
MAX_SHOWN = 60
MOST_AXES = 2  # parameters; more are drawn on a plane


def single_run_inputs(
    run: Any, loss: Loss, steps: int | None = None, plane: Plane | None = None
) -> Run:
    """Return the recording that shows `run` by itself.

    Args:
        run: The recorded descent.
        loss: The function that it was recorded from.
        steps: How many steps are shown one by one, the rest in one motion; by default all of up
            to `WHOLE`, else `BEGINNING`.
        plane: Where a run is drawn; by default the plane of its path if it has more than two
            parameters.
    """
    run = check_run(run, loss)
    check_plane(plane, run)
    shown = run.first(steps_to_show(run.steps, steps))
    # A run that is shown to its end also says how it ended.
    shown = run if shown.steps == run.steps else shown
    if plane is not None or len(run.names) > MOST_AXES:
        one = Descent(shown, run, first_rate(run))
        return run_on_planes(loss, one, plane, _description(loss))
    named = with_names(loss, run)
    first = first_view(named, [shown])
    return make_run(named, shown, first, -math.inf, first_rate(run), full=run)


def comparison_inputs(
    runs: Any, loss: Loss, steps: int | None = None, plane: Plane | None = None
) -> dict[str, Run]:
    """Return the recordings that show three runs in lockstep, by the names of their rates.

    Args:
        runs: Three runs: a mapping from `RATE_NAMES`, or a list in any order.
        loss: The function that all of them were recorded from.
        steps: How many steps are shown; by default all of up to `WHOLE`, else `BEGINNING`.
        plane: Where they are drawn; by default the plane of their paths if they have more than two
            parameters.
    """
    by_name = {name: check_run(run, loss) for name, run in runs_by_name(runs).items()}
    check_comparable(by_name)
    shortest = min((run.steps for run in by_name.values() if not run.diverged), default=None)
    longest = max(run.steps for run in by_name.values())
    count = steps_to_show(longest if shortest is None else shortest, steps)
    shown = {name: truncate(run, count) for name, run in by_name.items()}
    middle = shown["just_right"]
    check_plane(plane, middle)
    if plane is not None or len(middle.names) > MOST_AXES:
        parts = {name: Descent(run, by_name[name], first_rate(run)) for name, run in shown.items()}
        plane, target = plane or plane_of(list(shown.values())), target_loss(middle)
        return runs_on_plane(loss, parts, plane, target, description=_description(loss))
    named = with_names(loss, middle)
    first, target = first_view(named, [middle, shown["very_small"]]), target_loss(middle)
    return {
        name: make_run(named, run, first, target, first_rate(run), full=run)
        for name, run in shown.items()
    }


def truncate(run: Trajectory, steps: int) -> Trajectory:
    """Return the first `steps` steps of `run`; a shorter run is returned unchanged."""
    return run if run.steps <= steps else run.first(steps)


def with_names(loss: Loss, run: Trajectory) -> NamedLoss:
    """Return `loss` with the names of the run's parameters, and its start."""
    start = tuple(run.iterates[0].tolist())
    return NamedLoss("loss", run.names, loss, start, _description(loss))


def _description(loss: Loss) -> str:
    return loss.description if isinstance(loss, NamedLoss) else ""


def steps_to_show(recorded: int, chosen: int | None) -> int:
    """Return how many of the `recorded` steps are shown one by one."""
    if chosen is None:
        return recorded if recorded <= WHOLE else BEGINNING
    return min(check_whole(chosen, "steps", 1, MAX_SHOWN), recorded)


def check_run(run: Any, loss: Loss) -> Trajectory:
    """Return `run`, checked that it can be drawn and was recorded from `loss`, with its last row.

    A loop that was watched has no loss after its last step: it is that of `loss`.
    """
    if not isinstance(run, Trajectory):
        raise InvalidType(
            "run",
            "be a descent.Trajectory",
            got=type(run).__name__,
            repair="record one with descent.record(loss, start, learning_rate=..., steps=...).",
        )
    check_text("run.optimizer", run.optimizer, MAX_PARAMETER)
    for name in run.names if len(run.names) <= MOST_AXES else ():
        check_text("run.names", name, MAX_PARAMETER)
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
    check_same_loss(loss, run)
    return completed(run, loss)


def check_plane(plane: Any, run: Trajectory) -> None:
    """Refuse what is no plane in the space of a run's parameters."""
    if plane is None:
        return
    from descent.views.planes import Plane

    if not isinstance(plane, Plane):
        raise InvalidType("plane", "be a descent.Plane, as path_plane gives it", plane)
    if len(plane.origin) != len(run.names):
        constraint = f"be one of the run's {len(run.names):,} parameters"
        raise InvalidValue("plane", constraint, plane, got=f"one of {len(plane.origin):,}")
    for name in plane.names:
        check_text("plane.names", name, MAX_PARAMETER)


def runs_by_name(runs: Any) -> dict[str, Any]:
    """Return three runs by the names of their rates, in the order of `RATE_NAMES`."""
    names = ", ".join(RATE_NAMES)
    if isinstance(runs, Mapping):
        if set(runs) != set(RATE_NAMES):
            raise InvalidValue(
                "runs", f"be called {names}", got=", ".join(map(str, runs)) or "no names"
            )
        return {name: runs[name] for name in RATE_NAMES}
    listed = list(runs) if isinstance(runs, Iterable) else []
    if len(listed) != len(RATE_NAMES) or not all(isinstance(run, Trajectory) for run in listed):
        raise InvalidType(
            "runs", f"be three trajectories, or a mapping of {names} to them", got=f"{runs!r:.60}"
        )
    return dict(zip(RATE_NAMES, sorted(listed, key=first_rate), strict=True))


def first_rate(run: Trajectory) -> float:
    """Return the rate of the first step; inf for a run without steps."""
    return float(run.learning_rates.flat[0]) if run.steps else math.inf


def _setup(run: Trajectory) -> tuple[object, ...]:
    """Return what runs share that differ in their learning rate alone."""
    scheduled = {name: values.tolist() for name, values in run.scheduled_options.items()}
    return run.optimizer, run.options, scheduled, run.names


def check_comparable(runs: Mapping[str, Trajectory]) -> None:
    """Check that the runs differ in their learning rate, and in nothing else."""
    first = runs[RATE_NAMES[0]]
    for run in runs.values():
        rates = run.learning_rates
        if rates.ndim != 1 or (rates != rates[0]).any() or not run.has_one_loss:
            raise InvalidValue(
                "runs",
                "each have one learning rate, and gradients of all data, to be compared",
                got="one of several rates or of mini-batches",
                repair="film it by itself.",
            )
        same_start = np.array_equal(run.iterates[0], first.iterates[0])
        if not same_start or _setup(run) != _setup(first):
            raise InvalidValue(
                "runs",
                "differ in their learning rate alone",
                got="another start or optimizer",
                repair="record them from one start.",
            )
    rates = [float(run.learning_rates[0]) for run in runs.values()]
    if not rates[0] < rates[1] < rates[2]:
        raise InvalidValue(
            "runs",
            "have three increasing learning rates, very small, just right and very large",
            got=", ".join(f"{rate:g}" for rate in rates),
        )
