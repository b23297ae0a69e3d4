"""The norms of every step, as they are kept of a run whose rows were not all kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from descent.arrays import check_shape, freeze
from descent.checks.errors import InvalidValue
from descent.serialization import OMIT_EMPTY, Saveable

if TYPE_CHECKING:
    from numpy.typing import NDArray

ARRAYS = ("gradient_norms", "parameter_norms", "step_lengths", "products")


@dataclass(frozen=True, eq=False)
class StepNorms(Saveable):
    """Euclidean norms of every row and step, and the scalar products that decide a behavior.

    Attributes:
        gradient_norms: ‖∇loss‖ at each iterate, shape (steps+1,); nan where there is no gradient,
            as after the last step of a loop that was watched.
        parameter_norms: ‖θ^t‖, shape (steps+1,).
        step_lengths: ‖θ^{t+1} − θ^t‖, shape (steps,).
        products: g·g′, g·Δθ and g′·Δθ of each step, where g and g′ are the gradients before and
            after it, shape (steps, 3); empty, shape (0, 3), where each gradient is of other data.

    Raises:
        InvalidValue: If shapes or finiteness contradict the above.

    Example:
        >>> from descent.runs.step_norms import StepNorms
        >>> StepNorms([5, 4], [2, 1], [1]).first(0).gradient_norms.tolist()
        [5.0]
    """

    gradient_norms: NDArray[np.float64]
    parameter_norms: NDArray[np.float64]
    step_lengths: NDArray[np.float64]
    products: NDArray[np.float64] = field(
        default_factory=lambda: np.empty((0, 3)), metadata=OMIT_EMPTY
    )

    def __post_init__(self) -> None:
        """Freeze the arrays and check that they fit together."""
        freeze(self, *ARRAYS)
        steps = len(self.step_lengths)
        check_shape("gradient_norms", self.gradient_norms, (steps + 1,))
        check_shape("parameter_norms", self.parameter_norms, (steps + 1,))
        check_shape("step_lengths", self.step_lengths, (steps,))
        check_shape("products", self.products, (0, 3), (steps, 3))
        for name in ARRAYS:
            values = getattr(self, name)
            known = values[~np.isnan(values)] if name in ("gradient_norms", "products") else values
            if not np.isfinite(known).all():
                raise InvalidValue(name, "be finite", values, got="nan or inf")

    def first(self, steps: int) -> StepNorms:
        """Return those of the first `steps` steps."""
        rows = slice(0, steps + 1)
        return StepNorms(
            self.gradient_norms[rows],
            self.parameter_norms[rows],
            self.step_lengths[:steps],
            self.products[:steps],
        )
