"""The content of a page, as numbers and texts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.page.rate_map import is_logarithmic, rate_map
from descent.page.rows import first_row_of_each_view, rows_shown
from descent.page.stages import Stage, stage_of
from descent.page.texts import COLUMNS, lengths, run_texts
from descent.text.numbers import counted, rate, significant, superscript, whole
from descent.text.runs import parameters, steps_of
from descent.views.rate_axes import loss_axis

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.runs.trajectory import Trajectory
    from descent.sweeps.sweep import Sweep

MOST_NUMBERS = 28_000  # that a page holds, each of some 20 characters and written in some 10
FEWEST_ROWS = 24


def content_of(sweep: Sweep) -> dict[str, Any]:
    """Return the content of a page of `sweep`, fit for JSON.

    Numbers of a step are the recorded ones, to the last digit; numbers that are only drawn are
    rounded to the precision of a screen.
    """
    # Rates are those of the sweep, since a run that diverges at its first step has recorded none.
    order = sorted(range(len(sweep.kept)), key=lambda k: sweep.learning_rates[sweep.kept[k]])
    rates = [float(sweep.learning_rates[sweep.kept[k]]) for k in order]
    kept = [sweep.trajectories[k] for k in order]
    stage = stage_of(sweep, kept)
    per_row = 2 * min(len(sweep.names), COLUMNS) + 1
    at_most = max(FEWEST_ROWS, MOST_NUMBERS // (len(kept) * per_row))
    rows = [rows_shown(run.steps, at_most) for run in kept]
    logarithmic = is_logarithmic(sweep, kept)
    calm = [run.losses for run in kept if run.behavior != "diverging"]
    drawn = rate_map(sweep, logarithmic)
    return {
        "stage": {"kind": stage.kind, "names": stage.names, "views": stage.backdrops},
        "map": drawn,
        "logarithmic": logarithmic,
        "losses": loss_axis(
            np.concatenate(calm or [kept[0].losses]), sweep.first_loss, logarithmic
        ),
        "columns": list(sweep.names) if len(sweep.names) <= COLUMNS else [],
        "critical": _finite(sweep.critical_learning_rate),
        "boundary": superscript(rate(sweep.critical_learning_rate or math.nan)),
        "steps": sweep.steps,
        "about": _about(sweep, kept, rows, [_say_boundary(sweep, drawn["rates"]), stage.remark]),
        "runs": [
            _run(run, shown, places, stage)
            | {"rate": eta, "texts": run_texts(run, eta, shown, sweep.critical_learning_rate)}
            for eta, run, shown, places in zip(rates, kept, rows, stage.places, strict=True)
        ],
    }


def _run(
    run: Trajectory, rows: NDArray[np.int64], places: NDArray[np.float64], stage: Stage
) -> dict[str, Any]:
    content = {
        "behavior": run.behavior,
        "diverged": run.diverged,
        "steps": run.steps,
        "views": first_row_of_each_view(places[rows], stage.windows),
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
        "places": [_rounded(axis) for axis in places[rows].T],
    }


def _rounded(values: NDArray[np.float64]) -> list[float]:
    """Return numbers that are only drawn, to six figures."""
    return [float(f"{value:.6g}") for value in values]


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) and value > 0 else None


def _about(
    sweep: Sweep,
    runs: Sequence[Trajectory],
    rows: Sequence[NDArray[np.int64]],
    remarks: Sequence[str],
) -> str:
    """Return the paragraph below the picture: what it shows, and what it leaves out."""
    count, swept = len(runs), sweep.learning_rates.size
    of_all = f" ({whole(swept)} rates were swept)" if swept > count else ""
    place = f" from {_as_point(sweep)}" if len(sweep.names) <= COLUMNS else ""
    said = [
        f"Slide through {counted(count, 'recorded run')}{of_all}{place}: "
        f"{steps_of(sweep.steps)} at most.",
        *remarks,
    ]
    longest = max(range(count), key=lambda k: runs[k].steps)
    if len(rows[longest]) <= runs[longest].steps:
        said.append(
            f"Of a run of {steps_of(runs[longest].steps)} the page has {whole(len(rows[longest]))} "
            "rows: its first steps one by one, then some of the others."
        )
    return superscript(" ".join(filter(None, said)))


def _say_boundary(sweep: Sweep, rates: tuple[float, float]) -> str:
    """Return the definition of the boundary; "" where the map does not show it."""
    critical = _finite(sweep.critical_learning_rate)
    if critical is None or not rates[0] <= critical <= rates[1]:
        return ""
    return "The boundary is 2/λ, with λ the sharpness: the largest curvature at the start."


def _as_point(sweep: Sweep) -> str:
    """Return the start with the names of its parameters: "(W1, b1) = (0, 0)"."""
    names, values = parameters(sweep.names), ", ".join(significant(x, 4) for x in sweep.start)
    return f"{names} = {values}" if len(sweep.names) == 1 else f"({names}) = ({values})"
