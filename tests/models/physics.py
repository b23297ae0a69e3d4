"""Networks for physics: waves, differential equations, fixed points, operators, filters."""

from __future__ import annotations

import math

import torch
from torch import nn

from tests.models.registry import Function, Model, entry

functional = nn.functional


class Sine(nn.Module):
    def __init__(self, omega: float = 1.0) -> None:
        super().__init__()
        self.omega = omega

    def forward(self, x):
        return torch.sin(self.omega * x)


@entry(0.01)
def siren() -> Model:
    x = torch.linspace(-1, 1, 16)[:, None]
    module = nn.Sequential(nn.Linear(1, 6), Sine(10), nn.Linear(6, 6), Sine(3), nn.Linear(6, 1))
    return Model(module, x, torch.sign(x) * x**2, nn.MSELoss())


class FourierFeatures(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("frequencies", torch.randn(1, 5))
        self.out = nn.Linear(10, 1)

    def forward(self, x):
        angles = 2 * math.pi * x @ self.frequencies
        return self.out(torch.cat([angles.sin(), angles.cos()], dim=1))


@entry()
def fourier_features() -> Model:
    x = torch.linspace(-1, 1, 12)[:, None]
    return Model(FourierFeatures(), x, x.abs(), nn.MSELoss())


def solution() -> nn.Module:
    return nn.Sequential(nn.Linear(1, 6), nn.Tanh(), nn.Linear(6, 1))


def oscillator(terms, _):
    """u'' + u = 0 within, u = 0 and u' = 1 at the left end."""
    value, slope, second = terms
    return ((second + value) ** 2).mean() + value[0, 0] ** 2 + (slope[0, 0] - 1) ** 2


class PhysicsByFunc(nn.Module):
    """A solution and its derivatives by torch.func."""

    def __init__(self) -> None:
        super().__init__()
        self.u = solution()

    def forward(self, x):
        from torch.func import grad, vmap

        def value(t):
            return self.u(t)[0]

        first = grad(value)
        slope = vmap(first)(x)
        second = vmap(grad(lambda t: first(t)[0]))(x)
        return self.u(x), slope, second


class PhysicsByGrad(nn.Module):
    """The same by torch.autograd.grad, as tutorials write it."""

    def __init__(self) -> None:
        super().__init__()
        self.u = solution()

    def forward(self, x):
        x = x.detach().requires_grad_()
        value = self.u(x)
        (slope,) = torch.autograd.grad(value.sum(), x, create_graph=True)
        (second,) = torch.autograd.grad(slope.sum(), x, create_graph=True)
        return value, slope, second


@entry(0.01)
def physics_informed_by_func() -> Model:
    return Model(PhysicsByFunc(), torch.linspace(0, 1, 8)[:, None], torch.zeros(1), oscillator)


@entry(0.01, advised=physics_informed_by_func, quick=True)
def physics_informed() -> Model:
    return Model(PhysicsByGrad(), torch.linspace(0, 1, 8)[:, None], torch.zeros(1), oscillator)


class HamiltonianByFunc(nn.Module):
    """Velocities from the slopes of an energy, by torch.func."""

    def __init__(self) -> None:
        super().__init__()
        self.energy = nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 1))

    def forward(self, state):
        from torch.func import grad, vmap

        slopes = vmap(grad(lambda row: self.energy(row)[0]))(state)
        return torch.stack([slopes[:, 1], -slopes[:, 0]], dim=1)


class HamiltonianByGrad(HamiltonianByFunc):
    """The same by torch.autograd.grad, within enable_grad."""

    def forward(self, state):
        with torch.enable_grad():
            state = state.detach().requires_grad_(True)
            (slopes,) = torch.autograd.grad(self.energy(state).sum(), state, create_graph=True)
        return torch.stack([slopes[:, 1], -slopes[:, 0]], dim=1)


def pendulum() -> tuple[torch.Tensor, torch.Tensor]:
    state = torch.randn(8, 2)
    return state, torch.stack([state[:, 1], -state[:, 0]], dim=1)


@entry()
def hamiltonian_by_func() -> Model:
    return Model(HamiltonianByFunc(), *pendulum(), nn.MSELoss())


@entry(advised=hamiltonian_by_func)
def hamiltonian() -> Model:
    return Model(HamiltonianByGrad(), *pendulum(), nn.MSELoss())


