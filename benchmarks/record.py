"""Measure how fast descents are recorded and swept, against the shortest equivalent code.

    .venv/bin/python -m benchmarks.record [-o record.json] [--rounds N] [--map 512]

Each variant is measured once per round, in turn; the minimum counts. Compare ratios: seconds depend
on the machine.
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

from benchmarks.lecture import output
from benchmarks.processes import cost_of
from descent import model_loss, record, sweep

START, RATE = (2.0, 1.0), 0.05
STEPS, RATES = 1000, np.geomspace(1e-3, 0.33, 10_000)
LOOPED = 20  # rates that are recorded one by one
MAP_STEPS, ROWS, WIDTH = 500, 16, 16


def bowl(params: Any) -> Any:
    """Return θ1² + 3 θ2²."""
    return params[0] ** 2 + 3 * params[1] ** 2


def by_hand(steps: int) -> None:
    """Take and store steps with the shortest loop."""
    params = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([params], lr=RATE)
    iterates, losses, gradients = [], [], []
    for _ in range(steps + 1):
        optimizer.zero_grad()
        loss = bowl(params)
        loss.backward()
        iterates.append(params.detach().clone())
        losses.append(loss.item())
        gradients.append(params.grad.clone())  # type: ignore[union-attr]
        optimizer.step()


def looped(steps: int) -> None:
    """Record some of the rates, one after the other."""
    for rate in RATES[:: len(RATES) // LOOPED]:
        record(bowl, START, learning_rate=float(rate), steps=steps)


def in_numpy(steps: int) -> None:
    """Sweep with a gradient derived by hand."""
    first = np.full(len(RATES), START[0])
    second = np.full(len(RATES), START[1])
    for _ in range(steps):
        loss = first**2 + 3 * second**2
        assert np.isfinite(loss).all()
        first = first - RATES * 2 * first
        second = second - RATES * 6 * second


def mapped(size: int, device: str) -> float:
    """Sweep two rates of a small tanh network, and return the seconds."""
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
    """Return the peak memory of a process that sweeps `steps` steps, in megabytes."""
    program = f"from benchmarks.record import *; sweep(bowl, START, RATES, {steps})"
    return cost_of(["-c", program]).peak_mb


def fastest(variants: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return the least seconds of each variant, measured in turn."""
    found: dict[str, list[float]] = {name: [] for name in variants}
    for _ in range(rounds):
        for name, variant in variants.items():
            start = time.perf_counter()
            variant()
            found[name].append(time.perf_counter() - start)
    return {name: min(seconds) for name, seconds in found.items()}


@click.command()
@click.option("--rounds", type=click.IntRange(1), default=5, show_default=True)
@click.option("--steps", type=click.IntRange(1), default=STEPS, show_default=True)
@click.option("--map", "size", type=click.IntRange(0), default=0, help="Rates per axis of a map.")
@click.option("--device", default="cpu", show_default=True, help="Where the map is computed.")
@output("record.json")
def main(rounds: int, steps: int, size: int, device: str, output: Path) -> None:
    """Measure recording and sweeping."""
    variants: dict[str, Callable[[], object]] = {
        "record": lambda: record(bowl, START, learning_rate=RATE, steps=steps),
        "by hand": lambda: by_hand(steps),
        "sweep": lambda: sweep(bowl, START, RATES, steps),
        "in NumPy": lambda: in_numpy(steps),
        f"{LOOPED} records": lambda: looped(steps),
    }
    # Imports and compilation are not measured.
    fastest({name: variants[name] for name in ("record", "by hand")}, 1)
    sweep(bowl, START, RATES[:100], 20)
    found = fastest(variants, rounds)
    one = found[f"{LOOPED} records"] / LOOPED
    found["record / by hand"] = found["record"] / found["by hand"]
    found["looping over record / sweep"] = one * len(RATES) / found["sweep"]
    found["sweep / in NumPy"] = found["sweep"] / found["in NumPy"]
    for count in (steps // 10, steps * 10):
        found[f"MB, {count:,} steps"] = megabytes(count)
    if size:
        found["map"] = mapped(size, device)
        found["map, nanoseconds per run and step"] = found["map"] / (size**2 * MAP_STEPS) * 1e9
    for name, value in found.items():
        click.echo(f"{name:36}{value:12.4g}")
    output.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
