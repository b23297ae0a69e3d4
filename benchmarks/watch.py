"""Measure what watching a training loop costs: its time, and the memory beside the model.

    .venv/bin/python -m benchmarks.watch [-o watch.json] [--steps 2000] [--rounds N] [--threads N]

The classic convolutional network for MNIST (1,199,882 parameters) is trained on random data of
MNIST's shape, in batches of 64 by Adam, unwatched and watched in turn within one process: a few
steps of the one, then as many of the other. So both meet the same load of the machine, and their
ratio says what watching costs. The memory is that of two further processes, which take the same
steps unwatched and watched and read the trajectory: the difference of their largest resident sizes.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import click
import torch
from torch import nn

from benchmarks.lecture import output
from benchmarks.processes import cost_of
from descent import watch

STEPS, SLICE, BATCH = 200, 10, 64
SHAPE, CLASSES, IMAGES = (1, 28, 28), 10, 4096
TARGETS = {"watched / unwatched": 1.1, "MB beside the model": 200.0}


def network() -> nn.Module:
    """Return two convolutions and two linear layers with dropout, as in PyTorch's first example."""
    return nn.Sequential(
        nn.Conv2d(1, 32, 3),
        nn.ReLU(),
        nn.Conv2d(32, 64, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Dropout(0.25),
        nn.Flatten(),
        nn.Linear(9216, 128),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(128, CLASSES),
    )


class Training:
    """A network, its optimizer and its data.

    Args:
        device: Where they are.
    """

    def __init__(self, device: str) -> None:
        torch.manual_seed(0)
        self.model = network().to(device)
        self.optimizer = torch.optim.Adam(self.model.parameters())
        self.x = torch.randn(IMAGES, *SHAPE, device=device)
        self.y = torch.randint(CLASSES, (IMAGES,), device=device)
        self._criterion = nn.CrossEntropyLoss()
        self._device = device

    def steps(self, count: int, first: int, note: Any = lambda loss: loss) -> float:
        """Take steps, and return the seconds that they took."""
        began = time.perf_counter()
        for t in range(first, first + count):
            rows = slice(t * BATCH % IMAGES, t * BATCH % IMAGES + BATCH)
            self.optimizer.zero_grad()
            note(self._criterion(self.model(self.x[rows]), self.y[rows])).backward()
            self.optimizer.step()
        if self._device != "cpu":
            torch.cuda.synchronize()
        return time.perf_counter() - began


def seconds(steps: int, device: str) -> tuple[float, float, float]:
    """Return the seconds of all steps unwatched and watched, and of making the trajectory."""
    plain, other = Training(device), Training(device)
    for training in (plain, other):
        training.steps(3, 0)
    found = [0.0, 0.0]
    with watch(other.model, other.optimizer) as watched:
        for k, first in enumerate(range(0, steps, SLICE)):
            count = min(SLICE, steps - first)
            # In turn, also which of the two goes first.
            for which in ((0, 1), (1, 0))[k % 2]:
                training, note = (plain, lambda loss: loss) if not which else (other, watched.loss)
                found[which] += training.steps(count, first, note)
    began = time.perf_counter()
    assert watched.trajectory.steps == steps
    return found[0], found[1], time.perf_counter() - began


def megabytes(steps: int, threads: int, is_watched: bool) -> float:
    """Return the largest resident size of a process that takes steps, in megabytes."""
    program = (
        "from benchmarks.watch import *; from descent import watch; "
        f"torch.set_num_threads({threads}); training = Training('cpu')\n"
        + (
            "with watch(training.model, training.optimizer) as watched:\n"
            f"    training.steps({steps}, 0, watched.loss)\n"
            "watched.trajectory"
            if is_watched
            else f"training.steps({steps}, 0)"
        )
    )
    return cost_of(["-c", program]).peak_mb


@click.command()
@click.option("--steps", type=click.IntRange(1), default=STEPS, show_default=True)
@click.option("--threads", type=click.IntRange(1), default=2, show_default=True)
@click.option("--device", default="cpu", show_default=True, help="Where the network is trained.")
@output("watch.json")
def main(steps: int, threads: int, device: str, output: Path) -> None:
    """Measure a watched loop against the same loop unwatched."""
    torch.set_num_threads(threads)
    sizes = {}
    if device == "cpu":
        # First, since a process begins with the largest resident size of the one that started it.
        plain, other = (megabytes(steps, threads, is_watched) for is_watched in (False, True))
        sizes = {"MB unwatched": plain, "MB watched": other, "MB beside the model": other - plain}
    unwatched, watched, after = seconds(steps, device)
    found = {
        "steps": steps,
        "unwatched, ms a step": unwatched / steps * 1e3,
        "watched, ms a step": watched / steps * 1e3,
        "watched / unwatched": watched / unwatched,
        "trajectory, seconds": after,
        **sizes,
    }
    for name, value in found.items():
        target = f"   (at most {TARGETS[name]:g})" if name in TARGETS else ""
        click.echo(f"{name:24}{value:12.4g}{target}")
    output.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
