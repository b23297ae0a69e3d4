"""Why a module and a criterion do not work on their data, told in one sentence.

Causes are found by trying the parts one by one, and in float32.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import torch

from descent.checks.errors import (
    InvalidArgument,
    InvalidType,
    InvalidValue,
    OutsideDomain,
    is_mistake,
)
from descent.checks.function import kept_random_states
from descent.checks.texts import described
from descent.models.advice import criterion_that_works, result_that_is_a_loss
from descent.models.copies import copied
from descent.models.data import Batch, is_mapping, is_sequence
from descent.models.live import kept_state
from descent.models.precision import float64_by_default, in_precision

if TYPE_CHECKING:
    from descent.models.objective import Objective

VOWELS = "AEIOUaeiou"
BY_OUTPUTS = "compute it from what the module returns, without .detach(), .item() and NumPy."
FLOAT32 = {
    "module": "let its tensors have no dtype of their own, or dtype=x.dtype of an input x.",
    "criterion": "give its tensors .double(), or pass a torch.nn.Module that holds them.",
}


def predicts(objective: Objective, batch: Batch) -> bool:
    """Return whether the module itself works on data."""
    with torch.inference_mode(False), torch.enable_grad():
        with kept_random_states(), kept_state(objective):
            return not isinstance(_attempt(lambda: _predict(objective, batch)), _Failed)


def explained(objective: Objective, batch: Batch, error: Exception) -> InvalidArgument:
    """Return the error to raise for one that an objective raised on its data."""
    with torch.inference_mode(False), torch.enable_grad():
        with kept_random_states(), kept_state(objective):
            return _explained(objective, batch, error)


def _explained(objective: Objective, batch: Batch, error: Exception) -> InvalidArgument:
    predictions = _attempt(lambda: _predict(objective, batch))
    part = "module" if isinstance(predictions, _Failed) else "criterion"
    got = described(error, first_line=True)
    single, double = torch.float32, torch.float64
    if _works(objective, batch, single) and not _works(objective, batch, double):
        got = f"{got}, which float32 does not raise"
        return InvalidValue(part, "compute in float64", error, got=got, repair=FLOAT32[part])
    kind = InvalidValue if is_mistake(error) else OutsideDomain
    if part == "module":
        repair = "pass torch.stack(inputs) if they are rows." if _are_rows(objective, batch) else ""
        return kind("module", "work on the inputs", error, got=got, repair=repair)
    value = _attempt(lambda: _judge(objective, predictions, batch))
    if not isinstance(value, _Failed):
        return kind("loss", "be differentiable by autograd", error, got=got)
    repair = criterion_that_works(objective, predictions, batch)
    if isinstance(predictions, torch.Tensor):
        constraint = "work on the predictions and targets"
        return kind("criterion", constraint, error, got=got, repair=repair)
    constraint, got = "take what the module returns", _kind(predictions)
    return InvalidValue("criterion", constraint, error, got=got, repair=repair)


def check_is_loss(objective: Objective, batch: Batch) -> None:
    """Refuse a criterion that returns no scalar tensor which depends on the module's parameters."""
    objective.learned()
    with torch.inference_mode(False), torch.enable_grad():
        with kept_random_states(), kept_state(objective):
            value = _judge(objective, _predict(objective, batch), batch)
    is_tensor = isinstance(value, torch.Tensor)
    if is_tensor and not value.ndim:
        if not value.requires_grad:
            got = "a result without a gradient"
            raise InvalidValue(
                "loss", "depend on its parameters", value, got=got, repair=BY_OUTPUTS
            )
        return  # of another dtype, or complex, which check_loss refuses
    got = f"shape {tuple(value.shape)}" if is_tensor else _kind(value)
    repair = result_that_is_a_loss(objective, value) or BY_OUTPUTS
    kind = InvalidValue if is_tensor else InvalidType
    raise kind("criterion", "return a scalar tensor", value, got=got, repair=repair)


class _Failed:
    """The place of a result that there is none of."""


def _attempt(action: Callable[[], Any]) -> Any:
    try:
        return action()
    except Exception:
        return _Failed()


def _predict(objective: Objective, batch: Batch) -> Any:
    with float64_by_default():
        return objective.module(*batch.args, **batch.kwargs)


def _judge(objective: Objective, predictions: Any, batch: Batch) -> Any:
    with float64_by_default():
        return objective.criterion(predictions, batch.targets)


def _are_rows(objective: Objective, batch: Batch) -> bool:
    """Return whether several arguments work as the rows of one."""
    return len(batch.args) > 1 and not isinstance(
        _attempt(lambda: _predict(objective, Batch((torch.stack(batch.args),), {}, None))), _Failed
    )


def _works(objective: Objective, batch: Batch, dtype: torch.dtype) -> bool:
    """Return whether the loss and its gradient can be computed in a precision."""
    module, criterion = copied(objective.module, objective.criterion, dtype)
    data = batch.map(lambda tensor: in_precision(tensor, dtype))
    is_double = dtype == torch.float64

    def work() -> None:
        with float64_by_default() if is_double else nullcontext():
            criterion(module(*data.args, **data.kwargs), data.targets).backward()

    return not isinstance(_attempt(work), _Failed)


def _kind(value: Any) -> str:
    """Return what a value is, in words: "a tuple of a tensor of shape (3, 4) and a tuple"."""
    if isinstance(value, torch.Tensor):
        return f"a tensor of shape {tuple(value.shape)}"
    name = type(value).__name__
    name = f"{'an' if name[0] in VOWELS else 'a'} {name}"
    if is_mapping(value):
        return f"{name} of {', '.join(map(repr, value))}"
    if is_sequence(value):
        kinds = [
            _kind(i) if isinstance(i, torch.Tensor) else f"a {type(i).__name__}" for i in value
        ]
        return f"{name} of {' and '.join(kinds)}"
    return name
