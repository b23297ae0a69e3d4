"""The errors of finite differences, by their width."""

from __future__ import annotations

from typing import Any

import numpy as np

NOTICED = 10.0  # times the smallest error


class Widths:
    """Finite differences of many widths, from the widest to the narrowest.

    Args:
        table: The `descent.DifferenceTable`.

    Attributes:
        widths: The widths, decreasing, shape (k,).
        errors: Their errors, finite ones only, shape (k,).
        best: Index of the smallest error.
        parameters: How many partials there are; differences take one loss for each, and one at
            the point itself.
        last_digit: The value of the last binary digit of the largest partial.
    """

    def __init__(self, table: Any) -> None:
        order = np.argsort(-table.widths)
        widths, errors = table.widths[order], table.errors[order]
        known = np.isfinite(errors)
        self.widths, self.errors = widths[known], errors[known]
        self.best = int(np.argmin(self.errors)) if len(self.errors) else 0
        size = np.abs(table.gradient[np.isfinite(table.gradient)]).max(initial=0.0)
        self.parameters = len(table.gradient)
        self.last_digit = float(np.spacing(size)) if size else 0.0

    @property
    def falls(self) -> bool:
        """Whether the error first falls with the width, by a factor worth a word."""
        return bool(len(self.errors) and self.errors[0] > NOTICED * self.errors[self.best])

    @property
    def rises(self) -> bool:
        """Whether the error rises again towards the narrowest width."""
        return bool(len(self.errors) and self.errors[-1] > NOTICED * self.errors[self.best])
