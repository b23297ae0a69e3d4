"""A module and a criterion as one torch.nn.Module, which maps data to a loss in float64."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, Self

import torch

from descent.checks.autograd import default_device, recorded_nodes
from descent.checks.errors import InvalidType, InvalidValue
from descent.checks.random_states import kept_random_states
from descent.models.copies import copied
from descent.models.modules import (
    check_criterion,
    check_module,
    names_of,
    parameter_names,
    unwrap_children,
    unwrapped,
)
from descent.models.precision import by_default

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor
    from torch.nn import Parameter

    from descent.models.data import Batch

    Hooks = dict[str, tuple[Callable[[Tensor], Tensor | None], ...]]

OWN = "module."  # in an objective's names, what belongs to the module


class Objective(torch.nn.Module):
    """A module with its criterion in one precision: loss = criterion(module(inputs), targets).

    Attributes:
        module: The module.
        criterion: The criterion; one that is a module brings parameters of its own.
        device: Where both are.
        dtype: Their precision, float64 unless a copy was made in another one.
        sparse: The parameters whose gradients are sparse, by name; found by `differentiate`.
    """

    def __init__(
        self,
        module: torch.nn.Module,
        criterion: Any,
        hooks: Hooks,
        device: str = "cpu",
        dtype: torch.dtype = torch.float64,
    ) -> None:
        super().__init__()
        self.device, self.dtype, self.sparse = device, dtype, set[str]()
        self.module, self.criterion, self._hooks = module, criterion, hooks

    @classmethod
    def of(cls, module: Any, criterion: Any) -> Self:
        """Return the objective of copies of a module and a criterion, which are never changed."""
        check_module(module)
        check_criterion(criterion)
        module, criterion = unwrapped(module), unwrapped(criterion)
        given = cls(module, criterion, {})
        _check_real(given)
        hooks = [_hooks_of(parameter) for parameter in given.parameters()]
        objective = cls(*copied(module, criterion, torch.float64), {})
        unwrap_children(objective)
        # A module may convert tensors in a way of its own.
        objective.cpu().double()
        objective._hooks = dict(zip(dict(objective.named_parameters()), hooks, strict=True))
        return objective

    def copy(self, device: str = "cpu", dtype: torch.dtype = torch.float64) -> Self:
        """Return a copy on a device, whose criterion refers to the copy of the module if it did."""
        parts = copied(self.module, self.criterion, dtype, device)
        return type(self)(*parts, self._hooks, device, dtype)

    def forward(self, batch: Batch) -> Any:
        """Return the loss over some data."""
        with by_default(self.dtype), default_device(self.device):
            return self.criterion(self.module(*batch.args, **batch.kwargs), batch.targets)

    def differentiate(self, batch: Batch, originals: Collection[int]) -> NDArray[np.float64] | None:
        """Try out the loss over some data on a copy, which keeps its traces.

        Args:
            batch: The data.
            originals: The identities of the parameters that were copied.

        Returns:
            Its gradient by the parameters that are learned, shape (n,); None if it is no loss.
        """
        twin = self.copy()
        twin.hook(dict(twin.named_parameters()))
        learned: list[Any] = [p for p in twin.parameters() if p.requires_grad]
        with kept_random_states():
            versions = [tensor._version for tensor in batch.tensors()]
            value = twin(batch)
            _check_unwritten(batch, versions)
            if not _is_loss(value):
                return None
            _check_leaves(value, originals)
            torch.autograd.backward(value, inputs=learned)
        # As those of an Embedding may be.
        self.sparse = {
            name for name, p in twin.named_parameters() if p.grad is not None and p.grad.is_sparse
        }
        slopes = [torch.zeros_like(p) if p.grad is None else p.grad.to_dense() for p in learned]
        return torch.cat([slope.reshape(-1) for slope in slopes]).numpy()

    def learned(self) -> dict[str, Parameter]:
        """Return the parameters that require a gradient, by name."""
        found = {name: p for name, p in self.named_parameters() if p.requires_grad}
        if not found:
            constraint = "have parameters that require a gradient"
            raise InvalidValue("module", constraint, self.module, got="none")
        return found

    def names(self) -> dict[str, tuple[str, ...]]:
        """Return, for each parameter by its name here, a name for each of its numbers."""
        own = {f"{OWN}{name}": names for name, names in parameter_names(self.module).items()}
        return {
            name: own.get(name) or names_of(name, parameter)
            for name, parameter in self.named_parameters()
        }

    def places(self) -> dict[str, tuple[str, ...]]:
        """Return, for each parameter and buffer by its name here, all places that it is held at.

        A module that is held twice counts once: torch.func.functional_call would leave in it what
        it put there.
        """
        everything: Any = self
        held: dict[int, list[str]] = {}
        for path, module in everything.named_modules():
            for list_all in (module.named_parameters, module.named_buffers):
                for name, tensor in list_all(recurse=False, remove_duplicate=False):
                    held.setdefault(id(tensor), []).append(f"{path}.{name}")
        found = itertools.chain(self.named_parameters(), self.named_buffers())
        return {name: tuple(held[id(tensor)]) for name, tensor in found}

    def dense(self, tensors: dict[str, Any]) -> dict[str, Any]:
        """Return tensors whose gradients arrive dense, though an Embedding makes them sparse."""
        made_dense: Any = _Dense
        return tensors | {name: made_dense.apply(tensors[name]) for name in self.sparse}

    def load(self, tensors: Mapping[str, Any]) -> None:
        """Copy the values of tensors, or numbers, into the parameters of their names."""
        own = dict(self.named_parameters())
        with torch.no_grad():
            for name, values in tensors.items():
                own[name].copy_(torch.as_tensor(values))

    def hook(self, tensors: Mapping[str, Any]) -> None:
        """Give tensors what changes the gradients of the parameters of their names."""
        for name, tensor in tensors.items():
            for hook in self._hooks.get(name, ()) if tensor.requires_grad else ():
                tensor.register_hook(hook)


class _Dense(torch.autograd.Function):
    """The identity, whose backward pass makes a sparse gradient dense."""

    generate_vmap_rule = True

    @staticmethod
    def forward(tensor: Any) -> Any:
        return tensor.view_as(tensor)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        pass

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        return gradients[0].to_dense()


def _check_unwritten(batch: Batch, versions: list[int]) -> None:
    """Refuse data that were written into: the next evaluation would be of other data."""
    if [tensor._version for tensor in batch.tensors()] != versions:
        constraint, got = "leave inputs and targets as they are", "an operation in place on one"
        repair = "write x = x + 1 in place of x += 1."
        raise InvalidValue("module and criterion", constraint, got=got, repair=repair)


def _is_loss(value: Any) -> bool:
    """Return whether `value` can be descended; `check_loss` refuses what cannot."""
    is_scalar = isinstance(value, torch.Tensor) and not value.ndim
    is_real = is_scalar and value.requires_grad and value.dtype == torch.float64
    return is_real and bool(torch.isfinite(value))


def _check_leaves(value: Tensor, originals: Collection[int]) -> None:
    """Refuse a loss of the original parameters: nothing would learn what it says of them."""
    for node in recorded_nodes(value.grad_fn):
        leaf: Any = getattr(node, "variable", None)
        if id(leaf) in originals:
            constraint = "reach the module's parameters through their arguments and attributes"
            got = f"a loss that reaches one of shape {tuple(leaf.shape)} by another way"
            repair = "make the criterion a torch.nn.Module that holds the module."
            raise InvalidValue("module and criterion", constraint, got=got, repair=repair)


def _hooks_of(parameter: Any) -> tuple[Any, ...]:
    """Return what was registered by ``parameter.register_hook``."""
    hooks: dict[int, Any] = parameter._backward_hooks or {}
    return tuple(hooks.values())


def _check_real(module: torch.nn.Module) -> None:
    """Check that autograd can move all parameters."""
    for name, parameter in module.named_parameters():
        if not parameter.is_floating_point():
            raise InvalidType(
                "module",
                "have parameters that are real floating-point numbers",
                module,
                got=f"{parameter.dtype} for {name.removeprefix(OWN)}",
                repair="keep whole numbers in a buffer, and a complex number as a real and an "
                "imaginary part.",
            )
