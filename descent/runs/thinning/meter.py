"""The norms of every step of a path, measured where its vectors are, and fetched in blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.runs.step_norms import StepNorms
from descent.runs.thinning.vectors import differences, moved_to, norm, product, widest

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

HUGE = 1e300  # in place of products that overflow
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
        is_known = self.has_products and not np.isnan(products[:-1]).any()
        products = np.clip(products, -HUGE, HUGE) if is_known else np.empty((0, 3))
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

    def add(
        self,
        params: Sequence[Tensor],
        gradient: Sequence[Tensor],
        size: Tensor | None = None,
    ) -> Sequence[Tensor] | None:
        """Measure a row, whose tensors are not changed later, and return the step that led to it.

        Args:
            params: The parameters.
            gradient: The gradient; empty where only its `size` is known.
            size: The length of the gradient, if it was measured.
        """
        step = self._step(params)
        size = norm(gradient) if size is None else size
        self._pending.append(self._measured(params, step, gradient, size))
        self._before = params, gradient
        if len(self._pending) >= BLOCK:
            self._fetch()
        return step

    def measured(self, last: Sequence[Tensor], is_taken: NDArray[np.bool_]) -> Measured:
        """Return what was measured of a path that ends at `last`, whose gradient is not known.

        Args:
            last: The parameters at the end.
            is_taken: Which of the rows were steps; the others left the parameters as they were.
        """
        self._fetch()
        end = self._measured(last, self._step(last), [], None).cpu().double().numpy()
        rows = np.concatenate([*self._fetched, end[None]])
        rows[:-1, 2:] = rows[1:, 2:]  # of the step that begins in a row
        return Measured(rows[np.append(is_taken, True)], self._has_products)

    def so_far(self) -> Measured:
        """Return what was measured of a path that ends at the last row that was added."""
        self._fetch()
        rows = np.concatenate(self._fetched)
        rows[:-1, 2:] = rows[1:, 2:]  # of the step that begins in a row
        rows[-1, 2:] = np.nan
        return Measured(rows, self._has_products)

    def _step(self, params: Sequence[Tensor]) -> list[Tensor] | None:
        """Return the step that led to some parameters; None of the first row."""
        return differences(params, self._before[0]) if self._before is not None else None

    def _measured(
        self,
        params: Sequence[Tensor],
        step: Sequence[Tensor] | None,
        gradient: Sequence[Tensor],
        size: Tensor | None,
    ) -> Tensor:
        """Return ‖θ‖, ‖g‖, ‖Δθ‖, g·g′, g·Δθ, g′·Δθ, of the step that led to a row."""
        import torch

        device = params[0].device
        unknown: Any = torch.full((), np.nan, dtype=widest(device), device=device)
        length, products = unknown, [unknown, unknown, unknown]
        if step is not None:
            length = norm(step)
        before: Sequence[Tensor] = self._before[1] if self._before is not None else ()
        if step is not None and self._has_products and len(before):
            products[1] = product(before, step)
            if len(gradient):
                products[0], products[2] = product(before, gradient), product(gradient, step)
        known: Any = unknown if size is None else moved_to(size, unknown)
        numbers = [norm(params), known, length, *products]
        return torch.stack([moved_to(number, unknown) for number in numbers])

    def _fetch(self) -> None:
        import torch

        if self._pending:
            self._fetched.append(torch.stack(self._pending).cpu().double().numpy())
            self._pending = []
