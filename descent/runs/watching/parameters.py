"""The parameters of a watched loop: those of the model that its optimizers train."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.errors import InvalidType, InvalidValue
from descent.checks.paths import MAX_FILE_BYTES, MAX_HEADER_BYTES
from descent.models.modules import names_of_tensors, own_name, short_names, unwrapped
from descent.runs.keeping import matching
from descent.runs.thinning.path import FEWEST_EXACT
from descent.runs.thinning.vectors import FLOAT32, norm_of_pieces
from descent.runs.watching.devices import is_elsewhere

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor
    from torch.nn import Module
    from torch.optim import Optimizer


class WatchedParameters:
    """The trainable parameters of a model, in the order of ``model.parameters()``.

    Attributes:
        tensors: Those that are recorded: of those that are trained, which `keep` names.
        trained: Those that require a gradient and belong to one of the optimizers.
        names: A name for each number of what is recorded.
        sizes: How many numbers each tensor of that has.
        left_out: How many other numbers are trained.
    """

    def __init__(
        self, model: Module, optimizers: Sequence[Optimizer], keep: Sequence[str] | None = None
    ) -> None:
        owned = _owned(model, optimizers)
        module = unwrapped(model)
        named: dict[str, Any] = dict(module.named_parameters())
        found = {name: one for name, one in named.items() if one.requires_grad and id(one) in owned}
        _check_some(found)
        self.trained: list[Any] = list(found.values())
        trained = {own_name(name): one for name, one in found.items()}
        texts = {own_name(name): own_name(text) for name, text in short_names(module).items()}
        kept = matching(trained, keep, texts)
        self.tensors: list[Any] = list(kept.values())
        _check_tensors(kept)
        self.names = names_of_tensors({texts[name]: one for name, one in kept.items()})
        self.sizes = [one.numel() for one in self.tensors]
        self.left_out = sum(one.numel() for one in self.trained) - sum(self.sizes)
        self._resting = [one for key, one in owned.items() if key not in map(id, self.trained)]

    @property
    def dtype(self) -> str:
        """Their precisions by torch's names, each once: "float32"."""
        dtypes = dict.fromkeys(str(one.dtype).removeprefix("torch.") for one in self.tensors)
        return ", ".join(dtypes)

    def columns(self, some: Sequence[Any]) -> NDArray[np.int64] | slice:
        """Return the places of the numbers of some tensors in the vector of all."""
        if len(some) == len(self.tensors):
            return slice(None)
        wanted = set(map(id, some))
        is_wanted = [id(one) in wanted for one in self.tensors]
        return np.flatnonzero(np.repeat(is_wanted, self.sizes))

    def of(self, optimizer: Optimizer) -> list[Any]:
        """Return those that an optimizer has, in the order of all."""
        own = {id(one) for group in optimizer.param_groups for one in group["params"]}
        return [one for one in self.tensors if id(one) in own]

    def rest_of(self, optimizer: Optimizer) -> list[Any]:
        """Return what an optimizer trains and is not recorded."""
        own = {id(one) for group in optimizer.param_groups for one in group["params"]}
        kept = set(map(id, self.tensors))
        return [one for one in self.trained if id(one) in own and id(one) not in kept]

    def is_joined(self) -> bool:
        """Return whether a parameter that was frozen has a gradient now."""
        return any(one.requires_grad and one.grad is not None for one in self._resting)


def flat(tensors: Sequence[Any]) -> list[Tensor]:
    """Return copies of the numbers of some tensors, one vector per device that they are on."""
    import torch

    by_device: dict[Any, list[Any]] = {}
    for one in tensors:
        by_device.setdefault(one.device, []).append(_dense(one.detach()).reshape(-1))
    return [torch.cat(vectors) for vectors in by_device.values()]


def flat_gradients(tensors: Sequence[Any], scale: Any) -> list[Tensor]:
    """Return copies of the gradients of some tensors as `flat` does; 0 for those without.

    Args:
        tensors: The parameters.
        scale: What the gradients are multiplied by, as GradScaler leaves it to a fused optimizer
            to undo; None if they are not.
    """
    import torch

    found = flat([torch.zeros_like(one) if one.grad is None else one.grad for one in tensors])
    return found if scale is None else [one / scale.to(one.device) for one in found]


def are_plain(tensors: Sequence[Any]) -> bool:
    """Return whether some parameters are dense ones on the CPU, with gradients.

    On another device, one copy of all gradients takes less time than many calls.
    """
    return bool(tensors) and all(
        one.grad is not None and one.layout == one.grad.layout and not is_elsewhere(one)
        for one in tensors
    )


def gradient_size(tensors: Sequence[Any]) -> Tensor:
    """Return the length of the gradient of some parameters, as a float64 number."""
    return norm_of_pieces([one.grad for one in tensors])


