"""Which learning rate each step is taken with: a number, an array, or a scheduler of PyTorch."""

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
        taken: The rates of all steps, shape (steps, groups).
    """

    def __init__(self, stepper: Optimizer, rates: NDArray[np.float64]) -> None:
        self.taken, self._groups = rates, stepper.param_groups
        self._is_constant = bool((rates == rates[0]).all())

    def before(self, t: int) -> None:
        """Set the rates of step `t`."""
        if not self._is_constant:
            for group, rate in zip(self._groups, self.taken[t], strict=True):
                group["lr"] = float(rate)

    def after(self, t: int, loss: float) -> None:
        """Do nothing: the next rates do not depend on what a step did."""


class TorchSchedule:
    """Rates that a scheduler of PyTorch decides on from step to step.

    Attributes:
        taken: The rates of the steps that were taken, shape (steps, groups).
    """

    def __init__(self, stepper: Optimizer, steps: int, scheduler: MakeScheduler) -> None:
        self._groups = stepper.param_groups
        self.taken = np.zeros((steps, len(self._groups)))
        self._scheduler = _made(scheduler, stepper)
        # ReduceLROnPlateau insists on a measure of progress.
        self._wants_loss = is_required(self._scheduler.step, "metrics")

    def before(self, t: int) -> None:
        """Write down the rates that step `t` will be taken with."""
        self.taken[t] = [float(group["lr"]) for group in self._groups]

    def after(self, t: int, loss: float) -> None:
        """Let the scheduler choose the next rates.

        Args:
            t: The step that was taken.
            loss: The loss that it was taken from.

        Raises:
            RuntimeError: If the scheduler fails.
        """
        try:
            self._scheduler.step(*((loss,) if self._wants_loss else ()))
        except Exception as error:
            raise RuntimeError(f"the scheduler failed after step {t}: {error}") from error


def _made(scheduler: Any, stepper: Optimizer) -> Any:
    """Return the scheduler that `scheduler` makes for an optimizer.

    Raises:
        InvalidType: If it cannot be called, or makes something else.
        InvalidValue: If it fails.
    """
    if not callable(scheduler):
        raise InvalidType("scheduler", MUST, scheduler, repair=REPAIR)
    try:
        made: Any = scheduler(stepper)
    except Exception as error:
        got = described(error)
        raise InvalidValue(
            "scheduler", "work for the optimizer", error, got=got, repair=REPAIR
        ) from error
    if not callable(getattr(made, "step", None)) or made is stepper:
        raise InvalidType("scheduler", MUST, made, repair=REPAIR)
    return made
