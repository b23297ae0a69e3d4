"""How a criterion that fails on predictions and targets would take them, found by trying."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import torch

from descent.models.data import is_mapping, is_sequence
from descent.models.precision import float64_by_default

if TYPE_CHECKING:
    from descent.models.data import Batch
    from descent.models.objective import Objective

DEEPEST = 3  # levels of tuples and dicts within which a tensor is looked for

# What people write between the parentheses, and the criterion called so.
CALLS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "*out, y": lambda criterion, out, y: criterion(*out, y),
    "*out": lambda criterion, out, y: criterion(*out),
    "**out": lambda criterion, out, y: criterion(**out),
    "out, *y": lambda criterion, out, y: criterion(out, *y),
    "out, **y": lambda criterion, out, y: criterion(out, **y),
    "out, y.long()": lambda criterion, out, y: criterion(out, y.long()),
    "out": lambda criterion, out, y: criterion(out),
}
# The same for tensors of as many rows: others might be broadcast against each other.
RESHAPED: dict[str, Callable[[Any, Any, Any], Any]] = {
    "out, y.squeeze(-1)": lambda criterion, out, y: criterion(out, y.squeeze(-1)),
    "out, y.squeeze(-1).long()": lambda criterion, out, y: criterion(out, y.squeeze(-1).long()),
    "out.squeeze(-1), y": lambda criterion, out, y: criterion(out.squeeze(-1), y),
    "out.transpose(1, 2), y": lambda criterion, out, y: criterion(out.transpose(1, 2), y),
}


def criterion_that_works(objective: Objective, predictions: Any, batch: Batch) -> str:
    """Return "pass criterion=lambda out, y: …." for a call that works.

    If none is found: which rows have no target, "" if all have one.
    """
    parts = [(f"{path}, y", partial(_call_with, part)) for path, part in _parts(predictions)]
    predicted, given = _rows_of(predictions), _rows_of(batch.targets)
    calls = CALLS if predicted != given else CALLS | RESHAPED
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for text, call in (*parts, *calls.items()):
            if _works(objective, call, predictions, batch.targets):
                return f"pass criterion=lambda out, y: {_name(objective.criterion)}({text})."
    if None in (predicted, given) or given == predicted or predicted != batch.count():
        return ""
    return f"give targets for all {predicted} rows of the inputs, not for {given}."


def _rows_of(value: Any) -> int | None:
    """Return the number of rows of a tensor that has some, else None."""
    return len(value) if isinstance(value, torch.Tensor) and value.ndim else None


def result_that_is_a_loss(objective: Objective, value: Any) -> str:
    """Return "pass criterion=lambda out, y: ….": what of a criterion's result is a loss, or ""."""
    call = f"{_name(objective.criterion)}(out, y)"
    for path, part in _parts(value, call, DEEPEST):
        if part.requires_grad and (not part.ndim or part is value):
            return f"pass criterion=lambda out, y: {path}{'.mean()' if part.ndim else ''}."
    return ""


def _works(objective: Objective, call: Callable[..., Any], out: Any, y: Any) -> bool:
    """Return whether a call gives a loss that can be differentiated."""
    learned = [p for p in objective.parameters() if p.requires_grad]
    try:
        with float64_by_default():
            value = call(objective.criterion, out, y)
            if not isinstance(value, torch.Tensor) or value.ndim or not value.requires_grad:
                return False
            torch.autograd.backward(value, retain_graph=True, inputs=learned)
    except Exception:
        return False
    return bool(value.isfinite())


def _call_with(part: Any, criterion: Any, _: Any, targets: Any) -> Any:
    return criterion(part, targets)


def _parts(value: Any, path: str = "out", depth: int = DEEPEST) -> Iterator[tuple[str, Any]]:
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


def _name(criterion: Any) -> str:
    """Return how a criterion is written."""
    if isinstance(criterion, torch.nn.Module):
        return f"{type(criterion).__name__}()"
    name = getattr(criterion, "__name__", "")
    return name if name.isidentifier() else "criterion"
