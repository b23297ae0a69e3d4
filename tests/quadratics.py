"""Random quadratics with a known Hessian, the oracle of several tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st


@dataclass(frozen=True)
class Quadratic:
    """½ (θ − minimiser)ᵀ H (θ − minimiser), and a start."""

    hessian: np.ndarray
    minimiser: np.ndarray
    start: np.ndarray

    def __call__(self, params: Any) -> Any:
        """Return the loss, by torch."""
        away = params - torch.tensor(self.minimiser)
        return away @ torch.tensor(self.hessian) @ away / 2

    def iterate(self, learning_rate: float, step: int) -> np.ndarray:
        """Return the closed form θ_t = m + (I − ηH)ᵗ (θ_0 − m)."""
        factor = np.eye(len(self.start)) - learning_rate * self.hessian
        away = np.linalg.matrix_power(factor, step) @ (self.start - self.minimiser)
        return self.minimiser + away


@st.composite
def quadratics(draw: st.DrawFn, lowest: float = 0.1, highest: float = 10.0) -> Quadratic:
    """Draw a quadratic of 1 to 4 parameters with curvatures between `lowest` and `highest`."""
    size = draw(st.integers(1, 4))
    curvatures = draw(st.lists(st.floats(lowest, highest), min_size=size, max_size=size))
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    axes, _ = np.linalg.qr(generator.standard_normal((size, size)))
    hessian = axes @ np.diag(curvatures) @ axes.T
    return Quadratic((hessian + hessian.T) / 2, *generator.uniform(-3, 3, (2, size)))
