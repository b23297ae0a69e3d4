"""Record gradient descent: gradients by autograd, steps by torch.optim, arrays by NumPy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from descent.checks.arguments import BYTES_PER_PARAMETER, check_steps
from descent.checks.autograd import with_autograd
from descent.checks.errors import InvalidValue
from descent.checks.loss_file import loss_file_place
from descent.checks.numbers import check_number, check_start
from descent.checks.texts import default_names, described
from descent.models.arithmetic import check_arithmetic, check_in_precision
from descent.runs.keeping import MOST_MB, Keeping, check_keeping, places_of_names
from descent.runs.objectives import objective_of
from descent.runs.optimization import Optimization, Request, StepRates
from descent.runs.optimizers import make_step
from descent.runs.rows import Recorder
from descent.runs.thinning.recorder import ThinningRecorder
from descent.runs.trajectory import Trajectory

if TYPE_CHECKING:
    import torch
    from numpy.typing import ArrayLike, NDArray
    from torch import Tensor
    from torch.optim import Optimizer

    from descent.arrays import Loss
    from descent.runs.factories import MakeOptimizer
    from descent.runs.objectives import Objective
    from descent.runs.schedules import FixedSchedule, MakeScheduler, TorchSchedule

Stage = Literal["loss", "optimizer", "scheduler"]
RATE_BYTES = 8  # per parameter and step, where groups have different rates


@with_autograd
def record(
    loss: Loss,
    start: ArrayLike | Tensor,
    *,
    learning_rate: float | ArrayLike | Tensor | None = None,
    steps: int,
    optimizer: type[Optimizer] | str | MakeOptimizer = "SGD",
    scheduler: MakeScheduler | None = None,
    groups: Sequence[int] | None = None,
    until: float | None = None,
    names: Sequence[str] | None = None,
    dtype: torch.dtype | str = "float64",
    device: torch.device | str = "cpu",
    every: int = 1,
    keep: str | Sequence[str] | None = None,
    memory_mb: float = MOST_MB,
    **options: Any,
) -> Trajectory:
    """Record every iterate, loss and gradient of a descent from `start`.

    Plain gradient descent computes θ^{t+1} = θ^t − η_t ∇loss(θ^t); other optimizers have their
    own update rules. Gradients are computed by torch.autograd, in float64 unless `dtype` is another
    precision, steps by a torch.optim optimizer.

    Divergence is not an error: recording stops before the first row that is not finite and keeps
    the rows before it; ``diverged`` and ``stopped_by`` tell. A point without a gradient, such as
    the minimum of √θ², stops it too, and is neither an error nor divergence. If the loss or the
    scheduler raises an exception once a row is recorded, or the optimizer after its first step,
    the rows are kept, ``stopped_by`` is "error", and ``error`` says what failed, at which step and
    how.

    For a loss with a method ``batch``, as `model_loss` returns with a ``batch_size``, step t
    follows the gradient of ``loss.batch(t)``, the loss of a mini-batch. That gradient is recorded,
    the loss of the mini-batch in ``batch_losses``, and the loss over all data in ``losses``.

    The loss of a module, as `model_loss` returns it, is descended as an ordinary loop trains the
    module: the optimizer moves its own tensors, each evaluation leaves its state to the next, such
    as the vectors of spectral_norm, and draws the random numbers that it draws there. Every
    recording begins with the module as it was given.

    Rows that would take more than `memory_mb` are thinned. Losses, rates and norms are those of
    every step all the same, but of the iterates at most 16 are kept exactly, in float32 and without
    gradients, evenly spread from the first to the last; every iterate is sketched, up to 4,096 of
    them, so that the path can be drawn. ``recorded_steps`` tells which were kept.

    Args:
        loss: Maps params, a tensor of shape (n,) of `dtype`, to a scalar tensor of it.
        start: Parameters θ^0, shape (n,).
        learning_rate: A positive number, or one per step, shape (steps,), of which some may be 0.
            With `groups`, one per group, shape (groups,) or (steps, groups). One number reaches the
            optimizer as it is, also as a tensor. To be left out where `optimizer` is a function.
        steps: Number of steps, at least 1.
        optimizer: A class of torch.optim, or its name; plain gradient descent by default. Or a
            function that makes one, as ``lambda params: SGD(params, lr=0.1, momentum=0.9)``: it is
            given the list of tensors that are moved, those of a module or else one vector, and says
            all of rate, options and parameter groups itself.
        scheduler: Returns a torch.optim.lr_scheduler for the optimizer, as
            ``lambda optimizer: StepLR(optimizer, 10)`` does; `learning_rate` is then the initial
            rate. The scheduler advances between steps; ReduceLROnPlateau receives the loss over
            all data before the last step. What else it changes, such as the momentum of
            OneCycleLR, is recorded in ``scheduled_options``.
        groups: The index of each parameter's rate, 0, 1, …, shape (n,). Each group is a
            parameter group of the optimizer: one tensor of all its parameters, or the tensors of a
            module where each lies in one group.
        until: Stop as soon as the loss is at or below this.
        names: One name per parameter; by default the loss's names, else θ1, θ2, …
        dtype: The precision of parameters, loss and steps: "float64", "float32", "float16" or
            "bfloat16", or torch's own. Module and data of `model_loss` are copied into it. Arrays
            hold the same numbers in float64, which has them all.
        device: Where the loss is evaluated and the steps are taken, such as "cuda".
        every: At every how many steps the iterate and the gradient are kept; the last ones are.
        keep: Which parameters are recorded, by their names, in which * stands for any text: "W1*",
            or a list of such. Norms and the path are those of these parameters alone; ``left_out``
            counts the others.
        memory_mb: What iterates and gradients may take, in megabytes: 16 bytes a parameter and row.
            By default as much as a file holds. Exact iterates of a thinned recording may take as
            much, but are at least 3.
        **options: Further options of the optimizer, such as ``momentum=0.9``.

    Returns:
        The recorded Trajectory.

    Raises:
        InvalidType: If an argument is of the wrong type.
        InvalidValue: If an argument is out of range, the loss fails at `start`, or the optimizer
            fails at the first step.

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
        >>> from torch.optim import SGD
        >>> run = descent.record(
        ...     descent.LOSSES["bowl"], [2, 1], steps=4,
        ...     optimizer=lambda params: SGD(params, lr=0.2, momentum=0.5),
        ... )
        >>> run.learning_rates.tolist(), run.options
        ([0.2, 0.2, 0.2, 0.2], {'momentum': 0.5})
        >>> run = descent.record(
        ...     descent.LOSSES["bowl"], [2, 1], learning_rate=0.1, steps=1, dtype="float32"
        ... )
        >>> run.dtype, run.iterates[1].tolist()
        ('float32', [1.600000023841858, 0.3999999761581421])
    """
    names = names if names is not None else getattr(loss, "names", None)
    point = check_start(start, names)
    steps = check_steps(steps)
    request = Request(optimizer, learning_rate, groups, scheduler, options)
    rates = StepRates(request, steps, len(point))
    keeping = check_keeping(every, keep, memory_mb)
    known = default_names(len(point), names)
    places = places_of_names(known, keeping.keep)
    target = -math.inf if until is None else check_number(until, "until")
    arithmetic = check_arithmetic(dtype, device)
    check_in_precision(point, arithmetic)
    objective = objective_of(loss, point, arithmetic)
    used = rates.optimization(objective.tensors)
    rows = _recorder(steps, used, keeping, places, not objective.is_batched)
    _descend(_Evaluator(objective, rows), rows, used.optimizer, used.schedule, target)
    count = len(rows.losses)
    if not count:
        raise InvalidValue("loss", f"be finite at the start in {arithmetic.dtype}", got="none")
    recorded = rows.recorded()
    own, others = used.rates(count - 1, places, is_thinned=recorded.measured is not None)
    return Trajectory(
        **recorded.first(count),
        losses=np.array(rows.losses),
        learning_rates=own,
        names=known if places is None else _some_names(known, places),
        left_out=0 if places is None else len(known) - len(places),
        diverged=rows.diverged,
        stopped_by=rows.stopped_by,
        error=rows.error,
        next_loss=rows.next_loss,
        optimizer=type(used.optimizer).__name__,
        options=used.options,
        scheduled_options=used.schedule.options.changed(count - 1) | others,
        dtype=arithmetic.dtype,
        batch_losses=np.array(rows.batch_losses if objective.is_batched else []),
    )


def _recorder(
    steps: int,
    used: Optimization,
    keeping: Keeping,
    places: NDArray[np.int64] | None,
    has_one_loss: bool,
) -> Recorder:
    """Return what keeps every row where these fit the memory, else what keeps some."""
    params = used.params
    each = BYTES_PER_PARAMETER + RATE_BYTES * (used.group_of is not None)
    is_all = keeping.every == 1 and places is None
    if is_all and (steps + 1) * len(params.vector()) * each <= keeping.memory:
        return Recorder(steps, params)
    # The products of some parameters' parts tell nothing of the loss.
    return ThinningRecorder(steps, params, keeping, places, has_one_loss and places is None)


def _some_names(names: Sequence[str], places: Any) -> tuple[str, ...]:
    return tuple(str(names[int(place)]) for place in places)


class _Evaluator:
    """Evaluates an objective at the parameters of a step, as often as an ordinary loop does.

    Attributes:
        is_evaluating: Whether an evaluation has begun and not ended, as after an exception.
    """

    def __init__(self, objective: Objective, rows: Recorder) -> None:
        self._objective, self._rows = objective, rows
        self._t, self._loss, self._is_new = 0, math.nan, False
        self.is_evaluating = False

    def at(self, t: int) -> tuple[float, float]:
        """Return the loss over all data and that of step `t`, and set the latter's gradient."""
        self._t = t
        self._loss, self._is_new = self._evaluate(), True
        is_batched = self._objective.is_batched
        return self._objective.over_all_data() if is_batched else self._loss, self._loss

    def within_step(self) -> float:
        """Return the loss of the present step and set its gradient, for an optimizer that asks.

        A loop that gives a closure does not evaluate the loss before the step besides: where the
        optimizer asks for what was recorded a moment ago, it is told that.
        """
        is_known, self._is_new = self._is_new and self._rows.is_last(), False
        return self._loss if is_known else self._evaluate()

    def _evaluate(self) -> float:
        self.is_evaluating = True
        self._rows.params.vector()
        loss = self._objective.evaluate(self._t)
        self._rows.params.pass_gradient_on()
        self.is_evaluating = False
        return loss


