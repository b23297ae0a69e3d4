"""Random losses of many kinds, for what holds for any: bowls, waves, wells, networks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st

SIZE = 3  # parameters, at most


@dataclass(frozen=True)
class RandomLoss:
    """A loss, a start and a scale: rates near 2 / `steepness` are near the boundary.

    Attributes:
        kind: Its name in `KINDS`.
        function: Maps params, shape (n,), to a scalar tensor.
        start: Where a descent starts, shape (n,).
        is_bounded: Whether the loss has a lower bound.
    """

    kind: str
    function: Callable[[Any], Any]
    start: np.ndarray
    is_bounded: bool = True

    def __call__(self, params: Any) -> Any:
        """Return the loss, by torch."""
        return self.function(params)


def rosenbrock(p: Any) -> Any:
    return ((1 - p[:-1]) ** 2 + 10 * (p[1:] - p[:-1] ** 2) ** 2).sum()


def easom(p: Any) -> Any:
    return -torch.cos(p).prod() * torch.exp(-((p - torch.pi) ** 2).sum())


def network(p: Any) -> Any:
    x = torch.linspace(-1, 1, 7, dtype=torch.float64)
    hidden = torch.tanh(torch.outer(x, p[:1]) + p[1:2])
    return ((hidden.sum(1) * p[2] - x**2) ** 2).mean()


KINDS: dict[str, tuple[Callable[[Any], Any], int, bool]] = {
    "quadratic": (lambda p: (torch.tensor([0.3, 1.0, 4.0][: len(p)]) * p**2).sum(), 3, True),
    "quartic": (lambda p: (p**4).sum(), 2, True),
    "double well": (lambda p: ((p**2 - 1) ** 2).sum(), 2, True),
    "log cosh": (lambda p: (p.abs() + torch.log1p(torch.exp(-2 * p.abs()))).sum(), 2, True),
    "cos": (lambda p: torch.cos(p).sum(), 2, True),
    "rosenbrock": (rosenbrock, 2, True),
    "easom": (easom, 2, True),
    "network": (network, 3, True),
    "logistic": (lambda p: torch.nn.functional.softplus(-p * p.new_tensor([1.0])).sum(), 1, True),
    "peak": (lambda p: -(p**2).sum(), 2, False),
    "saddle": (lambda p: p[0] ** 2 - p[1] ** 2, 2, False),
    "minus exp": (lambda p: -torch.exp(p).sum(), 1, False),
    "log": (lambda p: torch.log(p + 4).sum(), 1, False),
}


@st.composite
def random_losses(draw: st.DrawFn, kinds: tuple[str, ...] = tuple(KINDS)) -> RandomLoss:
    """Draw a loss of one of `kinds`, and a start."""
    kind = draw(st.sampled_from(kinds))
    function, size, is_bounded = KINDS[kind]
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return RandomLoss(kind, function, generator.uniform(-2, 3, size), is_bounded)


rates = st.floats(-4, 1.5).map(lambda power: 10.0**power)
