"""The content of a page: numbers and finished texts, as JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.page.loss_view import LossView, loss_view
from descent.page.rate_map import is_logarithmic, rate_map
from descent.page.texts import COLUMNS, lengths, run_texts
from descent.text.axes import OUTSIDE, SIZE, on_scale, table_rows
from descent.text.methods import parameters
from descent.text.numbers import counted, rate, significant, superscript, whole
from descent.text.runs import steps_of
from descent.views.landscape import contains
from descent.views.rate_axes import loss_axis

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.runs.trajectory import Trajectory
    from descent.sweeps.sweep import Sweep
    from descent.views.landscape import Window

MAX_NUMBERS = 28_000  # on a page, each of some 20 characters and with a text of some 10
MIN_ROWS = 24
EDGE = 0.04  # least distance of a point from the edge of its view, as a share of its size


def content_of(sweep: Sweep) -> dict[str, Any]:
    """Return the content of a page of `sweep` for JSON.

    Numbers of a step are exactly those recorded; numbers that are only drawn are rounded to the
    precision of a screen.
    """
    # From the sweep, since a run that diverges at its first step has recorded no rate.
    order = sorted(range(len(sweep.kept)), key=lambda k: sweep.learning_rates[sweep.kept[k]])
    rates = [float(sweep.learning_rates[sweep.kept[k]]) for k in order]
    kept = [sweep.trajectories[k] for k in order]
    view = loss_view(sweep, kept)
    has_columns = len(sweep.names) <= COLUMNS
    per_row = 2 * min(len(sweep.names), COLUMNS) + 1
    at_most = max(MIN_ROWS, MAX_NUMBERS // (len(kept) * per_row))
    rows = [rows_shown(run.steps, at_most) for run in kept]
    logarithmic = is_logarithmic(sweep, kept)
    stable = [run.losses for run in kept if not run.goes_away]
    drawn = rate_map(sweep, logarithmic)
    remarks = [_boundary_sentence(sweep, drawn["rates"]), view.remark]
    return {
        "lossView": {"kind": view.kind, "names": view.names, "views": view.backdrops},
        "map": drawn,
        "logarithmic": logarithmic,
        "losses": loss_axis(
            np.concatenate(stable or [kept[0].losses]), sweep.first_loss, logarithmic
        ),
        "columns": list(sweep.names) if has_columns else [],
        "words": {
            "loss": on_scale("loss", logarithmic),
            "outside": OUTSIDE,
            "size": SIZE,
            "rows": table_rows(has_columns),
        },
        "critical": _finite(sweep.critical_learning_rate),
        "boundary": superscript(rate(sweep.critical_learning_rate or math.nan)),
        "about": _about(sweep, kept, rows, remarks),
        "runs": [
            _run(run, shown, path, view)
            | {
                "rate": eta,
                "texts": run_texts(run, eta, shown, sweep.critical_learning_rate),
            }
            for eta, run, shown, path in zip(rates, kept, rows, view.paths, strict=True)
        ],
    }


def _run(
    run: Trajectory, rows: NDArray[np.int64], path: NDArray[np.float64], view: LossView
) -> dict[str, Any]:
    content = {
        "behavior": run.behavior,
        "steps": run.steps,
        "views": first_row_of_each_view(path[rows], view.windows),
        "losses": run.losses[rows].tolist(),
    }
    if len(rows) <= run.steps:
        content["rows"] = rows.tolist()
    if len(run.names) <= COLUMNS:
        content["iterates"] = run.iterates[rows].T.tolist()
        content["gradients"] = run.gradients[rows].T.tolist()
        return content
    return content | {
        "iterates": [lengths(run.iterates[rows] - run.iterates[0]).tolist()],
        "gradients": [lengths(run.gradients[rows]).tolist()],
        "points": [_rounded(axis) for axis in path[rows].T],
    }


def _rounded(values: NDArray[np.float64]) -> list[float]:
    """Return numbers that are only drawn, with six significant digits."""
    return [float(f"{value:.6g}") for value in values]


def rows_shown(steps: int, at_most: int) -> NDArray[np.int64]:
    """Return which of the rows 0 to `steps` are shown: all, or `at_most` of them.

    Of a longer run, the first half are its first steps, one by one; the others are evenly spaced up
    to the last.
    """
    if steps < at_most:
        return np.arange(steps + 1)
    first = at_most // 2
    others = np.linspace(first, steps, at_most - first).round().astype(np.int64)
    return np.unique(np.concatenate([np.arange(first), others]))


def first_row_of_each_view(points: NDArray[np.float64], windows: Sequence[Window]) -> list[int]:
    """Return the row from which on each of `windows`, from narrow to wide, is shown.

    A window is left when a point leaves it, and is not shown again.

    Returns:
        Increasing rows, the first of them 0; the number of rows if a window is never needed.
    """
    firsts = [0]
    for window in windows[:-1]:
        outside = np.flatnonzero(~contains(window, points, EDGE))
        firsts.append(max(firsts[-1], int(outside[0]) if len(outside) else len(points)))
    return firsts


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) and value > 0 else None


def _about(
    sweep: Sweep,
    runs: Sequence[Trajectory],
    rows: Sequence[NDArray[np.int64]],
    remarks: Sequence[str],
) -> str:
    """Return the paragraph at the foot of the page: what it shows and what it omits."""
    count, swept = len(runs), sweep.learning_rates.size
    of_all = f" ({whole(swept)} rates were swept)" if swept > count else ""
    start = f" from {_start(sweep)}" if len(sweep.names) <= COLUMNS else ""
    sentences = [
        f"Slide through {counted(count, 'recorded run')}{of_all}{start}: "
        f"{steps_of(sweep.steps)} at most.",
        *remarks,
    ]
    longest = max(range(count), key=lambda k: runs[k].steps)
    if len(rows[longest]) <= runs[longest].steps:
        sentences.append(
            f"Of a run of {steps_of(runs[longest].steps)} the page has {whole(len(rows[longest]))} "
            "rows: its first steps one by one, then some of the others."
        )
    return superscript(" ".join(filter(None, sentences)))


def _boundary_sentence(sweep: Sweep, rates: tuple[float, float]) -> str:
    """Return the definition of the boundary; "" if the map does not show it."""
    critical = _finite(sweep.critical_learning_rate)
    if critical is None or not rates[0] <= critical <= rates[1]:
        return ""
    return "The boundary is 2/λ, with λ the sharpness: the largest curvature at the start."


def _start(sweep: Sweep) -> str:
    """Return the start with the names of its parameters: "(W1, b1) = (0, 0)"."""
    names, values = parameters(sweep.names), ", ".join(significant(x, 4) for x in sweep.start)
    return f"{names} = {values}" if len(sweep.names) == 1 else f"({names}) = ({values})"
