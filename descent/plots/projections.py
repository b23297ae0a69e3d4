"""The plane that runs of many parameters are projected onto, and a note on what it hides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from descent.plots.paths import count_near_start
from descent.text.numbers import percent, significant
from descent.text.runs import steps_of
from descent.views.landscape import contains
from descent.views.planes import path_plane

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.runs.trajectory import Trajectory
    from descent.views.landscape import Window
    from descent.views.planes import Plane

NOTICED = 0.015  # of the window's width: about the size of a path's last point


def plane_for(runs: Sequence[Trajectory]) -> tuple[Plane, str]:
    """Return the plane of the runs that do not diverge, and the name of their variance."""
    stable = [run for run in runs if run.behavior != "diverging"]
    if stable:
        return path_plane(stable), _variance(len(stable), len(runs))
    first = [run.first(max(1, count_near_start(run.iterates) - 1)) for run in runs]
    which = f"first {steps_of(first[0].steps)}" if len(runs) == 1 else "paths' beginnings"
    return path_plane(first), f"the variance of the {which}"


def _variance(stable: int, count: int) -> str:
    if stable == count:
        return "the path's variance" if count == 1 else "the paths' variance"
    return f"the variance of the path{'s that stay' if stable > 1 else ' that stays'}"


def plane_note(
    plane: Plane,
    variance: str,
    runs: Sequence[Trajectory],
    paths: Sequence[NDArray[np.float64]],
    window: Window,
) -> str:
    """Return the share of variance that the plane shows, and the distance of the paths from it.

    A plane may show nearly all of a path's variance, while the loss on it differs from the loss
    recorded a little off it.

    Args:
        plane: A plane in the space of all parameters.
        variance: The name of the variance that chose the plane; "" if the user chose it.
        runs: The recorded runs.
        paths: Their coordinates on the plane, shape (steps+1, 2) each.
        window: The window on the plane.
    """
    off = max(
        plane.distance(run.iterates[contains(window, path)]).max(initial=0.0)
        for run, path in zip(runs, paths, strict=True)
    )
    who = "the path lies" if len(runs) == 1 else "the paths lie"
    is_off = off > NOTICED * (window[0][1] - window[0][0])
    where = f"up to {significant(off, 2)} off" if is_off else "on or close to"
    if not variance:
        return f"{who.capitalize()} {where} this plane"
    share = f"This plane shows {percent(plane.shown)} of {variance}"
    return f"{share}; {who} {where} it" if is_off else share
