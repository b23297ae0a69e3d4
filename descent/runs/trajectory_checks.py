"""What a Trajectory must hold: texts of known words, arrays that fit together, finite numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from descent.arrays import check_shape
from descent.checks.errors import InvalidType, InvalidValue
from descent.checks.numbers import check_finite
from descent.checks.texts import check_names
from descent.runs.sketch import PathSketch, check_rows
from descent.runs.step_norms import StepNorms

if TYPE_CHECKING:
    from descent.runs.trajectory import Trajectory

StoppedBy = Literal["parameters", "loss", "gradient", "error"]
NextLoss = Literal["", "inf", "-inf", "nan", "none"]
ROWS = ("iterates", "gradients")  # which may be of some steps alone
ARRAYS = ("losses", "learning_rates", "batch_losses")
OPEN = ("losses", "gradients")  # whose last row may be nan


def check_words(run: Trajectory) -> None:
    """Check what a file may hold in place of a truth value, a name and options."""
    kinds = {"diverged": bool, "optimizer": str, "error": str, "dtype": str}
    kinds |= {"options": dict, "scheduled_options": dict, "left_out": int}
    for name, kind in kinds.items():
        if not isinstance(getattr(run, name), kind):
            raise InvalidType(name, f"be a {kind.__name__}", getattr(run, name))
    for name, kind in {"norms": StepNorms, "sketch": PathSketch}.items():
        if not isinstance(getattr(run, name), kind | None):
            raise InvalidType(name, f"be a {kind.__name__}, or None", getattr(run, name))
    words = {"stopped_by": (None, *get_args(StoppedBy)), "next_loss": get_args(NextLoss)}
    for name, known in words.items():
        if getattr(run, name) not in known:
            constraint = f"be one of {', '.join(map(repr, known))}"
            raise InvalidValue(name, constraint, getattr(run, name))


def check_shapes(run: Trajectory) -> None:
    """Check that the arrays of a run belong to the same steps and parameters."""
    count, columns, rows = len(run.losses), len(run.names), len(run.recorded_steps)
    # A picture on a plane needs no sketch.
    has_none = run.sketch is not None or (hasattr(run, "projection") and run.norms is not None)
    expected = {
        "iterates": ((rows, columns),),
        "losses": ((count,),),
        "gradients": ((rows, columns), *[(0, columns)] * has_none),
        "learning_rates": ((count - 1,), (count - 1, columns)),
        "batch_losses": ((0,), (count,)),
        "loss_counts": ((0,), (count - 1,)),
        "full_losses": ((0,), (count,)),
    }
    for name, shapes in expected.items():
        check_shape(name, getattr(run, name), *shapes)
    for name, values in run.scheduled_options.items():
        check_shape(f"scheduled_options[{name!r}]", values, (count - 1,))
    _check_thinned(run, count)


def _check_thinned(run: Trajectory, count: int) -> None:
    """Check the parts of a run whose rows were not all kept."""
    check_rows("recorded_steps", run.recorded_steps)
    if run.recorded_steps[-1] >= count:
        constraint = f"be at most {count - 1}, the number of steps"
        raise InvalidValue("recorded_steps", constraint, got=str(run.recorded_steps[-1]))
    if run.norms is None and not run.has_every_row:
        raise InvalidValue("norms", "be given where some rows are not", got="none")
    if run.norms is not None:
        check_shape("norms.step_lengths", run.norms.step_lengths, (count - 1,))
    if run.sketch is not None and run.sketch.steps[-1] >= count:
        constraint = f"be at most {count - 1}, the number of steps"
        raise InvalidValue("sketch.steps", constraint, got=str(run.sketch.steps[-1]))


def check_values(run: Trajectory) -> None:
    """Check that all numbers of a run are finite that may not be nan, and that names differ."""
    for name in (*ROWS, *ARRAYS):
        values = getattr(run, name)
        check_finite(name, values[: len(values) - (name in OPEN and _ends_open(run, name))])
    if np.isinf(run.full_losses).any():
        raise InvalidValue("full_losses", "be finite, or nan", run.full_losses, got="inf")
    for name, values in run.scheduled_options.items():
        check_finite(f"scheduled_options[{name!r}]", values)
    check_names(run.names)


def _ends_open(run: Trajectory, name: str) -> bool:
    """Return whether the last row of an array may be nan, as after the last step of a loop."""
    return run.is_open and (name == "losses" or run.recorded_steps[-1] == run.steps)
