"""A module and a criterion as one torch.nn.Module, which maps data to a loss in float64."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Self

import torch

from descent.checks.errors import InvalidType, InvalidValue
from descent.models.copies import copied
from descent.models.modules import check_criterion, check_module, unwrap_children, unwrapped
from descent.models.precision import float64_by_default

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Parameter

    from descent.models.data import Batch

    Hooks = dict[str, tuple[Callable[[Tensor], Tensor | None], ...]]


class Objective(torch.nn.Module):
    """A module with its criterion, both in float64: loss = criterion(module(inputs), targets).

    Attributes:
        module: The module.
        criterion: The criterion; one that is a module brings parameters of its own.
    """

    def __init__(self, module: torch.nn.Module, criterion: Any, hooks: Hooks) -> None:
        super().__init__()
        self.module, self.criterion, self._hooks = module, criterion, hooks

    @classmethod
    def of(cls, module: Any, criterion: Any) -> Self:
        """Return the objective of copies of a module and a criterion, which are never changed."""
        check_module(module)
        check_criterion(criterion)
        module, criterion = unwrapped(module), unwrapped(criterion)
        hooks = map(_hooks_of, cls(module, criterion, {}).parameters())
        objective = cls(*copied(module, criterion, torch.float64), {})
        unwrap_children(objective)
        # A module may convert tensors in a way of its own.
        objective.cpu().double()
        _check_real(objective)
        objective._hooks = dict(zip(dict(objective.named_parameters()), hooks, strict=True))
        return objective

    def copy(self) -> Self:
        """Return a copy, whose criterion refers to the copy of the module if it refers to it."""
        return type(self)(*copied(self.module, self.criterion, torch.float64), self._hooks)

    def forward(self, batch: Batch) -> Any:
        """Return the loss over some data."""
        with float64_by_default():
            return self.criterion(self.module(*batch.args, **batch.kwargs), batch.targets)

    def learned(self) -> dict[str, Parameter]:
        """Return the parameters that require a gradient, by name."""
        found = {name: p for name, p in self.named_parameters() if p.requires_grad}
        if not found:
            constraint = "have parameters that require a gradient"
            raise InvalidValue("module", constraint, self.module, got="none")
        return found

    def hook(self, tensors: dict[str, Tensor]) -> None:
        """Give tensors the hooks that change the gradients of the parameters of their names."""
        for name, tensor in tensors.items():
            for hook in self._hooks.get(name, ()) if tensor.requires_grad else ():
                tensor.register_hook(hook)


def over_all(loss: Callable[[Batch], Any], batches: Sequence[Batch]) -> Any:
    """Return a loss over all batches: their mean, each with the weight of its rows."""
    if len(batches) == 1:
        return loss(batches[0])
    counts = [batch.count() for batch in batches]
    return sum(n * loss(batch) for n, batch in zip(counts, batches, strict=True)) / sum(counts)


def _hooks_of(parameter: Any) -> tuple[Any, ...]:
    """Return what was registered by ``parameter.register_hook``."""
    return tuple((parameter._backward_hooks or {}).values())


def _check_real(module: torch.nn.Module) -> None:
    """Check that autograd can move all parameters."""
    for name, parameter in module.named_parameters():
        if not parameter.is_floating_point():
            raise InvalidType(
                "module",
                "have parameters that are real floating-point numbers",
                module,
                got=f"{parameter.dtype} for {name.removeprefix('module.')}",
                repair="keep whole numbers in a buffer, and a complex number as a real and an "
                "imaginary part.",
            )
