"""Where the numbers of parameters and optimizers are in the vectors of a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.runs.watching.parameters import order_of

if TYPE_CHECKING:
    from torch import Tensor

    from descent.runs.watching.optimizers import WatchedOptimizer
    from descent.runs.watching.parameters import WatchedParameters
    from descent.runs.watching.rows import Row


class Layout:
    """How `flat` arranges the numbers of all parameters, and those of each optimizer.

    Attributes:
        count: How many numbers there are.
        order: Where each number of `flat` belongs in the vector; None if they are in order.
    """

    def __init__(self, params: WatchedParameters, optimizers: Sequence[WatchedOptimizer]) -> None:
        self.count, self.order = sum(params.sizes), order_of(params.tensors)
        self._devices = list(dict.fromkeys(one.device for one in params.tensors))
        self._has_all = [len(one.tensors) == len(params.tensors) for one in optimizers]
        places = _places(params.tensors)
        self._pieces = [
            [(places[id(one)], own) for one, own in _own_places(optimizer.tensors)]
            for optimizer in optimizers
        ]
        self._sizes = [
            sum(one.numel() for one in params.tensors if one.device == device)
            for device in self._devices
        ]

    def on_devices(self, vectors: Sequence[Any]) -> list[Tensor]:
        """Return the vectors of a row, of which some were fetched, on their devices as floats."""
        return [_wide(one.to(device)) for one, device in zip(vectors, self._devices, strict=True)]

    def gradient(self, row: Row) -> list[Tensor]:
        """Return the gradient of all parameters that a row used: 0 for those that rested."""
        import torch

        if len(row.parts) == 1 and self._has_all[row.parts[0].optimizer]:
            return self.on_devices(row.parts[0].gradient or [])
        whole = [
            torch.zeros(size, dtype=_wide(one).dtype, device=device)
            for one, size, device in zip(row.iterate, self._sizes, self._devices, strict=True)
        ]
        for part in row.parts:
            for (k, place), (own, of) in self._pieces[part.optimizer]:
                whole[k][place] = (part.gradient or [])[own][of].to(whole[k].device)
        return whole


def _places(tensors: Sequence[Any]) -> dict[int, tuple[int, slice]]:
    """Return in which vector of `flat` each tensor is, and where in it, by identity."""
    devices = list(dict.fromkeys(one.device for one in tensors))
    ends = np.zeros(len(devices), int)
    found: dict[int, tuple[int, slice]] = {}
    for one in tensors:
        k = devices.index(one.device)
        found[id(one)] = k, slice(int(ends[k]), int(ends[k]) + one.numel())
        ends[k] += one.numel()
    return found


def _own_places(tensors: Sequence[Any]) -> list[tuple[Any, tuple[int, slice]]]:
    places = _places(tensors)
    return [(one, places[id(one)]) for one in tensors]


def _wide(vector: Any) -> Tensor:
    """Return a vector in float32, or in float64 where it has it."""
    import torch

    return vector if vector.dtype == torch.float64 else vector.float()
