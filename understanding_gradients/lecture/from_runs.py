"""Runs that somebody recorded, as what the learning-rate clips are given."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.numbers import check_whole
from descent.losses.named import NamedLoss
from descent.runs.loss_match import check_same_loss
from descent.runs.trajectory import Trajectory
from descent.views.windows import first_window, landscape, stable_step
from understanding_gradients.lecture.recordings import Run
from understanding_gradients.lecture.runs import HORIZON, arrival, make_run
from understanding_gradients.lecture.values import MAX_PARAMETER, check_text

if TYPE_CHECKING:
    from descent.arrays import Loss

RACE = ("very_small", "just_right", "very_large")
SHOWN, ALL_OF = 6, 12  # steps one by one: so many, unless the run has no more than that in all
MOST_SHOWN = 60


def single_run_inputs(run: Any, loss: Loss, steps: int | None = None) -> Run:
    """Return the material that shows `run` by itself.

    Args:
        run: The recorded descent.
        loss: The function that it was recorded from.
        steps: How many steps are shown one by one, the rest in one motion; by default all of up
            to `ALL_OF`, else `SHOWN`.

    Raises:
        TypeError: If an argument is of another kind.
        ValueError: If the run cannot be drawn, or the loss is another one.
    """
    check_run(run, loss)
    shown = run.first(steps_to_show(run.steps, steps))
    # Shown to its end, the run also says how it ended.
    shown = run if shown.steps == run.steps else shown
    named = named_as(loss, run)
    first = landscape(named, first_window([shown], stable_step(named, shown)))
    return make_run(named, shown, first, -math.inf, first_rate(run), continued=run)


def comparison_inputs(runs: Any, loss: Loss, steps: int | None = None) -> dict[str, Run]:
    """Return the material that shows three runs in lockstep, by the names of their rates.

    Args:
        runs: By the names in `RACE`, or simply three of them in any order.
        loss: The function that all of them were recorded from.
        steps: How many steps are shown; by default all of up to `ALL_OF`, else `SHOWN`.

    Raises:
        TypeError: If an argument is of another kind.
        ValueError: If the runs cannot be drawn, or differ in more than the learning rate.
    """
    named_runs = as_named(runs)
    for run in named_runs.values():
        check_run(run, loss)
    check_alike(named_runs)
    least = min((run.steps for run in named_runs.values() if not run.diverged), default=None)
    longest = max(run.steps for run in named_runs.values())
    count = steps_to_show(longest if least is None else least, steps)
    shown = {name: cut(run, count) for name, run in named_runs.items()}
    if not isinstance(runs, Mapping):
        check_names(shown)
    return comparison_inputs_of(shown, loss)


def comparison_inputs_of(shown: Mapping[str, Trajectory], loss: Loss) -> dict[str, Run]:
    """Return the material of three runs, checked and cut, that share their first view."""
    middle = shown["just_right"]
    named = named_as(loss, middle)
    window = first_window([middle, shown["very_small"]], stable_step(named, middle))
    first, target = landscape(named, window), arrival(middle)
    return {
        name: make_run(named, run, first, target, first_rate(run), continued=run)
        for name, run in shown.items()
    }


def cut(run: Trajectory, steps: int) -> Trajectory:
    """Return the first `steps` steps of `run`; one that ended before that, as it is."""
    return run if run.steps <= steps else run.first(steps)


def named_as(loss: Loss, run: Trajectory) -> NamedLoss:
    """Return `loss` with the names of the run's parameters, and its start."""
    description = loss.description if isinstance(loss, NamedLoss) else ""
    start = tuple(run.iterates[0].tolist())
    return NamedLoss("loss", run.names, loss, start, description)


def steps_to_show(there: int, asked: int | None) -> int:
    """Return how many of the steps that are `there` are shown one by one.

    Raises:
        TypeError: If `asked` is no whole number.
        ValueError: If it is out of range.
    """
    if asked is None:
        return there if there <= ALL_OF else SHOWN
    return min(check_whole(asked, "steps", 1, MOST_SHOWN), there)


def check_run(run: Any, loss: Loss) -> None:
    """Refuse what cannot be drawn, and a loss that is not the run's."""
    if not isinstance(run, Trajectory):
        raise TypeError(
            f"run must be a descent.Trajectory; got {type(run).__name__}: record one with "
            "descent.record(loss, start, learning_rate=..., steps=...)."
        )
    parameters = len(run.names)
    if parameters > 2:
        raise ValueError(
            f"run must have one or two parameters to be filmed; got {parameters:,}: "
            "descent.plot_runs draws it in a plane."
        )
    for text in (run.optimizer, *run.names):
        check_text("what a run names", text, MAX_PARAMETER)
    if run.steps == 0:
        raise ValueError(
            "run must have taken a step; got one that diverged at its first: record it with a "
            "smaller learning rate."
        )
    if run.steps > HORIZON:
        raise ValueError(
            f"run must have at most {HORIZON:,} steps to be drawn; got {run.steps:,}: "
            f"film run.first({HORIZON})."
        )
    check_same_loss(loss, run)


def as_named(runs: Any) -> dict[str, Any]:
    """Return three runs by the names of their rates, in the order of `RACE`."""
    if isinstance(runs, Mapping):
        if set(runs) != set(RACE):
            raise ValueError(
                f"runs must be called {', '.join(RACE)}; got {', '.join(map(str, runs)) or 'none'}."
            )
        return {name: runs[name] for name in RACE}
    listed = list(runs) if isinstance(runs, Iterable) else []
    if len(listed) != len(RACE) or not all(isinstance(run, Trajectory) for run in listed):
        raise TypeError(
            "runs must be three trajectories, or a mapping of "
            f"{', '.join(RACE)} to them; got {runs!r:.60}."
        )
    return dict(zip(RACE, sorted(listed, key=first_rate), strict=True))


def first_rate(run: Trajectory) -> float:
    """Return the rate of the first step, inf where none was taken."""
    return float(run.learning_rates.flat[0]) if run.steps else math.inf


def check_alike(runs: Mapping[str, Trajectory]) -> None:
    """Refuse runs that differ in more than the learning rate, or not in that."""
    first = runs[RACE[0]]
    for run in runs.values():
        rates = run.learning_rates
        if rates.ndim != 1 or (rates != rates[0]).any() or len(run.batch_losses):
            raise ValueError(
                "runs must each have one learning rate, and gradients of all data, to be "
                "compared; got one of several rates or of mini-batches: film it by itself."
            )
        how = run.optimizer, run.options, run.names
        same_start = np.array_equal(run.iterates[0], first.iterates[0])
        if not same_start or how != (first.optimizer, first.options, first.names):
            raise ValueError(
                "runs must differ in their learning rate alone; got another start or optimizer: "
                "record them from one start."
            )
    rates = [float(run.learning_rates[0]) for run in runs.values()]
    if not rates[0] < rates[1] < rates[2]:
        raise ValueError(
            "runs must have three increasing learning rates, very small, just right and very "
            f"large; got {', '.join(f'{rate:g}' for rate in rates)}."
        )


def check_names(shown: Mapping[str, Trajectory]) -> None:
    """Refuse to call the middle one of three rates just right where it does not end lowest."""
    ends = {name: math.inf if run.diverged else run.losses[-1] for name, run in shown.items()}
    if min(ends, key=lambda name: ends[name]) != "just_right":
        listed = ", ".join(f"{float(loss):.3g}" for loss in ends.values())
        raise ValueError(
            f"the middle one of three rates must end lowest to be just right; they end at {listed}:"
            " choose with descent.suggest_learning_rates, or name them in a mapping."
        )
