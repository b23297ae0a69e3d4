"""A loss along one of its parameters, the others held."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.losses.named import NamedLoss

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor


def cut(loss: NamedLoss, axis: int) -> NamedLoss:
    """Return `loss` along parameter `axis`, all others held where `loss.start` has them.

    Its minimum is not told, since that of `loss` need not lie on the cut.
    """
    start, names = np.array(loss.start), loss.names
    held = ", ".join(f"{names[k]} = {start[k]:g}" for k in range(len(names)) if k != axis)

    def along(params: Tensor) -> Tensor:
        fixed = params.new_tensor(start)
        return loss.function(_put(fixed, axis, params))

    return replace(
        loss,
        names=(names[axis],),
        function=along,
        start=(loss.start[axis],),
        description=f"{loss.description}, at {held}",
        minimisers=(),
        minimum=None,
        window=None,
        hessian=loss.hessian and _curvature(loss.hessian, start, axis),
    )


def _put(held: Tensor, axis: int, params: Tensor) -> Tensor:
    import torch

    return torch.cat([held[:axis], params, held[axis + 1 :]])


def _curvature(
    hessian: Callable[[Any], NDArray[Any]], start: NDArray[np.float64], axis: int
) -> Callable[[Any], NDArray[Any]]:
    """Return the second derivative along `axis`, shape (1, 1)."""

    def along(params: Any) -> NDArray[Any]:
        place = start.copy()
        place[axis] = np.asarray(params).item()
        return hessian(place)[axis : axis + 1, axis : axis + 1]

    return along
