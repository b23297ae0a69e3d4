"""A recorded row of parameters, put back into a torch.nn.Module."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from descent.checks.errors import InvalidType, InvalidValue
from descent.checks.numbers import as_numbers, listed
from descent.checks.texts import check_names, some_of
from descent.models.modules import (
    check_is_module,
    check_shapes,
    own_name,
    parameter_names,
    unwrapped,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from torch import Tensor
    from torch.nn import Module

    Filled = TypeVar("Filled", bound=Module)

BY_ROW = "give one row of its iterates, as run.iterates[-1]."
FEWER = "give names=run.names too if the run is of some of them."


def load_into(
    module: Filled, params: ArrayLike | Tensor, *, names: Sequence[str] | None = None
) -> Filled:
    """Set the trainable parameters of a module to a row of a recording, and return the module.

    The numbers are in the order of ``parameters_to_vector(module.parameters())`` without the
    parameters that require no gradient, which stay as they are: the order of `record` for the loss
    of `model_loss`, and of `watch`. A weight that is tied to another one counts once. Each
    parameter keeps its dtype and its device, so that numbers are rounded where that is coarser than
    float64; a row that was trained in it comes back to the bit. Buffers, such as the statistics of
    BatchNorm, and the state of an optimizer belong to no row and stay as they are.

    Args:
        module: The module, compiled or not, on any device. Where the criterion of a recording has
            parameters too, ``torch.nn.ModuleList([module, criterion])``.
        params: The row, shape (n,), such as ``run.iterates[t]``.
        names: The names of the row's numbers, ``run.names``, where some of the parameters
            alone were trained or recorded: those that are named are set, in the order of the names.

    Returns:
        The same module.

    Raises:
        InvalidType: If `module` is not a torch.nn.Module, or `params` are not numbers.
        InvalidValue: If the row has another length than the parameters, a number that is not finite
            in their dtype, or `names` that the module does not have. Nothing is set then.

    Example:
        >>> import descent, torch
        >>> x = torch.tensor([[0.0], [1.0], [2.0]])
        >>> model = torch.nn.Linear(1, 1)
        >>> loss, start, _ = descent.model_loss(model, x, 2 * x + 1, torch.nn.MSELoss())
        >>> run = descent.record(loss, start, learning_rate=0.3, steps=100)
        >>> descent.load_into(model, run.iterates[-1])(torch.tensor([[10.0]])).detach().round()
        tensor([[21.]])
    """
    import torch

    check_is_module(module)
    check_shapes(module)
    row = _checked_row(params)
    found = _trainable(module) if names is None else _named(module, names)
    count = sum(one.numel() for one in found)
    if len(row) != count:
        constraint = f"have {count:,} numbers, one per trainable parameter of {_kind(module)}"
        repair = FEWER if names is None and len(row) < count else ""
        raise InvalidValue("params", constraint, row, got=f"{len(row):,}", repair=repair)
    vector: Any = torch.tensor(row)
    pieces = vector.split([one.numel() for one in found])
    values = [piece.view(one.shape).to(one.dtype) for one, piece in zip(found, pieces, strict=True)]
    _check_range(values)
    with torch.no_grad():
        for one, value in zip(found, values, strict=True):
            one.copy_(value)
    return module


def _checked_row(params: Any) -> NDArray[np.float64]:
    if hasattr(params, "iterates"):
        raise InvalidType("params", "be one row", got=f"a {type(params).__name__}", repair=BY_ROW)
    row = as_numbers(params, "params")
    if row.ndim != 1:
        got = f"shape {row.shape}"
        raise InvalidValue("params", "be one row of numbers", row, got=got, repair=BY_ROW)
    if not np.isfinite(row).all():
        raise InvalidValue("params", "be finite", row, got=listed(row[~np.isfinite(row)]))
    return row


def _kind(module: Any) -> str:
    return f"the {type(unwrapped(module)).__name__}"


def _trainable(module: Any) -> list[Any]:
    found = [one for one in unwrapped(module).parameters() if one.requires_grad]
    if not found:
        constraint = "have parameters that require a gradient"
        raise InvalidValue("module", constraint, module, got=_kind(module) + " with none")
    return found


def _named(module: Any, names: Sequence[str]) -> list[Any]:
    """Return the parameters whose numbers have these names, in their order."""
    check_names(names)
    inner = unwrapped(module)
    wanted, tensors = list(names), dict(inner.named_parameters())
    own = {key: [*map(own_name, some)] for key, some in parameter_names(inner).items()}
    place = {name: k for k, name in enumerate(wanted)}
    found = sorted(
        (key for key, some in own.items() if set(some) <= place.keys()),
        key=lambda key: place[own[key][0]] if own[key] else -1,
    )
    if [name for key in found for name in own[key]] != wanted:
        constraint = f"be those of whole parameters of {_kind(module)}"
        repair = "give the names of the run that the row is of, run.names."
        raise InvalidValue("names", constraint, names, got=some_of(wanted), repair=repair)
    return [tensors[key] for key in found]


def _check_range(values: Sequence[Any]) -> None:
    """Check that the numbers are finite in the dtype of their parameters too."""
    for one in values:
        if not one.isfinite().all():
            kind = str(one.dtype).removeprefix("torch.")
            raise InvalidValue("params", f"be finite in {kind}", got="a number beyond its range")
