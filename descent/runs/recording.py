"""Record gradient descent: PyTorch's gradients, torch.optim's steps, NumPy's arrays."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.arguments import (
    BYTES_A_PARAMETER,
    check_group_rates,
    check_learning_rates,
    check_steps,
)
from descent.checks.errors import InvalidValue
from descent.checks.loss import check_loss
from descent.checks.numbers import as_numbers, check_number, check_start
from descent.models.minibatches import BatchedLoss
from descent.names import default_names
from descent.runs.optimizers import Parameters, make_optimizer, make_step
from descent.runs.schedules import FixedSchedule, TorchSchedule
from descent.runs.trajectory import Trajectory

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from torch import Tensor
    from torch.optim import Optimizer

    from descent.arrays import Loss
    from descent.runs.schedules import MakeScheduler
    from descent.runs.trajectory import StoppedBy

RATE_BYTES = 8  # of each parameter at each step, where parameters have rates of their own


def record(
    loss: Loss,
    start: ArrayLike | Tensor,
    *,
    learning_rate: float | ArrayLike | Tensor,
    steps: int,
    optimizer: type[Optimizer] | str = "SGD",
    scheduler: MakeScheduler | None = None,
    groups: Sequence[int] | None = None,
    until: float | None = None,
    names: Sequence[str] | None = None,
    **options: Any,
) -> Trajectory:
    """Descend from `start` and keep every iterate, loss and gradient.

    θ^{t+1} = θ^t − η_t ∇loss(θ^t) for plain gradient descent; other optimizers do as they do.
    Gradients come from torch.autograd in float64, steps from a real torch.optim optimizer.
    Divergence is no error: recording stops before the first row that is not finite, keeps the
    rows before it, and says so in ``diverged`` and ``stopped_by``. Nor is it an error, or
    divergence, to reach a place where the loss has no gradient, such as the minimum of √θ².

    A loss with a method ``batch``, as `model_loss` makes with a ``batch_size``, shows each step
    only a mini-batch: step t follows the gradient of ``loss.batch(t)``. That gradient is recorded,
    the loss of the batch in ``batch_losses``, and the loss over all data in ``losses``.

    Args:
        loss: Maps params, a float64 tensor of shape (n,), to a scalar tensor.
        start: Parameters θ^0, shape (n,).
        learning_rate: A positive number; or a schedule of one a step, shape (steps,). With
            `groups`, one a group, shape (groups,) or (steps, groups).
        steps: How many steps to take, at least 1.
        optimizer: A class of torch.optim, or its name; plain gradient descent by default.
        scheduler: Makes a torch.optim.lr_scheduler for the optimizer, as
            ``lambda optimizer: StepLR(optimizer, 10)`` does; `learning_rate` then is the rate
            that it begins with. It goes on by one after every step; ReduceLROnPlateau is told the
            loss (over all data) that the step was taken from.
        groups: For each parameter which of the rates it has, 0, 1, …, shape (n,). Each group
            is a parameter group of the optimizer, with one tensor of all its parameters.
        until: Stop as soon as the loss is at or below this.
        names: One name a parameter; by default the loss's own, else θ1, θ2, …
        **options: Further options of the optimizer, such as ``momentum=0.9``.

    Returns:
        The recorded Trajectory.

    Raises:
        InvalidType: If an argument is of the wrong kind.
        InvalidValue: If an argument is out of range, or the loss cannot be descended from `start`.
        RuntimeError: If the loss, the optimizer or the scheduler fails at a later step.

    Example:
        >>> import descent
        >>> run = descent.record(lambda params: params[0] ** 2, [1], learning_rate=0.25, steps=3)
        >>> run.iterates[:, 0].tolist()
        [1.0, 0.5, 0.25, 0.125]
        >>> from torch.optim.lr_scheduler import StepLR
        >>> run = descent.record(
        ...     descent.LOSSES["bowl"], [2, 1], learning_rate=0.2, steps=4,
        ...     optimizer="SGD", momentum=0.5, scheduler=lambda optimizer: StepLR(optimizer, 2),
        ... )
        >>> run.learning_rates.round(6).tolist()
        [0.2, 0.2, 0.02, 0.02]
    """
    names = names if names is not None else getattr(loss, "names", None)
    point = check_start(start, names)
    steps = check_steps(steps, len(point), BYTES_A_PARAMETER + RATE_BYTES * (groups is not None))
    rates, group_of = _checked_rates(learning_rate, steps, groups, len(point), scheduler)
    enough = -math.inf if until is None else check_number(until, "until")
    seen = _Objective(loss, point)
    params = Parameters(point, group_of)
    stepper = make_optimizer(optimizer, params, rates[0], options)
    schedule = (
        TorchSchedule(stepper, steps, scheduler)
        if scheduler is not None
        else FixedSchedule(stepper, rates)
    )
    rows = _Rows(steps, len(point))
    _descend(seen, params, rows, stepper, schedule, enough)
    count = len(rows.losses)
    taken = schedule.taken[: count - 1]
    return Trajectory(
        iterates=rows.iterates[:count],
        losses=np.array(rows.losses),
        gradients=rows.gradients[:count],
        learning_rates=taken[:, 0] if group_of is None else taken[:, group_of],
        names=default_names(len(point), names),
        diverged=rows.diverged,
        stopped_by=rows.stopped_by,
        optimizer=type(stepper).__name__,
        options={name: _plain(value) for name, value in options.items()},
        batch_losses=np.array(rows.batch_losses if seen.is_batched else []),
    )


def _checked_rates(
    learning_rate: Any, steps: int, groups: Any, parameters: int, scheduler: Any
) -> tuple[NDArray[np.float64], NDArray[np.int64] | None]:
    """Return the rates of each step, shape (steps, groups), and each parameter's group."""
    if scheduler is not None:
        given = as_numbers(learning_rate, "learning_rate", "be a number")
        if given.ndim != (groups is not None):
            one = f"one number{' a group' * (groups is not None)}"
            constraint = f"be {one} where a scheduler continues from it"
            got = f"shape {given.shape}"
            raise InvalidValue("learning_rate", constraint, learning_rate, got=got)
    if groups is None:
        return check_learning_rates(learning_rate, steps)[:, None], None
    return check_group_rates(learning_rate, steps, groups, parameters)


