"""The tensors that an optimizer moves: a loss's own, or one vector per group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor


class Parameters:
    """The parameters as the loss has them, as the optimizer has them, and as one vector.

    They are the same tensors unless groups cut through them: then each group is one vector.

    Args:
        own: The loss's tensors, float64, whose numbers in their order are the vector's.
        group_of: The group of each of these numbers, shape (n,), if there are groups.

    Attributes:
        groups: The optimizer's tensors, group by group.
    """

    def __init__(self, own: Sequence[Tensor], group_of: NDArray[np.int64] | None) -> None:
        import torch

        self._own = list(own)
        self._places: list[Tensor] = []
        self.groups: list[list[Tensor]] = [self._own]
        if group_of is None:
            return
        ends = np.cumsum([tensor.numel() for tensor in own])
        of_each = np.split(group_of, ends[:-1])
        count = int(group_of.max()) + 1
        if all(len(np.unique(groups)) == 1 for groups in of_each):
            first = [groups[0] for groups in of_each]
            members = list(zip(own, first, strict=True))
            self.groups = [[one for one, of in members if of == group] for group in range(count)]
            return
        self._places = [torch.tensor(np.flatnonzero(group_of == group)) for group in range(count)]
        vector = self._numbers()
        self.groups = [[vector[places].requires_grad_()] for places in self._places]

    def vector(self) -> Tensor:
        """Return all numbers, shape (n,), having given the loss's tensors the optimizer's."""
        if self._places:
            self._pull()
        return self._numbers()

    def gradient(self) -> Tensor:
        """Return the ``.grad`` of the loss's tensors, shape (n,); 0 for those without."""
        import torch

        found = [(tensor, tensor.grad) for tensor in self._own]
        return _joined([torch.zeros_like(one) if grad is None else grad for one, grad in found])

    def pass_gradient_on(self) -> None:
        """Give the optimizer's tensors the ``.grad`` of the loss's."""
        if self._places:
            gradient = self.gradient()
            for (tensor,), places in zip(self.groups, self._places, strict=True):
                tensor.grad = gradient[places]

    def _numbers(self) -> Tensor:
        return _joined([tensor.detach() for tensor in self._own])

    def _pull(self) -> None:
        """Give the loss's tensors the numbers of the groups' vectors."""
        vector: Any = self._numbers().clone()
        for (tensor,), places in zip(self.groups, self._places, strict=True):
            vector[places] = tensor.detach()
        pieces = vector.split([tensor.numel() for tensor in self._own])
        for tensor, piece in zip(self._own, pieces, strict=True):
            tensor.detach().copy_(piece.view_as(tensor))


def _joined(tensors: Sequence[Tensor]) -> Tensor:
    """Return the numbers of all tensors in one vector, which shares memory with a single one."""
    import torch

    dense = [tensor.to_dense() if tensor.layout != torch.strided else tensor for tensor in tensors]
    flat = [tensor.reshape(-1) for tensor in dense]
    return flat[0] if len(flat) == 1 else torch.cat(flat)
