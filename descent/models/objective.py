"""A module and a criterion as one torch.nn.Module, which maps data to a loss in float64."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import torch

from descent.checks.errors import InvalidType
from descent.models.diagnosis import explained
from descent.models.modules import check_module, parameter_names, unwrapped
from descent.models.precision import double_copy, float64_by_default

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module, Parameter

    from descent.models.data import Batch
    from descent.models.modules import Criterion

MOST_COMBINED = 4  # tensors of whole numbers, of which every choice is tried


class Objective(torch.nn.Module):
    """A float64 copy of a module and its criterion; the originals are never changed.

    Attributes:
        module: The copy of the module.
        criterion: The copy of the criterion, whose parameters, if it has any, are its own.
    """

    def __init__(self, module: Any, criterion: Any) -> None:
        super().__init__()
        check_module(module)
        _check_criterion(criterion)
        plain = unwrapped(module)
        twin, self.criterion = double_copy((plain, criterion))
        self.module: Module = unwrapped(twin)
        # A module may convert tensors in a way of its own.
        self.cpu().double()
        self._originals = {id(p): name for name, p in plain.named_parameters()}
        self._hooks = {name: hooks for name, hooks in _gradient_hooks(plain, criterion)}

    def forward(self, batch: Batch) -> Any:
        """Return the loss over some data."""
        return self.criterion(self.module(*batch.args, **batch.kwargs), batch.targets)

    def names(self) -> dict[str, tuple[str, ...]]:
        """Return, for each parameter by its path here, a name for each of its numbers."""
        return parameter_names(self, self.module)

    def value(self, parameters: dict[str, Tensor], batch: Batch) -> Any:
        """Return the loss over some data with other `parameters`, by their paths here."""
        for name, parameter in parameters.items():
            for hook in self._hooks.get(name, ()):
                if parameter.requires_grad:
                    parameter.register_hook(hook)
        # Clones, since some layers write into their buffers (BatchNorm counts its batches).
        buffers = {name: buffer.clone() for name, buffer in self.named_buffers()}
        with float64_by_default(), _on_cpu():
            return torch.func.functional_call(self, buffers | parameters, (batch,))


def _check_criterion(criterion: Any) -> None:
    constraint = "be a function of (predictions, targets)"
    if isinstance(criterion, type):
        repair = f"{criterion.__name__}() makes one."
        got = f"the class {criterion.__name__}"
        raise InvalidType("criterion", constraint, criterion, got=got, repair=repair)
    if not callable(criterion):
        raise InvalidType("criterion", constraint, criterion)
