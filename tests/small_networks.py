"""Ten small networks with their data, in the style of PyTorch's tutorials."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from descent import model_loss


class Recurrent(nn.Module):
    """A recurrent layer whose last output is read by a linear one."""

    def __init__(self, kind: type[nn.Module]) -> None:
        super().__init__()
        self.cells, self.head = kind(1, 4, batch_first=True), nn.Linear(4, 1)

    def forward(self, x: Any) -> Any:
        """Return a number per sequence."""
        return self.head(self.cells(x)[0][:, -1])


def _tanh() -> tuple[Any, ...]:
    x = torch.randn(16, 2)
    net = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))
    return net, x, x.prod(1, keepdim=True), nn.MSELoss()


def _deep_tanh() -> tuple[Any, ...]:
    x = torch.linspace(-2, 2, 20)[:, None]
    net = nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 1))
    return net, x, (2 * x).sin(), nn.MSELoss()


def _relu() -> tuple[Any, ...]:
    x = torch.randn(24, 3)
    net = nn.Sequential(nn.Linear(3, 12), nn.ReLU(), nn.Linear(12, 1))
    return net, x, x.abs().sum(1, keepdim=True), nn.L1Loss()


def _classifier() -> tuple[Any, ...]:
    x = torch.randn(30, 2)
    net = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 3))
    return net, x, torch.randint(3, (30,)), nn.CrossEntropyLoss()


def _xor() -> tuple[Any, ...]:
    x = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]])
    net = nn.Sequential(nn.Linear(2, 4), nn.Sigmoid(), nn.Linear(4, 1))
    return net, x, torch.tensor([[0.0], [1], [1], [0]]), nn.BCEWithLogitsLoss()


def _perceptron() -> tuple[Any, ...]:
    x = torch.cat([torch.randn(10, 2) + 3, torch.randn(10, 2) - 3])
    targets = torch.cat([torch.ones(10, 1), torch.zeros(10, 1)])
    return nn.Linear(2, 1), x, targets, nn.BCEWithLogitsLoss()


def _autoencoder() -> tuple[Any, ...]:
    x = torch.randn(20, 4) * torch.tensor([3.0, 2.0, 0.3, 0.1])
    return nn.Sequential(nn.Linear(4, 2), nn.Linear(2, 4)), x, x, nn.MSELoss()


def _convolution() -> tuple[Any, ...]:
    x = torch.randn(6, 1, 8)
    net = nn.Sequential(nn.Conv1d(1, 3, 3), nn.GELU(), nn.Flatten(), nn.Linear(18, 1))
    return net, x, x.mean(2), nn.SmoothL1Loss()


def _normalized() -> tuple[Any, ...]:
    x = torch.randn(12, 4)
    net = nn.Sequential(nn.Linear(4, 6), nn.LayerNorm(6), nn.SiLU(), nn.Linear(6, 1))
    return net, x, x[:, :1] * x[:, 1:2], nn.HuberLoss()


def _recurrent() -> tuple[Any, ...]:
    waves = torch.stack([torch.linspace(t, t + 3, 7).sin() for t in range(8)])[..., None]
    return Recurrent(nn.GRU), waves[:, :-1], waves[:, -1], nn.MSELoss()


NETWORKS: dict[str, Callable[[], tuple[Any, ...]]] = {
    "two layers of tanh": _tanh,
    "three layers of tanh": _deep_tanh,
    "relu with absolute errors": _relu,
    "classifier": _classifier,
    "exclusive or": _xor,
    "perceptron of two clouds": _perceptron,
    "autoencoder": _autoencoder,
    "convolution": _convolution,
    "layer norm": _normalized,
    "recurrent": _recurrent,
}


def network_loss(name: str) -> tuple[Any, Any]:
    """Return the loss of a network, and the parameters that it begins with."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        loss, start, *_ = model_loss(*NETWORKS[name]())
    return loss, start
