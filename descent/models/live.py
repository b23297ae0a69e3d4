"""A module as an ordinary training loop has it: its own parameters, its state carried along."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from descent.checks.autograd import with_autograd
from descent.checks.random_states import kept_random_states
from descent.models.data import mean_over
from descent.models.precision import float64_by_default

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor
    from torch.nn import Module, Parameter

    from descent.models.data import Batch
    from descent.models.objective import Objective


class LiveModule:
    """A copy of a module, whose evaluations leave behind what they leave behind in a plain loop.

    Attributes:
        parameters: Those that are learned, in the order of the vector.
        is_batched: Whether each step looks at data of its own.
    """

    def __init__(
        self, objective: Objective, batches: Sequence[Batch], batch: Callable[[int], Batch] | None
    ) -> None:
        learned = objective.learned()
        objective.hook(learned)
        self.parameters: list[Parameter] = list(learned.values())
        self.is_batched = batch is not None
        self._objective, self._batches, self._batch = objective, batches, batch

    @property
    def criterion(self) -> Any:
        """What compares the predictions with the targets."""
        return self._objective.criterion

    @property
    def batches(self) -> Sequence[Batch]:
        """All data."""
        return self._batches

    @property
    def has_state(self) -> bool:
        """Whether it holds more than parameters, such as the running means of BatchNorm."""
        return any(True for _ in self._objective.module.buffers())

    def predictions(self, inputs: Tensor) -> Tensor:
        """Return what the module makes of inputs in float64, at its present parameters."""
        import torch

        with torch.no_grad(), kept_module(self._objective), float64_by_default():
            return self._objective.module(inputs)

    def loss(self, t: int) -> Tensor:
        """Return the loss that step `t` is taken on, and keep the state that it leaves behind."""
        if self._batch is None:
            return mean_over(self._objective, self._batches)
        return self._objective(self._batch(t))

    def move_to(self, point: NDArray[np.float64]) -> None:
        """Set the parameters to `point`, shape (n,)."""
        import torch

        vector: Any = torch.tensor(point)
        pieces = vector.split([p.numel() for p in self.parameters])
        for parameter, piece in zip(self.parameters, pieces, strict=True):
            parameter.detach().copy_(piece.view_as(parameter))

    @with_autograd
    def value(self, point: NDArray[np.float64]) -> float:
        """Return the loss over all data at `point`, and keep the state that it leaves behind."""
        self.move_to(point)
        return float(mean_over(self._objective, self._batches).detach())

    def value_aside(self) -> float:
        """Return the loss over all data, and leave state and random numbers as they are."""
        with kept_module(self._objective):
            return mean_over(self._objective, self._batches).item()


@contextmanager
def kept_module(module: Module) -> Generator[None]:
    """Put back the random states, and the buffers and attributes of a module and those within."""
    anything: Any = module
    buffers = [(buffer, buffer.detach().clone()) for buffer in anything.buffers()]
    kept = [
        (own, dict(own), dict(own["_buffers"])) for own in (vars(one) for one in module.modules())
    ]
    try:
        with kept_random_states():
            yield
    finally:
        for own, attributes, of_buffers in kept:
            own.clear()
            own.update(attributes)
            own["_buffers"].clear()
            own["_buffers"].update(of_buffers)
        for buffer, before in buffers:
            buffer.detach().copy_(before)
