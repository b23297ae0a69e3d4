"""A loss for many parameters at once, by torch.func.vmap, and how to mend one that cannot be."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.autograd import many_at_once
from descent.checks.buffers import kept_state
from descent.checks.errors import InvalidValue
from descent.checks.numbers import listed
from descent.checks.texts import described
from descent.checks.watching import calls_of, counting_numbers
from descent.rates.second_derivatives import own_functions, unfused

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from descent.arrays import Loss

SAME = 1e-6  # two formulas for one gradient, relative

BY_FUNC = "use torch.func.grad in place of torch.autograd.grad."
BY_TENSORS = "use tensor operations only, torch.where in place of if, and no .item()."
BY_WHERE = "use torch.where in place of picking those that meet a condition."
BY_NEW = "write into params.new_zeros(…) in place of a tensor that is made without params."
ONE_BY_ONE = "record each rate by itself, by descent.record."
BY_RULE = f"give it a setup_context and generate_vmap_rule = True, or {ONE_BY_ONE}"

_TENSOR = "torch.Tensor."
# What torch.func does by other means, and what needs the numbers of one run.
GRADIENTS = {"torch.autograd.grad", "torch.autograd.backward", f"{_TENSOR}backward"}
NEEDS_GRAD = {f"{_TENSOR}requires_grad_", f"{_TENSOR}requires_grad.__set__"}
NUMBERS = {
    _TENSOR + name
    for name in (
        *("item", "tolist", "numpy", "__array__", "__bool__", "__float__", "__int__"),
        *("__index__", "__complex__", "__contains__", "is_nonzero"),
    )
}
WRITING = {
    _TENSOR + name
    for name in ("__setitem__", "__iadd__", "__isub__", "__imul__", "__itruediv__", "__ipow__")
}
OWN_FUNCTIONS = {"", "torch.ops.higher_order.custom_function_call"}
PICKING = {
    *(_TENSOR + name for name in ("__getitem__", "nonzero", "masked_select", "unique")),
    *(f"torch.{name}" for name in ("nonzero", "masked_select", "unique", "argwhere")),
}


def many_gradients(loss: Loss) -> Any:
    """Return what computes gradients (n, k) and losses (k,) of params (n, k) by torch.func.vmap."""
    from torch.func import grad_and_value

    # What is drawn does not matter, or is seeded by the loss itself: drawn once for all runs.
    return many_at_once(grad_and_value(loss), in_dims=1, out_dims=(1, 0), randomness="same")


def try_many(
    loss: Loss, point: NDArray[np.float64], device: str = "cpu"
) -> tuple[NDArray[np.float64], int]:
    """Compute the gradients of two runs at once, both at `point`.

    Returns:
        One of the gradients, shape (n,), and how many numbers were made on the way for each run.

    Raises:
        InvalidValue: If the loss cannot be computed for many parameters at once, with the repair.
    """
    import torch

    with kept_state(), torch.no_grad(), unfused():
        params = torch.tensor(point, dtype=torch.float64, device=device)[:, None].repeat(1, 2)
        try:
            with counting_numbers() as made:
                slopes, _ = many_gradients(loss)(params)
        except InvalidValue:  # which says why itself
            raise
        except Exception as error:
            raise _refusal(loss, params, error) from error
    return slopes[:, 0].cpu().numpy(), (made.numbers + params.numel()) // 2


def check_same_gradient(
    loss: Loss, point: NDArray[np.float64], alone: NDArray[np.float64], device: str = "cpu"
) -> None:
    """Say by a warning where PyTorch has another gradient for many at once than for one.

    For some operations it has two formulas, such as for torch.linalg.det at a singular matrix.

    Args:
        loss: Maps params, shape (n,), to a scalar tensor.
        point: Where they are compared, shape (n,).
        alone: The gradient there that `record` follows, shape (n,).
        device: Where torch computes.
    """
    found, _ = try_many(loss, point, device)
    with np.errstate(invalid="ignore", over="ignore"):
        apart = np.abs(found - alone) > SAME * np.maximum(np.abs(alone).max(), np.abs(found).max())
    if apart.any():
        warnings.warn(
            f"At the start {listed(point)} PyTorch computes the gradient {listed(found)} for many "
            f"runs at once, and {listed(alone)} for one, which descent.record follows: this sweep "
            "shows other runs.",
            stacklevel=4,
        )


def _refusal(loss: Loss, params: Tensor, error: Exception) -> InvalidValue:
    """Return why a loss fails for many parameters at once, found by watching what it calls."""
    _, failed = calls_of(lambda: many_gradients(loss)(params))
    called, _ = calls_of(lambda: loss(params[:, 0].detach().clone().requires_grad_()))
    name, repair = _advice(failed, called)
    got = f"{name}, which vmap cannot do" if name else described(error, first_line=True)
    if name in OWN_FUNCTIONS and (own := _without_rule(loss, params)):
        got, repair = f"{own}, a torch.autograd.Function of one run alone", BY_RULE
    constraint = "work for many parameters at once, by torch.func.vmap"
    return InvalidValue("loss", constraint, error, got=got, repair=repair)


def _without_rule(loss: Loss, params: Tensor) -> str:
    """Return the name of a torch.autograd.Function in `loss` that torch.func cannot call."""
    from torch.autograd import Function

    plain: Any = Function
    for own in own_functions(loss, params[:, 0].cpu().numpy()):
        has_rule = own.generate_vmap_rule or own.vmap is not plain.vmap
        if own.setup_context is plain.setup_context or not has_rule:
            return own.__name__
    return ""


def _advice(failed: Any, called: list[Any]) -> tuple[str, str]:
    """Return the name of the function that failed, and how to do without it.

    Args:
        failed: The function of torch's that was running when the loss failed; None if none was.
        called: The functions that the loss calls for one vector of parameters.
    """
    name = _name(failed) if failed is not None else ""
    inner = next((one for one in map(_name, called) if one in GRADIENTS), "")
    if inner and (not name or name in GRADIENTS | NEEDS_GRAD):
        return inner, BY_FUNC
    if name in NUMBERS:
        return name, BY_TENSORS
    if name in PICKING:
        return name, BY_WHERE
    if name in WRITING or (name.endswith("_") and not name.endswith("__")):
        return name, BY_NEW
    return name, ONE_BY_ONE


def _name(function: Any) -> str:
    """Return a function of torch's as it is called, such as "torch.Tensor.item"."""
    from torch import overrides

    functions: Any = overrides
    name = getattr(function, "__name__", "a function")
    return functions.resolve_name(function) or f"{getattr(function, '__module__', '')}.{name}"
