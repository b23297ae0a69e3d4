"""Sequences: recurrent networks, attention, GPT, embeddings, alignment."""

from __future__ import annotations

import torch
from torch import nn

from tests.models.registry import Model, entry

functional = nn.functional


def sequences(rows: int = 5, length: int = 6, width: int = 2) -> torch.Tensor:
    return torch.randn(rows, length, width)


class Last(nn.Module):
    """A recurrent layer, and a linear one on what it says last."""

    def __init__(self, layer: nn.Module, width: int) -> None:
        super().__init__()
        self.layer, self.out = layer, nn.Linear(width, 1)

    def forward(self, x):
        return self.out(self.layer(x)[0][:, -1])


@entry()
def recurrent() -> Model:
    x = sequences()
    module = Last(nn.RNN(2, 4, batch_first=True), 4)
    return Model(module, x, x.sum(dim=1)[:, :1], nn.MSELoss())


@entry(quick=True)
def lstm() -> Model:
    x = sequences()
    module = Last(nn.LSTM(2, 3, batch_first=True), 3)
    return Model(module, x, x.sum(dim=1)[:, :1], nn.MSELoss())


@entry()
def bare_lstm() -> Model:
    x = sequences(width=3)
    module = nn.LSTM(3, 3, batch_first=True)
    return Model(module, x, x.flip(1), lambda pair, y: functional.mse_loss(pair[0], y))


@entry()
def gru() -> Model:
    x = sequences()
    module = Last(nn.GRU(2, 3, batch_first=True), 3)
    return Model(module, x, x.sum(dim=1)[:, :1], nn.MSELoss())


@entry()
def bidirectional_gru() -> Model:
    x = sequences()
    module = Last(nn.GRU(2, 2, batch_first=True, bidirectional=True, num_layers=2), 4)
    return Model(module, x, x.sum(dim=1)[:, :1], nn.MSELoss())


class HiddenState(nn.Module):
    """An LSTM whose first state is made within forward, as tutorials do."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm, self.out = nn.LSTM(2, 4, batch_first=True), nn.Linear(4, 1)

    def forward(self, x):
        first = torch.zeros(1, len(x), 4), torch.zeros(1, len(x), 4)
        return self.out(self.lstm(x, first)[0][:, -1])


@entry()
def hidden_state_within_forward() -> Model:
    x = sequences()
    return Model(HiddenState(), x, x.sum(dim=1)[:, :1], nn.MSELoss())


class Cells(nn.Module):
    """A loop over an LSTMCell."""

    def __init__(self) -> None:
        super().__init__()
        self.cell, self.out = nn.LSTMCell(2, 3), nn.Linear(3, 1)

    def forward(self, x):
        state = None
        for t in range(x.shape[1]):
            state = self.cell(x[:, t], state)
        return self.out(state[0])


@entry()
def lstm_cells() -> Model:
    x = sequences()
    return Model(Cells(), x, x.sum(dim=1)[:, :1], nn.MSELoss())


class WaveNet(nn.Module):
    """Causal convolutions, each wider than the last."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Conv1d(2, 4, 2, dilation=2**k) for k in range(2))
        self.out = nn.Conv1d(2, 2, 1)

    def forward(self, x):
        x = x.transpose(1, 2)
        for layer in self.layers:
            a, b = layer(functional.pad(x, (layer.dilation[0], 0))).chunk(2, dim=1)
            x = x + torch.tanh(a) * torch.sigmoid(b)
        return self.out(x).transpose(1, 2)


@entry()
def causal_convolutions() -> Model:
    x = sequences()
    return Model(WaveNet(), x, x.roll(-1, dims=1), nn.MSELoss())


class StateSpace(nn.Module):
    """A linear recurrence with a decay of its own for each state."""

    def __init__(self) -> None:
        super().__init__()
        self.decay, self.into = nn.Parameter(torch.zeros(3)), nn.Linear(2, 3)
        self.out = nn.Linear(3, 1)

    def forward(self, x):
        driven, decay = self.into(x), torch.sigmoid(self.decay)
        state, states = torch.zeros_like(driven[:, 0]), []
        for t in range(x.shape[1]):
            state = decay * state + driven[:, t]
            states.append(state)
        return self.out(torch.stack(states, dim=1))


@entry()
def state_space() -> Model:
    x = sequences()
    return Model(StateSpace(), x, x.cumsum(dim=1)[..., :1], nn.MSELoss())


class SelfAttention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(4, 2, batch_first=True)

    def forward(self, x):
        return self.attention(x, x, x, need_weights=False)[0]


