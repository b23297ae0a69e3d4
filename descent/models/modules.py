"""What is asked of any torch.nn.Module: its layers, its numbers' names, its data in float64."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from descent.checks.errors import InvalidType, InvalidValue

if TYPE_CHECKING:
    from torch.nn import Module, Parameter

Criterion = Callable[[Any, Any], Any]


def check_module(module: Any) -> None:
    """Check that `module` is a module, and not the class of one."""
    from torch.nn import Module
    from torch.nn.parameter import is_lazy

    if not isinstance(module, Module):
        raise InvalidType("module", "be a torch.nn.Module, as Linear(1, 1) makes", module)
    lazy = [name for name, one in module.named_parameters() if is_lazy(one)]
    if lazy:
        constraint = "know the shapes of its parameters"
        got = f"{lazy[0]} without one"
        repair = "call the module on its inputs first."
        raise InvalidValue("module", constraint, module, got=got, repair=repair)


def parameter_names(module: Module) -> dict[str, tuple[str, ...]]:
    """Return, for each parameter by torch's name, a name for each of its numbers.

    The k-th Linear layer's are "Wk[i,j]" and "bk[i]", or plain "Wk" and "bk" where there is only
    one number; others keep torch's name, as in "0.weight[1,2]".
    """
    short: dict[str, str] = {}
    for number, (path, _) in enumerate(linear_layers(module), start=1):
        prefix = f"{path}." if path else ""
        short |= {f"{prefix}weight": f"W{number}", f"{prefix}bias": f"b{number}"}
    return {
        name: _indexed(short.get(name, name), parameter)
        for name, parameter in module.named_parameters()
    }


def _indexed(name: str, parameter: Parameter) -> tuple[str, ...]:
    if math.prod(parameter.shape) == 1:
        return (name,)
    places = itertools.product(*(range(size) for size in parameter.shape))
    return tuple(f"{name}[{','.join(map(str, place))}]" for place in places)


def linear_layers(module: Module) -> Iterator[tuple[str, Any]]:
    """Return the torch.nn.Linear layers by path, in the order of ``module.named_modules()``."""
    from torch.nn import Linear

    anything: Any = module
    return ((path, m) for path, m in anything.named_modules() if isinstance(m, Linear))


def doubled(values: Any, what: str) -> Any:
    """Return `values` as a tensor, in float64 unless they are whole numbers.

    Args:
        values: A tensor, or anything ``torch.as_tensor`` takes.
        what: The name of the argument.
    """
    import torch

    try:
        tensor = torch.as_tensor(values).detach().cpu()
    except (TypeError, ValueError, RuntimeError) as error:
        raise InvalidType(what, "consist of numbers", values, got=f"{values!r:.60}") from error
    return tensor.double() if tensor.is_floating_point() else tensor
