"""What a request must satisfy before anything is recorded: one sentence for each wrong one."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.files import MAX_FILE_BYTES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.arrays import Loss

MAX_STEPS = 1_000_000
BYTES_A_PARAMETER = 16  # one iterate and one gradient, float64 each


def check_steps(steps: Any, parameters: int = 1) -> int:
    """Return `steps` as an int of at least 1 whose recording of `parameters` fits a file.

    Raises:
        TypeError: If it is not a whole number.
        ValueError: If it is below 1, or absurdly large.
    """
    try:
        count = operator.index(steps)
    except TypeError:
        count = None
    if count is None or isinstance(steps, bool):
        raise TypeError(f"steps must be a whole number; got {steps!r}.")
    if not 1 <= count <= MAX_STEPS:
        raise ValueError(f"steps must be from 1 to {MAX_STEPS:,}; got {count:,}.")
    if (count + 1) * parameters * BYTES_A_PARAMETER > MAX_FILE_BYTES:
        raise ValueError(
            f"steps must be fewer for {parameters:,} parameters; got {count:,}, "
            f"which would take more than {MAX_FILE_BYTES:,} bytes."
        )
    return count


def check_learning_rates(learning_rate: Any, steps: int) -> NDArray[np.float64]:
    """Return one rate a step, shape (steps,), from a number or a schedule of that length.

    Raises:
        TypeError: If it is not a number or a sequence of numbers.
        ValueError: If a rate is not positive and finite, or their count is not `steps`.
    """
    rates = as_numbers(learning_rate, "learning_rate", "be a number, or one number a step")
    if rates.ndim and rates.shape != (steps,):
        raise ValueError(
            f"learning_rate must be one number, or {steps} (one a step); got shape {rates.shape}."
        )
    check_positive(rates, "learning_rate")
    return np.broadcast_to(rates, (steps,))


def check_positive(rates: NDArray[np.float64], what: str) -> None:
    """Check that all `rates` are positive and finite; `what` is what the caller calls them.

    Raises:
        ValueError: If one is not.
    """
    wrong = rates[~(np.isfinite(rates) & (rates > 0))]
    if wrong.size:
        raise ValueError(f"{what} must be positive and finite; got {wrong.flat[0]}.")


def check_start(start: Any, names: Sequence[str] | None = None) -> NDArray[np.float64]:
    """Return `start` as a float64 vector of the size that `names` asks for.

    Raises:
        TypeError: If it does not consist of numbers.
        ValueError: If it is not one-dimensional, finite and of the right size.
    """
    vector = as_numbers(start, "start")
    if vector.ndim != 1 or vector.size == 0:
        raise ValueError(f"start must be one number a parameter; got shape {vector.shape}.")
    if not np.isfinite(vector).all():
        raise ValueError(f"start must be finite; got {vector.tolist()}.")
    if names is not None and len(names) != len(vector):
        listed = ", ".join(names)
        raise ValueError(
            f"start must have {len(names)} number{'s' * (len(names) != 1)} ({listed}); "
            f"got {len(vector)}."
        )
    return vector


def as_numbers(values: Any, what: str, must: str = "consist of numbers") -> NDArray[np.float64]:
    """Return an array or tensor, or whatever makes one, as float64 of the same shape.

    Args:
        values: What was given.
        what: What the caller calls it.
        must: What it must do.

    Raises:
        TypeError: If it does not consist of real numbers.
    """
    if hasattr(values, "detach"):
        values = values.detach().cpu()
    try:
        array = np.asarray(values)
    except (ValueError, TypeError):
        array = np.asarray(None)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{what} must {must}; got {values!r}.")
    return array.astype(np.float64)


def check_loss(loss: Loss, start: Any) -> tuple[float, NDArray[np.float64]]:
    """Return the loss and its gradient at `start`, having checked that it can be descended.

    Raises:
        TypeError: If `loss` is not callable, or returns something else than a tensor.
        ValueError: If it fails at `start`, or its result is not a finite float64 scalar that
            depends on the parameters with a finite gradient.
    """
    import torch

    start = check_start(start, getattr(loss, "names", None))
    if not callable(loss):
        raise TypeError(f"loss must be a function of the parameters; got {loss!r}.")
    params = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    with torch.enable_grad():
        value = _attempt(lambda: loss(params), start)
        check_result(value)
        if not torch.isfinite(value):
            raise ValueError(
                f"the loss must be finite at the start {start.tolist()}; got {value.item()}: "
                "choose another start."
            )
        gradient = _attempt(lambda: torch.autograd.grad(value, params, allow_unused=True)[0], start)
    if gradient is None:
        raise ValueError(_INDEPENDENT)
    if not torch.isfinite(gradient).all():
        raise ValueError(
            f"the gradient must be finite at the start {start.tolist()}; got "
            f"{gradient.tolist()}: choose another start."
        )
    return float(value.detach()), gradient.numpy()


_INDEPENDENT = (
    "the loss must depend on its parameters; got a result without a gradient: "
    "compute it from `params` by tensor operations."
)


def _attempt(action: Callable[[], Any], start: NDArray[np.float64]) -> Any:
    try:
        return action()
    except Exception as error:
        raise ValueError(
            f"the loss must work at the start {start.tolist()}; got {type(error).__name__}: {error}"
        ) from error


def check_result(value: Any) -> None:
    """Check that `value`, what a loss returned, is a scalar that can be differentiated.

    Raises:
        TypeError: If it is no tensor.
        ValueError: If it is no float64 scalar, or depends on no parameter.
    """
    import torch

    if not isinstance(value, torch.Tensor):
        raise TypeError(
            f"the loss must return a scalar tensor; got {type(value).__name__}: "
            "compute it from `params` by tensor operations."
        )
    if value.ndim:
        raise ValueError(
            f"the loss must return a scalar tensor; got shape {tuple(value.shape)}: "
            "end with .sum() or .mean()."
        )
    if not value.requires_grad:
        raise ValueError(_INDEPENDENT)
    if value.dtype != torch.float64:
        raise ValueError(
            f"the loss must return float64; got {value.dtype}: give its constants "
            "dtype=torch.float64."
        )