@entry()
def multihead_attention() -> Model:
    x = sequences(width=4)
    return Model(SelfAttention(), x, x.flip(1), nn.MSELoss())


class ScaledDotProduct(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.project = nn.Linear(4, 12)

    def forward(self, x):
        query, key, value = self.project(x).chunk(3, dim=-1)
        return functional.scaled_dot_product_attention(query, key, value, is_causal=True)


@entry(quick=True)
def scaled_dot_product_attention() -> Model:
    x = sequences(width=4)
    return Model(ScaledDotProduct(), x, x.flip(1), nn.MSELoss())


@entry()
def transformer_encoder() -> Model:
    x = sequences(width=4)
    layer = nn.TransformerEncoderLayer(4, 2, 6, dropout=0.0, batch_first=True)
    return Model(nn.TransformerEncoder(layer, 2), x, x.flip(1), nn.MSELoss())


class Translator(nn.Module):
    """An encoder and a decoder that attends to it."""

    def __init__(self) -> None:
        super().__init__()
        self.transformer = nn.Transformer(4, 2, 1, 1, 6, dropout=0.0, batch_first=True)

    def forward(self, x):
        return self.transformer(x, x.roll(1, dims=1))


@entry()
def encoder_and_decoder() -> Model:
    x = sequences(rows=3, width=4)
    return Model(Translator(), x, x.flip(1), nn.MSELoss())


class GPT(nn.Module):
    """A causal transformer over tokens, its output layer tied to its embedding."""

    def __init__(self, words: int = 7, width: int = 4) -> None:
        super().__init__()
        self.tokens, self.positions = nn.Embedding(words, width), nn.Embedding(8, width)
        self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.mix = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 8), nn.GELU(), nn.Linear(8, width))
        self.head = nn.Linear(width, words, bias=False)
        self.head.weight = self.tokens.weight

    def forward(self, ids):
        x = self.tokens(ids) + self.positions(torch.arange(ids.shape[1]))
        query, key, value = self.qkv(self.first(x)).chunk(3, dim=-1)
        x = x + self.mix(functional.scaled_dot_product_attention(query, key, value, is_causal=True))
        return self.head(x + self.mlp(self.second(x)))


@entry(quick=True)
def gpt() -> Model:
    ids = torch.randint(7, (4, 6))
    return Model(
        GPT(),
        ids[:, :-1],
        ids[:, 1:],
        lambda p, y: functional.cross_entropy(p.flatten(0, 1), y.flatten()),
    )


class Words(nn.Module):
    """Embedded words, averaged: by hand or by EmbeddingBag."""

    def __init__(self, embedding: nn.Module) -> None:
        super().__init__()
        self.embedding, self.out = embedding, nn.Linear(3, 2)

    def forward(self, ids):
        found = self.embedding(ids)
        return self.out(found if found.ndim == 2 else found.mean(dim=1))


@entry()
def embedded_words() -> Model:
    ids = torch.randint(8, (6, 4))
    return Model(Words(nn.Embedding(8, 3)), ids, torch.arange(6) % 2, nn.CrossEntropyLoss())


@entry()
def bag_of_words() -> Model:
    ids = torch.randint(8, (6, 4))
    return Model(Words(nn.EmbeddingBag(8, 3)), ids, torch.arange(6) % 2, nn.CrossEntropyLoss())


class SkipGram(nn.Module):
    """word2vec: a word, its neighbour, and words that are not near it."""

    def __init__(self) -> None:
        super().__init__()
        self.inner, self.outer = nn.Embedding(9, 4), nn.Embedding(9, 4)

    def forward(self, ids):
        return (self.inner(ids[:, :1]) * self.outer(ids[:, 1:])).sum(dim=-1)


@entry()
def negative_sampling() -> Model:
    signs = torch.tensor([1.0, -1.0, -1.0, -1.0]).expand(10, 4)
    return Model(
        SkipGram(),
        torch.randint(9, (10, 5)),
        signs,
        lambda s, y: -functional.logsigmoid(s * y).mean(),
    )


class Aligned(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(2, 4)

    def forward(self, x):
        return self.layer(x).log_softmax(dim=-1).transpose(0, 1)


@entry()
def connectionist_temporal_classification() -> Model:
    """CTC, which PyTorch differentiates once and not for many at once."""
    criterion, frames, symbols = nn.CTCLoss(), torch.full((3,), 6), torch.full((3,), 2)
    labels = torch.tensor([[1, 2], [2, 3], [3, 1]])
    return Model(
        Aligned(),
        sequences(rows=3),
        labels,
        lambda p, y: criterion(p, y, frames, symbols),
    )
