"""Autograd, switched on for what needs it wherever it is called, and functions of many at once."""

from __future__ import annotations

import functools
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, ParamSpec, TypeVar

from descent.checks.threads import shared_by_threads

Given = ParamSpec("Given")
Result = TypeVar("Result")


def with_autograd(function: Callable[Given, Result]) -> Callable[Given, Result]:
    """Let a function use autograd even within torch.no_grad() or torch.inference_mode().

    What it makes is on the CPU, even after torch.set_default_device("cuda").

    Example:
        >>> import descent, torch
        >>> with torch.inference_mode():
        ...     descent.check_loss(descent.LOSSES["bowl"], [2, 1])
        (7.0, array([4., 6.]))
    """

    @functools.wraps(function)
    def call(*args: Given.args, **options: Given.kwargs) -> Result:
        import torch

        with torch.inference_mode(False), torch.enable_grad(), default_device("cpu"):
            return function(*args, **options)

    return call


def default_device(device: str) -> AbstractContextManager[Any]:
    """Return a context in which torch makes tensors on a device."""
    import torch

    is_default = torch.get_default_device().type == torch.device(device).type
    return nullcontext() if is_default else torch.device(device)


def many_at_once(function: Any, **options: Any) -> Callable[..., Any]:
    """Return torch.func.vmap of a function, which does not warn of what it does one by one."""
    import torch

    mapped = torch.func.vmap(function, **options)

    @functools.wraps(function)
    def call(*arguments: Any) -> Any:
        with without_fallback_warnings():
            return mapped(*arguments)

    return call


@shared_by_threads
@contextmanager
def without_fallback_warnings() -> Generator[None]:
    """Let PyTorch compute one after the other what it has no rule for at once, without a word.

    The results are the same. It would warn of each operation in its own words.
    """
    import torch

    warn: Any = vars(torch)["_C"]._functorch._set_vmap_fallback_warning_enabled
    warn(False)
    try:
        yield
    finally:
        warn(True)


def recorded_nodes(root: Any) -> list[Any]:
    """Return all nodes of the graph that autograd recorded, from `root` back to the leaves."""
    found: dict[Any, None] = {}
    pending = [root]
    while pending:
        node = pending.pop()
        if node is not None and node not in found:
            found[node] = None
            pending += [following for following, _ in node.next_functions]
    return list(found)
