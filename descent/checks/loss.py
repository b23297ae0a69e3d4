"""Checks of a loss: that it can be evaluated and differentiated."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from descent.checks.autograd import with_autograd
from descent.checks.buffers import kept_state
from descent.checks.errors import (
    InvalidArgument,
    InvalidType,
    InvalidValue,
    OutsideDomain,
    is_mistake,
)
from descent.checks.numbers import check_start, listed
from descent.checks.texts import described

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray
    from torch import Tensor

    from descent.arrays import Loss

BY_TENSORS = "compute it from the parameters by tensor operations."
BY_MODEL_LOSS = (
    "give what loss, start, _ = descent.model_loss(module, inputs, targets, criterion) returns."
)
CHOOSE_ANOTHER = "choose another start."


@with_autograd
def check_loss(loss: Loss, start: Any) -> tuple[float, NDArray[np.float64]]:
    """Return the loss and its gradient at `start`, having checked that it can be descended.

    What a loss draws at random, it draws again afterwards: random states and buffers are put
    back.

    Args:
        loss: Maps params, a float64 tensor of shape (n,), to a scalar tensor.
        start: Where it is tried out, shape (n,).

    Returns:
        loss(start), a float, and ∇loss(start), shape (n,).

    Raises:
        InvalidType: If `loss` is not callable, or returns something other than a tensor.
        InvalidValue: If `start` is not a finite vector, or the loss has a mistake or is not a
            float64 scalar that depends on its parameters.
        OutsideDomain: An InvalidValue. If the loss fails at `start`, or the loss or its gradient
            is not finite there.

    Example:
        >>> import descent
        >>> descent.check_loss(lambda params: params[0] ** 2, [3])
        (9.0, array([6.]))
        >>> try:
        ...     descent.check_loss(lambda params: params.log().sum(), [0])
        ... except descent.InvalidValue as error:
        ...     print(error)
        loss must be finite at the start [0]; got -inf: choose another start.
    """
    import torch

    start = check_start(start, getattr(loss, "names", None))
    check_callable(loss)
    return check_loss_at(loss, torch.tensor(start, dtype=torch.float64), start)


def check_loss_at(
    loss: Loss, vector: Tensor, start: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64]]:
    """Return what `check_loss` does, in the precision and on the device of a vector.

    Args:
        loss: Maps params, shape (n,), to a scalar tensor.
        vector: Where it is tried out, shape (n,).
        start: The same numbers as they were given.
    """
    import torch

    params = vector.detach().clone().requires_grad_()
    with kept_state():
        with explain_modules(loss):
            value = attempt(lambda: loss(params), start)
            check_result(value, params.dtype)
        if not torch.isfinite(value):
            constraint = f"be finite at the start {listed(start)}"
            raise OutsideDomain("loss", constraint, value.item(), repair=CHOOSE_ANOTHER)
        gradient = attempt(lambda: torch.autograd.grad(value, params, allow_unused=True)[0], start)
    with explain_modules(loss):
        _check_depends(gradient is not None)
    if not torch.isfinite(gradient).all():
        constraint = f"have a finite gradient at the start {listed(start)}"
        slopes = gradient.cpu().double().numpy()
        got = listed(slopes)
        raise OutsideDomain("loss", constraint, slopes, got=got, repair=CHOOSE_ANOTHER)
    return float(value.detach()), gradient.cpu().double().numpy()


def check_callable(loss: Any) -> None:
    """Check that `loss` can be called at all."""
    if not callable(loss):
        raise InvalidType("loss", "be a function of the parameters", loss)


@contextmanager
def explain_modules(loss: Any) -> Generator[None]:
    """Point from a module that is no loss of one vector to `model_loss`, which makes one."""
    try:
        yield
    except InvalidArgument as error:
        if not _learns(loss):
            raise
        constraint = "be a function of one vector of all parameters"
        got = f"the module {type(loss).__name__}, which has parameters of its own"
        raise InvalidType("loss", constraint, loss, got=got, repair=BY_MODEL_LOSS) from error


def _learns(loss: Any) -> bool:
    """Return whether `loss` is a torch.nn.Module with parameters that are learned."""
    if "torch" not in sys.modules:  # then nobody has made one
        return False
    from torch.nn import Module

    return isinstance(loss, Module) and any(one.requires_grad for one in loss.parameters())


def attempt(action: Callable[[], Any], start: NDArray[np.float64]) -> Any:
    """Return ``action()``, which evaluates a loss; raise `OutsideDomain` unless it is a mistake."""
    try:
        return action()
    except Exception as error:
        kind = InvalidValue if is_mistake(error) else OutsideDomain
        constraint = f"work at the start {listed(start)}"
        raise kind("loss", constraint, error, got=described(error)) from error


def check_result(value: Any, dtype: torch.dtype | None = None) -> None:
    """Check that `value`, what a loss returned, is a scalar that can be differentiated.

    Args:
        value: What it returned.
        dtype: The precision that it must have; float64 by default.
    """
    import torch

    check_scalar(value)
    _check_depends(value.requires_grad)
    dtype = dtype or torch.float64
    if value.dtype != dtype:
        repair = f"give its constants dtype={dtype}."
        constraint = f"return {str(dtype).removeprefix('torch.')}"
        raise InvalidValue("loss", constraint, value, got=str(value.dtype), repair=repair)


def check_scalar(value: Any) -> None:
    """Check that `value`, what a loss returned, is one real number."""
    import torch

    if not isinstance(value, torch.Tensor):
        got = type(value).__name__
        raise InvalidType("loss", "return a scalar tensor", value, got=got, repair=BY_TENSORS)
    if value.ndim:
        constraint, got = "return a scalar tensor", f"shape {tuple(value.shape)}"
        raise InvalidValue("loss", constraint, value, got=got, repair="end with .sum() or .mean().")
    if value.is_complex():
        constraint, got = "return a real number", str(value.dtype)
        raise InvalidValue("loss", constraint, value, got=got, repair="end with .abs() or .real.")


def _check_depends(has_gradient: bool) -> None:
    if not has_gradient:
        got = "a result without a gradient"
        raise InvalidValue("loss", "depend on its parameters", got=got, repair=BY_TENSORS)
