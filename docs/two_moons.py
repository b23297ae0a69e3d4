"""A network with its data, for `--model docs/two_moons.py:network`: which of two moons a point is of."""

import torch
from torch import nn


def network():
    """Return a small classifier, its points, their classes and its criterion."""
    generator = torch.Generator().manual_seed(0)
    angle = torch.rand(120, generator=generator) * torch.pi
    moon = torch.arange(120) % 2
    x = torch.stack([angle.cos() + moon, (1 - 2 * moon) * angle.sin() + moon / 2], dim=1)
    x += 0.12 * torch.randn(120, 2, generator=generator)
    torch.manual_seed(3)
    model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 1))
    return model, x, moon.float()[:, None], nn.BCEWithLogitsLoss()
