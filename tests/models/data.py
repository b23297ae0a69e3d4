"""Data as people have them: several inputs, by name, in batches, padded; outputs of all kinds."""

from __future__ import annotations

from types import SimpleNamespace

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence
from torch.utils.data import DataLoader, TensorDataset

from tests.models.registry import Model, entry

functional = nn.functional


class TwoInputs(nn.Module):
    """Numbers beside a category, as a table has them."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers, self.category, self.out = nn.Linear(2, 3), nn.Embedding(4, 3), nn.Linear(3, 1)

    def forward(self, numbers, category):
        return self.out(torch.tanh(self.numbers(numbers) + self.category(category)))


def tables(rows: int = 12) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    numbers, category = torch.randn(rows, 2), torch.arange(rows) % 4
    return numbers, category, numbers.sum(dim=1, keepdim=True) + category[:, None] / 4


@entry(quick=True)
def two_inputs() -> Model:
    numbers, category, y = tables()
    return Model(TwoInputs(), (numbers, category), y, nn.MSELoss())


@entry()
def inputs_by_name() -> Model:
    numbers, category, y = tables()
    return Model(TwoInputs(), {"category": category, "numbers": numbers}, y, nn.MSELoss())


class Curriculum(nn.Module):
    """Two tasks of different weights, each with inputs of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.easy, self.hard = nn.Linear(2, 4), nn.Linear(4, 1), nn.Linear(4, 2)

    def forward(self, easy, hard):
        return self.easy(torch.relu(self.body(easy))), self.hard(torch.relu(self.body(hard)))


@entry()
def curriculum() -> Model:
    def loss(outputs, targets):
        first = functional.mse_loss(outputs[0], targets[0])
        return 0.8 * first + 0.2 * functional.cross_entropy(outputs[1], targets[1])

    easy, hard = torch.randn(8, 2), torch.randn(8, 2)
    return Model(Curriculum(), (easy, hard), (easy[:, :1], (hard[:, 0] > 0).long()), loss)


def network() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 3))


def labelled(rows: int = 12) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.randn(rows, 2), torch.arange(rows) % 3


@entry(quick=True)
def mini_batches() -> Model:
    return Model(network(), *labelled(), nn.CrossEntropyLoss(), batch_size=4)


@entry()
def loader_in_order() -> Model:
    loader = DataLoader(TensorDataset(*labelled()), batch_size=4)
    return Model(network(), loader, None, nn.CrossEntropyLoss())


@entry()
def loader_that_shuffles() -> Model:
    generator = torch.Generator().manual_seed(3)
    rows = TensorDataset(*labelled())
    loader = DataLoader(rows, batch_size=4, shuffle=True, generator=generator)
    return Model(network(), loader, None, nn.CrossEntropyLoss())


@entry()
def loader_without_generator() -> Model:
    loader = DataLoader(TensorDataset(*labelled()), batch_size=3, shuffle=True)
    return Model(network(), loader, None, nn.CrossEntropyLoss())


@entry()
def without_targets() -> Model:
    module = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    return Model(module, torch.randn(10, 3), None, lambda z, _: (z.std(dim=0) - 1).pow(2).sum())


class LearnedMargins(nn.Module):
    """A criterion with parameters of its own, which are learned along."""

    def __init__(self) -> None:
        super().__init__()
        self.log_scale = nn.Parameter(torch.zeros(3))

    def forward(self, logits, labels):
        return functional.cross_entropy(logits * self.log_scale.exp(), labels)


@entry()
def criterion_that_learns() -> Model:
    return Model(network(), *labelled(), LearnedMargins())


def plain_network() -> nn.Sequential:
    return nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))


def rows() -> tuple[torch.Tensor, torch.Tensor]:
    x = torch.randn(10, 3)
    return x, torch.sin(x.sum(dim=1, keepdim=True))


class Padded(nn.Module):
    """Sequences of several lengths, packed."""

    def __init__(self) -> None:
        super().__init__()
        self.gru, self.out = nn.GRU(2, 3, batch_first=True), nn.Linear(3, 1)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        return self.out(self.gru(packed)[1][0])


@entry()
def packed_sequences() -> Model:
    x, lengths = torch.randn(4, 5, 2), torch.tensor([5, 3, 4, 2])
    return Model(Padded(), (x, lengths), x.sum(dim=1)[:, :1], nn.MSELoss())


class MaskedEncoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(4, 2, 6, dropout=0.0, batch_first=True)

    def forward(self, x, is_padding):
        return self.layer(x, src_key_padding_mask=is_padding)[:, 0]


@entry()
def padding_mask() -> Model:
    x, is_padding = (
        torch.randn(4, 5, 4),
        torch.arange(5)[None] >= torch.tensor([[5], [3], [4], [2]]),
    )
    return Model(MaskedEncoder(), (x, is_padding), x[:, 1], nn.MSELoss())


@entry()
def output_object() -> Model:
    """What a module returns is an object, as transformers do it."""

    class Named(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = plain_network()

        def forward(self, x):
            return SimpleNamespace(logits=self.net(x), loss=None)

    return Model(Named(), *rows(), lambda output, y: functional.mse_loss(output.logits, y))


@entry()
def loss_within_the_module() -> Model:
    class Whole(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = plain_network()

        def forward(self, x, labels):
            return {"loss": functional.mse_loss(self.net(x), labels)}

    x, y = rows()
    return Model(Whole(), {"x": x, "labels": y}, None, lambda output, _: output["loss"])
