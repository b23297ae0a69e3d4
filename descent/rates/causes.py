"""Why PyTorch's second derivatives of a loss are not those of its gradient, found by trying."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.gradients.graph import operation_of
from descent.rates.gradient_differences import ROUNDING
from descent.rates.second_derivatives import (
    not_twice,
    operations_of,
    own_functions,
    twice_differentiable,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.arrays import Loss

FLAT = "leave out the straight-through estimator: the loss itself is flat here."
BY_OPERATIONS = (
    "compute the backward of {} by PyTorch's operations alone, without .detach(), or leave out a "
    "straight-through estimator."
)
HELD = (
    "leave out .detach() and torch.no_grad() where the gradient depends on what they hold, or a "
    "straight-through estimator as a whole."
)


def repair_for(loss: Loss, point: NDArray[np.float64], step: NDArray[np.float64]) -> str:
    """Return how to mend a loss whose second derivatives are not those of its gradient.

    Args:
        loss: Maps params, shape (n,), to a scalar tensor.
        point: Where they were compared, shape (n,).
        step: How far the gradient was followed, shape (n,).

    Raises:
        InvalidValue: If it is for an operation that PyTorch does not differentiate twice.
    """
    if _is_flat(loss, point, step):
        return FLAT
    own = [function.__name__ for function in own_functions(loss, point)]
    if own:
        return BY_OPERATIONS.format(", ".join(own))
    operation = _broken_operation(loss, point)
    if operation:
        raise not_twice(operation, point)
    return HELD


def _broken_operation(loss: Loss, point: NDArray[np.float64]) -> str:
    """Return the operation whose gradient depends on the parameters without PyTorch's knowledge.

    It is one that is given a gradient which can be differentiated again, and gives none on, though
    one that is not zero; "" if there is none.
    """
    import torch

    found: list[str] = []
    with twice_differentiable():
        params = torch.tensor(point, dtype=torch.float64, requires_grad=True)
        value = loss(params)
        for node in operations_of(value.grad_fn):
            node.register_hook(_noting_broken(node, found))
        torch.autograd.grad(value, params, create_graph=True)
    return found[0] if found else ""


def _noting_broken(node: Any, found: list[str]) -> Callable[[Any, Any], None]:
    def look(given_on: Any, given: Any) -> None:
        can = any(one is not None and one.requires_grad for one in given)
        passed = [one for one in given_on if one is not None]
        is_lost = not any(one.requires_grad for one in passed)
        if can and is_lost and any(bool((one.to_dense() != 0).any()) for one in passed):
            found.append(operation_of(node))

    return look


def _is_flat(loss: Loss, point: NDArray[np.float64], step: NDArray[np.float64]) -> bool:
    """Return whether the loss stays the same along a step that its gradient calls a slope."""
    import torch

    with twice_differentiable():
        params = torch.tensor(point, dtype=torch.float64, requires_grad=True)
        value = loss(params)
        (slope,) = torch.autograd.grad(value, params)
        ends = [loss(torch.tensor(point + way * step)) for way in (-1, 1)]
    here, *there = (one.item() for one in (value, *ends))
    noise = ROUNDING * abs(here)
    rise = abs(float(slope.numpy() @ step))
    return rise > noise and all(abs(end - here) <= noise for end in there)
