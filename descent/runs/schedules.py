"""The learning rate of each step, and what else a scheduler changes from step to step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.errors import InvalidType, InvalidValue
from descent.checks.names import of_group
from descent.checks.texts import described
from descent.runs.optimizers import is_required

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch.optim import Optimizer
    from torch.optim.lr_scheduler import LRScheduler

    MakeScheduler = Callable[[Optimizer], LRScheduler]

# Of each group, its options that are numbers.
Snapshot = list[dict[str, float]]
MUST = "make a torch.optim.lr_scheduler"
REPAIR = "give a function of the optimizer, such as lambda optimizer: StepLR(optimizer, 10)."


class GroupOptions:
    """The numbers among an optimizer's options but the rate, as they are at each step.

    A scheduler may change any of them, as OneCycleLR does with momentum, and so may an optimizer.
    """

    def __init__(self, optimizer: Optimizer) -> None:
        self._groups = optimizer.param_groups
        self._known = [name for name in self._groups[0] if name not in ("params", "lr")]
        self.given: Snapshot = self._read()
        self._last, self._steps = self.given, list[Snapshot]()

    def now(self) -> Snapshot:
        """Return the options of each group as they are; the same object until they change."""
        found = self._read()
        self._last = self._last if found == self._last else found
        return self._last

    def note(self) -> None:
        """Note the options that a step is about to be taken with."""
        self._steps.append(self.now())

    def changed(self, steps: int) -> dict[str, NDArray[np.float64]]:
        """Return `changed_options` of the first `steps` that were noted."""
        return changed_options(self.given, self._steps[:steps])

    def _read(self) -> Snapshot:
        return [
            dict(_numbers({name: group[name] for name in self._known if name in group}))
            for group in self._groups
        ]


def changed_options(given: Snapshot, noted: Sequence[Snapshot]) -> dict[str, NDArray[np.float64]]:
    """Return the options that were not always what was given, each of shape (steps,).

    A tuple's numbers are named "betas[0]" and "betas[1]"; where groups differ, each is named with
    its group.
    """
    found: dict[str, NDArray[np.float64]] = {}
    for name in given[0] if noted else ():
        values = np.array([[group[name] for group in groups] for groups in noted])
        if (values == [group[name] for group in given]).all():
            continue
        if (values == values[:, :1]).all():
            found[name] = values[:, 0]
        else:
            found |= {of_group(name, k): column for k, column in enumerate(values.T)}
    return found


def _numbers(options: dict[str, Any]) -> Iterator[tuple[str, float]]:
    """Yield the options that are numbers, and the numbers of those that are tuples."""
    for name, value in options.items():
        if isinstance(value, int | float):
            yield name, float(value)
        elif type(value) in (tuple, list):
            yield from _numbers({f"{name}[{k}]": one for k, one in enumerate(value)})


class FixedSchedule:
    """Rates that are known before the first step.

    Attributes:
        rates: The rates of all steps, shape (steps, groups).
        options: The optimizer's other options.
    """

    def __init__(self, optimizer: Optimizer, rates: NDArray[np.float64]) -> None:
        self.rates, self._groups = rates, optimizer.param_groups
        self.options = GroupOptions(optimizer)
        self._is_constant = bool((rates == rates[0]).all())

    def apply(self, t: int) -> None:
        """Set the optimizer's rates for step `t`."""
        if not self._is_constant:
            for group, rate in zip(self._groups, self.rates[t], strict=True):
                group["lr"] = float(rate)
        self.options.note()

    def advance(self, loss: float) -> None:
        """Do nothing: the next rates do not depend on a step's result."""


class TorchSchedule:
    """Rates that a PyTorch scheduler chooses step by step, and momentum where it does that too.

    Without a scheduler they are those that the optimizer was made with.

    Attributes:
        rates: The rates of the steps taken, shape (steps, groups); 0 for later steps.
        options: The optimizer's other options.
    """

    def __init__(
        self, optimizer: Optimizer, steps: int, scheduler: MakeScheduler | None = None
    ) -> None:
        self._groups = optimizer.param_groups
        self.rates = np.zeros((steps, len(self._groups)))
        self.options = GroupOptions(optimizer)
        self._scheduler: Any = None if scheduler is None else _make_scheduler(scheduler, optimizer)
        # ReduceLROnPlateau.step requires a metric.
        self._wants_loss = scheduler is not None and is_required(self._scheduler.step, "metrics")

    def apply(self, t: int) -> None:
        """Record the optimizer's rates for step `t`."""
        self.rates[t] = [float(group["lr"]) for group in self._groups]
        self.options.note()

    def advance(self, loss: float) -> None:
        """Let the scheduler choose the next rates; the step before was taken from `loss`."""
        if self._scheduler is not None:
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
