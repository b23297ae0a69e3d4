"""Where a run's steps stand in the picture of its path, and over what it is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from descent.page.backdrops import backdrop
from descent.sweeps.keeping import bounded_runs
from descent.text.numbers import percent, whole
from descent.views.landscape import Window, scale_window, window_around
from descent.views.planes import path_plane

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.runs.trajectory import Trajectory
    from descent.sweeps.sweep import Sweep

Kind = Literal["curve", "contours", "plane"]
ASPECT, MARGIN = 1.5, 0.25
WIDER = (4.0, 16.0)  # times the first window, where the loss was not sampled
LARGEST = 1e150  # squares of larger numbers overflow, so nothing can be drawn there
DIRECTIONS = ("first direction", "second direction")


@dataclass(frozen=True, eq=False)
class Stage:
    """The picture of a path.

    Attributes:
        kind: "curve", the loss over one parameter; "contours", two parameters; "plane", of more
            parameters those two directions along which the runs move most.
        names: One name an axis.
        backdrops: What is drawn in each view, from narrow to wide.
        places: For each run where its rows stand, shape (rows, 2).
        remark: What must be said about it, with its stop; may be empty.
    """

    kind: Kind
    names: tuple[str, ...]
    backdrops: list[dict[str, Any]]
    places: list[NDArray[np.float64]]
    remark: str = ""

    @property
    def windows(self) -> list[Window]:
        """The views, from narrow to wide."""
        return [drawn["window"] for drawn in self.backdrops]


def stage_of(sweep: Sweep, runs: Sequence[Trajectory]) -> Stage:
    """Return the picture in which the paths of `runs` are drawn."""
    if len(sweep.names) > 2:
        return _plane(sweep, runs)
    sampled = [backdrop(landscape) for landscape in sweep.landscapes]
    if len(sweep.names) == 2:
        places = [run.iterates for run in runs]
        return Stage(
            "contours", (sweep.names[0], sweep.names[1]), sampled or _empty(runs, places), places
        )
    places = [np.column_stack([run.iterates, run.losses]) for run in runs]
    return Stage("curve", (*sweep.names, "loss"), sampled or _empty(runs, places), places)


def _plane(sweep: Sweep, runs: Sequence[Trajectory]) -> Stage:
    """Return the picture of runs of many parameters, on the plane that shows most of them."""
    plane = sweep.plane or path_plane(bounded_runs(runs))
    places = [plane.project(run.iterates) for run in runs]
    sampled = [backdrop(landscape) for landscape in sweep.landscapes]
    is_any_calm = any(run.behavior != "diverging" for run in runs)
    of = "of those that do not diverge" if is_any_calm else "of their first steps"
    remark = (
        f"Of {whole(len(runs[0].names))} parameters the picture shows the plane in which the runs "
        f"move most: {percent(plane.shown)} of the variance {of}."
    )
    if sampled:
        remark += " Its lines are of equal loss on that plane; a path may lie off it."
    return Stage("plane", DIRECTIONS, sampled or _empty(runs, places), places, remark)


def _empty(
    runs: Sequence[Trajectory], places: Sequence[NDArray[np.float64]]
) -> list[dict[str, Any]]:
    """Return views around the runs in sight, with nothing drawn in them."""
    counts = [len(run.losses) for run in bounded_runs(runs)]
    calm = [run.behavior != "diverging" for run in runs]
    shown = [place for place, is_calm in zip(places, calm, strict=True) if is_calm]
    shown = shown or [place[:count] for place, count in zip(places, counts, strict=True)]
    points = np.clip(np.concatenate(shown), -LARGEST, LARGEST)
    window = window_around(points, ASPECT, MARGIN)
    windows = [window, *(scale_window(window, factor) for factor in WIDER)]
    return [{"window": window, "fills": [], "lines": []} for window in windows]
