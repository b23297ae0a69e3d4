"""Runs and sweeps as pandas DataFrames."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.errors import InvalidValue
from descent.checks.texts import some_of
from descent.runs.behavior import BEHAVIORS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.runs.trajectory import Trajectory
    from descent.sweeps.sweep import Sweep

INDEX = "t"


def run_table(run: Trajectory) -> Any:
    """Return a run as a DataFrame with one row per step, indexed by t.

    Its columns are loss (nan in the last row of a loop that was watched), batch_loss if there are
    batches, full_loss if it was measured (nan where it was not), learning_rate (of the step that
    begins in the row, nan in the last; one per parameter if they have their own), each option that
    changed likewise, each parameter by its name, each partial derivative as ∂loss/∂name, and
    gradient_norm. Of a run of which not every row was kept, parameters and derivatives are nan in
    the others, and parameter_norm and step_length follow (nan in the last row); a run that was
    thinned has no columns for its parameters.
    """
    losses = {"loss": run.losses}
    if run.batch_losses.size:
        losses["batch_loss"] = run.batch_losses
    if run.full_losses.size:
        losses["full_loss"] = run.full_losses
    has_own_rates = run.learning_rates.ndim == 2
    own = [f"learning_rate[{name}]" for name in run.names] if has_own_rates else ["learning_rate"]
    of_steps = np.column_stack([run.learning_rates, *run.scheduled_options.values()])
    of_steps = np.vstack([of_steps, np.full((1, of_steps.shape[1]), np.nan)])
    params = run.names if run.sketch is None else ()
    norms = {"gradient_norm": run.gradient_norms}
    if not run.has_every_row:
        lengths = np.append(run.step_lengths, np.nan)
        norms |= {"parameter_norm": run.parameter_norms, "step_length": lengths}
    names = [
        *losses,
        *own,
        *run.scheduled_options,
        *params,
        *(f"∂loss/∂{name}" for name in params),
        *norms,
    ]
    _check_columns(names, params)
    rows = [_in_every_row(run, values) for values in (run.iterates, run.gradients) if params]
    columns = [*losses.values(), of_steps, *rows, *norms.values()]
    pandas = _pandas()
    index = pandas.RangeIndex(len(run.losses), name=INDEX)
    return pandas.DataFrame(np.column_stack(columns), index=index, columns=names)


def _in_every_row(run: Trajectory, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the rows that were kept in their places among all, which else are nan."""
    if run.has_every_row:
        return values
    found = np.full((len(run.losses), len(run.names)), np.nan)
    found[run.recorded_steps] = values
    return found


def _check_columns(columns: list[str], names: tuple[str, ...]) -> None:
    """Check that no parameter has the name of another column, or of the index."""
    counts = Counter(columns)
    twice = [name for name in names if counts[name] > 1 or name == INDEX]
    if twice:
        constraint = "differ from the other columns of the table"
        repair = "record with other names."
        raise InvalidValue("names", constraint, twice, got=some_of(twice), repair=repair)


def sweep_table(sweep: Sweep) -> Any:
    """Return a sweep as a DataFrame with one row per run, in C order.

    Its columns are learning_rate (or learning_rate_0, learning_rate_1, … of the groups),
    final_loss, steps_taken, steps_to_tolerance if there is a tolerance (NA if it was not reached),
    behaviour, diverged and, if the loss failed on a run, error.
    """
    pandas = _pandas()
    size = sweep.final_losses.size
    rates = sweep.learning_rates.reshape(size, -1)
    names = [f"learning_rate_{k}" for k in range(rates.shape[1])]
    columns: dict[str, Any] = {
        **dict(zip(names if sweep.groups.size else ["learning_rate"], rates.T, strict=True)),
        "final_loss": sweep.final_losses.ravel(),
        "steps_taken": sweep.steps_taken.ravel(),
    }
    if sweep.tolerance is not None:
        reached = pandas.array(sweep.steps_to_tolerance.ravel(), dtype="Int64")
        reached[sweep.steps_to_tolerance.ravel() < 0] = pandas.NA
        columns["steps_to_tolerance"] = reached
    columns["behaviour"] = pandas.Categorical.from_codes(
        sweep.behavior_codes.ravel(), categories=list(BEHAVIORS)
    )
    columns["diverged"] = sweep.diverged.ravel()
    if sweep.error_texts:
        columns["error"] = sweep.errors.ravel()
    return pandas.DataFrame(columns)


def _pandas() -> Any:
    try:
        import pandas  # pyright: ignore[reportMissingTypeStubs]
    except ImportError as error:
        raise ImportError(
            "to_pandas must have pandas; it is not installed: pip install pandas."
        ) from error
    return pandas
