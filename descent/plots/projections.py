"""The plane on which runs of many parameters are seen, and what it does not show of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from descent.plots.paths import followed, inside
from descent.text.numbers import percent, significant
from descent.text.runs import steps_of
from descent.views.planes import path_plane

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.runs.trajectory import Trajectory
    from descent.views.landscape import Window
    from descent.views.planes import Plane

NOTICED = 0.015  # of the window's width: about the size of the point at a path's end


def plane_of(runs: Sequence[Trajectory]) -> tuple[Plane, str]:
    """Return the plane of the runs, as far as they do not diverge, and the variance it is for."""
    stable = [run for run in runs if run.behavior != "diverging"]
    if stable:
        return path_plane(stable), _variance(len(stable), len(runs))
    first = [run.first(max(1, followed(run.iterates) - 1)) for run in runs]
    which = f"first {steps_of(first[0].steps)}" if len(runs) == 1 else "paths' beginnings"
    return path_plane(first), f"the variance of the {which}"


def _variance(stable: int, count: int) -> str:
    if stable == count:
        return "the path's variance" if count == 1 else "the paths' variance"
    return f"the variance of the path{'s that stay' if stable > 1 else ' that stays'}"


def note_on(
    plane: Plane,
    whose: str,
    runs: Sequence[Trajectory],
    paths: Sequence[NDArray[np.float64]],
    window: Window,
) -> str:
    """Return what the plane shows of the runs, and how far off it lies what is drawn of them.

    A plane may show nearly all of a path's variance, and the loss on it still be quite another
    than the one recorded a little off it.

    Args:
        plane: Through the space of all parameters.
        whose: The variance that `plane` was chosen for; "" if that was not of these runs.
        runs: What was recorded.
        paths: The runs on the plane, shape (steps+1, 2) each.
        window: What is shown of it.
    """
    off = max(
        _farthest(plane, run.iterates[inside(path, window)])
        for run, path in zip(runs, paths, strict=True)
    )
    who, is_off = "the path lies" if len(runs) == 1 else "the paths lie", off > _noticed(window)
    where = f"up to {significant(off, 2)} off" if is_off else "on or close to"
    if not whose:
        return f"{who.capitalize()} {where} this plane"
    share = f"This plane shows {percent(plane.shown)} of {whose}"
    return f"{share}; {who} {where} it" if is_off else share


def _noticed(window: Window) -> float:
    return NOTICED * (window[0][1] - window[0][0])


def _farthest(plane: Plane, points: NDArray[np.float64]) -> float:
    return float(plane.distance(points).max(initial=0.0))
