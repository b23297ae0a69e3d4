"""Parts of PyTorch that its documentation does not promise, in one place.

An optimizer loads PyTorch's compiler, for more than a second, in order to tell it what not to
compile. Where the compiler is not in memory, nothing is being compiled, and there is nobody to be
told. Another release of PyTorch may arrange this otherwise; then the compiler is loaded as ever.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch.optim import Optimizer

COMPILER = "torch._dynamo"
# Where torch._disable_dynamo looks for a function that the compiler leaves alone.
DISABLED = "__dynamo_disable"


@contextmanager
def compiler_left_out() -> Generator[None]:
    """Let optimizers be made without loading the compiler, unless it is loaded already."""
    from torch.optim import Optimizer

    plain = getattr(Optimizer.add_param_group, "__wrapped__", None)
    with ExitStack() as restoring:
        if COMPILER not in sys.modules and plain is not None and not hasattr(plain, DISABLED):
            setattr(plain, DISABLED, plain)
            restoring.callback(_forget, plain)
        yield


def _forget(plain: Any) -> None:
    """Let the compiler be asked again, unless it has put its own function there meanwhile."""
    if getattr(plain, DISABLED, None) is plain:
        delattr(plain, DISABLED)


def step_of(optimizer: Optimizer) -> Callable[..., Any]:
    """Return ``optimizer.step``, which does not load the compiler unless it is loaded already."""
    step, plain = optimizer.step, _plain_step(optimizer)
    if COMPILER in sys.modules or plain is None:
        return step
    # It calls the hooks of the optimizer, as PyTorch's own.
    hooked: Any = type(optimizer).profile_hook_step(_with_gradients(plain))
    return hooked.__get__(optimizer)


def _plain_step(optimizer: Any) -> Callable[..., Any] | None:
    """Return the step without its two layers, hooks and gradients; None if it has others."""
    module: Any = import_module("torch.optim.optimizer")
    layers = (
        module.Optimizer.profile_hook_step,
        getattr(module, "_use_grad_for_differentiable", None),
    )
    step: Any = None if "step" in vars(optimizer) else _step_of_class(type(optimizer))
    for decorated in layers:
        if decorated is None or getattr(step, "__code__", None) is not _code_by(decorated):
            return None
        step = getattr(step, "__wrapped__", None)
    return step


def _step_of_class(kind: Any) -> Any:
    return kind.step


def _code_by(decorated: Any) -> Any:
    """Return the code of every function that a decorator returns."""

    def nothing(_: Any) -> None:
        pass

    return decorated(nothing).__code__


def _with_gradients(plain: Callable[..., Any]) -> Callable[..., Any]:
    """Return a step within which gradients are followed if the optimizer is differentiable."""
    from functools import wraps

    import torch

    @wraps(plain)
    def step(self: Any, *args: Any, **kwargs: Any) -> Any:
        with torch.set_grad_enabled(self.defaults["differentiable"]):
            return plain(self, *args, **kwargs)

    return step
