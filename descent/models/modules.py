"""What is asked of a torch.nn.Module and a criterion: their kind, layers and numbers' names."""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterator
from typing import TYPE_CHECKING, Any

from descent.checks.errors import InvalidType, InvalidValue
from descent.checks.names import VERY_MANY_NAMES, ParameterNames, indexed

if TYPE_CHECKING:
    from torch.nn import Module, Parameter

Criterion = Callable[[Any, Any], Any]
COMPILED = "_orig_mod."  # what torch.compile puts before the names of a module


def check_module(module: Any) -> None:
    """Check that `module` is a module, not the class of one, whose parameters have shapes."""
    from torch.jit import ScriptModule

    check_is_module(module)
    if any(isinstance(one, ScriptModule) for one in module.modules()):
        got, repair = "one of torch.jit", "give the module that was scripted or traced."
        raise InvalidType("module", "be one of Python code", module, got=got, repair=repair)
    check_shapes(module)


def check_is_module(module: Any) -> None:
    """Check that `module` is a module, not the class of one."""
    from torch.nn import Module

    if not isinstance(module, Module):
        raise InvalidType("module", "be a torch.nn.Module, as Linear(1, 1) makes", module)


def check_shapes(module: Any) -> None:
    """Check that the parameters and buffers of a module have shapes and numbers."""
    from torch.nn.parameter import is_lazy

    named = [*module.named_parameters(), *module.named_buffers()]
    lazy = [name for name, one in named if is_lazy(one)]
    if lazy:
        constraint = "know the shapes of its parameters"
        got = f"{lazy[0]} without one"
        repair = "call the module on its inputs first."
        raise InvalidValue("module", constraint, module, got=got, repair=repair)
    empty = [name for name, one in named if one.is_meta]
    if empty:
        got, repair = f"{empty[0]} on the device meta", "load its weights first."
        raise InvalidValue("module", "have numbers as parameters", module, got=got, repair=repair)


def check_criterion(criterion: Any) -> None:
    """Check that `criterion` can be called, and is not the class of a module."""
    constraint = "be a function of (predictions, targets)"
    if isinstance(criterion, type):
        got, repair = f"the class {criterion.__name__}", f"{criterion.__name__}() makes one."
        raise InvalidType("criterion", constraint, criterion, got=got, repair=repair)
    if not callable(criterion):
        repair = (
            "" if criterion is not None else "pass criterion=…, as torch.nn.MSELoss() makes one."
        )
        raise InvalidType("criterion", constraint, criterion, repair=repair)


def unwrapped(module: Any) -> Any:
    """Return the module that torch.compile or DataParallel was given, else what is given."""
    from torch.nn import DataParallel, Module
    from torch.nn.parallel import DistributedDataParallel

    inner = module
    while isinstance(inner, Module):
        module = inner
        is_parallel = isinstance(module, DataParallel | DistributedDataParallel)
        inner = module.module if is_parallel else getattr(module, "_orig_mod", None)
    return module


def unwrap_children(module: Module) -> None:
    """Replace each module within `module` by the one that it wraps, if it wraps one."""
    for one in list(module.modules()):
        for name, child in one.named_children():
            if unwrapped(child) is not child:
                one.add_module(name, unwrapped(child))


def parameter_names(
    module: Module, only: Container[str] | None = None
) -> dict[str, tuple[str, ...]]:
    """Return, for each parameter by torch's name, a name for each of its numbers.

    The k-th Linear layer's are "Wk[i,j]" and "bk[i]", or plain "Wk" and "bk" where there is only
    one number; others keep torch's name, as in "0.weight[1,2]". All do where two would be the same.

    Args:
        module: The module.
        only: Torch's names of the parameters that are asked for; by default all.
    """
    short = short_names(module)
    return {
        name: names_of(short[name], one)
        for name, one in module.named_parameters()
        if only is None or name in only
    }


def short_names(module: Module) -> dict[str, str]:
    """Return what each parameter is called by `parameter_names`, by torch's name."""
    short: dict[str, str] = {}
    for number, (path, _) in enumerate(linear_layers(module), start=1):
        prefix = f"{path}." if path else ""
        short |= {f"{prefix}weight": f"W{number}", f"{prefix}bias": f"b{number}"}
    found = [name for name, _ in module.named_parameters()]
    if len({short.get(name, name) for name in found}) < len(found):
        short = {}
    return {name: short.get(name, name) for name in found}


def names_of_tensors(named: dict[str, Parameter]) -> tuple[str, ...]:
    """Return a name for each number of some parameters; very many are spelled out on demand."""
    if sum(one.numel() for one in named.values()) < VERY_MANY_NAMES:
        return tuple(text for name, one in named.items() for text in names_of(name, one))
    filled = {name: one for name, one in named.items() if one.numel()}
    names: Any = ParameterNames(
        name if one.numel() == 1 else [name, list(one.shape)] for name, one in filled.items()
    )
    return names


def own_name(name: str) -> str:
    """Return the name of a parameter without what torch.compile puts before those of a module."""
    return name.replace(COMPILED, "")


def names_of(name: str, parameter: Parameter) -> tuple[str, ...]:
    """Return a name for each number of a parameter."""
    is_one = math.prod(parameter.shape) == 1
    return (name,) if is_one else tuple(indexed(name, parameter.shape))


def linear_layers(module: Module) -> Iterator[tuple[str, Any]]:
    """Return the torch.nn.Linear layers by path, in the order of ``module.named_modules()``."""
    from torch.nn import Linear

    anything: Any = module
    return ((path, m) for path, m in anything.named_modules() if isinstance(m, Linear))
