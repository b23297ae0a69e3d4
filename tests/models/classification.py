"""Classification: two classes and many, weights, margins, soft labels, and a teacher."""

from __future__ import annotations

import torch
from torch import nn

from tests.models.registry import Model, entry

functional = nn.functional


def classes(count: int = 3, rows: int = 15) -> tuple[torch.Tensor, torch.Tensor]:
    """Return rows of two numbers, and the class of each."""
    labels = torch.arange(rows) % count
    return torch.randn(rows, 2) + labels[:, None] * 0.8, labels


def two_classes() -> tuple[torch.Tensor, torch.Tensor]:
    x, labels = classes(2)
    return x, labels[:, None].float()


def network(outputs: int) -> nn.Module:
    return nn.Sequential(nn.Linear(2, 6), nn.Tanh(), nn.Linear(6, outputs))


@entry(quick=True)
def logistic_regression() -> Model:
    return Model(nn.Linear(2, 1), *two_classes(), nn.BCEWithLogitsLoss())


@entry()
def logistic_regression_by_probabilities() -> Model:
    return Model(nn.Sequential(nn.Linear(2, 1), nn.Sigmoid()), *two_classes(), nn.BCELoss())


@entry()
def softmax_regression() -> Model:
    return Model(nn.Linear(2, 3), *classes(), nn.CrossEntropyLoss())


@entry()
def log_softmax() -> Model:
    return Model(nn.Sequential(network(3), nn.LogSoftmax(dim=1)), *classes(), nn.NLLLoss())


@entry()
def label_smoothing() -> Model:
    return Model(network(3), *classes(), nn.CrossEntropyLoss(label_smoothing=0.1))


@entry(quick=True)
def class_weights() -> Model:
    weights = torch.tensor([1.0, 2.0, 0.5])
    return Model(network(3), *classes(), nn.CrossEntropyLoss(weight=weights))


@entry()
def class_weights_by_nll() -> Model:
    module = nn.Sequential(network(3), nn.LogSoftmax(dim=1))
    return Model(module, *classes(), nn.NLLLoss(weight=torch.tensor([1.0, 2.0, 0.5])))


@entry()
def positive_weight() -> Model:
    weight = torch.tensor([3.0])
    return Model(nn.Linear(2, 1), *two_classes(), nn.BCEWithLogitsLoss(pos_weight=weight))


@entry()
def ignored_class() -> Model:
    x, labels = classes()
    labels[::4] = -100
    return Model(network(3), x, labels, nn.CrossEntropyLoss())


@entry()
def class_probabilities() -> Model:
    x, labels = classes()
    soft = functional.one_hot(labels, 3) * 0.9 + 0.1 / 3
    return Model(network(3), x, soft, nn.CrossEntropyLoss())


@entry()
def focal() -> Model:
    def loss(logits, labels):
        kept = -functional.cross_entropy(logits, labels, reduction="none")
        return -((1 - kept.exp()) ** 2 * kept).mean()

    return Model(network(3), *classes(), loss)


class FocalLoss(nn.Module):
    """A criterion with a table of its own in float32."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("alpha", torch.tensor([0.2, 0.3, 0.5]))
        self.gamma = 2.0

    def forward(self, logits, labels):
        log_share = functional.log_softmax(logits, dim=1).gather(1, labels[:, None])[:, 0]
        weight = self.alpha[labels] * (1 - log_share.exp()) ** self.gamma
        return -(weight * log_share).mean()


@entry()
def focal_module() -> Model:
    return Model(network(3), *classes(), FocalLoss())


@entry()
def dice() -> Model:
    def loss(logits, y):
        p = logits.sigmoid()
        return 1 - (2 * (p * y).sum() + 1) / (p.sum() + y.sum() + 1)

    return Model(nn.Linear(2, 1), *two_classes(), loss)


@entry()
def support_vectors() -> Model:
    def hinge(scores, y):
        return torch.clamp(1 - (2 * y - 1) * scores, min=0).mean()

    return Model(nn.Linear(2, 1), *two_classes(), hinge)


@entry()
def multiple_margins() -> Model:
    return Model(network(3), *classes(), nn.MultiMarginLoss())


@entry()
def soft_margin() -> Model:
    x, y = two_classes()
    return Model(nn.Linear(2, 1), x, 2 * y - 1, nn.SoftMarginLoss())


@entry()
def several_labels() -> Model:
    x = torch.randn(12, 2)
    return Model(network(3), x, (torch.randn(12, 3) > 0).float(), nn.MultiLabelSoftMarginLoss())


@entry()
def kl_divergence() -> Model:
    module = nn.Sequential(network(3), nn.LogSoftmax(dim=1))
    targets = torch.randn(10, 3).softmax(dim=1)
    return Model(module, torch.randn(10, 2), targets, nn.KLDivLoss(reduction="batchmean"))


class Student(nn.Module):
    """A small network beside its teacher, which is frozen."""

    def __init__(self) -> None:
        super().__init__()
        self.student, self.teacher = nn.Linear(2, 3), network(3).requires_grad_(False)

    def forward(self, x):
        return self.student(x), self.teacher(x)


@entry()
def distillation() -> Model:
    def loss(pair, labels):
        student, teacher = pair
        soft = functional.kl_div(
            functional.log_softmax(student / 2, dim=1),
            functional.softmax(teacher / 2, dim=1),
            reduction="batchmean",
        )
        return 0.5 * functional.cross_entropy(student, labels) + 2 * soft

    return Model(Student(), *classes(), loss)


class Maxout(nn.Module):
    """The largest of several linear maps."""

    def __init__(self) -> None:
        super().__init__()
        self.maps = nn.Linear(2, 9)

    def forward(self, x):
        return self.maps(x).view(-1, 3, 3).amax(dim=2)


@entry()
def maxout() -> Model:
    return Model(Maxout(), *classes(), nn.CrossEntropyLoss())


@entry()
def uncertainty_weights() -> Model:
    """Two tasks, whose weights are learned along."""

    class Weighted(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network, self.log_variance = network(3), nn.Parameter(torch.zeros(2))

        def forward(self, x):
            return self.network(x), self.log_variance

    def loss(pair, labels):
        logits, logs = pair
        tasks = torch.stack([functional.cross_entropy(logits, labels), (logits**2).mean()])
        return (torch.exp(-logs) * tasks + logs).sum()

    return Model(Weighted(), *classes(), loss)
