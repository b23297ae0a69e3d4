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
from descent.checks.texts import described
from descent.checks.watching import calls_of
from descent.models.advice import criterion_that_works, result_that_is_a_loss
from descent.models.copies import copied
from descent.models.data import Batch, is_mapping, is_sequence
from descent.models.live import kept_module
from descent.models.precision import float64_by_default, in_precision

if TYPE_CHECKING:
    from descent.models.objective import Objective

VOWELS = "AEIOUaeiou"
BY_OUTPUTS = "compute it from what the module returns, without .detach(), .item() and NumPy."
FAILED = object()  # in place of a result
FLOAT32 = {
    "module": "let its tensors have no dtype of their own, or dtype=x.dtype of an input x.",
    "criterion": "give its tensors .double(), or pass a torch.nn.Module that holds them.",
}


def predicts(objective: Objective, batch: Batch) -> bool:
    """Return whether the module itself works on data."""
    with kept_module(objective):
        return _attempt(lambda: objective.module(*batch.args, **batch.kwargs)) is not FAILED


def progress(objective: Objective, batch: Batch) -> int:
    """Return how many of torch's functions the module gets through, on zeros in place of data.

    Zeros are in the range of every layer: what remains are their kinds and shapes.
    """
    zeros = batch.map(torch.zeros_like)
    with kept_module(objective), float64_by_default():
        called, failed = calls_of(lambda: objective.module(*zeros.args, **zeros.kwargs))
    return len(called) - (failed is not None)


def explained(objective: Objective, batch: Batch, error: Exception) -> InvalidArgument:
    """Return the error to raise for one that an objective raised on its data, having tried it."""
    predictions = _attempt(lambda: objective.module(*batch.args, **batch.kwargs))
    part = "module" if predictions is FAILED else "criterion"
    got = described(error, first_line=True)
    single, double = torch.float32, torch.float64
    if _works(objective, batch, single) and not _works(objective, batch, double):
        got = f"{got}, which float32 does not raise"
        return InvalidValue(part, "compute in float64", error, got=got, repair=FLOAT32[part])
    kind = InvalidValue if is_mistake(error) else OutsideDomain
    if part == "module":
        repair = "pass torch.stack(inputs) if they are rows." if _are_rows(objective, batch) else ""
        return kind("module", "work on the inputs", error, got=got, repair=repair)
    value = _attempt(lambda: objective.criterion(predictions, batch.targets))
    if value is not FAILED:
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
    with kept_module(objective):
        value = objective(batch)
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


def _attempt(action: Callable[[], Any], dtype: torch.dtype = torch.float64) -> Any:
    """Return what `action` gives with a default dtype, `FAILED` if it raises an exception."""
    try:
        with float64_by_default() if dtype == torch.float64 else nullcontext():
            return action()
    except Exception:
        return FAILED


def _are_rows(objective: Objective, batch: Batch) -> bool:
    """Return whether several arguments work as the rows of one."""
    if len(batch.args) < 2:
        return False
    found = _attempt(lambda: objective.module(torch.stack(batch.args)))
    return found is not FAILED


def _works(objective: Objective, batch: Batch, dtype: torch.dtype) -> bool:
    """Return whether the loss and its gradient can be computed in a precision."""
    module, criterion = copied(objective.module, objective.criterion, dtype)
    data = batch.map(lambda tensor: in_precision(tensor, dtype))

    def work() -> None:
        criterion(module(*data.args, **data.kwargs), data.targets).backward()

    return _attempt(work, dtype) is not FAILED


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
