"""What takes the steps of a recording: an optimizer, what it moves, and the rates of its steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.arguments import check_group_rates, check_learning_rates
from descent.checks.errors import InvalidType, InvalidValue
from descent.checks.meant import check_meant
from descent.checks.names import of_group
from descent.checks.numbers import as_numbers
from descent.runs.factories import (
    check_says_all,
    given_options,
    group_of_numbers,
    is_factory,
    made_by,
)
from descent.runs.group_rates import of_largest
from descent.runs.optimizers import OTHER_NAMES, initial_rates, make_optimizer, plain
from descent.runs.parameters import Parameters
from descent.runs.schedules import FixedSchedule, TorchSchedule

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor
    from torch.optim import Optimizer

    from descent.runs.schedules import MakeScheduler


@dataclass(frozen=True)
class Request:
    """What a caller of `record` says about the steps; the arguments have these names there."""

    optimizer: Any
    learning_rate: Any
    groups: Sequence[int] | None
    scheduler: MakeScheduler | None
    options: dict[str, Any]


@dataclass(frozen=True)
class Optimization:
    """What takes the steps.

    Attributes:
        params: The tensors that are moved.
        optimizer: The optimizer that moves them.
        schedule: The rates of its steps.
        group_of: The parameter group of each number, shape (n,), if there are several.
        options: What the optimizer was given besides the rate, by name.
        is_made: Whether a function made the optimizer.
    """

    params: Parameters
    optimizer: Optimizer
    schedule: FixedSchedule | TorchSchedule
    group_of: NDArray[np.int64] | None
    options: dict[str, Any]
    is_made: bool = False

    def rates(
        self, steps: int, places: NDArray[np.int64] | None = None, *, is_thinned: bool = False
    ) -> tuple[NDArray[np.float64], dict[str, NDArray[np.float64]]]:
        """Return the rates of the first `steps`, shape (steps,) or (steps, n), and others by name.

        Where rows were thinned, those of each parameter would take too much memory: the rates are
        those of the largest group then, and the other groups have theirs by name.

        Args:
            steps: Of how many steps.
            places: The parameters that are recorded; None for all.
            is_thinned: Whether rows were thinned.
        """
        used = self.schedule.rates[:steps]
        # Groups that a function made may differ in other options alone.
        is_one = self.is_made and bool((used == used[:, :1]).all())
        if self.group_of is None or is_one:
            return used[:, 0], {}
        own = self.group_of if places is None else self.group_of[places]
        if not is_thinned:
            return used[:, own], {}
        groups, sizes = np.unique(own, return_counts=True)
        each = zip(groups.tolist(), sizes.tolist(), strict=True)
        return of_largest([(of_group("lr", k), size, used[:, k]) for k, size in each])


class StepRates:
    """The learning rates that a request asks for, checked before the loss is evaluated.

    Args:
        request: What the caller said.
        steps: How many steps are taken.
        parameters: How many numbers the parameters have.
    """

    def __init__(self, request: Request, steps: int, parameters: int) -> None:
        self._request, self._steps = request, steps
        self._is_made = is_factory(request.optimizer)
        self._rates, self._group_of = np.empty((0, 0)), None
        if self._is_made:
            rate, groups = request.learning_rate, request.groups
            said = {"learning_rate": rate, "groups": groups}
            check_says_all({k: v for k, v in said.items() if v is not None} | request.options)
        else:
            self._rates, self._group_of = _check_rates(request, steps, parameters)

    def optimization(self, tensors: Sequence[Tensor]) -> Optimization:
        """Return what takes the steps of these tensors."""
        return self._by_factory(tensors) if self._is_made else self._by_class(tensors)

    def _by_class(self, tensors: Sequence[Tensor]) -> Optimization:
        asked, rates = self._request, self._rates
        params = Parameters(tensors, self._group_of)
        initial = initial_rates(asked.learning_rate, rates[0])
        optimizer = make_optimizer(asked.optimizer, params.groups, initial, asked.options)
        schedule = (
            TorchSchedule(optimizer, self._steps, asked.scheduler)
            if asked.scheduler is not None
            else FixedSchedule(optimizer, rates)
        )
        options = {name: plain(value) for name, value in asked.options.items()}
        return Optimization(params, optimizer, schedule, self._group_of, options)

    def _by_factory(self, tensors: Sequence[Tensor]) -> Optimization:
        optimizer = made_by(self._request.optimizer, tensors)
        schedule = TorchSchedule(optimizer, self._steps, self._request.scheduler)
        group_of = group_of_numbers(optimizer, tensors)
        params, options = Parameters(tensors, None), given_options(optimizer)
        return Optimization(params, optimizer, schedule, group_of, options, is_made=True)


def _check_rates(
    request: Request, steps: int, parameters: int
) -> tuple[NDArray[np.float64], NDArray[np.int64] | None]:
    """Return the rates of each step, shape (steps, groups), and each parameter's group."""
    learning_rate, groups = request.learning_rate, request.groups
    if learning_rate is None:
        check_meant(request.options, "learning_rate", OTHER_NAMES)
        repair = "write learning_rate=0.1, or let optimizer= be a function that makes one."
        raise InvalidType("learning_rate", "be given", repair=repair)
    if request.scheduler is not None:
        given = as_numbers(learning_rate, "learning_rate", "be a number")
        if given.ndim != (groups is not None):
            one = f"one number{' per group' * (groups is not None)}"
            constraint = f"be {one} where a scheduler continues from it"
            got = f"shape {given.shape}"
            raise InvalidValue("learning_rate", constraint, learning_rate, got=got)
    if groups is None:
        return check_learning_rates(learning_rate, steps)[:, None], None
    return check_group_rates(learning_rate, steps, groups, parameters)
