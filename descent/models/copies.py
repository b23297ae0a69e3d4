"""Deep copies of modules and criteria, their tensors in one precision, wherever they are kept."""

from __future__ import annotations

import copy
import dis
import functools
import types
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from descent.checks.errors import InvalidValue
from descent.checks.texts import described
from descent.models.precision import in_precision

if TYPE_CHECKING:
    import torch

    Memo = dict[int, Any]

EMPTY = object()
CONTAINERS: tuple[Any, ...] = (list, tuple, dict)


def copied(module: Any, criterion: Any, dtype: torch.dtype, device: Any = "cpu") -> tuple[Any, Any]:
    """Return deep copies of a module and a criterion, their tensors in `dtype`, on a device.

    What the two share, their copies share, also where the criterion is a function that refers to
    the module by name. A tensor that was computed from parameters, as weight_norm keeps one, is
    copied by value. What copy.deepcopy refuses, such as a lock, is shared with the original.
    """
    memo: Memo = {}
    with _conversion(dtype, device):
        try:
            return copy.deepcopy(module, memo), _copy_of_criterion(criterion, memo)
        except InvalidValue:
            raise
        except Exception:
            memo = {}
            for part in (module, criterion):
                _share_uncopyable(part, memo)
        try:
            return copy.deepcopy(module, memo), _copy_of_criterion(criterion, memo)
        except Exception as error:
            raise InvalidValue(
                "module and criterion",
                "be such as copy.deepcopy can copy",
                error,
                got=described(error, first_line=True),
                repair="keep what cannot be copied outside of them.",
            ) from error


def _conversion(dtype: torch.dtype, device: Any) -> Any:
    """Return a context in which deep copies of tensors are made by `in_precision`."""
    import torch
    from torch.overrides import TorchFunctionMode

    deepcopy_of_tensor = vars(torch.Tensor)["__deepcopy__"]

    class Conversion(TorchFunctionMode):
        def __torch_function__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            if func is deepcopy_of_tensor:
                tensor, memo = args
                if id(tensor) not in memo:
                    is_free = tensor.requires_grad and tensor.is_leaf
                    memo[id(tensor)] = in_precision(tensor, dtype, device).requires_grad_(is_free)
                return memo[id(tensor)]
            result = func(*args, **(kwargs or {}))
            # By which a torch.nn.Parameter copies itself.
            return in_precision(result, dtype, device) if func is torch.Tensor.clone else result

    return Conversion()


def _copy_of_criterion(criterion: Any, memo: Memo) -> Any:
    if isinstance(criterion, types.FunctionType) or _is_partial(criterion):
        return _copy_of_reference(criterion, memo)
    return copy.deepcopy(criterion, memo)


def _copy_of_reference(value: Any, memo: Memo) -> Any:
    """Return a copy of what a function refers to if there are tensors in it, else `value`."""
    from torch.nn import Parameter

    if isinstance(value, types.FunctionType):
        return _copy_of_function(value, memo)
    if _is_partial(value):
        _copy_of_reference(value.func, memo)
        return copy.deepcopy(value, memo)
    if isinstance(value, Parameter) and value.requires_grad and id(value) not in memo:
        constraint = "hold its parameters as a torch.nn.Module does, to have them learned"
        got, repair = f"one of shape {tuple(value.shape)}", "or .detach() them."
        raise InvalidValue("criterion", constraint, value, got=got, repair=repair)
    if isinstance(value, types.MethodType):
        return copy.deepcopy(value, memo) if _has_tensors(value.__self__) else value
    return copy.deepcopy(value, memo) if _has_tensors(value) else value


def _is_partial(value: Any) -> bool:
    return isinstance(value, functools.partial)


def _has_tensors(value: Any) -> bool:
    import torch

    if type(value) in CONTAINERS:
        return any(map(_has_tensors, _items_of(value)))
    return isinstance(value, torch.Tensor | torch.nn.Module)


def _copy_of_function(function: types.FunctionType, memo: Memo) -> Any:
    """Return a function that refers to copies of the tensors and modules that `function` does.

    They are found in its closure, its defaults, and the global variables that it names, and so in
    the functions that it refers to. A function without any is returned itself.
    """
    if id(function) in memo:
        return memo[id(function)]
    memo[id(function)] = function  # for one that calls itself
    defaults = dict(enumerate(function.__defaults__ or ()))
    cells = dict(enumerate(map(_content, function.__closure__ or ())))
    known = function.__globals__
    named = {name: known[name] for name in _names_in(function.__code__) if name in known}
    keywords = function.__kwdefaults__ or {}
    changes = [_changes(values, memo) for values in (named, defaults, cells, keywords)]
    if not any(changes):
        return function
    result = types.FunctionType(
        function.__code__,
        known | changes[0],
        function.__name__,
        tuple((defaults | changes[1]).values()),
        tuple(map(_cell, (cells | changes[2]).values())),
    )
    memo[id(function)] = functools.update_wrapper(result, function)
    result.__kwdefaults__ = keywords | changes[3]
    return result


def _changes(values: dict[Any, Any], memo: Memo) -> dict[Any, Any]:
    copies = {key: _copy_of_reference(value, memo) for key, value in values.items()}
    return {key: value for key, value in copies.items() if value is not values[key]}


def _content(cell: types.CellType) -> Any:
    """Return what a cell holds, `EMPTY` if nothing yet."""
    try:
        return cell.cell_contents
    except ValueError:
        return EMPTY


def _cell(content: Any) -> types.CellType:
    return types.CellType() if content is EMPTY else types.CellType(content)


def _names_in(code: types.CodeType) -> set[str]:
    """Return the names of global variables in a function and those defined in it."""
    inner = (one for one in code.co_consts if isinstance(one, types.CodeType))
    own = {step.argval for step in dis.get_instructions(code) if step.opname == "LOAD_GLOBAL"}
    return own.union(*map(_names_in, inner))


def _share_uncopyable(thing: Any, memo: Memo) -> None:
    """Put into `memo` the attributes of `thing` and its submodules that cannot be copied."""
    from torch.nn import Module

    owners: Iterable[Any] = (
        reversed(list(thing.modules())) if isinstance(thing, Module) else [thing]
    )
    for owner in owners:
        for value in list(getattr(owner, "__dict__", {}).values()):
            _share_if_uncopyable(value, memo)


def _share_if_uncopyable(value: Any, memo: Memo) -> None:
    if type(value) in CONTAINERS:
        for item in _items_of(value):
            _share_if_uncopyable(item, memo)
    try:
        copy.deepcopy(value, dict(memo))
    except Exception:
        memo[id(value)] = value


def _items_of(container: Any) -> Iterable[Any]:
    return getattr(container, "values", container.__iter__)()
