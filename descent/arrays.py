"""Read-only arrays, as every recorded quantity is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from torch import Tensor


class Loss(Protocol):
    """A loss: maps parameters, a 1-D float64 tensor, to a scalar tensor."""

    def __call__(self, params: Tensor, /) -> Tensor:
        """Return the loss at `params`."""
        ...


def read_only(values: ArrayLike, dtype: Any = np.float64) -> NDArray[Any]:
    """Return a read-only copy of `values`, so that nobody else can change it."""
    array = np.array(values, dtype=dtype, order="C")
    array.setflags(write=False)
    return array
