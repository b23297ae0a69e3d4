"""Training loops of the shapes that tutorials teach, small: they join those of `watched_loops`."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from tests.watched_loops import LOOPS as LOOPS
from tests.watched_loops import Loop, batches, loop

TEXT = "gradients point uphill; descent goes down. "
LETTERS = sorted(set(TEXT))
CODES = torch.tensor([LETTERS.index(letter) for letter in TEXT])


def texts(length, count):
    """Return pieces of the text, and the same pieces one letter later."""
    starts = torch.randint(len(CODES) - length, (count,))
    rows = starts[:, None] + torch.arange(length)
    return CODES[rows], CODES[rows + 1]


def stepped(model, optimizer, losses, steps=4):
    """Return the loop that takes a step down each loss of `losses(t)`."""

    def train(note, log):
        for t in range(steps):
            optimizer.zero_grad()
            loss = note(losses(t))
            loss.backward()
            log([loss])
            optimizer.step()

    return Loop(model, [optimizer], train)


@loop
def digits_by_convolution():
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Dropout2d(0.25),
        nn.Flatten(),
        nn.Linear(36, 10),
        nn.LogSoftmax(dim=1),
    )
    digits = list(batches(torch.randn(24, 1, 8, 8), torch.arange(24) % 10, 4))
    optimizer = torch.optim.Adadelta(model.parameters(), lr=1.0)

    def loss(t):
        images, labels = digits[t]
        return functional.nll_loss(model(images), labels)

    return stepped(model, optimizer, loss)


class CharacterLstm(nn.Module):
    """Predicts the next letter, and hands its state on to the next piece of text."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(len(LETTERS), 6)
        self.lstm = nn.LSTM(6, 8, batch_first=True)
        self.head = nn.Linear(8, len(LETTERS))

    def forward(self, letters, state):
        out, state = self.lstm(self.embedding(letters), state)
        return self.head(out), tuple(one.detach() for one in state)


@loop
def letters_by_lstm():
    model = CharacterLstm()
    optimizer = torch.optim.RMSprop(model.parameters(), lr=0.01)

    def train(note, log):
        state = (torch.zeros(1, 3, 8), torch.zeros(1, 3, 8))
        for _ in range(4):
            letters, following = texts(7, 3)
            scores, state = model(letters, state)
            loss = note(functional.cross_entropy(scores.flatten(0, 1), following.flatten()))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_value_(model.parameters(), 0.1)
            log([loss])
            optimizer.step()

    return Loop(model, [optimizer], train)


class Block(nn.Module):
    """A pre-norm transformer block with causal attention."""

    def __init__(self, width=8, heads=2):
        super().__init__()
        self.heads = heads
        self.norm_1, self.norm_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.to_qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, 8))

    def forward(self, x):
        rows, length, width = x.shape
        parts = self.to_qkv(self.norm_1(x)).reshape(rows, length, 3, self.heads, -1)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        x = x + self.out(mixed.transpose(1, 2).reshape(rows, length, width))
        return x + self.mlp(self.norm_2(x))


class Gpt(nn.Module):
    """A language model whose output weights are those of its embedding."""

    def __init__(self, length=8, width=8):
        super().__init__()
        self.tokens, self.places = nn.Embedding(len(LETTERS), width), nn.Embedding(length, width)
        self.blocks = nn.Sequential(Block(), Block())
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, len(LETTERS), bias=False)
        self.head.weight = self.tokens.weight

    def forward(self, letters):
        x = self.tokens(letters) + self.places(torch.arange(letters.shape[1]))
        return self.head(self.norm(self.blocks(x)))


