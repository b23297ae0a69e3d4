"""What PyTorch itself does with a model: its plain loop, its Hessian, how often it is evaluated."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.data import DataLoader, TensorDataset

from tests.models.registry import Function, Model


@contextlib.contextmanager
def from_one_seed() -> Iterator[None]:
    """Start torch's generator from the same state every time, and put it back."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        yield


@contextlib.contextmanager
def float64_by_default() -> Iterator[None]:
    """Make float64 the default within, as a script that works in it does."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def doubled(value: Any) -> Any:
    """Return data in float64 unless they are whole numbers."""
    if isinstance(value, dict):
        return {key: doubled(one) for key, one in value.items()}
    if value is None or (isinstance(value, tuple | list) and torch.is_tensor(value[0])):
        return value and [doubled(one) for one in value]
    tensor = torch.as_tensor(value, dtype=None if torch.is_tensor(value) else torch.float64)
    return tensor.double() if tensor.is_floating_point() else tensor


def epoch(made: Model) -> Any:
    """Return the batches of an epoch, inputs with targets, as an ordinary script iterates them."""
    if isinstance(made.inputs, DataLoader):
        return made.inputs
    if made.batch_size is None:
        return [(made.inputs, made.targets)]
    generator = torch.Generator().manual_seed(0)
    rows = TensorDataset(made.inputs, made.targets)
    return DataLoader(rows, made.batch_size, shuffle=True, generator=generator)


class Plain:
    """A model or a loss as an ordinary script has it: parameters, and a loss to differentiate."""

    def __init__(self, made: Model | Function) -> None:
        if isinstance(made, Function):
            vector = made.start.clone().requires_grad_()
            self.parameters, self._of = [vector], lambda _: made.function(vector)
            self._epoch: Any = [None]
        else:
            self.parameters, self._of = self._model(made)
            self._epoch = epoch(made)
        self._batches = itertools.chain.from_iterable(itertools.repeat(self._epoch))

    @staticmethod
    def _model(made: Model) -> tuple[list[Any], Callable[[Any], Any]]:
        module, criterion = made.module.double(), made.criterion
        parts = [module]
        if isinstance(criterion, nn.Module):
            parts.append(criterion.double())

        def loss(batch: Any) -> Any:
            inputs, targets = (doubled(part) for part in batch)
            if isinstance(inputs, dict):
                return criterion(module(**inputs), targets)
            return criterion(
                module(*inputs) if isinstance(inputs, list) else module(inputs), targets
            )

        return [p for part in parts for p in part.parameters() if p.requires_grad], loss

    def step_loss(self) -> Any:
        """Return the loss of the next step, computed in float64 throughout."""
        with float64_by_default():
            return self._of(next(self._batches))

    def loss(self) -> Any:
        """Return the loss over all data, the mean over batches of one size."""
        with float64_by_default():
            losses = [self._of(batch) for batch in self._epoch]
            return sum(losses) / len(losses)

    def vector(self) -> np.ndarray:
        """Return all parameters as one vector."""
        return nn.utils.parameters_to_vector(self.parameters).detach().numpy().copy()


def loop(
    made: Model | Function, steps: int, optimizer: Callable[..., Any], **options: Any
) -> tuple[np.ndarray, np.ndarray]:
    """Return the iterates and the losses of PyTorch's plain loop."""
    plain = Plain(made)
    stepper = optimizer(plain.parameters, **options)
    iterates, losses = [], []

    def closure() -> Any:
        stepper.zero_grad()
        value = plain.step_loss()
        value.backward()
        return value

    for _ in range(steps + 1):
        iterates.append(plain.vector())
        losses.append(closure().item())
        stepper.step()
    return np.array(iterates), np.array(losses)


def dense_hessian(build: Callable[[], Model | Function]) -> np.ndarray | None:
    """Return the Hessian by differentiating each partial derivative.

    None where torch cannot, or where what it gives is not what its own gradient changes by, as for
    the fused kernel of weight_norm, whose second derivative is wrong in torch 2.13.
    """
    for kernels in (contextlib.nullcontext(), sdpa_kernel(SDPBackend.MATH)):
        with contextlib.suppress(RuntimeError, NotImplementedError), kernels:
            found = _rows(Plain(build()))
            away = np.abs(found - differences(build)).max()
            return found if away <= 1e-5 * max(1, np.abs(found).max()) else None
    return None


def differences(build: Callable[[], Model | Function], step: float = 1e-5) -> np.ndarray:
    """Return the central differences of the gradient along each parameter."""
    plain, rows = Plain(build()), []
    for parameter in plain.parameters:
        flat = parameter.data.view(-1)
        for place, value in enumerate(flat.tolist()):
            ends = []
            for sign in (1, -1):
                flat[place] = value + sign * step
                ends.append(torch.cat([slope.reshape(-1) for slope in _slopes(plain)]))
            flat[place] = value
            rows.append((ends[0] - ends[1]).detach().numpy() / (2 * step))
    return np.array(rows)


def _slopes(plain: Plain, **options: Any) -> list[Any]:
    """Return the gradient of each parameter, zeros where the loss does not depend on it."""
    found = torch.autograd.grad(plain.loss(), plain.parameters, allow_unused=True, **options)
    pairs = zip(plain.parameters, found, strict=True)
    return [torch.zeros_like(p) if slope is None else slope.to_dense() for p, slope in pairs]


def _rows(plain: Plain) -> np.ndarray:
    vector = torch.cat([slope.reshape(-1) for slope in _slopes(plain, create_graph=True)])
    rows = []
    for slope in vector:
        found = [None] * len(plain.parameters)
        if slope.requires_grad:
            found = torch.autograd.grad(
                slope, plain.parameters, retain_graph=True, allow_unused=True
            )
        pairs = zip(plain.parameters, found, strict=True)
        row = [torch.zeros_like(p) if f is None else f for p, f in pairs]
        rows.append(torch.cat([part.reshape(-1) for part in row]).detach().numpy())
    return np.array(rows)


class Counting:
    """A loss that counts at how many points it was evaluated, one by one or many at once."""

    def __init__(self, loss: Callable[[Any], Any]) -> None:
        self._loss, self.count = loss, 0
        self.names = getattr(loss, "names", None)

    def __call__(self, params: Any) -> Any:
        """Return the loss."""
        functorch: Any = torch._C._functorch
        points, inner = 1, params
        while functorch.is_functorch_wrapped_tensor(inner):
            if functorch.is_batchedtensor(inner):
                place = functorch.maybe_get_bdim(inner)
                points *= functorch.get_unwrapped(inner).shape[place]
            inner = functorch.get_unwrapped(inner)
        self.count += points
        return self._loss(params)
