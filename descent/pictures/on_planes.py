"""Runs of many parameters as clips show them: on one plane of the space of all parameters."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from descent.checks.autograd import with_autograd
from descent.checks.errors import InvalidValue, RecordingFailed
from descent.pictures.regions import regions_of
from descent.pictures.run import Run
from descent.rates.curvature import critical_rate, sharpness
from descent.runs.projected import ProjectedTrajectory, projected
from descent.views.directions import orthonormal, power_of_two, principal_directions
from descent.views.plane import AXES, Plane
from descent.views.planes import path_plane
from descent.views.windows import (
    FILM_SECONDS,
    first_window,
    landscape,
    last_window,
    zoom_levels,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.arrays import Loss
    from descent.runs.trajectory import Trajectory
    from descent.views.landscape import Landscape, Window

Recorded = TypeVar("Recorded", bound="Trajectory")
SYMBOLS = ("d1", "d2")  # of the axes of a plane that nobody named: its directions
SHOWN = ""  # the name of the plane of the steps that are shown


@dataclass(frozen=True)
class Descent:
    """A recorded run, and how much of it is shown.

    Attributes:
        shown: The steps that are shown one by one.
        full: All of its steps.
        rate: The first learning rate.
    """

    shown: Trajectory
    full: Trajectory
    rate: float


def plane_of(runs: Sequence[Trajectory]) -> Plane:
    """Return the plane of the paths of some runs that count."""
    return path_plane(leading(runs))


def plane_of_steps(run: Trajectory) -> Plane:
    """Return the plane that shows most of the directions of a run's steps, each counted alike.

    Of a run that goes away, the plane of the path shows the last steps alone, which are longest.
    """
    steps = np.diff(run.iterates / power_of_two(run.iterates), axis=0)
    sizes = np.abs(steps).max(axis=1, keepdims=True)
    steps = steps / np.where(sizes > 0, sizes, 1.0)
    lengths = np.linalg.norm(steps, axis=1, keepdims=True)
    units = steps / np.where(lengths > 0, lengths, 1.0)
    candidates = principal_directions(units), run.gradients, np.eye(3, run.iterates.shape[1])
    return Plane(run.iterates[int(run.losses.argmin())], orthonormal(*candidates))


def leading(runs: Sequence[Recorded]) -> list[Recorded]:
    """Return the runs whose paths choose plane and view: those that stay and do not end higher.

    A path that goes away, or leaps from one slope to another, would leave no room for the others.
    Where there is none, all that stay are returned, or all.
    """
    staying = [run for run in runs if not run.goes_away]
    calm = [run for run in staying if not run.losses[-1] > run.losses[0]]
    return calm or staying or list(runs)


def run_on_planes(
    loss: Loss,
    one: Descent,
    plane: Plane | None = None,
    description: str = "",
    rows: int | None = None,
) -> Run:
    """Return what a clip shows of a run by itself.

    The steps that are shown one by one hardly leave their own plane, and those after them mostly
    do. So the whole run has a second one, unless it goes away or a plane is given.

    Args:
        loss: What was descended: maps params, shape (n,), to a scalar tensor.
        one: The run.
        plane: Where all of it is drawn; by default the planes of its path.
        description: Of the loss, in words.
        rows: Over how many rows of the data the loss is drawn; see `runs_on_plane`.
    """
    only, plane_for = {"it": one}, plane_of_steps if one.full.goes_away else path_plane
    near = plane or plane_for(one.shown)
    wholes = whole_planes(only) if plane is None else {}
    found = runs_on_plane(loss, only, near, wholes=wholes, description=description, rows=rows)["it"]
    return found if one.full.goes_away else replace(found, regions=regions_of(loss, one.full))


def whole_planes(descents: Mapping[str, Descent]) -> dict[str, Plane]:
    """Return the planes of whole runs, where more is recorded than shown and does not go away."""
    return {
        name: path_plane(one.full)
        for name, one in descents.items()
        if one.full is not one.shown and not one.full.goes_away
    }


def runs_on_plane(
    loss: Loss,
    descents: Mapping[str, Descent],
    plane: Plane,
    target: float = -math.inf,
    *,
    wholes: Mapping[str, Plane] | None = None,
    description: str = "",
    rows: int | None = None,
    seconds: float = FILM_SECONDS,
) -> dict[str, Run]:
    """Return what clips show of runs of one loss from one start, all on one plane.

    Of the loss, the picture is that on the plane; its sharpness is that of all parameters.

    Args:
        loss: What was descended: maps params, shape (n,), to a scalar tensor.
        descents: The runs, by their names.
        plane: In the space of the n parameters.
        target: The loss with which runs are compared; -inf for a run by itself.
        wholes: The planes of full runs that are others, by the names of the runs.
        description: Of the loss, in words.
        rows: Over how many rows of the data the loss is drawn; 0 for all, None for as many as
            `seconds` allow.
        seconds: About how long the loss may take in all views.
    """
    curvature = _curvature(loss, next(iter(descents.values())).full.iterates[0])
    own = wholes or {}
    pictures = {name: _pictures(loss, one, plane, own.get(name)) for name, one in descents.items()}
    first = _first_window([shown for shown, _ in pictures.values()], curvature)
    views = {name: _windows(*both, first, name in own) for name, both in pictures.items()}
    every = [view for name, some in views.items() for view in some.every(name)]
    drawn = _drawn(loss, every, {SHOWN: plane, **own}, rows, seconds)
    return {
        name: Run(
            trajectory=shown,
            full=full,
            landscapes=tuple(drawn[SHOWN, window] for window in views[name].near),
            views=views[name].needed,
            sharpness=curvature,
            critical_learning_rate=critical_rate(curvature),
            target=target,
            minimiser=np.empty(0),
            minimum=math.nan,
            is_global=False,
            description=description,
            learning_rate=descents[name].rate,
            overview=tuple(drawn[name, window] for window in views[name].far),
        )
        for name, (shown, full) in pictures.items()
    }


def _curvature(loss: Loss, start: NDArray[np.float64]) -> float:
    """Return the largest curvature at the start; nan where it cannot be computed."""
    try:
        return sharpness(loss, start)
    except (InvalidValue, RecordingFailed):
        return math.nan


def _pictures(
    loss: Loss, one: Descent, plane: Plane, whole: Plane | None
) -> tuple[ProjectedTrajectory, ProjectedTrajectory]:
    """Return the shown steps and the whole of a run on their planes."""
    shown = _picture(loss, one.shown, plane)
    if one.full is one.shown:
        return shown, shown
    return shown, _picture(loss, one.full, whole or plane)


def _picture(loss: Loss, run: Trajectory, plane: Plane) -> ProjectedTrajectory:
    names = SYMBOLS if plane.names == AXES else plane.names
    return projected(run, plane, _losses_on(loss, plane, run), names)


@with_autograd
def _losses_on(loss: Loss, plane: Plane, run: Trajectory) -> NDArray[np.float64]:
    """Return the loss at the places on the plane below the first iterate and the last.

    It is nan for the others, and where the loss has no value.
    """
    import torch

    found = np.full(len(run.losses), np.nan)
    for t in (0, -1):
        place = plane.lift(plane.project(run.iterates[[t]]))[0]
        try:
            found[t] = float(loss(torch.tensor(place)).detach())
        except (ArithmeticError, RuntimeError, ValueError):
            continue
    found[~np.isfinite(found)] = np.nan
    return found


def _first_window(runs: Sequence[ProjectedTrajectory], curvature: float) -> Window:
    """Return a view of the runs that count; where all go away, of the step of rate 1 / λ."""
    chosen, start = leading(runs), runs[0].iterates[0]
    if all(run.goes_away for run in chosen) and curvature > 0:
        return first_window(chosen, start - runs[0].gradients[0] / curvature)
    return first_window(chosen, start)


@dataclass(frozen=True)
class _Views:
    """The windows of a run.

    Attributes:
        near: Those of the shown steps, from narrow to wide.
        needed: Which of them each shown step needs, shape (steps+1,).
        far: That of the whole run on a plane of its own, if it has one.
    """

    near: list[Window]
    needed: NDArray[np.int64]
    far: list[Window]

    def every(self, name: str) -> list[tuple[str, Window]]:
        """Return all windows, each with the name of its plane."""
        return [*((SHOWN, one) for one in self.near), *((name, one) for one in self.far)]


def _windows(shown: Trajectory, full: Trajectory, first: Window, is_turned: bool) -> _Views:
    windows, needed = zoom_levels(shown.iterates, first)
    if is_turned:
        return _Views(windows, needed, [first_window([full], full.iterates[0])])
    widest = last_window(full, windows[-1])
    return _Views([*windows, *([] if widest is None else [widest])], needed, [])


def _drawn(
    loss: Loss,
    views: Sequence[tuple[str, Window]],
    planes: Mapping[str, Plane],
    rows: int | None,
    seconds: float,
) -> dict[tuple[str, Window], Landscape]:
    """Return the loss in every view, all over the same rows, which takes some seconds."""
    wanted = list(dict.fromkeys(views))
    losses = {name: plane.restrict(loss) for name, plane in planes.items()}
    drawn: dict[tuple[str, Window], Landscape] = {}
    for name, window in wanted:
        found = landscape(losses[name], window, seconds / len(wanted), rows)
        drawn[name, window], rows = found, found.rows
    return drawn
