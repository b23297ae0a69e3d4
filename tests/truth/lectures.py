"""Lectures over tables, losses, starts and rates of many kinds, made from one seed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from scenes import CLIPS
from tests.lectures import DEFAULT
from tests.truth.formulas import FORMULAS
from understanding_gradients.lecture.settings import Settings

SEED = 18
FILE = Path(__file__).with_name("losses.py")
# These show the neuron, whatever the lecture's loss is.
OF_THE_ROWS = (
    "loss-of-one-row",
    "zero-loss",
    "gradient-of-a-neuron",
    "gradient-of-a-network",
    "automatic-differentiation",
)
EVERY = tuple(clip.slug for clip in CLIPS)
OF_THE_LOSS = tuple(slug for slug in EVERY if slug not in OF_THE_ROWS)


@dataclass(frozen=True)
class Lecture:
    """Settings, and the clips in which they are told.

    Attributes:
        settings: Of the lecture.
        slugs: Of its clips that no other lecture tells alike.
        loss: The key of its loss in `FORMULAS`; "" for the neuron.
    """

    settings: Settings
    slugs: tuple[str, ...] = EVERY
    loss: str = ""


def _table(kind: str, random: np.random.Generator) -> dict[str, Any]:
    """Return rows and names of one kind."""
    count = int(random.integers(5, 12))
    x, slope, noise, base = random.uniform(-2, 2, count), 1.2, 0.3, 0.8
    names, decimals = ("x", "y"), 2
    if kind == "houses":
        x, slope, noise, base, decimals = random.uniform(35, 170, count), 2.9, 12, 18, 0
        names = "size in m²", "price in 1000 €"
    elif kind == "heating":
        x, slope, noise, base, decimals = random.uniform(-14, 17, count), -1.7, 2, 41, 1
        names = "outside in °C", "heating in kWh"
    elif kind == "exam":
        x, slope, noise, base, decimals = random.uniform(0, 12, count), 6.5, 9, 22, 0
        names = "hours", "points"
    elif kind == "people":
        x, slope, noise, base, decimals = random.uniform(152, 199, count), 0.9, 6, -85, 0
        names = "height in cm", "weight [kg]"
    elif kind == "metres":
        x, slope, noise, base = random.uniform(1.52, 1.99, count), 90, 6, -85
        names = "height (m)", "weight in kg"
    elif kind == "years":
        x, slope, noise, base = np.arange(2024 - count, 2024), 0.4, 0.3, -790
        names, decimals = ("year", "value"), 1
    elif kind == "forty":
        x, noise, count = random.uniform(-3, 3, 40), 1.0, 40
    elif kind == "one-row":
        x, count = random.uniform(-2, 2, 1), 1
    elif kind == "two-rows":
        x, count = random.uniform(-2, 2, 2), 2
    elif kind == "upright":
        x = np.full(count, 1.5)
    elif kind == "equal-x":
        x = np.round(x)
    elif kind == "level":
        slope, noise = 0.0, 0.0
    elif kind == "exact-line":
        noise = 0.0
    elif kind == "huge-units":
        slope, noise, base, decimals = 2.4e6, 3e5, 5e6, 0
    elif kind == "tiny-units":
        x, slope, noise, base, decimals = x / 1000, 0.7, 1e-4, 2e-3, 5
    elif kind == "below-zero":
        x, slope, base = x - 6, -0.8, -9
    y = slope * x + base + noise * random.standard_normal(len(x))
    rows = [(float(a), float(b)) for a, b in zip(x.round(3), y.round(decimals), strict=True)]
    if kind == "equal-rows":
        rows = [*rows, rows[0], rows[1]]
    picked = int(random.integers(1, len(rows) + 1))
    return {"rows": rows, "x_name": names[0], "y_name": names[1], "picked_row": picked}


KINDS = (
    *("houses", "heating", "exam", "people", "metres", "years", "forty", "one-row", "two-rows"),
    *("upright", "equal-x", "level", "exact-line", "huge-units", "tiny-units", "below-zero"),
    *("equal-rows", "plain"),
)
STARTS = ("own", "origin", "near", "exact", "far")


def _neuron_start(kind: str, rows: Any, random: np.random.Generator) -> tuple[float, ...]:
    """Return a start over rows: the origin, near their minimum, at it, or far from it."""
    x, y = np.array(rows, dtype=float).T
    lowest = np.linalg.lstsq(np.column_stack([x, np.ones_like(x)]), y, rcond=None)[0]
    places = {
        "origin": np.zeros(2),
        "near": np.array([float(f"{value:.3g}") for value in lowest]),
        "exact": lowest,
        "far": lowest + random.uniform(-60, 60, 2),
        "own": DEFAULT.descent.start,
    }
    return tuple(float(value) for value in places[kind])


def _rates(sharpness: float, start: str, random: np.random.Generator) -> dict[str, float]:
    """Return three rates, at times far from good or just beyond; none for the suggested ones."""
    if random.random() < 0.4 and start != "exact":  # where there is no slope, none are suggested
        return {}
    shares = {
        "very_small": float(random.choice([0.001, 0.01, 0.05, 0.3])),
        "just_right": float(random.choice([0.2, 0.5, 0.76, 0.97])),
        "very_large": float(random.choice([0.99, 1.0005, 1.01, 1.2, 3.0, 50.0])),
    }
    return {name: float(f"{share * 2 / sharpness:.4g}") for name, share in shares.items()}


def _over_tables(random: np.random.Generator) -> dict[str, Lecture]:
    found = {}
    for number in range(2 * len(KINDS)):
        kind = KINDS[number % len(KINDS)]
        table, start = _table(kind, random), STARTS[int(random.integers(len(STARTS)))]
        x = np.array(table["rows"])[:, 0]
        sharpness = float(
            np.linalg.eigvalsh(2 * np.array([[(x**2).mean(), x.mean()], [x.mean(), 1]]))[-1]
        )
        settings = DEFAULT.replace(
            **table,
            **_rates(sharpness, start, random),
            start=_neuron_start(start, table["rows"], random),
            steps=int(random.integers(1, 13)),
        )
        found[f"{kind}-{number // len(KINDS) + 1}-{start}"] = Lecture(settings)
    return found


AT_ITS_MINIMUM = {
    **{"start": (0.0,), "steps": 2},
    **{"very_small": 0.01, "just_right": 0.4, "very_large": 1.2},
}
# The starts of losses, and rates that are not the suggested ones.
PLACES: dict[str, list[dict[str, Any]]] = {
    "parabola": [{}, AT_ITS_MINIMUM, {"just_right": 0.5, "steps": 3}],
    "double_well": [
        {},
        {"start": (-2.0,), "steps": 8},
        {"very_small": 0.002, "just_right": 0.17, "very_large": 0.2},
        {"start": (1.3,), "very_small": 0.002, "just_right": 0.05, "very_large": 0.24},
    ],
    "bowl": [{"very_large": 0.335, "steps": 4}, {"just_right": 0.25, "steps": 4}],
    "ravine": [{"steps": 8}],
    "rosenbrock": [{}, {"start": (0.0, 0.0), "steps": 9}],
    "beale": [{"steps": 4}],
    "himmelblau": [{}, {"start": (0.0, 0.0)}],
    "saddle": [
        {},
        {"start": (1.0, 0.0), "steps": 4},
        {"start": (0.2, 2.1), "very_small": 0.01, "just_right": 0.2, "very_large": 0.6},
    ],
    "rastrigin": [{}, {"start": (0.5, 0.5), "steps": 3}],
    "negative": [{"start": (2.0, 1.0), "very_large": 8.1}],
    "wavy": [
        {"start": (4.0,)},
        {"start": (-2.5,), "steps": 8},
        {"start": (4.0,), "very_small": 1e-7, "just_right": 0.07, "very_large": 0.9},
    ],
    "valley": [{"start": (-2.0, 1.0)}, {"start": (3.0, -1.0), "steps": 3}],
    "kink": [{"start": (2.2, -1.3), "very_small": 0.01, "just_right": 0.4, "very_large": 3.0}],
    "kinked_bowl": [{"start": (1.5, 1.0), "steps": 4}],
    "flat": [{"start": (1.0, 2.0), "very_small": 0.1, "just_right": 1.0, "very_large": 9.0}],
    "unbounded": [
        {"start": (1.0, 0.5), "steps": 4},
        {"start": (1.0, 0.5), "very_small": 0.3, "just_right": 0.5, "very_large": 1.0},
    ],
    "slope": [{"start": (1.0, 2.0), "very_small": 0.1, "just_right": 1.0, "very_large": 9.0}],
    "shifted": [{"start": (3.0, 2.0), "steps": 5}],
    "quartic": [{"start": (1.5,), "steps": 5}],
    "barrier": [{"start": (3.0, 2.0), "very_large": 9.0, "steps": 3}],
    "gutter": [{"start": (1.0, 5.0), "steps": 3}],
    "huge": [{"start": (0.03, 0.02), "steps": 3}],
    "tiny": [{"start": (3.0, 2.0), "steps": 3}],
    "below_zero": [{"start": (2.0, 1.0), "steps": 5}],
    "ripples": [{"start": (0.4, 0.3), "steps": 7}],
}


def _over_losses() -> dict[str, Lecture]:
    found = {}
    for loss in FORMULAS:
        for number, changes in enumerate(PLACES[loss], start=1):
            is_named = "start" not in changes or loss in NAMED
            reference = loss if is_named else f"{FILE}:{loss}"
            settings = DEFAULT.replace(loss=reference, **{"start": "suggest", **changes})
            found[f"{loss}-{number}"] = Lecture(settings, OF_THE_LOSS, loss)
    return found


NAMED = (
    *("parabola", "double_well", "bowl", "ravine", "rosenbrock", "beale", "himmelblau"),
    *("saddle", "rastrigin"),
)


BEYOND: dict[str, dict[str, Any]] = {
    "first-step-beyond": {"very_small": 0.5, "just_right": 1e200, "very_large": 1e205},
    "all-beyond": {"very_small": 1e110, "just_right": 1e120, "very_large": 1e130},
    "middle-beyond": {"very_small": 0.01, "just_right": 0.9, "very_large": 600.0},
    "barely-beyond": {"very_small": 0.02, "just_right": 0.53, "very_large": 0.54},
}
# Rows where something vanishes: the slope in W1, the residual, all of x.
VANISHING: dict[str, dict[str, Any]] = {
    "picked-at-zero": {"rows": [(0, 1.5), (1, 2), (3, 2.5)], "picked_row": 1},
    "met-at-once": {"rows": [(1, 2), (2, 5), (4, 3)], "picked_row": 1, "start": (1.0, 1.0)},
    "all-at-zero": {"rows": [(0, 1), (0, 2), (0, 4)], "picked_row": 2, "start": (0.5, 0.0)},
}


def generated() -> dict[str, Lecture]:
    """Return every lecture by its name; the default one first."""
    over_tables = _over_tables(np.random.default_rng(SEED))
    beyond = {
        name: Lecture(DEFAULT.replace(**rates), OF_THE_LOSS) for name, rates in BEYOND.items()
    }
    vanishing = {name: Lecture(DEFAULT.replace(**rows)) for name, rows in VANISHING.items()}
    every = over_tables, _over_losses(), beyond, vanishing
    return {"default": Lecture(DEFAULT)} | {k: one for some in every for k, one in some.items()}
