"""The loss view: backgrounds, and the coordinates of each run's steps."""

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
WIDER = (4.0, 16.0)  # times the first window, if the loss was not sampled
LARGEST = 1e150  # squares of larger numbers overflow
DIRECTIONS = ("first direction", "second direction")


@dataclass(frozen=True, eq=False)
class LossView:
    """Data of the view that shows the path of a run over the loss.

    Attributes:
        kind: "curve", the loss over one parameter; "contours", two parameters; "plane", of more
            parameters those two directions along which the runs move most.
        names: One name per axis.
        backdrops: The background of each window, from narrow to wide.
        paths: The coordinates of each run's rows, shape (rows, 2).
        remark: A sentence about the view; may be empty.
    """

    kind: Kind
    names: tuple[str, ...]
    backdrops: list[dict[str, Any]]
    paths: list[NDArray[np.float64]]
    remark: str = ""

    @property
    def windows(self) -> list[Window]:
        """The windows, from narrow to wide."""
        return [drawn["window"] for drawn in self.backdrops]


def loss_view(sweep: Sweep, runs: Sequence[Trajectory]) -> LossView:
    """Return the view for the paths of `runs`."""
    if len(sweep.names) > 2:
        return _plane(sweep, runs)
    sampled = [backdrop(landscape) for landscape in sweep.landscapes]
    if len(sweep.names) == 2:
        paths = [run.iterates for run in runs]
        return LossView("contours", sweep.names, sampled or _empty(runs, paths), paths)
    paths = [np.column_stack([run.iterates, run.losses]) for run in runs]
    return LossView("curve", (*sweep.names, "loss"), sampled or _empty(runs, paths), paths)


def _plane(sweep: Sweep, runs: Sequence[Trajectory]) -> LossView:
    """Return the view of runs of many parameters, on the plane that shows most of them."""
    plane = sweep.plane or path_plane(bounded_runs(runs))
    paths = [plane.project(run.iterates) for run in runs]
    sampled = [backdrop(landscape) for landscape in sweep.landscapes]
    is_any_stable = not all(run.goes_away for run in runs)
    of = "of those that stay" if is_any_stable else "of their first steps"
    remark = (
        f"Of {whole(len(runs[0].names))} parameters the picture shows the plane in which the runs "
        f"move most: {percent(plane.shown)} of the variance {of}."
    )
    if sampled:
        remark += " Its lines are of equal loss on that plane; a path may lie off it."
    return LossView("plane", DIRECTIONS, sampled or _empty(runs, paths), paths, remark)


def _empty(
    runs: Sequence[Trajectory], paths: Sequence[NDArray[np.float64]]
) -> list[dict[str, Any]]:
    """Return windows around the bounded runs, with empty backgrounds."""
    counts = [len(run.losses) for run in bounded_runs(runs)]
    stable = [not run.goes_away for run in runs]
    shown = [path for path, is_stable in zip(paths, stable, strict=True) if is_stable]
    shown = shown or [path[:count] for path, count in zip(paths, counts, strict=True)]
    points = np.clip(np.concatenate(shown), -LARGEST, LARGEST)
    window = window_around(points, ASPECT, MARGIN)
    windows = [window, *(scale_window(window, factor) for factor in WIDER)]
    return [{"window": window, "fills": [], "lines": []} for window in windows]
