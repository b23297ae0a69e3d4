"""Real torch.optim optimizers for one vector of parameters, whole or in groups."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.errors import InvalidType, InvalidValue

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor
    from torch.optim import Optimizer

# What these optimizers of torch.optim need, which no vector of parameters gives.
UNSUPPORTED = {"Muon": "matrices", "SparseAdam": "sparse gradients"}


class Parameters:
    """The parameters: one vector for the loss, a tensor a group for the optimizer.

    Attributes:
        vector: What the loss is given, float64, shape (n,).
        tensors: What the optimizer moves: the vector itself, or for each group a tensor of the
            numbers in it.
    """

    def __init__(self, start: NDArray[np.float64], groups: NDArray[np.int64] | None) -> None:
        import torch

        self.vector = torch.tensor(start, dtype=torch.float64, device="cpu", requires_grad=True)
        self.tensors, self._places = [self.vector], None
        if groups is not None:
            of = torch.as_tensor(groups)
            self._places = [(of == group).nonzero()[:, 0] for group in range(int(of.max()) + 1)]
            pieces = [self.vector.detach()[places] for places in self._places]
            self.tensors = [piece.requires_grad_() for piece in pieces]

    def give(self, gradient: Tensor) -> None:
        """Tell the optimizer the gradient, shape (n,)."""
        if self._places is None:
            self.vector.grad = gradient
            return
        for tensor, places in zip(self.tensors, self._places, strict=True):
            tensor.grad = gradient[places]

    def collect(self) -> None:
        """Take over into the vector what the optimizer did."""
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
    """Return an optimizer of `params`, its groups having the `rates`, shape (groups,).

    Raises:
        InvalidType: If `optimizer` is no class of torch.optim, nor the name of one.
        InvalidValue: If there is none of that name, or it cannot be made for these parameters.
    """
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
        raise InvalidValue(
            "options",
            f"be those of torch.optim.{cls.__name__}",
            options,
            got=f"{options}{several}",
            repair=str(error),
        ) from error


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
        near = difflib.get_close_matches(optimizer.lower(), known, n=1) or ["sgd"]
        repair = f"did you mean {known[near[0]].__name__}?"
        raise InvalidValue("optimizer", "be one of torch.optim", optimizer, repair=repair)
    return known[optimizer.lower()]


def make_step(
    stepper: Optimizer, evaluate: Callable[[], tuple[float, Tensor]], params: Parameters
) -> Callable[[], None]:
    """Return what takes one step, with a closure if the optimizer insists on one (LBFGS does).

    Args:
        stepper: The optimizer.
        evaluate: Gives the loss of the present step and its gradient, as the closure must.
        params: What the optimizer moves.
    """
    import torch

    def closure() -> float:
        params.collect()
        with torch.enable_grad():
            loss, gradient = evaluate()
        params.give(gradient)
        return loss

    take: Any = stepper.step
    if not is_required(take, "closure"):
        return take
    return lambda: take(closure)


def is_required(function: Callable[..., Any], argument: str) -> bool:
    """Return whether `function` has an argument of that name that must be given."""
    found = inspect.signature(function).parameters.get(argument)
    return found is not None and found.default is inspect.Parameter.empty