class _Objective:
    """What the steps look at: the loss, or of one in batches the batch of the present step."""

    def __init__(self, loss: Loss, start: NDArray[np.float64]) -> None:
        import torch

        check_loss(loss, start)
        self._loss = self._present = loss
        self._gradients = torch.autograd.grad
        self._batched = loss if isinstance(loss, BatchedLoss) else None
        self.is_batched = self._batched is not None
        if self._batched is not None:
            check_loss(self._batched.batch(0), start)

    def evaluate(self, params: Tensor) -> tuple[float, Tensor]:
        """Return the loss that the present step looks at, and its gradient."""
        value = self._present(params)
        (gradient,) = self._gradients(value, params)
        return value.item(), gradient

    def at(self, t: int, params: Tensor) -> tuple[float, float, Tensor]:
        """Return the loss over all data, that of step `t`, and its gradient.

        Raises:
            RuntimeError: If the loss fails.
        """
        try:
            if self._batched is None:
                value, gradient = self.evaluate(params)
                return value, value, gradient
            self._present = self._batched.batch(t)
            value, gradient = self.evaluate(params)
            return self._loss(params).item(), value, gradient
        except Exception as error:
            raise RuntimeError(f"the loss failed at step {t}: {error}") from error


class _Rows:
    """The rows written so far."""

    def __init__(self, steps: int, parameters: int) -> None:
        # Side by side, so that one look tells whether all of a row is finite.
        self._moves = np.empty((steps + 1, 2, parameters))
        self.iterates, self.gradients = self._moves[:, 0], self._moves[:, 1]
        self.losses: list[float] = []
        self.batch_losses: list[float] = []
        self.diverged = False
        self.stopped_by: StoppedBy | None = None

    def write(
        self,
        params: NDArray[np.float64],
        loss: float,
        batch_loss: float,
        gradient: NDArray[np.float64],
    ) -> bool:
        """Keep a row if it is finite, and return whether it was."""
        row = self._moves[len(self.losses)]
        row[0], row[1] = params, gradient
        is_finite = math.isfinite(loss) and math.isfinite(batch_loss)
        if is_finite and np.isfinite(row).all():
            self.losses.append(loss)
            self.batch_losses.append(batch_loss)
            return True
        self.stopped_by = _cause(params, is_finite)
        self.diverged = self.stopped_by != "gradient" or loss > self.losses[0]
        return False


def _cause(params: NDArray[np.float64], is_finite: bool) -> StoppedBy:
    """Return what was not finite, of a row that is not, given whether its losses are."""
    if not np.isfinite(params).all():
        return "parameters"
    return "gradient" if is_finite else "loss"


def _descend(
    seen: _Objective,
    params: Parameters,
    rows: _Rows,
    stepper: Optimizer,
    schedule: FixedSchedule | TorchSchedule,
    until: float,
) -> None:
    import torch

    # A scheduler wraps the optimizer's step, so this comes after it was made.
    take_step = make_step(stepper, lambda: seen.evaluate(params.vector), params)
    steps = len(schedule.taken)
    with torch.enable_grad():
        for t in range(steps + 1):
            loss, batch_loss, gradient = seen.at(t, params.vector)
            # Looked up each time, since an optimizer may give its parameters other memory.
            iterate = params.vector.detach().numpy()
            is_kept = rows.write(iterate, loss, batch_loss, gradient.numpy())
            if not is_kept or loss <= until or t == steps:
                return
            schedule.before(t)
            params.give(gradient)
            try:
                take_step()
            except Exception as error:
                raise RuntimeError(
                    f"{type(stepper).__name__} failed at step {t}: {error}"
                ) from error
            params.collect()
            schedule.after(t, loss)


def _plain(value: Any) -> Any:
    """Return `value` if a file can hold it, else how Python writes it."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if type(value) in (tuple, list):
        return tuple(_plain(item) for item in value)
    return repr(value)
