"""What a recording descends: a loss of one vector, or a module with tensors of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from descent.checks.autograd import default_device
from descent.checks.loss import check_callable, check_loss_at
from descent.checks.random_states import kept_random_states
from descent.models.arithmetic import USUAL, Arithmetic
from descent.models.minibatches import BatchedLoss

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from descent.arrays import Loss
    from descent.models.live import LiveModule


@runtime_checkable
class HasModule(Protocol):
    """A loss of a module, whose own tensors can be descended."""

    def live(self, arithmetic: Arithmetic = ..., /) -> LiveModule:
        """Return a copy of the module as it was given."""
        ...


class VectorObjective:
    """A loss of one vector, whole or with a loss of its own for each step.

    Attributes:
        tensors: What is differentiated with respect to, whose numbers are the parameters.
        is_batched: Whether each step looks at data of its own.
    """

    def __init__(self, loss: Loss, vector: Tensor) -> None:
        import torch

        vector.requires_grad_()
        self.tensors, self._vector, self._loss = [vector], vector, loss
        self._device = str(vector.device)
        self._batched = loss if isinstance(loss, BatchedLoss) else None
        self.is_batched = self._batched is not None
        self._differentiated: Any = torch.autograd.grad

    def evaluate(self, t: int) -> float:
        """Return the loss that step `t` is taken on, and set the vector's ``.grad``."""
        loss = self._loss if self._batched is None else self._batched.batch(t)
        with default_device(self._device):
            value = loss(self._vector)
        (self._vector.grad,) = self._differentiated(value, self._vector)
        return value.item()

    def over_all_data(self) -> float:
        """Return the loss over all data, and leave random numbers as they are."""
        with kept_random_states(), default_device(self._device):
            return self._loss(self._vector).item()


class ModuleObjective:
    """A module as an ordinary loop trains it, one forward and one backward pass per evaluation.

    The attributes are those of `VectorObjective`.
    """

    def __init__(self, live: LiveModule, start: NDArray[np.float64]) -> None:
        live.move_to(start)
        self.tensors: list[Any] = list(live.parameters)
        self.is_batched, self._live = live.is_batched, live

    def evaluate(self, t: int) -> float:
        """Return the loss that step `t` is taken on, and set the ``.grad`` of the parameters."""
        for tensor in self.tensors:
            tensor.grad = None
        value: Any = self._live.loss(t)
        value.backward()
        return value.item()

    def over_all_data(self) -> float:
        """Return the loss over all data, and leave state and random numbers as they are."""
        return self._live.value_aside()


Objective = VectorObjective | ModuleObjective


def objective_of(
    loss: Loss, start: NDArray[np.float64], arithmetic: Arithmetic = USUAL
) -> Objective:
    """Return what is descended from `start`, having checked that it can be."""
    check_callable(loss)
    is_module = isinstance(loss, HasModule)
    # Of a module, a copy in another precision is tried out by the first step alone.
    where = USUAL if is_module else arithmetic
    with default_device(where.device):
        check_loss_at(loss, where.vector(start), start)
        if isinstance(loss, BatchedLoss):
            check_loss_at(loss.batch(0), where.vector(start), start)
    if isinstance(loss, HasModule):
        return ModuleObjective(loss.live(arithmetic), start)
    return VectorObjective(loss, arithmetic.vector(start))
