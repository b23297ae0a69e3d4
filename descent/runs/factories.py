"""Optimizers that somebody made, as by ``lambda params: Adam(params, lr=0.1)``."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.errors import InvalidType, InvalidValue
from descent.checks.names import of_group
from descent.checks.texts import described
from descent.runs.optimizers import plain
from descent.runs.torch_private import compiler_left_out

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from torch import Tensor
    from torch.optim import Optimizer

    MakeOptimizer = Callable[[list[Tensor]], Optimizer]

EXAMPLE = "lambda params: torch.optim.SGD(params, lr=0.1, momentum=0.9)"
REPAIR = f"write it as in {EXAMPLE}."


def is_factory(optimizer: Any) -> bool:
    """Return whether `optimizer` is a function that makes one, and not a class or a name."""
    return callable(optimizer) and not isinstance(optimizer, type)


def check_says_all(given: dict[str, Any]) -> None:
    """Refuse arguments beside a function that makes an optimizer, which says them itself.

    Args:
        given: What the caller said, by name.
    """
    for name, value in given.items():
        constraint = "be left out where optimizer= is a function that makes one"
        raise InvalidValue(name, constraint, value, repair=f"give it there, as in {EXAMPLE}.")


def made_by(factory: Callable[..., Any], tensors: Sequence[Tensor]) -> Optimizer:
    """Return the optimizer of `tensors` that a function makes, checked to be one of all of them."""
    from torch.optim import Optimizer

    try:
        with compiler_left_out():
            made = factory(list(tensors))
    except Exception as error:
        got = described(error)
        raise InvalidValue(
            "optimizer", "work for the parameters", error, got=got, repair=REPAIR
        ) from error
    if not isinstance(made, Optimizer):
        got = f"the class {made.__name__}" if isinstance(made, type) else type(made).__name__
        constraint = "return an optimizer of torch.optim"
        raise InvalidType("optimizer", constraint, made, got=got, repair=REPAIR)
    owned = {id(one) for group in made.param_groups for one in group["params"]}
    if owned != {id(one) for one in tensors}:
        constraint = "be made of the params that it is given, all of them and no others"
        raise InvalidValue("optimizer", constraint, made, got=_others(owned, tensors))
    return made


def _others(owned: set[int], tensors: Sequence[Tensor]) -> str:
    strange = len(owned - {id(one) for one in tensors})
    return f"one of {strange} others" if strange else f"one of {len(owned)} of {len(tensors)}"


def group_of_numbers(optimizer: Optimizer, tensors: Sequence[Tensor]) -> NDArray[np.int64] | None:
    """Return the parameter group of each number of `tensors`, shape (n,); None if there is one."""
    if len(optimizer.param_groups) == 1:
        return None
    group_of = groups_of(optimizer)
    return np.repeat([group_of[id(one)] for one in tensors], [one.numel() for one in tensors])


def groups_of(optimizer: Optimizer) -> dict[int, int]:
    """Return the parameter group of each tensor, by the tensor's identity."""
    groups = enumerate(optimizer.param_groups)
    return {id(one): k for k, group in groups for one in group["params"]}


def given_options(optimizer: Optimizer) -> dict[str, Any]:
    """Return the options that are not the defaults of the optimizer's class, by name.

    Where groups differ, each is named with its group.
    """
    found: dict[str, Any] = {}
    groups = optimizer.param_groups
    for name, parameter in inspect.signature(type(optimizer).__init__).parameters.items():
        if name in ("params", "lr") or any(name not in group for group in groups):
            continue
        values = [plain(group[name]) for group in groups]
        # What stands for None was computed: max_eval of LBFGS.
        is_computed = parameter.default is None and type(values[0]) is int
        if is_computed or all(value == plain(parameter.default) for value in values):
            continue
        is_same = all(value == values[0] for value in values)
        found |= (
            {name: values[0]}
            if is_same
            else {of_group(name, k): value for k, value in enumerate(values)}
        )
    return found
