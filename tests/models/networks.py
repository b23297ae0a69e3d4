"""Networks of dense layers: activations, residuals, sets, experts, adapters, odd parameters."""

from __future__ import annotations

import torch
from torch import nn

from tests.models.registry import Model, entry

functional = nn.functional


def curve(rows: int = 12) -> tuple[torch.Tensor, torch.Tensor]:
    """Return inputs from -1 to 1, and a wave."""
    x = torch.linspace(-1, 1, rows)[:, None]
    return x, torch.sin(4 * x)


ACTIVATIONS = (
    *(nn.ReLU, nn.LeakyReLU, nn.ELU, nn.SELU, nn.CELU, nn.GELU, nn.SiLU, nn.Mish, nn.Tanh),
    *(nn.Sigmoid, nn.Softplus, nn.Softsign, nn.Tanhshrink, nn.LogSigmoid, nn.PReLU, nn.ReLU6),
    *(nn.Hardtanh, nn.Hardsigmoid, nn.Hardswish, nn.Hardshrink, nn.Softshrink, nn.RReLU),
)

for _activation in ACTIVATIONS:

    @entry(name=f"mlp_{_activation.__name__.lower()}", quick=_activation in (nn.ReLU, nn.Tanh))
    def mlp(activation=_activation) -> Model:
        module = nn.Sequential(nn.Linear(1, 6), activation(), nn.Linear(6, 4), activation())
        return Model(nn.Sequential(module, nn.Linear(4, 1)).eval(), *curve(), nn.MSELoss())


@entry()
def gated_linear_units() -> Model:
    module = nn.Sequential(nn.Linear(1, 8), nn.GLU(), nn.Linear(4, 1))
    return Model(module, *curve(), nn.MSELoss())


@entry()
def wide_network() -> Model:
    module = nn.Sequential(nn.Linear(1, 60), nn.Tanh(), nn.Linear(60, 1))
    return Model(module, *curve(), nn.MSELoss())


def without_dropout() -> Model:
    return dropout(is_training=False)


@entry(advised=without_dropout, quick=True)
def dropout(is_training: bool = True) -> Model:
    module = nn.Sequential(nn.Linear(1, 8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 1))
    return Model(module.train(is_training), *curve(), nn.MSELoss())


entry(name="dropout_in_evaluation")(without_dropout)


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.out = nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 1)

    def forward(self, x):
        x = torch.cat([x, x**2], dim=1)
        return self.out(x + self.second(torch.relu(self.first(x))))


@entry()
def residual() -> Model:
    return Model(Residual(), *curve(), nn.MSELoss())


class Highway(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.plain, self.gate, self.out = nn.Linear(1, 1), nn.Linear(1, 1), nn.Linear(1, 1)

    def forward(self, x):
        gate = torch.sigmoid(self.gate(x))
        return self.out(gate * torch.tanh(self.plain(x)) + (1 - gate) * x)


@entry()
def highway() -> Model:
    return Model(Highway(), *curve(), nn.MSELoss())


class DeepSet(nn.Module):
    """A sum over a set between two networks."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(2, 6), nn.ReLU())
        self.outer = nn.Linear(6, 1)

    def forward(self, sets):
        return self.outer(self.inner(sets).sum(dim=1))


@entry(0.01)
def deep_sets() -> Model:
    sets = torch.randn(8, 5, 2)
    return Model(DeepSet(), sets, sets[..., 0].amax(dim=1, keepdim=True), nn.MSELoss())


class HyperNetwork(nn.Module):
    """A network whose outputs are the weights of another."""

    def __init__(self) -> None:
        super().__init__()
        self.code, self.maker = nn.Parameter(torch.randn(3)), nn.Linear(3, 13)

    def forward(self, x):
        made = self.maker(self.code)
        hidden = torch.tanh(x @ made[:4].view(1, 4) + made[4:8])
        return hidden @ made[8:12].view(4, 1) + made[12]


@entry(quick=True)
def hypernetwork() -> Model:
    return Model(HyperNetwork(), *curve(), nn.MSELoss())


class LowRank(nn.Module):
    """A frozen layer with a learned correction of low rank."""

    def __init__(self) -> None:
        super().__init__()
        self.base = nn.Linear(4, 4).requires_grad_(False)
        self.a, self.b = nn.Parameter(torch.randn(1, 4)), nn.Parameter(torch.zeros(4, 1))

    def forward(self, x):
        return self.base(x) + x @ self.a.T @ self.b.T


@entry()
def lora() -> Model:
    x = torch.randn(10, 4)
    return Model(LowRank(), x, x.flip(1), nn.MSELoss())


class Experts(nn.Module):
    """A mixture of experts: all of them by their weights, or the best of them alone."""

    def __init__(self, top: int | None = None) -> None:
        super().__init__()
        self.gate = nn.Linear(2, 3)
        self.experts = nn.ModuleList(nn.Linear(2, 1) for _ in range(3))
        self.top = top

    def forward(self, x):
        weights = self.gate(x).softmax(dim=1)
        if self.top:
            best, places = weights.topk(self.top, dim=1)
            weights = torch.zeros_like(weights).scatter(1, places, best)
        outputs = torch.cat([expert(x) for expert in self.experts], dim=1)
        return (weights * outputs).sum(dim=1, keepdim=True)


@entry()
def mixture_of_experts() -> Model:
    x = torch.randn(12, 2)
    return Model(Experts(), x, x[:, :1].abs(), nn.MSELoss())


@entry()
def sparse_mixture_of_experts() -> Model:
    x = torch.randn(12, 2)
    return Model(Experts(top=2), x, x[:, :1].abs(), nn.MSELoss())


class RoutedExperts(Experts):
    """Each row goes to one expert, chosen by its index, as many tutorials write it."""

    def forward(self, x):
        weights = self.gate(x).softmax(dim=1)
        chosen = weights.argmax(dim=1)
        out = x.new_zeros(len(x), 1)
        for number, expert in enumerate(self.experts):
            rows = chosen == number
            if rows.any():
                out[rows] = weights[rows, number, None] * expert(x[rows])
        return out


@entry(advised=mixture_of_experts)
def routed_mixture_of_experts() -> Model:
    x = torch.randn(12, 2)
    return Model(RoutedExperts(), x, x[:, :1].abs(), nn.MSELoss())


@entry(0.01)
def autoencoder() -> Model:
    x = torch.randn(12, 6)
    module = nn.Sequential(nn.Linear(6, 2), nn.Tanh(), nn.Linear(2, 6))
    return Model(module, x, x, nn.MSELoss())


class TiedAutoencoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encode = nn.Linear(5, 2)

    def forward(self, x):
        return functional.linear(torch.sigmoid(self.encode(x)), self.encode.weight.T)


@entry()
def tied_autoencoder() -> Model:
    x = torch.randn(12, 5)
    return Model(TiedAutoencoder(), x, x, nn.MSELoss())
