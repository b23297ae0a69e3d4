"""The runs of a sweep that are kept whole: which ones, recorded, and the views to draw them in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from descent.checks.arguments import BYTES_PER_PARAMETER, MANY
from descent.checks.errors import InvalidType, InvalidValue
from descent.checks.numbers import check_whole
from descent.runs.recording import record
from descent.views.budget import SECONDS, fitting_sample
from descent.views.landscape import Landscape
from descent.views.planes import path_plane
from descent.views.windows import (
    ON_A_PLANE,
    first_window,
    landscape,
    stable_step,
    window_for_run,
    zoom_levels,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.arrays import Loss
    from descent.runs.trajectory import Trajectory
    from descent.views.landscape import Window
    from descent.views.plane import Plane

Place = tuple[int, ...]
FURTHEST = 100.0  # widths of the first view; what leads further out leaves the picture


def places_to_keep(
    keep: int | Sequence[Any], rates: NDArray[np.float64], shape: tuple[int, ...]
) -> tuple[Place, ...]:
    """Return the places of the runs to keep, in the order of their rates.

    Args:
        keep: How many of a list of rates, spread evenly over their order, the least and the
            largest included; or their places, such as ``[0, 7]`` or ``[(0, 0), (3, 5)]``.
        rates: One row per run, shape (runs, groups).
        shape: Of the sweep.
    """
    if not _is_several(keep):
        count = _count(keep)
        if count < 0 or (count and len(shape) != 1):
            constraint = "be a number of runs of one list of rates"
            got = f"{count} for a sweep of shape {shape}"
            repair = "name the places, such as [(0, 0)]."
            raise InvalidValue("keep", constraint, keep, got=got, repair=repair)
        chosen = np.linspace(0, len(rates) - 1, min(count, len(rates))).round().astype(int)
        return tuple((int(run),) for run in np.argsort(rates[:, 0], kind="stable")[chosen])
    places = [_place(place, shape) for place in cast(Any, keep)]
    runs = [int(np.ravel_multi_index(place, shape)) for place in places]
    in_order = sorted(dict.fromkeys(runs), key=lambda run: tuple(rates[run]))
    return tuple(tuple(map(int, np.unravel_index(run, shape))) for run in in_order)


def _is_several(value: Any) -> bool:
    """Return whether `value` has items; an array of no axis can be iterated over in name only."""
    is_text = isinstance(value, str | bytes)
    return hasattr(value, "__iter__") and getattr(value, "ndim", 1) > 0 and not is_text


def _count(keep: Any) -> int:
    try:
        return check_whole(keep, "keep", -MANY, MANY)
    except TypeError:
        raise InvalidType("keep", "be a whole number or a list of places", keep) from None


def _place(place: Any, shape: tuple[int, ...]) -> Place:
    try:
        named = place if _is_several(place) else [place]
        found = tuple(check_whole(k, "a place", -MANY, MANY) for k in named)
    except TypeError as error:
        raise InvalidType("keep", "name places by whole numbers", place) from error
    inside = len(found) == len(shape) and all(
        -size <= k < size for k, size in zip(found, shape, strict=True)
    )
    if not inside:
        raise InvalidValue("keep", f"name places in a sweep of shape {shape}", place)
    return tuple(k % size for k, size in zip(found, shape, strict=True))


def check_kept_size(count: int, steps: int, parameters: int, memory_mb: float) -> None:
    """Check that `count` runs of `steps` steps fit into the memory."""
    megabytes = count * (steps + 1) * (parameters + 1) * BYTES_PER_PARAMETER / 1e6
    if megabytes > memory_mb:
        constraint = f"be at least {megabytes:.3g} for {count:,} runs that are kept"
        got = f"{memory_mb:g}"
        raise InvalidValue("memory_mb", constraint, memory_mb, got=got, repair="keep fewer.")


def record_kept(
    loss: Loss,
    start: NDArray[np.float64],
    rates: NDArray[np.float64],
    steps: int,
    groups: Sequence[int] | None,
    names: Sequence[str] | None,
) -> tuple[Trajectory, ...]:
    """Record a run for each row of `rates`, shape (runs, groups)."""
    return tuple(
        record(
            loss,
            start,
            learning_rate=float(row[0]) if groups is None else row,
            steps=steps,
            groups=groups,
            names=names,
        )
        for row in rates
    )


def views_for(loss: Loss, runs: Sequence[Trajectory]) -> tuple[Plane | None, tuple[Landscape, ...]]:
    """Return the loss over windows from narrow to wide that hold what can be drawn of `runs`.

    Of more than two parameters it is the loss on the plane that shows most of the runs in sight,
    and that plane. The first window shows what runs that do not go away do; the last reaches
    `FURTHEST` times as far at most.
    """
    if not runs:
        return None, ()
    if len(runs[0].names) > 2:
        return _views_on_a_plane(loss, runs)
    first = first_window(runs, stable_step(loss, runs[0]))
    windows = _windows(first, np.concatenate([run.iterates for run in runs]))
    return None, tuple(landscape(loss, window, SECONDS / len(windows)) for window in windows)


def _views_on_a_plane(
    loss: Loss, runs: Sequence[Trajectory]
) -> tuple[Plane, tuple[Landscape, ...]]:
    shown = bounded_runs(runs)
    plane = path_plane(shown)
    first = window_for_run([], [plane.project(run.iterates) for run in shown])
    windows = _windows(first, np.concatenate([plane.project(run.iterates) for run in runs]))
    flat = plane.restrict(loss)
    seconds = SECONDS / len(windows)
    return plane, tuple(
        fitting_sample(flat, window, ON_A_PLANE, seconds=seconds) for window in windows
    )


def bounded_runs(runs: Sequence[Trajectory]) -> list[Trajectory]:
    """Return the runs that stay, or the first steps of all if all of them go away."""
    calm = [run for run in runs if not run.goes_away]
    return calm or [run.first(1) for run in runs]


def _windows(first: Window, points: NDArray[np.float64]) -> list[Window]:
    """Return `first`, and wider windows for those of `points` that are not too far from it."""
    middle = np.mean(first, axis=1)
    with np.errstate(over="ignore"):
        away = np.abs(points - middle).max(axis=1)
    near = away <= FURTHEST * (first[0][1] - first[0][0])
    outwards = np.argsort(away[near], kind="stable")
    return zoom_levels(points[near][outwards], first)[0]
