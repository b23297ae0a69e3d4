"""Layers that normalise activations or weights, in training and in evaluation."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.utils import parametrizations
from torch.nn.utils.weight_norm import weight_norm

from tests.models.registry import Model, entry


def table() -> tuple[torch.Tensor, torch.Tensor]:
    x = torch.randn(10, 4)
    return x, torch.sin(x.sum(dim=1, keepdim=True))


def around(*layers: nn.Module) -> nn.Module:
    return nn.Sequential(nn.Linear(4, 4), *layers, nn.Tanh(), nn.Linear(4, 1))


@entry()
def batch_norm_in_evaluation() -> Model:
    return Model(around(nn.BatchNorm1d(4)).eval(), *table(), nn.MSELoss())


@entry(quick=True)
def batch_norm() -> Model:
    return Model(around(nn.BatchNorm1d(4)), *table(), nn.MSELoss())


@entry()
def batch_norm_without_statistics() -> Model:
    return Model(around(nn.BatchNorm1d(4, track_running_stats=False)), *table(), nn.MSELoss())


@entry(quick=True)
def layer_norm() -> Model:
    return Model(around(nn.LayerNorm(4)), *table(), nn.MSELoss())


@entry()
def rms_norm() -> Model:
    return Model(around(nn.RMSNorm(4)), *table(), nn.MSELoss())


def signals(*layers: nn.Module) -> Model:
    module = nn.Sequential(nn.Conv1d(1, 4, 3), *layers, nn.Flatten(), nn.Linear(16, 1))
    return Model(module, torch.randn(5, 1, 6), torch.randn(5, 1), nn.MSELoss())


@entry()
def group_norm() -> Model:
    return signals(nn.GroupNorm(2, 4), nn.ReLU())


@entry()
def instance_norm() -> Model:
    return signals(nn.InstanceNorm1d(4, affine=True), nn.ReLU())


@entry()
def instance_norm_with_statistics() -> Model:
    return signals(nn.InstanceNorm1d(4, affine=True, track_running_stats=True), nn.ReLU())


@entry()
def local_response_norm() -> Model:
    return signals(nn.ReLU(), nn.LocalResponseNorm(2))


@entry()
def unit_length() -> Model:
    class Normalized(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer, self.out = nn.Linear(4, 3), nn.Linear(3, 1)

        def forward(self, x):
            return self.out(nn.functional.normalize(self.layer(x), dim=1))

    return Model(Normalized(), *table(), nn.MSELoss())


@entry()
def weight_norm_as_parametrization() -> Model:
    module = nn.Sequential(parametrizations.weight_norm(nn.Linear(4, 3)), nn.Tanh())
    return Model(nn.Sequential(module, nn.Linear(3, 1)), *table(), nn.MSELoss())


@entry(quick=True)
def weight_norm_by_hooks() -> Model:
    module = nn.Sequential(old_weight_norm(nn.Linear(4, 3)), nn.Tanh(), nn.Linear(3, 1))
    return Model(module, *table(), nn.MSELoss())


def old_weight_norm(layer: nn.Module) -> nn.Module:
    """Return a layer with the weight_norm of before parametrizations, which many still use."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return weight_norm(layer)


@entry()
def spectral_norm_in_evaluation() -> Model:
    layer = parametrizations.spectral_norm(nn.Linear(4, 3))
    return Model(nn.Sequential(layer, nn.Linear(3, 1)).eval(), *table(), nn.MSELoss())


@entry(advised=spectral_norm_in_evaluation, quick=True)
def spectral_norm() -> Model:
    layer = parametrizations.spectral_norm(nn.Linear(4, 3))
    return Model(nn.Sequential(layer, nn.Linear(3, 1)), *table(), nn.MSELoss())


@entry(advised=spectral_norm_in_evaluation)
def spectral_norm_by_hooks() -> Model:
    layer = nn.utils.spectral_norm(nn.Linear(4, 3))
    return Model(nn.Sequential(layer, nn.Linear(3, 1)), *table(), nn.MSELoss())


@entry()
def orthogonal() -> Model:
    layer = parametrizations.orthogonal(nn.Linear(4, 4, bias=False))
    return Model(nn.Sequential(layer, nn.Linear(4, 1)), *table(), nn.MSELoss())
