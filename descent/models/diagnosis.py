"""Why a module and a criterion do not work on their data, told in one sentence.

Causes are found by trying the parts one by one, and in float32.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

import torch

from descent.checks.errors import InvalidArgument, InvalidValue, OutsideDomain, is_mistake
from descent.checks.function import kept_random_states
from descent.checks.texts import described
from descent.models.copies import copied
from descent.models.data import Batch, is_mapping, is_sequence
from descent.models.live import kept_state
from descent.models.precision import float64_by_default, in_precision

if TYPE_CHECKING:
    from descent.models.objective import Objective

FLOAT32 = {
    "module": "let its tensors have no dtype of their own, or dtype=x.dtype of an input x.",
    "criterion": "give its tensors .double(), or pass a torch.nn.Module that holds them.",
}


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
    if isinstance(predictions, torch.Tensor):
        return kind("criterion", "work on the predictions and targets", error, got=got)
    return _structured(objective, predictions, batch, error)


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


def _structured(
    objective: Objective, predictions: Any, batch: Batch, error: Exception
) -> InvalidArgument:
    """Return the error for predictions that are no tensor, with a criterion that takes one."""
    parts = list(_parts(predictions, "out"))
    works = [path for path, part in parts if _fits(objective, part, batch)]
    path = next(iter([*works, *(path for path, _ in parts)]), "out[0]")
    return InvalidValue(
        "criterion",
        "take what the module returns",
        error,
        got=_kind(predictions),
        repair=f"pass criterion=lambda out, y: {_name(objective.criterion)}({path}, y).",
    )


def _fits(objective: Objective, part: Any, batch: Batch) -> bool:
    value = _attempt(lambda: _judge(objective, part, batch))
    if not isinstance(value, torch.Tensor) or value.ndim or not value.requires_grad:
        return False
    parameters = list(objective.learned().values())
    backward = partial(torch.autograd.backward, value, retain_graph=True, inputs=parameters)
    return not isinstance(_attempt(backward), _Failed)


def _parts(value: Any, path: str, depth: int = 3) -> Iterator[tuple[str, Any]]:
    """Return the floating tensors within a value, each with the expression that leads to it."""
    if isinstance(value, torch.Tensor):
        if value.is_floating_point():
            yield path, value
    elif depth:
        for name, inner in _inner(value):
            yield from _parts(inner, f"{path}{name}", depth - 1)


def _inner(value: Any) -> list[tuple[str, Any]]:
    """Return what a value holds, each with what is written after the value to reach it."""
    if is_mapping(value):
        return [(f"[{name!r}]", inner) for name, inner in value.items()]
    if hasattr(value, "_fields"):
        return [(f".{name}", getattr(value, name)) for name in value._fields]
    if is_sequence(value):
        return [(f"[{place}]", inner) for place, inner in enumerate(value)]
    return [(f".{name}", inner) for name, inner in getattr(value, "__dict__", {}).items()]


def _kind(value: Any) -> str:
    """Return what a value is, in words: "a tuple of a tensor of shape (3, 4) and a tuple"."""
    if isinstance(value, torch.Tensor):
        return f"a tensor of shape {tuple(value.shape)}"
    name = f"a {type(value).__name__}"
    if is_mapping(value):
        return f"{name} of {', '.join(map(repr, value))}"
    if is_sequence(value):
        kinds = [
            _kind(i) if isinstance(i, torch.Tensor) else f"a {type(i).__name__}" for i in value
        ]
        return f"{name} of {' and '.join(kinds)}"
    return name


def _name(criterion: Any) -> str:
    """Return how a criterion is written."""
    if isinstance(criterion, torch.nn.Module):
        return f"{type(criterion).__name__}()"
    name = getattr(criterion, "__name__", "")
    return name if name.isidentifier() else "criterion"
