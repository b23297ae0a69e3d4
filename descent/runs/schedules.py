"""The learning rate of each step: a number, an array, or a PyTorch scheduler."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.errors import InvalidType, InvalidValue
from descent.checks.texts import described
from descent.runs.optimizers import is_required

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch.optim import Optimizer
    from torch.optim.lr_scheduler import LRScheduler

    MakeScheduler = Callable[[Optimizer], LRScheduler]

MUST = "make a torch.optim.lr_scheduler"
REPAIR = "give a function of the optimizer, such as lambda optimizer: StepLR(optimizer, 10)."


class FixedSchedule:
    """Rates that are known before the first step.

    Attributes:
        rates: The rates of all steps, shape (steps, groups).
    """

    def __init__(self, optimizer: Optimizer, rates: NDArray[np.float64]) -> None:
        self.rates, self._groups = rates, optimizer.param_groups
        self._is_constant = bool((rates == rates[0]).all())

    def apply(self, t: int) -> None:
        """Set the optimizer's rates for step `t`."""
        if not self._is_constant:
            for group, rate in zip(self._groups, self.rates[t], strict=True):
                group["lr"] = float(rate)

    def advance(self, loss: float) -> None:
        """Do nothing: the next rates do not depend on a step's result."""


class TorchSchedule:
    """Rates that a PyTorch scheduler chooses step by step.

    Attributes:
        rates: The rates of the steps taken, shape (steps, groups); 0 for later steps.
    """

    def __init__(self, optimizer: Optimizer, steps: int, scheduler: MakeScheduler) -> None:
        self._groups = optimizer.param_groups
        self.rates = np.zeros((steps, len(self._groups)))
        self._scheduler = _make_scheduler(scheduler, optimizer)
        # ReduceLROnPlateau.step requires a metric.
        self._wants_loss = is_required(self._scheduler.step, "metrics")

    def apply(self, t: int) -> None:
        """Record the optimizer's rates for step `t`."""
        self.rates[t] = [float(group["lr"]) for group in self._groups]

    def advance(self, loss: float) -> None:
        """Let the scheduler choose the next rates; the step before was taken from `loss`."""
        self._scheduler.step(*((loss,) if self._wants_loss else ()))


def _make_scheduler(scheduler: Any, optimizer: Optimizer) -> Any:
    """Return ``scheduler(optimizer)``, checked to be a scheduler."""
    if not callable(scheduler):
        raise InvalidType("scheduler", MUST, scheduler, repair=REPAIR)
    try:
        made: Any = scheduler(optimizer)
    except Exception as error:
        got = described(error)
        raise InvalidValue(
            "scheduler", "work for the optimizer", error, got=got, repair=REPAIR
        ) from error
    if not callable(getattr(made, "step", None)) or made is optimizer:
        raise InvalidType("scheduler", MUST, made, repair=REPAIR)
    return made