def are_finite(tensors: Sequence[Any]) -> Any:
    """Return whether all numbers are finite: a truth value, or a tensor on their device."""
    import torch

    some = [one.detach() for one in tensors if one is not None]
    some = [one.coalesce().values() if one.is_sparse else one for one in some]
    found = [one.isfinite().all() for one in some]
    if not any(map(is_elsewhere, found)):
        return all(map(bool, found))
    return torch.stack([one.to(found[0].device) for one in found]).all()


def order_of(tensors: Sequence[Any]) -> NDArray[np.int64] | None:
    """Return where each number of `flat` belongs in the vector; None if they are in order."""
    devices: list[Any] = [one.device for one in tensors]
    numbers = {device: k for k, device in enumerate(dict.fromkeys(devices))}
    if len(numbers) <= 1:
        return None
    sizes = [one.numel() for one in tensors]
    device_of = np.repeat([numbers[device] for device in devices], sizes)
    return np.argsort(device_of, kind="stable")


def _dense(tensor: Any) -> Any:
    import torch

    return tensor if tensor.layout == torch.strided else tensor.to_dense()


def check_model(model: Any) -> None:
    """Check that `model` is a module in one process."""
    from torch.nn import Module
    from torch.nn.parallel import DistributedDataParallel

    if not isinstance(model, Module):
        raise InvalidType("model", "be a torch.nn.Module, as Linear(1, 1) makes", model)
    everything: Any = model
    is_distributed = any(isinstance(one, DistributedDataParallel) for one in everything.modules())
    # Those of FSDP and of tensor parallelism are DTensors.
    if is_distributed or any(hasattr(one, "full_tensor") for one in everything.parameters()):
        got = "DistributedDataParallel" if is_distributed else "parameters spread over processes"
        repair = "watch the loop in one process, or the .module of DistributedDataParallel in one."
        raise InvalidType("model", "be trained in one process", model, got=got, repair=repair)


def check_optimizers(given: Any) -> list[Any]:
    """Return one optimizer or several as a list."""
    from torch.optim import Optimizer

    found: list[Any] = list(given) if isinstance(given, list | tuple) else [given]  # pyright: ignore[reportUnknownArgumentType]
    constraint = "be an optimizer of torch.optim, or a list of them"
    for one in found:
        # One that wraps another may not have called Optimizer.__init__, which makes room for hooks.
        if not isinstance(one, Optimizer) or not hasattr(one, "_optimizer_step_pre_hooks"):
            got = f"the class {one.__name__}" if isinstance(one, type) else type(one).__name__
            raise InvalidType("optimizer", constraint, one, got=got)
    if not found or len(set(map(id, found))) < len(found):
        got = "one twice" if found else "none"
        raise InvalidValue("optimizer", constraint, found, got=got)
    return found


def _owned(model: Module, optimizers: Sequence[Optimizer]) -> dict[int, Any]:
    """Return what the optimizers have, by identity, all of it the model's."""
    owned = {
        id(one): one
        for optimizer in optimizers
        for group in optimizer.param_groups
        for one in group["params"]
    }
    own = set(map(id, model.parameters()))
    strange = [one for key, one in owned.items() if key not in own]
    if strange:
        got = f"one of shape {tuple(strange[0].shape)} that is not"
        repair = "give the model that it trains, or torch.nn.ModuleList([model, …]) of several."
        constraint = "have parameters of the model alone"
        raise InvalidValue("optimizer", constraint, optimizers, got=got, repair=repair)
    return owned


def _check_some(found: dict[str, Any]) -> None:
    """Check that there is something to record."""
    if not found:
        constraint = "have parameters that require a gradient and are the optimizer's"
        raise InvalidValue("model", constraint, got="none")


def _check_tensors(found: dict[str, Any]) -> None:
    """Check that what is recorded consists of real numbers, some rows of which fit a file."""
    from torch.nn.parameter import is_lazy

    for name, one in found.items():
        if is_lazy(one) or one.is_meta:
            repair = "call the model on its inputs first."
            constraint = "know the shapes of its parameters"
            raise InvalidValue("model", constraint, got=f"{name} without one", repair=repair)
        if one.is_complex():
            constraint = "have parameters of real numbers"
            raise InvalidType("model", constraint, got=f"{one.dtype} for {name}")
    count = sum(one.numel() for one in found.values())
    most = (MAX_FILE_BYTES - MAX_HEADER_BYTES) // (FEWEST_EXACT * FLOAT32)
    if count > most:
        constraint = f"have at most {most:,} parameters to be watched"
        repair = f"keep=({next(iter(found))!r},) records some of them."
        raise InvalidValue("model", constraint, got=f"{count:,}", repair=repair)
