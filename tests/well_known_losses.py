"""Test functions of optimization and common statistical losses, with starts to descend from.

The formulas are those of the Virtual Library of Simulation Experiments (Surjanovic and Bingham,
sfu.ca/~ssurjano/optimization.html), where it has them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

X = torch.tensor([-2.0, -1.0, 1.0, 2.0], dtype=torch.float64)
SEPARABLE = torch.tensor([0.0, 0.0, 1.0, 1.0], dtype=torch.float64)
OVERLAPPING = torch.tensor([0.0, 1.0, 0.0, 1.0], dtype=torch.float64)


@dataclass(frozen=True)
class KnownLoss:
    """A loss, and where it is descended from.

    Attributes:
        loss: Maps params, shape (n,), to a scalar tensor.
        starts: Each of n numbers.
        arrives: Whether a learning rate is to be found at which descent arrives.
        may_be_thrown_out: Whether one may be found at which it is thrown out; not if the gradient
            is bounded.
    """

    loss: Callable[[Any], Any]
    starts: tuple[tuple[float, ...], ...]
    arrives: bool = True
    may_be_thrown_out: bool = True


def booth(p: Any) -> Any:
    x, y = p
    return (x + 2 * y - 7) ** 2 + (2 * x + y - 5) ** 2


def easom(p: Any) -> Any:
    x, y = p
    return -x.cos() * y.cos() * (-((x - math.pi) ** 2) - (y - math.pi) ** 2).exp()


def matyas(p: Any) -> Any:
    x, y = p
    return 0.26 * (x**2 + y**2) - 0.48 * x * y


def three_hump_camel(p: Any) -> Any:
    x, y = p
    return 2 * x**2 - 1.05 * x**4 + x**6 / 6 + x * y + y**2


def mccormick(p: Any) -> Any:
    x, y = p
    return (x + y).sin() + (x - y) ** 2 - 1.5 * x + 2.5 * y + 1


def styblinski_tang(p: Any) -> Any:
    return (p**4 - 16 * p**2 + 5 * p).sum() / 2


def ackley(p: Any) -> Any:
    root = (p**2).mean().sqrt()
    return -20 * (-0.2 * root).exp() - (2 * math.pi * p).cos().mean().exp() + 20 + math.e


def griewank(p: Any) -> Any:
    ranks = torch.arange(1, len(p) + 1, dtype=p.dtype)
    return (p**2).sum() / 4000 - (p / ranks.sqrt()).cos().prod() + 1


def levy(p: Any) -> Any:
    w = 1 + (p - 1) / 4
    middle = (w[:-1] - 1) ** 2 * (1 + 10 * (math.pi * w[:-1] + 1).sin() ** 2)
    last = (w[-1] - 1) ** 2 * (1 + (2 * math.pi * w[-1]).sin() ** 2)
    return (math.pi * w[0]).sin() ** 2 + middle.sum() + last


def branin(p: Any) -> Any:
    x, y = p
    curve = y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6
    return curve**2 + 10 * (1 - 1 / (8 * math.pi)) * x.cos() + 10


def log_cosh(p: Any) -> Any:
    size = p.abs()  # cosh itself overflows
    return (size + functional.softplus(-2 * size) - math.log(2)).sum()


def logistic(targets: torch.Tensor) -> Callable[[Any], Any]:
    """Return the mean binary cross-entropy of a line w·x + b on four points."""

    def loss(p: Any) -> Any:
        return functional.binary_cross_entropy_with_logits(p[0] * X + p[1], targets)

    return loss


KNOWN: dict[str, KnownLoss] = {
    "booth": KnownLoss(booth, ((0, 0), (-5, 8), (9, -3))),
    "matyas": KnownLoss(matyas, ((5, -3), (8, 9), (-2, 1))),
    "three-hump camel": KnownLoss(three_hump_camel, ((2, -1), (-1, 1.5), (0.5, 0.5))),
    "mccormick": KnownLoss(mccormick, ((0, 0), (2, 1), (3, -1))),
    "styblinski-tang": KnownLoss(styblinski_tang, ((0, 0), (1, -4), (4, 4), (2, 2, -1))),
    "branin": KnownLoss(branin, ((0, 0), (2.5, 7.5), (8, 12))),
    "levy": KnownLoss(levy, ((0, 0), (-4, 3), (6, -7))),
    "griewank": KnownLoss(griewank, ((1, 1), (-2, 3))),
    "ackley": KnownLoss(ackley, ((0.4, -0.2), (3, 2.2)), may_be_thrown_out=False),
    "easom, in its well": KnownLoss(easom, ((2.5, 3.5), (3.5, 2.2)), may_be_thrown_out=False),
    "log cosh": KnownLoss(log_cosh, ((3,), (1, -2)), may_be_thrown_out=False),
    "log sum exp": KnownLoss(
        lambda p: torch.stack([p[0], -p[0], p[1], -p[1], 0 * p[0]]).logsumexp(0),
        ((1, -2), (3, 0.5)),
        may_be_thrown_out=False,
    ),
    "absolute value": KnownLoss(
        lambda p: p.abs().sum(), ((3,), (1, -2.3)), may_be_thrown_out=False
    ),
    "huber": KnownLoss(
        lambda p: functional.huber_loss(p, torch.zeros_like(p)),
        ((3,), (0.5, -2)),
        may_be_thrown_out=False,
    ),
    "a downward parabola": KnownLoss(
        lambda p: -(p**2).sum(), ((1,), (1, -2)), arrives=False, may_be_thrown_out=False
    ),
    "exponential": KnownLoss(lambda p: p.exp().sum(), ((0,), (1, -1)), may_be_thrown_out=False),
    "logistic, separable": KnownLoss(
        logistic(SEPARABLE), ((-1, 0.5), (0, 0)), may_be_thrown_out=False
    ),
    "logistic, overlapping": KnownLoss(
        logistic(OVERLAPPING), ((-1, 0.5), (2, 2)), may_be_thrown_out=False
    ),
    "quartic": KnownLoss(lambda p: (p**4).sum(), ((1,), (0.01,), (2, -1))),
    "barrier": KnownLoss(lambda p: (p - p.log()).sum(), ((3,), (0.2, 2), (1e-3,))),
    "poisson": KnownLoss(lambda p: (p.exp() - 3 * p).sum(), ((0,), (2, -1))),
    "inverse square well": KnownLoss(
        lambda p: -1 / (1 + (p**2).sum()), ((0.5,), (1, 1)), may_be_thrown_out=False
    ),
}
