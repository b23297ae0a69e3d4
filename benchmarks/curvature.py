"""Measure what checking a curvature against differences of the gradient costs.

    .venv/bin/python -m benchmarks.curvature [-o curvature.json] [--rounds N]

Each sharpness is computed with and without the check in turn, on one thread; the least time of
that thread counts. Compare ratios: seconds depend on the machine.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import torch
from torch import nn

from benchmarks.lecture import output
from descent import model_loss
from descent.rates.spectrum import hessian_products, largest_eigenvalue

ROWS = 64


class Encoder(nn.Module):
    """A transformer's layer over a few tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(16, 16)
        self.layer = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.0, batch_first=True)
        self.head = nn.Linear(16, 16)

    def forward(self, tokens: Any) -> Any:
        """Return the logits of each next token."""
        return self.head(self.layer(self.embedding(tokens))).transpose(1, 2)


def perceptron(width: int) -> Any:
    """Return the loss and the start of a network of two hidden layers."""
    layers = nn.Linear(8, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 1)
    data = torch.randn(ROWS, 8), torch.randn(ROWS, 1), nn.MSELoss()
    return model_loss(nn.Sequential(*layers), *data)[:2]


def convolution() -> Any:
    """Return the loss and the start of a small network of a convolution."""
    layers = nn.Conv2d(1, 6, 5), nn.Tanh(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(864, 10)
    data = torch.randn(16, 1, 28, 28), torch.randint(0, 10, (16,)), nn.CrossEntropyLoss()
    return model_loss(nn.Sequential(*layers), *data)[:2]


def attention() -> Any:
    """Return the loss and the start of a layer of attention."""
    tokens = torch.randint(0, 16, (4, 8))
    return model_loss(Encoder(), tokens, tokens, nn.CrossEntropyLoss())[:2]


LOSSES: dict[str, Callable[[], Any]] = {
    "perceptron, 28 wide": lambda: perceptron(28),
    "perceptron, 96 wide": lambda: perceptron(96),
    "convolution": convolution,
    "attention": attention,
}


def seconds(loss: Any, start: Any, is_checked: bool) -> float:
    """Return how long the processor takes for one sharpness at a place not seen before."""
    began = time.thread_time()
    products = hessian_products(loss, start, is_checked=is_checked)
    largest_eigenvalue(products, len(start))
    return time.thread_time() - began


@click.command()
@click.option("--rounds", type=click.IntRange(1), default=30, show_default=True)
@output("curvature.json")
def main(rounds: int, output: Path) -> None:
    """Measure the sharpness of networks with and without its check."""
    torch.set_num_threads(1)
    found: dict[str, dict[str, float]] = {}
    for name, make in LOSSES.items():
        torch.manual_seed(0)
        loss, start = make()
        costs: dict[bool, list[float]] = {True: [], False: []}
        for number in range(rounds):
            for is_checked, taken in costs.items():
                taken.append(seconds(loss, start * (1 + 1e-6 * number), is_checked))
        checked, plain = min(costs[True]), min(costs[False])
        found[name] = {"parameters": len(start), "seconds": plain, "ratio": checked / plain}
        click.echo(
            f"{name:24}{len(start):8,} parameters{plain:10.4f} s, checked {checked / plain:.3f}"
        )
    output.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