@loop
def letters_by_gpt():
    model = Gpt()
    matrices = [one for one in model.parameters() if one.ndim > 1]
    vectors = [one for one in model.parameters() if one.ndim == 1]
    groups = [
        {"params": matrices, "weight_decay": 0.1},
        {"params": vectors, "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=0.01, betas=(0.9, 0.95))
    warming = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda t: min(1.0, (t + 1) / 3))

    def train(note, log):
        for _ in range(4):
            letters, following = texts(8, 4)
            scores = model(letters)
            loss = note(functional.cross_entropy(scores.flatten(0, 1), following.flatten()))
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            log([loss])
            optimizer.step()
            warming.step()

    return Loop(model, [optimizer], train, [warming])


class Vae(nn.Module):
    """Encodes rows as normal distributions, and decodes samples of them."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(6, 5), nn.ReLU())
        self.mean, self.log_variance = nn.Linear(5, 2), nn.Linear(5, 2)
        self.decoder = nn.Sequential(nn.Linear(2, 5), nn.ReLU(), nn.Linear(5, 6), nn.Sigmoid())

    def forward(self, x):
        hidden = self.encoder(x)
        mean, log_variance = self.mean(hidden), self.log_variance(hidden)
        code = mean + torch.randn_like(mean) * (log_variance / 2).exp()
        return self.decoder(code), mean, log_variance


@loop
def variational_autoencoder():
    model, images = Vae(), torch.rand(24, 6)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

    def loss(t):
        x = images[6 * t : 6 * t + 6]
        decoded, mean, log_variance = model(x)
        reconstruction = functional.binary_cross_entropy(decoded, x, reduction="sum")
        divergence = (log_variance.exp() + mean**2 - 1 - log_variance).sum() / 2
        return reconstruction + divergence

    return stepped(model, optimizer, loss)


class ResidualBlock(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, before, after):
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(before, after, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(after),
            nn.ReLU(inplace=True),
            nn.Conv2d(after, after, 3, padding=1, bias=False),
            nn.BatchNorm2d(after),
        )
        self.shortcut = nn.Sequential(
            nn.Conv2d(before, after, 1, stride=2, bias=False), nn.BatchNorm2d(after)
        )

    def forward(self, x):
        return functional.relu(self.main(x) + self.shortcut(x), inplace=True)


@loop
def residual_network():
    model = nn.Sequential(
        ResidualBlock(2, 4), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3)
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=4)
    images, labels = torch.randn(16, 2, 8, 8), torch.arange(16) % 3
    criterion = nn.CrossEntropyLoss(label_smoothing=0.1)

    def train(note, log):
        for x, y in batches(images, labels, 4):
            loss = note(criterion(model(x), y))
            optimizer.zero_grad()
            loss.backward()
            log([loss])
            optimizer.step()
            falling.step()

    return Loop(model, [optimizer], train, [falling])


@loop
def physics_informed():
    model = nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Linear(8, 1))
    times = torch.linspace(0, 2, 12)[:, None].requires_grad_()
    start = torch.zeros(1, 1)

    def loss(_):
        place = model(times)
        speed = torch.autograd.grad(place.sum(), times, create_graph=True)[0]
        residual = speed + place  # u′ = −u, u(0) = 1
        return residual.square().mean() + (model(start) - 1).square().mean()

    return stepped(model, torch.optim.Adam(model.parameters(), lr=0.01), loss)


@loop
def lbfgs_with_line_search():
    model = nn.Sequential(nn.Linear(1, 5), nn.Tanh(), nn.Linear(5, 1))
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=4, line_search_fn="strong_wolfe")
    x = torch.linspace(-1, 1, 10)[:, None]

    def train(note, log):
        for _ in range(3):
            firsts = []

            def closure(firsts=firsts):
                optimizer.zero_grad()
                loss = note(functional.mse_loss(model(x), x.sin()))
                loss.backward()
                if not firsts:
                    firsts.append(loss)
                    log([loss])
                return loss

            optimizer.step(closure)

    return Loop(model, [optimizer], train)


@loop
def automatic_mixed_precision():
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    x = torch.randn(16, 4)

    def loss(t):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            predicted = model(x[4 * t : 4 * t + 4])
            return functional.mse_loss(predicted.float(), x[4 * t : 4 * t + 4, :1])

    return stepped(model, optimizer, loss)
