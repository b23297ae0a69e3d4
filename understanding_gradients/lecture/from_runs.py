"""Clip inputs from runs that were recorded elsewhere, for the clips of learning rates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.errors import InvalidType, InvalidValue
from descent.pictures.making import FIRST, first_view, picture_of, target_loss
from descent.pictures.on_planes import Descent, plane_of, runs_on_plane
from descent.pictures.shown_steps import MOST_AXES, first_rate, steps_to_show
from descent.pictures.single import (
    check_plane,
    check_run,
    description_of,
    single_run,
    with_names,
)
from descent.runs.trajectory import Trajectory
from descent.views.windows import FILM_SECONDS
from understanding_gradients.lecture.recordings import RATE_NAMES, Run
from understanding_gradients.lecture.texts import MAX_PARAMETER, check_text

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from descent.arrays import Loss
    from descent.views.plane import Plane


def single_run_inputs(
    run: Any,
    loss: Loss,
    steps: int | None = None,
    plane: Plane | None = None,
    sharpness: bool | ArrayLike | None = None,
) -> Run:
    """Return the recording that shows `run` by itself; see `descent.pictures.single`."""
    check_texts(run, plane)
    return single_run(run, loss, steps, plane, sharpness)


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
    for run in (named := runs_by_name(runs)).values():
        check_texts(run, plane)
    by_name = {name: check_run(run, loss) for name, run in named.items()}
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
        return runs_on_plane(loss, parts, plane, target, description=description_of(loss))
    known = with_names(loss, middle)
    first, target = first_view(known, [middle, shown["very_small"]]), target_loss(middle)
    seconds = (FILM_SECONDS - FIRST) / len(shown)
    return {
        name: picture_of(known, run, first, target, first_rate(run), run, seconds)
        for name, run in shown.items()
    }


def truncate(run: Trajectory, steps: int) -> Trajectory:
    """Return the first `steps` steps of `run`; a shorter run is returned unchanged."""
    return run if run.steps <= steps else run.first(steps)


def check_texts(run: Any, plane: Any) -> None:
    """Refuse texts of a run and of a plane that cannot be drawn."""
    names = getattr(run, "names", ())
    check_text("run.optimizer", getattr(run, "optimizer", "SGD"), MAX_PARAMETER)
    for name in names if len(names) <= MOST_AXES else ():
        check_text("run.names", name, MAX_PARAMETER)
    for name in getattr(plane, "names", ()):
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
