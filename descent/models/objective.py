"""A module and a criterion as one torch.nn.Module, which maps data to a loss in float64."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

import torch

from descent.checks.errors import InvalidType, InvalidValue
from descent.models.copies import copied
from descent.models.modules import check_module, parameter_names, unwrapped
from descent.models.precision import float64_by_default

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module, Parameter

    from descent.models.data import Batch

OWN = "module."  # what torch calls the module's part of an objective


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
        given = torch.nn.ModuleList(unwrapped(p) for p in (module, criterion) if _is_module(p))
        self.module, self.criterion = copied(given[0], unwrapped(criterion), torch.float64)
        _unwrap_children(self)
        # A module may convert tensors in a way of its own.
        self.cpu().double()
        _check_real(self)
        self._hooks = dict(zip(dict(self.named_parameters()), map(_hooks_of, given.parameters()), strict=True))

    def forward(self, batch: Batch) -> Any:
        """Return the loss over some data."""
        with float64_by_default():
            return self.criterion(self.module(*batch.args, **batch.kwargs), batch.targets)
