"""torch.optim optimizers for one vector of parameters, whole or in parameter groups."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.errors import InvalidType, InvalidValue
from descent.checks.texts import nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor
    from torch.optim import Optimizer

# Optimizers of torch.optim that cannot move a vector of parameters, and what they need.
UNSUPPORTED = {"Muon": "matrices", "SparseAdam": "sparse gradients"}


class Parameters:
    """The parameters: one vector for the loss, one tensor per group for the optimizer.

    Attributes:
        vector: The argument of the loss, float64, shape (n,).
        tensors: The optimizer's parameters: the vector itself, or one tensor per group.
    """

    def __init__(self, start: NDArray[np.float64], groups: NDArray[np.int64] | None) -> None:
        import torch

        self.vector = torch.tensor(start, dtype=torch.float64, device="cpu", requires_grad=True)
        self.tensors, self._places = [self.vector], None
        if groups is not None:
            of = torch.as_tensor(groups)
            self._places = [(of == group).nonzero()[:, 0] for group in range(int(of.max()) + 1)]
            parts = [self.vector.detach()[places] for places in self._places]
            self.tensors = [part.requires_grad_() for part in parts]

    def set_gradient(self, gradient: Tensor) -> None:
        """Set ``.grad`` of the optimizer's tensors from the gradient, shape (n,)."""
        if self._places is None:
            self.vector.grad = gradient
            return
        for tensor, places in zip(self.tensors, self._places, strict=True):
            tensor.grad = gradient[places]

    def numpy(self) -> NDArray[np.float64]:
        """Return the vector's current memory, which an optimizer may replace."""
        return self.vector.detach().numpy()

    def sync(self) -> None:
        """Copy the optimizer's tensors back into the vector."""
        if self._places is not None:
            vector = self.vector.detach()
            for tensor, places in zip(self.tensors, self._places, strict=True):
                vector[places] = tensor.detach()


def make_optimizer(
    optimizer: type[Optimizer] | str,
    params: Parameters,
    rates: NDArray[np.float64],
    options: dict[str, Any],
) -> Optimizer:
    """Return an optimizer of `params` whose groups have the `rates`, shape (groups,)."""
    cls = _optimizer_class(optimizer)
    if "lr" in options:
        raise InvalidType("lr", "be given as learning_rate", options["lr"], got="lr")
    if cls.__name__ in UNSUPPORTED:
        got = f"{cls.__name__}, which needs {UNSUPPORTED[cls.__name__]}"
        constraint, repair = "be one that takes a vector", "use Adam or SGD."
        raise InvalidValue("optimizer", constraint, optimizer, got=got, repair=repair)
    groups: Any = params.tensors
    if len(groups) > 1:
        pairs = zip(groups, rates, strict=True)
        groups = [{"params": [tensor], "lr": float(rate)} for tensor, rate in pairs]
    try:
        return cls(groups, lr=float(rates[0]), **options)  # pyright: ignore[reportCallIssue]
    except (TypeError, ValueError, RuntimeError) as error:
        several = f" and {len(groups)} groups" if len(groups) > 1 else ""
        constraint, got = f"be those of torch.optim.{cls.__name__}", f"{options}{several}"
        raise InvalidValue("options", constraint, options, got=got, repair=str(error)) from error


def _optimizer_class(optimizer: Any) -> type[Optimizer]:
    import torch

    if isinstance(optimizer, type) and issubclass(optimizer, torch.optim.Optimizer):
        return optimizer
    if not isinstance(optimizer, str):
        raise InvalidType("optimizer", "be a class of torch.optim or its name", optimizer)
    known = {
        name.lower(): cls
        for name, cls in vars(torch.optim).items()
        if isinstance(cls, type) and issubclass(cls, torch.optim.Optimizer) and name != "Optimizer"
    }
    if optimizer.lower() not in known:
        near = nearest(optimizer.lower(), known) or "sgd"
        repair = f"did you mean {known[near].__name__}?"
        raise InvalidValue("optimizer", "be one of torch.optim", optimizer, repair=repair)
    return known[optimizer.lower()]


def make_step(
    optimizer: Optimizer, evaluate: Callable[[], tuple[float, Tensor]], params: Parameters
) -> Callable[[], None]:
    """Return a function that takes one step, with a closure if the optimizer requires one.

    Args:
        optimizer: The optimizer; LBFGS requires a closure.
        evaluate: Returns the loss of the current step and its gradient, for the closure.
        params: The optimizer's parameters.
    """
    import torch

    def closure() -> float:
        params.sync()
        with torch.enable_grad():
            loss, gradient = evaluate()
        params.set_gradient(gradient)
        return loss

    step: Any = optimizer.step
    if not is_required(step, "closure"):
        return step
    return lambda: step(closure)


def is_required(function: Callable[..., Any], argument: str) -> bool:
    """Return whether `function` has an argument of that name without a default."""
    found = inspect.signature(function).parameters.get(argument)
    return found is not None and found.default is inspect.Parameter.empty
