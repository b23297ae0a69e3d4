"""A module and a criterion as one torch.nn.Module, which maps data to a loss in float64."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

import torch

from descent.checks.errors import InvalidType, InvalidValue
from descent.models.modules import check_module, parameter_names, unwrapped
from descent.models.precision import double_copy, float64_on_cpu

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Parameter

    from descent.models.data import Batch

    Hook = Callable[[Tensor], Tensor | None]


class Objective(torch.nn.Module):
    """A float64 copy of a module and its criterion; the originals are never changed.

    Attributes:
        module: The copy of the module.
        criterion: The copy of the criterion; one that is a module brings parameters of its own.
    """

    def __init__(self, module: Any, criterion: Any) -> None:
        super().__init__()
        check_module(module)
        _check_criterion(criterion)
        self.module, self.criterion = double_copy((unwrapped(module), criterion))
        # A module may convert tensors in a way of its own.
        self.cpu().double()
        given = unwrapped(module), criterion
        self._foreign = [p for part in given for p in _parameters_of(part).values()]
        self._hooks = dict(zip(self._paths(), map(_gradient_hooks, self._foreign), strict=False))

    def forward(self, batch: Batch) -> Any:
        """Return the loss over some data."""
        with float64_on_cpu():
            return self.criterion(self.module(*batch.args, **batch.kwargs), batch.targets)
