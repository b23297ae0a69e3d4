"""How fast descents are recorded and swept, against the shortest code that does the same.

    .venv/bin/python -m benchmarks.record [-o record.json] [--rounds N] [--map 512]

Each way is measured `rounds` times, in turn; the least of each counts. Ratios are what to believe.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch

from benchmarks.processes import cost_of
from descent import model_loss, record, sweep

START, RATE, STEPS = (2.0, 1.0), 0.05, 1000
RATES = np.geomspace(1e-3, 0.33, 10_000)
LOOPED = 20
MAP, MAP_STEPS, ROWS, WIDTH = 512, 500, 16, 16


def bowl(params: Any) -> Any:
    """Return θ1² + 3 θ2²."""
    return params[0] ** 2 + 3 * params[1] ** 2


def recorded() -> None:
    """Record a thousand steps."""
    record(bowl, START, learning_rate=RATE, steps=STEPS)


def by_hand() -> None:
    """Take and store the same steps by the shortest loop."""
    params = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    stepper = torch.optim.SGD([params], lr=RATE)
    iterates, losses, gradients = [], [], []
    for _ in range(STEPS + 1):
        stepper.zero_grad()
        loss = bowl(params)
        loss.backward()
        iterates.append(params.detach().clone())
        losses.append(loss.item())
        gradients.append(params.grad.clone())  # type: ignore[union-attr]
        stepper.step()


def swept() -> None:
    """Sweep ten thousand rates."""
    sweep(bowl, START, RATES, STEPS)


def looped() -> None:
    """Record some of them, one after the other."""
    for rate in RATES[:: len(RATES) // LOOPED]:
        record(bowl, START, learning_rate=float(rate), steps=STEPS)


def in_numpy() -> None:
    """Sweep them with the gradient typed in."""
    first = np.full(len(RATES), START[0])
    second = np.full(len(RATES), START[1])
    for _ in range(STEPS):
        loss = first**2 + 3 * second**2
        assert np.isfinite(loss).all()
        first = first - RATES * 2 * first
        second = second - RATES * 6 * second


def mapped(size: int, device: str) -> float:
    """Sweep a map of two rates of a small tanh network; return the seconds."""
    torch.manual_seed(0)
    network = torch.nn.Sequential(
        torch.nn.Linear(WIDTH, WIDTH, bias=False),
        torch.nn.Tanh(),
        torch.nn.Linear(WIDTH, 1, bias=False),
    ).double()
    inputs = torch.randn(ROWS, WIDTH, dtype=torch.float64)
    targets = torch.randn(ROWS, 1, dtype=torch.float64)
    loss, start, names = model_loss(network, inputs, targets, torch.nn.MSELoss())
    axis = np.geomspace(0.1, 1000, size)
    rates = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1)
    layer = [int(name[1]) - 1 for name in names]
    began = time.perf_counter()
    sweep(loss, start, rates, MAP_STEPS, groups=layer, names=names, device=device, memory_mb=4000)
    return time.perf_counter() - began


def megabytes(steps: int) -> float:
    """Return the most memory that a process needs which sweeps `steps` steps."""
    program = f"from benchmarks.record import *; sweep(bowl, START, RATES, {steps})"
    return cost_of(["-c", program]).peak_mb


def least(ways: dict[str, Callable[[], None]], rounds: int) -> dict[str, float]:
    """Return the least seconds of each way, measured in turn."""
    found: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            began = time.perf_counter()
            way()
            found[name].append(time.perf_counter() - began)
    return {name: min(seconds) for name, seconds in found.items()}


@click.command()
@click.option("--rounds", type=click.IntRange(1), default=5, show_default=True)
@click.option("--map", "size", type=click.IntRange(0), default=0, help="Rates an axis of a map.")
@click.option("--device", default="cpu", show_default=True, help="Where the map is computed.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default="record.json")
def main(rounds: int, size: int, device: str, output: Path) -> None:
    """Measure recording and sweeping."""
    # What is imported or compiled once is on nobody's account.
    recorded(), by_hand(), sweep(bowl, START, RATES[:100], 20)
    ways = {
        "record": recorded,
        "by hand": by_hand,
        "sweep": swept,
        "in NumPy": in_numpy,
        f"{LOOPED} records": looped,
    }
    found = least(ways, rounds)
    one = found[f"{LOOPED} records"] / LOOPED
    found["record / by hand"] = found["record"] / found["by hand"]
    found["looping over record / sweep"] = one * len(RATES) / found["sweep"]
    found["sweep / in NumPy"] = found["sweep"] / found["in NumPy"]
    found["MB, 100 steps"], found["MB, 10,000 steps"] = megabytes(100), megabytes(10_000)
    if size:
        found["map"] = mapped(size, device)
        found["map, nanoseconds a run and step"] = found["map"] / (size**2 * MAP_STEPS) * 1e9
    for name, value in found.items():
        click.echo(f"{name:36}{value:12.4g}")
    output.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
