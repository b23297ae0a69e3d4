"""Sentences about three learning rates from one start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from descent.text.losses import is_same, rises
from descent.text.numbers import counted
from descent.text.runs import joined, steps_of
from scenes.claims import Prompt, claim
from scenes.facts.shares import share
from scenes.typesetting.markup import colored, escape

Runs = Mapping[str, Any]
Names = Mapping[str, str]


def is_one_start(runs: Runs) -> bool:
    """Return whether runs share their start and differ in their learning rate."""
    first, *others = runs.values()
    rates = [run.learning_rate for run in runs.values()]
    starts = (run.trajectory.iterates[0] for run in others)
    same = all(np.array_equal(start, first.trajectory.iterates[0]) for start in starts)
    if first.projection is not None:  # two starts may have one place on a plane
        same &= all(run.projection.start == first.projection.start for run in others)
    return same and len(set(rates)) == len(rates)


@claim(lambda runs: is_one_start(runs))
def one_start(runs: Runs) -> str:
    """Return what the three runs share."""
    return "One loss, one start: only the learning rate differs"


@claim(
    lambda runs: all(
        run.projection is not None and np.isfinite(run.projection.shown) for run in runs.values()
    )
)
def one_plane(runs: Runs) -> str:
    """Say how many parameters there are, and how much of each run's movement is seen."""
    shares = [colored(name, share(run.projection.shown)) for name, run in runs.items()]
    count = counted(next(iter(runs.values())).projection.parameters, "parameter")
    return f"{count}: of how the runs move, the plane shows {joined(shares)}"


def which_is_lowest(runs: Runs) -> Prompt:
    """Return the question before the first step."""
    steps = steps_of(max(run.trajectory.steps for run in runs.values()))
    return Prompt(f"Which is lowest after {steps}?")


def finished(runs: Runs) -> list[str]:
    """Return the names of the runs that stayed with finite numbers."""
    return [name for name, run in runs.items() if not run.trajectory.diverged]


def winners(runs: Runs) -> list[str]:
    """Return the names of the runs that end lowest; several if they are equally low."""
    last = {name: float(runs[name].trajectory.losses[-1]) for name in finished(runs)}
    return [name for name, loss in last.items() if is_same(loss, min(last.values()))]


def _has_risen(runs: Runs, name: str) -> bool:
    losses = runs[name].trajectory.losses
    return rises(losses[0], losses[-1])


@claim(
    lambda runs, names: (
        winners(runs) == ["just_right"] and any(_has_risen(runs, name) for name in finished(runs))
    )
)
def one_is_best(runs: Runs, names: Names) -> str:
    """Return which run ended lowest, and which ended higher than it began."""
    risen = [_called(name, names) for name in finished(runs) if _has_risen(runs, name)]
    winner = _called("just_right", names)
    return f"Lowest: {winner}. {_capital(joined(risen))} ended higher than it began"


@claim(lambda runs, names: len(winners(runs)) == 1)
def one_is_lowest(runs: Runs, names: Names) -> str:
    """Return which run ended lowest."""
    gone = [name for name in runs if name not in finished(runs)]
    winner = _called(winners(runs)[0], names)
    if not gone:
        return f"Lowest: {winner}"
    lost = joined([_called(name, names) for name in gone])
    return f"Lowest: {winner}. {_capital(lost)} left the finite numbers"


@claim(lambda runs, names: len(winners(runs)) > 1)
def some_tie(runs: Runs, names: Names) -> str:
    """Return which runs ended equally low."""
    return _capital(f"{joined([_called(name, names) for name in winners(runs)])} are equally low")


@claim(lambda runs, names: not finished(runs))
def all_gone(runs: Runs, names: Names) -> str:
    """Return that no run stayed with finite numbers."""
    return "All three left the finite numbers"


def _called(name: str, names: Names) -> str:
    return colored(name, escape(names[name]))


def _capital(markup: str) -> str:
    """Return markup whose first letter of text is a capital."""
    head, bracket, rest = markup.partition("[")
    return f"{head}{bracket}{rest[:1].upper()}{rest[1:]}" if bracket else markup.capitalize()
