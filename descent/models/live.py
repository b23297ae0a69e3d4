"""A module as an ordinary training loop has it: its own parameters, its state carried along."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from descent.checks.function import kept_random_states

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor
    from torch.nn import Module, Parameter

    from descent.models.modules import Criterion

    Data = tuple[Any, Any]


def loss_over(predict: Callable[..., Any], criterion: Criterion, data: Data) -> Tensor:
    """Return the loss of what `predict` makes of the inputs of some data."""
    inputs, targets = data
    return criterion(predict(inputs), targets)


class LiveModule:
    """A copy of a module, whose evaluations leave behind what they leave behind in a plain loop.

    Attributes:
        parameters: The module's own, which are learned, in the order of the vector.
        is_batched: Whether each step looks at data of its own.
    """

    def __init__(
        self,
        module: Module,
        criterion: Criterion,
        learned: Sequence[str],
        data: Data,
        batch: Callable[[int], Data] | None,
    ) -> None:
        found = dict(module.named_parameters())
        self.parameters: list[Parameter] = [found[name] for name in learned]
        self.is_batched = batch is not None
        self._module, self._criterion = module, criterion
        self._data, self._batch = data, batch

    def loss(self, t: int) -> Tensor:
        """Return the loss that step `t` is taken on, and keep the state that it leaves behind."""
        data = self._data if self._batch is None else self._batch(t)
        return loss_over(self._module, self._criterion, data)

    def value(self, point: NDArray[np.float64]) -> float:
        """Return the loss over all data at `point`, and keep the state that it leaves behind."""
        import torch

        vector: Any = torch.tensor(point)
        pieces = vector.split([p.numel() for p in self.parameters])
        with torch.inference_mode(False), torch.enable_grad():
            for parameter, piece in zip(self.parameters, pieces, strict=True):
                parameter.detach().copy_(piece.view_as(parameter))
            return float(loss_over(self._module, self._criterion, self._data).detach())

    def value_aside(self) -> float:
        """Return the loss over all data, and leave state and random numbers as they are."""
        with kept_random_states(), _kept_state(self._module):
            return loss_over(self._module, self._criterion, self._data).item()


@contextmanager
def _kept_state(module: Module) -> Generator[None]:
    """Put the buffers and attributes of a module back at the end."""
    anything: Any = module
    buffers = [(buffer, buffer.detach().clone()) for buffer in anything.buffers()]
    kept = [
        (own, dict(own), dict(own["_buffers"])) for own in (vars(one) for one in module.modules())
    ]
    try:
        yield
    finally:
        for own, attributes, of_buffers in kept:
            own.clear()
            own.update(attributes)
            own["_buffers"].clear()
            own["_buffers"].update(of_buffers)
        for buffer, before in buffers:
            buffer.detach().copy_(before)