class NeuralODE(nn.Module):
    """A vector field, integrated by the classical method of Runge and Kutta."""

    def __init__(self) -> None:
        super().__init__()
        self.field = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 2))

    def forward(self, state):
        h = 0.25
        for _ in range(4):
            k1 = self.field(state)
            k2 = self.field(state + h / 2 * k1)
            k3 = self.field(state + h / 2 * k2)
            k4 = self.field(state + h * k3)
            state = state + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        return state


@entry(quick=True)
def neural_ode() -> Model:
    state = torch.randn(6, 2)
    return Model(NeuralODE(), state, state.flip(1), nn.MSELoss())


class Equilibrium(nn.Module):
    """The fixed point of a layer, by a number of iterations or until it stands."""

    def __init__(self, until: float = 0.0) -> None:
        super().__init__()
        self.inner, self.into, self.out = nn.Linear(3, 3), nn.Linear(1, 3), nn.Linear(3, 1)
        self.until = until

    def forward(self, x):
        z = torch.zeros(len(x), 3, dtype=x.dtype)
        for _ in range(12):
            before, z = z, torch.tanh(0.5 * self.inner(z) + self.into(x))
            if self.until and (z - before).abs().max().item() < self.until:
                break
        return self.out(z)


@entry()
def deep_equilibrium() -> Model:
    x = torch.linspace(-1, 1, 8)[:, None]
    return Model(Equilibrium(), x, x**2, nn.MSELoss())


@entry(advised=deep_equilibrium)
def deep_equilibrium_until_it_stands() -> Model:
    x = torch.linspace(-1, 1, 8)[:, None]
    return Model(Equilibrium(until=1e-3), x, x**2, nn.MSELoss())


class FourierOperator(nn.Module):
    """A layer that multiplies low frequencies by complex numbers, kept as pairs."""

    def __init__(self) -> None:
        super().__init__()
        self.pairs, self.skip = nn.Parameter(torch.randn(3, 2)), nn.Linear(1, 1)

    def forward(self, x):
        found = torch.fft.rfft(x)[:, :3] * torch.view_as_complex(self.pairs)
        return torch.fft.irfft(found, n=x.shape[1]) + self.skip(x[..., None])[..., 0]


@entry(0.02)
def fourier_operator() -> Model:
    x = torch.randn(4, 8)
    return Model(FourierOperator(), x, x.cumsum(dim=1) / 8, nn.MSELoss())


class DeepOperator(nn.Module):
    """A branch for the function, a trunk for the place."""

    def __init__(self) -> None:
        super().__init__()
        self.branch, self.trunk = nn.Linear(4, 3), nn.Linear(1, 3)
        self.register_buffer("places", torch.linspace(0, 1, 5)[:, None])

    def forward(self, f):
        return torch.tanh(self.branch(f)) @ torch.tanh(self.trunk(self.places)).T


@entry()
def deep_operator() -> Model:
    return Model(DeepOperator(), torch.randn(6, 4), torch.randn(6, 5), nn.MSELoss())


@entry(0.02)
def kalman_filter() -> Function:
    """The negative log likelihood of a random walk with noise; the logs of both variances."""
    series = torch.cumsum(torch.randn(12), dim=0).double()

    def loss(logs):
        walk, noise = logs.exp()
        mean, variance, total = series[0] * 0, walk * 0 + 1, 0.0
        for value in series:
            variance = variance + walk
            spread = variance + noise
            error = value - mean
            total = total + 0.5 * (spread.log() + error**2 / spread)
            mean, variance = mean + variance / spread * error, variance * noise / spread
        return total / len(series)

    return Function(loss, torch.tensor([0.0, -1.0]).double())


@entry(0.01)
def trajectory_of_a_throw() -> Function:
    """Speed and angle of a throw through air, by Euler's method, to hit a place."""

    def loss(p):
        speed, angle = p
        x, y = torch.zeros_like(speed), torch.zeros_like(speed)
        u, v = speed * torch.cos(angle), speed * torch.sin(angle)
        for _ in range(20):
            drag = 0.05 * torch.sqrt(u**2 + v**2)
            x, y, u, v = x + 0.1 * u, y + 0.1 * v, u - 0.1 * drag * u, v - 0.1 * (1 + drag * v)
        return (x - 3) ** 2 + (y - 0.5) ** 2

    return Function(loss, torch.tensor([2.0, 0.6]).double())
