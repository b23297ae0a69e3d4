"""Record gradient descent: PyTorch's gradients, torch.optim's steps, NumPy's arrays."""

from __future__ import annotations

import difflib
import inspect
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks import check_learning_rates, check_loss, check_start, check_steps
from descent.names import default_names
from descent.trajectory import Trajectory

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from torch import Tensor
    from torch.optim import Optimizer

    from descent.arrays import Loss
    from descent.trajectory import StoppedBy


def record(
    loss: Loss,
    start: ArrayLike | Tensor,
    *,
    learning_rate: float | Sequence[float] | NDArray[np.float64],
    steps: int,
    optimizer: type[Optimizer] | str = "SGD",
    until: float | None = None,
    names: Sequence[str] | None = None,
    **options: Any,
) -> Trajectory:
    """Descend from `start` and keep every iterate, loss and gradient.

    Gradients come from torch.autograd in float64, steps from a real torch.optim optimizer.
    Divergence is no error: recording stops before the first row that is not finite, keeps the
    rows before it, and says so in ``diverged`` and ``stopped_by``. Nor is it an error, or
    divergence, to reach a place where the loss has no gradient, such as the minimum of √θ².

    Args:
        loss: Maps params, a float64 tensor of shape (n,), to a scalar tensor.
        start: Parameters θ^0, shape (n,).
        learning_rate: One positive number, or a schedule of one number a step.
        steps: How many steps to take, at least 1.
        optimizer: A class of torch.optim, or its name; plain gradient descent by default.
        until: Stop as soon as the loss is at or below this.
        names: One name a parameter; by default the loss's own, else θ1, θ2, …
        options: Further options of the optimizer, such as ``momentum=0.9``.

    Returns:
        The recorded Trajectory.

    Raises:
        TypeError: If an argument is of the wrong kind.
        ValueError: If an argument is out of range, or the loss cannot be descended from `start`.
        RuntimeError: If the loss fails at a later step.
    """
    names = names if names is not None else getattr(loss, "names", None)
    point = check_start(start, names)
    steps = check_steps(steps, len(point))
    rates = check_learning_rates(learning_rate, steps)
    check_loss(loss, point)
    rows = _Rows(steps, point)
    stepper = _optimizer(optimizer, rows.params, rates[0], options)
    _descend(loss, rows, stepper, rates, -math.inf if until is None else float(until))
    return Trajectory(
        iterates=rows.iterates[: rows.count],
        losses=rows.losses[: rows.count],
        gradients=rows.gradients[: rows.count],
        learning_rates=rates[: rows.count - 1],
        names=default_names(len(point), names),
        diverged=rows.diverged,
        stopped_by=rows.stopped_by,
        optimizer=type(stepper).__name__,
        options={name: _plain(value) for name, value in options.items()},
    )


class _Rows:
    """The rows written so far, and the live parameters that they are copies of."""

    def __init__(self, steps: int, start: NDArray[np.float64]) -> None:
        import torch

        self.iterates = np.empty((steps + 1, len(start)))
        self.gradients = np.empty((steps + 1, len(start)))
        self.losses = np.empty(steps + 1)
        self.count = 0
        self.diverged = False
        self.stopped_by: StoppedBy | None = None
        self.params = torch.tensor(start, dtype=torch.float64, device="cpu", requires_grad=True)
        self.view = self.params.detach().numpy()  # the same memory, so always the present iterate

    def write(self, loss: float, gradient: NDArray[np.float64]) -> bool:
        """Keep the present row if it is finite, and return whether it was."""
        t = self.count
        self.stopped_by = _not_finite(self.view, loss, gradient)
        if self.stopped_by is not None:
            self.diverged = self.stopped_by != "gradient" or bool(loss > self.losses[0])
            return False
        self.iterates[t], self.losses[t], self.gradients[t] = self.view, loss, gradient
        self.count += 1
        return True


def _not_finite(
    params: NDArray[np.float64], loss: float, gradient: NDArray[np.float64]
) -> StoppedBy | None:
    if not np.isfinite(params).all():
        return "parameters"
    if not math.isfinite(loss):
        return "loss"
    return None if np.isfinite(gradient).all() else "gradient"


def _descend(
    loss: Loss, rows: _Rows, stepper: Optimizer, rates: NDArray[np.float64], until: float
) -> None:
    import torch

    take_step = _stepping(stepper, loss, rows.params)
    with torch.enable_grad():
        for t in range(len(rates) + 1):
            value, gradient = _evaluated(loss, rows.params, t)
            if not rows.write(value, gradient.numpy()) or value <= until or t == len(rates):
                return
            rows.params.grad = gradient
            stepper.param_groups[0]["lr"] = float(rates[t])
            take_step()


def _evaluated(loss: Loss, params: Tensor, t: int) -> tuple[float, Tensor]:
    import torch

    try:
        value = loss(params)
        (gradient,) = torch.autograd.grad(value, params)
    except Exception as error:
        raise RuntimeError(f"the loss failed at step {t}: {error}") from error
    return float(value.detach()), gradient.detach()


def _stepping(stepper: Optimizer, loss: Loss, params: Tensor) -> Callable[[], Any]:
    """Return the optimizer's step, given a closure if it insists on one (LBFGS does)."""
    import torch

    closure_is_needed = (
        inspect.signature(stepper.step).parameters["closure"].default is inspect.Parameter.empty
    )
    if not closure_is_needed:
        return stepper.step

    def closure() -> float:
        with torch.enable_grad():
            value = loss(params)
            (params.grad,) = torch.autograd.grad(value, params)
        return float(value.detach())

    return lambda: stepper.step(closure)


def _optimizer(
    optimizer: type[Optimizer] | str, params: Tensor, rate: float, options: dict[str, Any]
) -> Optimizer:
    cls = _optimizer_class(optimizer)
    if "lr" in options:
        raise TypeError("the learning rate must be given as learning_rate; got lr.")
    try:
        return cls([params], lr=float(rate), **options)  # pyright: ignore[reportCallIssue]
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(
            f"the options must be those of torch.optim.{cls.__name__}; got {options}: {error}"
        ) from error


def _optimizer_class(optimizer: Any) -> type[Optimizer]:
    import torch

    known = {
        name.lower(): cls
        for name, cls in vars(torch.optim).items()
        if isinstance(cls, type) and issubclass(cls, torch.optim.Optimizer)
    }
    if isinstance(optimizer, type) and issubclass(optimizer, torch.optim.Optimizer):
        return optimizer
    if not isinstance(optimizer, str):
        raise TypeError(f"optimizer must be a class of torch.optim or its name; got {optimizer!r}.")
    if optimizer.lower() not in known or optimizer.lower() == "optimizer":
        near = difflib.get_close_matches(optimizer.lower(), known, n=1) or ["sgd"]
        raise ValueError(
            f"optimizer must be one of torch.optim; got {optimizer!r}: "
            f"did you mean {known[near[0]].__name__}?"
        )
    return known[optimizer.lower()]


def _plain(value: Any) -> Any:
    """Return `value` if a file can hold it, else how Python writes it."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if type(value) in (tuple, list):
        return tuple(_plain(item) for item in value)
    return repr(value)
