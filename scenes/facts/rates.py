"""What the final losses of many learning rates show of 2/λ."""

from __future__ import annotations

from typing import Any

import numpy as np

NEAR = 0.15  # of 2/λ: how far off the measured onset of rising may be


def is_boundary(table: Any) -> bool:
    """Return whether 2/λ at the start is where runs begin to end higher than they began.

    Args:
        table: The `understanding_gradients.lecture.recordings.RateTable`.
    """
    critical = table.critical_learning_rate
    return 0 < critical < np.inf and bool(abs(table.onset - critical) <= NEAR * critical)
