"""torch.optim optimizers, by class or name, and the steps that they take."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.errors import InvalidType, InvalidValue
from descent.checks.meant import check_meant
from descent.checks.texts import nearest
from descent.runs.torch_private import compiler_left_out, step_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor
    from torch.optim import Optimizer

OTHER_NAMES = ("lr", "learning_rates")  # of the learning rate, which torch.optim and sweeps have
MUST = "be a class of torch.optim, its name, or a function that makes one of the parameters"


def make_optimizer(
    optimizer: type[Optimizer] | str,
    groups: Sequence[Sequence[Tensor]],
    rates: Sequence[Any],
    options: dict[str, Any],
) -> Optimizer:
    """Return an optimizer of `groups` of tensors with the `rates`, one per group."""
    cls = _optimizer_class(optimizer)
    check_meant(options, "learning_rate", OTHER_NAMES)
    if cls.__name__ == "Muon" and any(one.ndim != 2 for group in groups for one in group):
        constraint = "be one that takes every shape of parameter"
        got, repair = "Muon, which needs matrices", "use Adam or SGD."
        raise InvalidValue("optimizer", constraint, optimizer, got=got, repair=repair)
    tensors: Any = list(groups[0])
    if len(groups) > 1:
        pairs = zip(groups, rates, strict=True)
        tensors = [{"params": list(group), "lr": rate} for group, rate in pairs]
    try:
        with compiler_left_out():
            return cls(tensors, lr=rates[0], **options)  # pyright: ignore[reportCallIssue]
    except (TypeError, ValueError, RuntimeError) as error:
        several = f" and {len(groups)} groups" if len(groups) > 1 else ""
        constraint, got = f"be those of torch.optim.{cls.__name__}", f"{options}{several}"
        raise InvalidValue("options", constraint, options, got=got, repair=str(error)) from error


def initial_rates(learning_rate: Any, rates: NDArray[np.float64]) -> list[Any]:
    """Return the rate of each group at the first step, as an optimizer is given it.

    One number is given as it came: with a tensor, or a number of float32, some optimizers compute
    in its precision.

    Args:
        learning_rate: What the caller gave.
        rates: The same as float64, shape (groups,).
    """
    import torch

    if isinstance(learning_rate, torch.Tensor) and not learning_rate.ndim:
        return [learning_rate.detach().to("cpu", copy=True)]  # a scheduler writes into it
    return [learning_rate] if isinstance(learning_rate, np.generic) else rates.tolist()


def _optimizer_class(optimizer: Any) -> type[Optimizer]:
    import torch

    if isinstance(optimizer, type) and issubclass(optimizer, torch.optim.Optimizer):
        return optimizer
    if isinstance(optimizer, torch.optim.Optimizer):
        name = type(optimizer).__name__
        got = f"a made {name}"
        repair = f"give optimizer=lambda params: torch.optim.{name}(params, lr=0.1)."
        raise InvalidType("optimizer", MUST, optimizer, got=got, repair=repair)
    if not isinstance(optimizer, str):
        raise InvalidType("optimizer", MUST, optimizer)
    known = {
        name.lower(): cls
        for name, cls in vars(torch.optim).items()
        if isinstance(cls, type) and issubclass(cls, torch.optim.Optimizer) and name != "Optimizer"
    }
    if optimizer.lower() not in known:
        near = nearest(optimizer.lower(), known) or "sgd"
        repair = f"did you mean {known[near].__name__}?"
        raise InvalidValue("optimizer", "be one of torch.optim", optimizer, repair=repair)
    return known[optimizer.lower()]


def make_step(optimizer: Optimizer, evaluate: Callable[[], float]) -> Callable[[], None]:
    """Return a function that takes one step, with a closure if the optimizer requires one.

    Args:
        optimizer: The optimizer; LBFGS requires a closure.
        evaluate: Returns the loss of the current step and sets the gradient, for the closure.
    """
    import torch

    step: Any = step_of(optimizer)
    if not is_required(step, "closure"):
        return step
    return lambda: step(torch.enable_grad()(evaluate))


def is_required(function: Callable[..., Any], argument: str) -> bool:
    """Return whether `function` has an argument of that name without a default."""
    found = inspect.signature(function).parameters.get(argument)
    return found is not None and found.default is inspect.Parameter.empty


def plain(value: Any) -> Any:
    """Return `value` if a file can hold it, else its repr."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if type(value) in (tuple, list):
        return tuple(plain(item) for item in value)
    return repr(value)
