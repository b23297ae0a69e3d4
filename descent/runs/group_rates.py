"""The learning rates of parameter groups: those of the largest one, and the distinct ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Rates = NDArray[np.float64]


def of_largest(groups: Sequence[tuple[str, int, Rates]]) -> tuple[Rates, dict[str, Rates]]:
    """Return the rates of the largest group, the first of several, and those of others by name.

    Args:
        groups: The name of each group's rate, such as "lr of group 1", how many numbers the group
            has, and its rate in every step, shape (steps,).
    """
    largest = max(range(len(groups)), key=lambda k: groups[k][1])
    others = {name: rates for k, (name, _, rates) in enumerate(groups) if k != largest}
    return groups[largest][2], others


def distinct(rates: Rates) -> Rates:
    """Return the rates of all steps, each group's once, in the order of their parameters.

    Args:
        rates: Of every step, shape (steps,) or (steps, n).

    Returns:
        Shape (steps, groups), where parameters that always share their rate are one group.

    Example:
        >>> import numpy as np
        >>> from descent.runs.group_rates import distinct
        >>> distinct(np.array([[0.3, 0.1, 0.3], [0.2, 0.1, 0.2]])).tolist()
        [[0.3, 0.1], [0.2, 0.1]]
    """
    if rates.ndim == 1:
        return rates[:, None]
    if not len(rates):
        return rates
    _, first = np.unique(rates, axis=1, return_index=True)
    return rates[:, np.sort(first)]
