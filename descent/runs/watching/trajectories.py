"""The trajectory of a watched loop, from its rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.errors import InvalidValue
from descent.runs.rows import ending_of
from descent.runs.thinning.recorded import Recorded, thinned
from descent.runs.thinning.vectors import write_vector
from descent.runs.trajectory import Trajectory
from descent.runs.watching.optimizers import changed, suffixes
from descent.runs.watching.rates import rates_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.runs.watching.recorder import LoopRecorder
    from descent.runs.watching.rows import Row


def trajectory_of(recorder: LoopRecorder, error: str) -> Trajectory:
    """Return what was recorded, up to the first row that is not finite.

    Args:
        recorder: The recorder.
        error: What ended the loop; "" if nothing did.
    """
    rows, last, last_full_loss = recorder.steps()
    if not rows:
        repair = "watch the optimizer whose step() the loop calls, around the loop."
        raise InvalidValue("loop", "take a step while it is watched", got="none", repair=repair)
    found = _recorded(recorder, rows, last)
    losses = np.array([*(_mean(row.losses) for row in rows), np.nan])
    full_losses = _full_losses(rows, last_full_loss)
    count, ending = _finite(found, losses, _has_finite_rest(recorder, rows))
    steps = min(count - 1, len(rows))
    rates, scheduled = rates_of(recorder, rows[:steps], is_thinned=found.measured is not None)
    options, changes = _options(recorder, rows[:steps])
    return Trajectory(
        **found.first(count),
        losses=losses[:count],
        learning_rates=rates,
        names=recorder.params.names,
        optimizer=" and ".join(dict.fromkeys(one.name for one in recorder.optimizers)),
        options=options,
        scheduled_options=changes | scheduled,
        dtype=recorder.params.dtype,
        loss_counts=np.array([len(row.losses) for row in rows[:steps]], np.int64),
        full_losses=full_losses[:count] if np.isfinite(full_losses).any() else np.empty(0),
        left_out=recorder.params.left_out,
        **(ending or ({"stopped_by": "error", "error": error} if error else {})),
    )


def _options(
    recorder: LoopRecorder, rows: Sequence[Row]
) -> tuple[dict[str, object], dict[str, NDArray[np.float64]]]:
    """Return the options of all optimizers, and those that changed as they were at each step."""
    noted = [{part.optimizer: part.options for part in row.parts} for row in rows]
    options: dict[str, object] = {}
    scheduled: dict[str, NDArray[np.float64]] = {}
    named = suffixes(recorder.optimizers)
    for k, (one, suffix) in enumerate(zip(recorder.optimizers, named, strict=True)):
        scheduled |= changed(one, [row.get(k) for row in noted], suffix)
        options |= {f"{name}{suffix}": value for name, value in one.options.items()}
    return options, scheduled


def _recorded(recorder: LoopRecorder, rows: Sequence[Row], last: list[Any]) -> Recorded:
    """Return the rows that were kept, and what is known of the others."""
    store, layout = recorder.store, recorder.layout
    if store.meter is None:
        return Recorded(*_vectors(recorder, rows, last), np.arange(len(rows) + 1))
    is_taken, ends = store.taken(), layout.on_devices(last)
    measured = store.meter.measured(ends, is_taken)
    if store.path is not None:
        return thinned(store.path.ended(store.count, ends, recorder.is_over), is_taken, measured)
    kept = [t for t, row in enumerate(rows) if row.iterate]
    found = _vectors(recorder, [rows[t] for t in kept], last)
    return Recorded(*found, np.array([*kept, len(rows)]), measured)


def _vectors(
    recorder: LoopRecorder, rows: Sequence[Row], last: list[Any]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return iterates and gradients, each of shape (rows+1, n); the last gradient is nan."""
    optimizers, order = recorder.optimizers, recorder.layout.order
    iterates = np.empty((len(rows) + 1, recorder.layout.count))
    gradients = np.zeros_like(iterates)
    for t, row in enumerate(rows):
        write_vector(row.iterate, order, iterates[t])
        for part in row.parts:
            one = optimizers[part.optimizer]
            own = np.empty(one.size)
            write_vector(part.gradient or [], one.order, own)
            gradients[t, one.columns] = own
    write_vector(last, order, iterates[-1])
    gradients[-1] = np.nan
    return iterates, gradients


def _full_losses(rows: Sequence[Row], last: Any) -> NDArray[np.float64]:
    measured = [row.full_loss for row in rows] + [last]
    found = np.array([np.nan if one is None else float(one) for one in measured])
    return np.where(np.isfinite(found), found, np.nan)


def _mean(losses: Sequence[float]) -> float:
    return sum(losses) / len(losses)


def _has_finite_rest(recorder: LoopRecorder, rows: Sequence[Row]) -> NDArray[np.bool_]:
    """Return whether what is not recorded is finite: each row's gradient, the last parameters."""
    of_rows = [all(bool(part.has_finite_rest) for part in row.parts) for row in rows]
    return np.array([*of_rows, bool(recorder.has_finite_rest)])


def _finite(
    found: Recorded, losses: NDArray[np.float64], has_finite_rest: NDArray[np.bool_]
) -> tuple[int, dict[str, Any]]:
    """Return how many rows there are up to the first that is not finite, and how it ended them."""
    has_params, has_gradient = found.are_finite()
    has_gradient = has_gradient & has_finite_rest
    has_params = np.append(has_params[:-1], has_params[-1] and has_finite_rest[-1])
    is_known = np.append((np.isfinite(losses) & has_gradient)[:-1], True)
    is_finite = is_known & has_params
    count = len(losses) if is_finite.all() else int(is_finite.argmin())
    if count == len(losses):
        return count, {}
    if not count:
        got = f"{losses[0]}" if not np.isfinite(losses[0]) else "gradients that are not"
        raise InvalidValue("loss", "be finite at the first step", losses[0], got=got)
    is_open = count == len(losses) - 1
    loss = 0.0 if is_open else float(losses[count])
    stopped_by, diverged, next_loss = ending_of(has_params[count], loss, float(losses[0]))
    return count, {"stopped_by": stopped_by, "diverged": diverged, "next_loss": next_loss}
