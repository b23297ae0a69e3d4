"""Losses of pairs and triples: what is alike is near, what differs is far."""

from __future__ import annotations

import torch
from torch import nn

from tests.models.registry import Model, entry

functional = nn.functional


class Towers(nn.Module):
    """One network for several inputs, which lie side by side in one table."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.net, self.count = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)), count

    def forward(self, x):
        return [self.net(part) for part in x.chunk(self.count, dim=1)]


def views(count: int, rows: int = 8) -> torch.Tensor:
    """Return rows that hold several noisy views of one thing."""
    base = torch.randn(rows, 3)
    return torch.cat([base + 0.3 * torch.randn(rows, 3) for _ in range(count)], dim=1)


def no_targets() -> torch.Tensor:
    return torch.zeros(1)


@entry()
def siamese() -> Model:
    def contrastive(pair, alike):
        distance = (pair[0] - pair[1]).pow(2).sum(dim=1)
        far = torch.relu(1 - (distance + 1e-6).sqrt())
        return (alike * distance + (1 - alike) * far**2).mean()

    return Model(Towers(2), views(2), (torch.arange(8) % 2).float(), contrastive)


@entry()
def info_nce() -> Model:
    def loss(pair, _):
        a, b = (functional.normalize(part, dim=1) for part in pair)
        return functional.cross_entropy(a @ b.T / 0.5, torch.arange(8))

    return Model(Towers(2), views(2), no_targets(), loss)


@entry()
def clip() -> Model:
    """Two towers, and a temperature that is learned."""

    class Clip(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.image, self.text = nn.Linear(3, 2), nn.Linear(3, 2)
            self.temperature = nn.Parameter(torch.tensor(0.5))

        def forward(self, x):
            image = functional.normalize(self.image(x[:, :3]), dim=1)
            text = functional.normalize(self.text(x[:, 3:]), dim=1)
            return image @ text.T * self.temperature.exp()

    def loss(scores, labels):
        both = functional.cross_entropy(scores, labels), functional.cross_entropy(scores.T, labels)
        return sum(both) / 2

    return Model(Clip(), views(2), torch.arange(8), loss)


@entry()
def triplets() -> Model:
    criterion = nn.TripletMarginLoss(margin=0.5)
    return Model(Towers(3), views(3), no_targets(), lambda parts, _: criterion(*parts))


@entry()
def cosine_embedding() -> Model:
    criterion = nn.CosineEmbeddingLoss(margin=0.1)
    signs = torch.tensor([1.0, -1.0] * 4)
    return Model(Towers(2), views(2), signs, lambda pair, y: criterion(*pair, y))


@entry()
def margin_ranking() -> Model:
    criterion = nn.MarginRankingLoss(margin=0.1)
    signs = torch.tensor([1.0, -1.0] * 4)

    def loss(pair, y):
        return criterion(pair[0][:, 0], pair[1][:, 0], y)

    return Model(Towers(2), views(2), signs, loss)


@entry()
def hinge_embedding() -> Model:
    criterion = nn.HingeEmbeddingLoss()
    signs = torch.tensor([1.0, -1.0] * 4)
    return Model(
        Towers(2), views(2), signs, lambda pair, y: criterion((pair[0] - pair[1]).abs().sum(1), y)
    )


@entry()
def arc_face() -> Model:
    """Angles to the directions of classes, with a margin."""

    class Angles(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net, self.directions = nn.Linear(3, 2), nn.Parameter(torch.randn(3, 2))

        def forward(self, x):
            return functional.linear(
                functional.normalize(self.net(x), dim=1), functional.normalize(self.directions)
            )

    def loss(cosines, labels):
        angles = torch.acos(cosines.clamp(-0.999, 0.999))
        margin = 0.2 * functional.one_hot(labels, 3)
        return functional.cross_entropy(4 * torch.cos(angles + margin), labels)

    return Model(Angles(), torch.randn(9, 3), torch.arange(9) % 3, loss)


@entry()
def prototypes() -> Model:
    """Distances to the mean of each class."""

    def loss(z, labels):
        means = torch.stack([z[labels == k].mean(dim=0) for k in range(3)])
        return functional.cross_entropy(-((z[:, None] - means) ** 2).sum(dim=-1), labels)

    return Model(nn.Linear(3, 2), torch.randn(9, 3), torch.arange(9) % 3, loss)


@entry()
def prototypes_by_cdist() -> Model:
    def loss(z, labels):
        means = torch.stack([z[labels == k].mean(dim=0) for k in range(3)])
        return functional.cross_entropy(-torch.cdist(z, means), labels)

    return Model(nn.Linear(3, 2), torch.randn(9, 3), torch.arange(9) % 3, loss)


@entry(0.01)
def barlow_twins() -> Model:
    def loss(pair, _):
        a, b = ((part - part.mean(dim=0)) / (part.std(dim=0) + 1e-3) for part in pair)
        return ((a.T @ b / len(a) - torch.eye(2).to(a)) ** 2).sum()

    return Model(Towers(2), views(2), no_targets(), loss)
