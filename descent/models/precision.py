"""Computing in float64, whatever precision the parts were made in."""

from __future__ import annotations

import copy
import threading
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from descent.checks.errors import InvalidValue
from descent.checks.texts import described

if TYPE_CHECKING:
    from torch import Tensor

_lock = threading.Lock()
_inside = 0  # how many evaluations, of all threads, need float64 as the default now
_outside: Any = None  # the default to return to when the last of them ends


@contextmanager
def float64_by_default() -> Generator[None]:
    """Make float64 what torch.zeros and its siblings return, and restore the default afterwards.

    torch's default dtype belongs to the process: threads that overlap share one change of it, and
    the last of them restores it.
    """
    import torch

    global _inside, _outside
    with _lock:
        if _inside == 0:
            _outside = torch.get_default_dtype()
            torch.set_default_dtype(torch.float64)
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0:
                torch.set_default_dtype(_outside)


def in_double(tensor: Tensor) -> Tensor:
    """Return a copy of `tensor` on the CPU, in float64 or complex128 unless of whole numbers."""
    import torch

    # A device such as Apple's GPU has no float64: to the CPU first.
    values = tensor.detach().cpu()
    if values.is_complex():
        return values.to(torch.complex128, copy=True)
    if values.is_floating_point():
        return values.to(torch.float64, copy=True)
    return values.clone()


def double_copy(parts: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return deep copies of `parts` with all their tensors in float64, wherever they are kept.

    What two parts share, their copies share. A tensor that was computed from parameters, as
    weight_norm keeps one, is copied by value. What cannot be copied, such as a lock, is shared.
    """
    with _doubling():
        try:
            return copy.deepcopy(parts, {})
        except Exception:
            memo: dict[int, Any] = {}
            for part in parts:
                _share_uncopyable(part, memo)
        try:
            return copy.deepcopy(parts, memo)
        except Exception as error:
            raise InvalidValue(
                "module and criterion",
                "be such as copy.deepcopy can copy",
                error,
                got=described(error, first_line=True),
                repair="keep what cannot be copied outside of them.",
            ) from error


def _share_uncopyable(thing: Any, memo: dict[int, Any]) -> None:
    """Put into `memo` the attributes of `thing` and its submodules that cannot be copied."""
    from torch.nn import Module

    owners: Iterable[Any] = reversed(list(thing.modules())) if isinstance(thing, Module) else [thing]
    for owner in owners:
        for value in list(getattr(owner, "__dict__", {}).values()):
            _share_if_uncopyable(value, memo)


def _share_if_uncopyable(value: Any, memo: dict[int, Any]) -> None:
    if type(value) in (list, tuple, dict):
        for item in value.values() if isinstance(value, dict) else value:
            _share_if_uncopyable(item, memo)
    try:
        copy.deepcopy(value, dict(memo))
    except Exception:
        memo[id(value)] = value


def _doubling() -> Any:
    """Return a context in which deep copies of tensors are made by `in_double`."""
    import torch
    from torch.overrides import TorchFunctionMode

    class Doubling(TorchFunctionMode):
        def __torch_function__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            if func is torch.Tensor.__deepcopy__:
                tensor, memo = args
                if id(tensor) not in memo:
                    is_free = tensor.requires_grad and tensor.is_leaf
                    memo[id(tensor)] = in_double(tensor).requires_grad_(is_free)
                return memo[id(tensor)]
            result = func(*args, **(kwargs or {}))
            # By which a torch.nn.Parameter copies itself.
            return in_double(result) if func is torch.Tensor.clone else result

    return Doubling()