def _descend(
    evaluator: _Evaluator,
    rows: Recorder,
    optimizer: Optimizer,
    schedule: FixedSchedule | TorchSchedule,
    until: float,
) -> None:
    steps, t, loss = len(schedule.rates), 0, math.nan
    stage: Stage = "loss"
    # A scheduler wraps optimizer.step, so make_step comes after the schedule.
    take_step = make_step(optimizer, evaluator.within_step)
    try:
        for t in range(steps + 1):
            stage = "loss"
            before, (loss, batch_loss) = loss, evaluator.at(t)
            is_kept = rows.write(loss, batch_loss)
            if not is_kept or loss <= until or t == steps:
                return
            if t:
                stage = "scheduler"
                schedule.advance(before)
            stage = "optimizer"
            schedule.apply(t)
            take_step()
    except Exception as error:
        stage = "loss" if evaluator.is_evaluating else stage
        if not rows.losses or (stage == "optimizer" and t == 0):
            got = described(error)
            raise InvalidValue(stage, "work at the first step", error, got=got) from error
        failure = _failure(stage, t, type(optimizer).__name__, error)
        rows.stop(failure, stage == "loss")


def _failure(stage: Stage, t: int, optimizer: str, error: Exception) -> str:
    """Return what failed at which step, and how."""
    failed = {
        "loss": f"the loss failed at step {t}",
        "optimizer": f"{optimizer} failed at step {t}",
        "scheduler": f"the scheduler failed after step {t - 1}",
    }
    place = loss_file_place(error)
    return f"{f'{place}: ' if place else ''}{failed[stage]}: {described(error)}"
