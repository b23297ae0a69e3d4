"""Parameters, constants and precisions as people write them."""

from __future__ import annotations

import math

import torch
from torch import nn

from tests.models.networks import curve
from tests.models.registry import Model, entry


class OwnParameters(nn.Module):
    """A parameter called W1 beside a Linear layer, a list and a dictionary of them."""

    def __init__(self) -> None:
        super().__init__()
        self.W1 = nn.Parameter(torch.randn(1, 3))
        self.biases = nn.ParameterList([nn.Parameter(torch.zeros(3))])
        self.scales = nn.ParameterDict({"out": nn.Parameter(torch.ones(()))})
        self.out = nn.Linear(3, 1)

    def forward(self, x):
        return self.scales["out"] * self.out(torch.tanh(x @ self.W1 + self.biases[0]))


@entry()
def own_parameters() -> Model:
    return Model(OwnParameters(), *curve(), nn.MSELoss())


class Constants(nn.Module):
    """Tensors made within forward, in torch's default dtype."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.out = nn.Linear(3, 4), nn.Linear(4, 1)

    def forward(self, x):
        waves = torch.tensor([1.0, 2.0, 3.0]) * math.pi
        noise = torch.linspace(0, 0.1, 4).expand(len(x), 4)
        return self.out(torch.relu(self.layer(torch.sin(x @ waves[None]))) @ torch.eye(4) + noise)


@entry(quick=True)
def constants_within_forward() -> Model:
    return Model(Constants(), *curve(), nn.MSELoss())


class FloatAttribute(nn.Module):
    """A plain tensor kept as an attribute: no buffer, so that `double` does not reach it."""

    def __init__(self) -> None:
        super().__init__()
        self.frequencies = torch.randn(1, 4)
        self.out = nn.Linear(4, 1)

    def forward(self, x):
        return self.out(torch.cos(x @ self.frequencies))


def float_attribute_in_double() -> Model:
    made = float_attribute()
    made.module.frequencies = made.module.frequencies.double()
    return made


@entry(by_hand=float_attribute_in_double)
def float_attribute() -> Model:
    return Model(FloatAttribute(), *curve(), nn.MSELoss())


class DerivedAttribute(nn.Module):
    """A tensor computed from a parameter and kept, which cannot be copied deeply."""

    def __init__(self) -> None:
        super().__init__()
        self.raw, self.out = nn.Parameter(torch.zeros(4)), nn.Linear(4, 1)
        self.scale = self.raw.exp()

    def forward(self, x):
        self.scale = self.raw.exp()
        return self.out(self.scale * x)


@entry()
def derived_attribute() -> Model:
    return Model(DerivedAttribute(), *curve(), nn.MSELoss())


def whole_numbers_made_floats() -> Model:
    return whole_number_inputs(torch.float64)


@entry(by_hand=whole_numbers_made_floats)
def whole_number_inputs(dtype: torch.dtype = torch.int64) -> Model:
    x = torch.arange(6)[:, None]
    module = nn.Sequential(nn.Linear(1, 3), nn.Tanh(), nn.Linear(3, 1))
    return Model(module, x.to(dtype), (x / 6), nn.MSELoss())


@entry()
def half_precision() -> Model:
    x, y = curve()
    module = nn.Sequential(nn.Linear(1, 4), nn.Tanh(), nn.Linear(4, 1))
    return Model(module.bfloat16(), x.bfloat16(), y.bfloat16(), nn.MSELoss())


class Unused(nn.Module):
    """A layer that the output does not depend on."""

    def __init__(self) -> None:
        super().__init__()
        self.used, self.idle = nn.Linear(1, 1), nn.Linear(1, 1)

    def forward(self, x):
        return self.used(x)


@entry()
def idle_layer() -> Model:
    return Model(Unused(), *curve(), nn.MSELoss())
