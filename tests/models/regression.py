"""Regression: lines, curves, robust and quantile losses, kernels, counts and variances."""

from __future__ import annotations

import math

import torch
from torch import nn

from tests.models.registry import Function, Model, entry


def line(rows: int = 12, columns: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
    """Return inputs, and targets on a line with some noise."""
    x = torch.randn(rows, columns)
    return x, x.sum(dim=1, keepdim=True) * 0.7 - 0.3 + 0.1 * torch.randn(rows, 1)


@entry(quick=True)
def linear_regression() -> Model:
    return Model(nn.Linear(3, 1), *line(columns=3), nn.MSELoss())


@entry()
def several_outputs() -> Model:
    x = torch.randn(10, 3)
    return Model(nn.Linear(3, 4), x, torch.tanh(x @ torch.randn(3, 4)), nn.MSELoss())


@entry(0.01)
def summed_squares() -> Model:
    return Model(nn.Linear(2, 1), *line(columns=2), nn.MSELoss(reduction="sum"))


@entry()
def ridge() -> Function:
    x, y = (part.double() for part in line(columns=4))
    return Function(
        lambda w: ((x @ w - y[:, 0]) ** 2).mean() + 0.1 * (w**2).sum(), torch.ones(4).double()
    )


@entry()
def lasso() -> Function:
    x, y = (part.double() for part in line(columns=4))
    return Function(
        lambda w: ((x @ w - y[:, 0]) ** 2).mean() + 0.1 * w.abs().sum(), torch.ones(4).double()
    )


class Polynomial(nn.Module):
    """Powers of one number, each with a coefficient."""

    def __init__(self, degree: int) -> None:
        super().__init__()
        self.coefficients = nn.Parameter(torch.zeros(degree + 1))

    def forward(self, x):
        return sum(c * x**power for power, c in enumerate(self.coefficients))


@entry()
def polynomial() -> Model:
    x = torch.linspace(-1, 1, 15)[:, None]
    return Model(Polynomial(4), x, torch.sin(3 * x), nn.MSELoss())


for _name, _criterion in {
    "absolute_error": nn.L1Loss,
    "smooth_absolute_error": nn.SmoothL1Loss,
    "huber": nn.HuberLoss,
}.items():

    @entry(name=_name)
    def robust(criterion=_criterion) -> Model:
        return Model(nn.Linear(2, 1), *line(columns=2), criterion())


@entry()
def log_cosh() -> Model:
    return Model(
        nn.Linear(2, 1), *line(columns=2), lambda p, y: torch.log(torch.cosh(p - y)).mean()
    )


def quantiles_in_double() -> Model:
    return quantiles(torch.float64)


@entry(by_hand=quantiles_in_double)
def quantiles(dtype: torch.dtype = torch.float32) -> Model:
    levels = torch.tensor([0.1, 0.5, 0.9]).to(dtype)

    def pinball(predicted, y):
        error = y - predicted
        return torch.maximum(levels * error, (levels - 1) * error).mean()

    return Model(nn.Linear(2, 3), *line(columns=2), pinball)


@entry()
def counts() -> Model:
    x = torch.randn(12, 2)
    return Model(nn.Linear(2, 1), x, torch.poisson(torch.exp(x[:, :1])), nn.PoissonNLLLoss())


class MeanAndVariance(nn.Module):
    """A network with two heads, as GaussianNLLLoss needs them."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.mean, self.variance = nn.Linear(1, 5), nn.Linear(5, 1), nn.Linear(5, 1)

    def forward(self, x):
        hidden = torch.tanh(self.body(x))
        return self.mean(hidden), nn.functional.softplus(self.variance(hidden))


@entry()
def gaussian_likelihood() -> Model:
    likelihood = nn.GaussianNLLLoss()
    return Model(MeanAndVariance(), *line(), lambda pair, y: likelihood(pair[0], y, pair[1]))


class RadialBasis(nn.Module):
    """Gaussian bumps whose centres and widths are learned."""

    def __init__(self) -> None:
        super().__init__()
        self.centers = nn.Parameter(torch.linspace(-1, 1, 5))
        self.log_widths = nn.Parameter(torch.zeros(5))
        self.out = nn.Linear(5, 1)

    def forward(self, x):
        return self.out(torch.exp(-(((x - self.centers) * self.log_widths.exp()) ** 2)))


@entry()
def radial_basis_functions() -> Model:
    x = torch.linspace(-1, 1, 12)[:, None]
    return Model(RadialBasis(), x, torch.cos(4 * x), nn.MSELoss())


def squared_distances(x: torch.Tensor) -> torch.Tensor:
    return (x[:, None] - x[None, :]) ** 2


@entry()
def kernel_ridge() -> Function:
    x = torch.linspace(-1, 1, 9).double()
    kernel, y = torch.exp(-squared_distances(x)), torch.sin(3 * x)
    return Function(
        lambda a: ((kernel @ a - y) ** 2).mean() + 0.01 * a @ kernel @ a, torch.zeros(9).double()
    )


@entry(0.01, quick=True)
def gaussian_process() -> Function:
    """The negative log marginal likelihood, by a Cholesky factor; length, height and noise."""
    x = torch.linspace(-1, 1, 8).double()
    y, distances = torch.sin(3 * x), squared_distances(x)

    def loss(logs):
        length, height, noise = logs.exp()
        kernel = height * torch.exp(-distances / (2 * length**2))
        factor = torch.linalg.cholesky(kernel + noise * torch.eye(8, dtype=torch.float64))
        solved = torch.cholesky_solve(y[:, None], factor)
        return 0.5 * y @ solved[:, 0] + factor.diagonal().log().sum() + 4 * math.log(2 * math.pi)

    return Function(loss, torch.tensor([0.0, 0.0, -2.0]).double())


class Product(nn.Module):
    """Two inputs in one table, multiplied."""

    def __init__(self) -> None:
        super().__init__()
        self.bilinear = nn.Bilinear(2, 3, 1)

    def forward(self, x):
        return self.bilinear(x[:, :2], x[:, 2:])


@entry()
def bilinear() -> Model:
    x = torch.randn(12, 5)
    return Model(Product(), x, x[:, :1] * x[:, 3:4], nn.MSELoss())


@entry(rate=0.02)
def from_lists() -> Model:
    return Model(
        nn.Linear(2, 1), [[0.1, 1], [0.2, 0.5], [0.3, 2]], [[0.3], [0.1], [0.7]], nn.MSELoss()
    )
