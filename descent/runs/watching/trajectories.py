"""The trajectory of a watched loop, from its rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.errors import InvalidValue
from descent.runs.rows import ending_of
from descent.runs.trajectory import Trajectory
from descent.runs.watching.optimizers import changed, suffixes
from descent.runs.watching.parameters import order_of
from descent.runs.watching.rows import write

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
    iterates, gradients = _vectors(recorder, rows, last)
    losses = np.array([*(_mean(row.losses) for row in rows), np.nan])
    full_losses = _full_losses(rows, last_full_loss)
    count, ending = _finite(iterates, losses, gradients)
    steps = min(count - 1, len(rows))
    optimizers = recorder.optimizers
    named = suffixes(optimizers)
    noted = [{part.optimizer: part.options for part in row.parts} for row in rows[:steps]]
    scheduled: dict[str, NDArray[np.float64]] = {}
    options: dict[str, object] = {}
    for k, (one, suffix) in enumerate(zip(optimizers, named, strict=True)):
        scheduled |= changed(one, [row.get(k) for row in noted], suffix)
        options |= {f"{name}{suffix}": value for name, value in one.options.items()}
    return Trajectory(
        iterates=iterates[:count],
        losses=losses[:count],
        gradients=gradients[:count],
        learning_rates=_rates(recorder, rows[:steps]),
        names=recorder.params.names,
        optimizer=" and ".join(dict.fromkeys(one.name for one in optimizers)),
        options=options,
        scheduled_options=scheduled,
        dtype=recorder.params.dtype,
        loss_counts=np.array([len(row.losses) for row in rows[:steps]], np.int64),
        full_losses=full_losses[:count] if np.isfinite(full_losses).any() else np.empty(0),
        **(ending or ({"stopped_by": "error", "error": error} if error else {})),
    )


def _vectors(
    recorder: LoopRecorder, rows: Sequence[Row], last: list[Any]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return iterates and gradients, each of shape (steps+1, n); the last gradient is nan."""
    params, optimizers = recorder.params, recorder.optimizers
    iterates = np.empty((len(rows) + 1, len(params.names)))
    gradients = np.zeros_like(iterates)
    order = order_of(params.tensors)
    for t, row in enumerate(rows):
        write(row.iterate, order, iterates[t])
        for part in row.parts:
            one = optimizers[part.optimizer]
            own = np.empty(one.size)
            write(part.gradient or [], one.order, own)
            gradients[t, one.columns] = own
    write([one.cpu() for one in last], order, iterates[-1])
    gradients[-1] = np.nan
    return iterates, gradients


def _rates(recorder: LoopRecorder, rows: Sequence[Row]) -> NDArray[np.float64]:
    """Return the rates, shape (steps,), or (steps, n) where parameters have rates of their own."""
    optimizers = recorder.optimizers
    one_each = [
        {
            float(rate)
            for part in row.parts
            for rate in optimizers[part.optimizer].rates_in_use(part.rates)
        }
        for row in rows
    ]
    whole = sum(one.size for one in optimizers)
    sizes = [sum(optimizers[part.optimizer].size for part in row.parts) for row in rows]
    if all(len(rates) == 1 for rates in one_each) and sizes == [whole] * len(rows):
        return np.array([rate for rates in one_each for rate in rates])
    rates = np.zeros((len(rows), len(recorder.params.names)))
    for t, row in enumerate(rows):
        for part in row.parts:
            optimizers[part.optimizer].write_rates(part.rates, rates[t])
    return rates


def _full_losses(rows: Sequence[Row], last: Any) -> NDArray[np.float64]:
    measured = [row.full_loss for row in rows] + [last]
    found = np.array([np.nan if one is None else float(one) for one in measured])
    return np.where(np.isfinite(found), found, np.nan)


def _mean(losses: Sequence[float]) -> float:
    return sum(losses) / len(losses)


def _finite(
    iterates: NDArray[np.float64], losses: NDArray[np.float64], gradients: NDArray[np.float64]
) -> tuple[int, dict[str, Any]]:
    """Return how many rows there are up to the first that is not finite, and how it ended them."""
    known = np.column_stack([losses, gradients])[:-1]
    is_finite = np.append(np.isfinite(known).all(axis=1), True) & np.isfinite(iterates).all(axis=1)
    count = len(losses) if is_finite.all() else int(is_finite.argmin())
    if count == len(losses):
        return count, {}
    if not count:
        got = f"{losses[0]}" if not np.isfinite(losses[0]) else "gradients that are not"
        raise InvalidValue("loss", "be finite at the first step", losses[0], got=got)
    is_open = count == len(losses) - 1
    loss = 0.0 if is_open else float(losses[count])
    stopped_by, diverged, next_loss = ending_of(iterates[count], loss, float(losses[0]))
    return count, {"stopped_by": stopped_by, "diverged": diverged, "next_loss": next_loss}
