"""The norms of every step of a path, measured where its vectors are, and fetched in blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.runs.step_norms import StepNorms
from descent.runs.thinning.vectors import differences, norm, product

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

BLOCK = 1024  # rows that stay on a device before they are fetched


@dataclass(frozen=True, eq=False)
class Measured:
    """The norms of every row of a path and of the step that begins in it, finite or not.

    Attributes:
        rows: ‖θ‖, ‖g‖, ‖Δθ‖, g·g′, g·Δθ and g′·Δθ, shape (steps+1, 6).
        has_products: Whether the last three were measured.
    """

    rows: NDArray[np.float64]
    has_products: bool

    def first(self, steps: int) -> StepNorms:
        """Return the norms of the first `steps` steps."""
        sizes, gradients, lengths = self.rows[: steps + 1, :3].T
        products = self.rows[:steps, 3:]
        # The last step may lead to a row without a gradient.
        is_known = self.has_products and np.isfinite(products[:-1]).all()
        products = products if is_known else np.empty((0, 3))
        return StepNorms(gradients, sizes, lengths[:steps], products)


class NormMeter:
    """Measures each row of a path, and the step that led to it.

    Args:
        has_products: Whether the gradients are, or may be, those of one loss.
    """

    def __init__(self, has_products: bool) -> None:
        self._has_products = has_products
        self._before: tuple[Sequence[Tensor], Sequence[Tensor]] | None = None
        self._fetched: list[NDArray[np.float64]] = []
        self._pending: list[Tensor] = []

    def add(self, params: Sequence[Tensor], gradient: Sequence[Tensor]) -> None:
        """Measure a row, whose tensors are not changed later."""
        self._pending.append(self._measured(params, gradient))
        self._before = params, gradient
        if len(self._pending) >= BLOCK:
            self._fetch()

    def measured(self, last: Sequence[Tensor], is_taken: NDArray[np.bool_]) -> Measured:
        """Return what was measured of a path that ends at `last`, whose gradient is not known.

        Args:
            last: The parameters at the end.
            is_taken: Which of the rows were steps; the others left the parameters as they were.
        """
        self._fetch()
        end = self._measured(last, None).cpu().numpy()
        rows = np.concatenate([*self._fetched, end[None]])
        rows[:-1, 2:] = rows[1:, 2:]  # of the step that begins in a row
        return Measured(rows[np.append(is_taken, True)], self._has_products)

    def _measured(self, params: Sequence[Tensor], gradient: Sequence[Tensor] | None) -> Tensor:
        """Return ‖θ‖, ‖g‖, ‖Δθ‖, g·g′, g·Δθ, g′·Δθ, of the step that led to a row."""
        import torch

        unknown: Any = torch.full((), np.nan, dtype=torch.float64, device=params[0].device)
        length, products = unknown, [unknown] * 3
        if self._before is not None:
            step = differences(params, self._before[0])
            length = norm(step)
            if self._has_products:
                before = self._before[1]
                products[1] = product(before, step)
                if gradient is not None:
                    products[0], products[2] = product(before, gradient), product(gradient, step)
        size = norm(gradient) if gradient is not None else unknown
        return torch.stack([norm(params), size, length, *products])

    def _fetch(self) -> None:
        import torch

        if self._pending:
            self._fetched.append(torch.stack(self._pending).cpu().numpy())
            self._pending = []
