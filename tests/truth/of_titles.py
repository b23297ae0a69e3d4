"""Oracles of titles, and of what is written beside a run."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.truth.of_runs import WENT, has_ended, has_gone
from tests.truth.oracle import oracle
from tests.truth.plain import parse, shows, unit
from tests.truth.witness import Witness

BELOW = 0.1  # of 2/λ


def _is_over(it: Witness) -> bool:
    return it.beyond(it.whole) != "finite" and it.whole.steps < 10_000


def _falls(it: Witness) -> bool:
    return bool(it.whole.losses[-1] < it.whole.losses[0])


@oracle("title.very_small", "A very small learning rate")
def very_small(it: Witness) -> Any:
    share = it.run.rate * it.facts.sharpness / 2
    return (share < BELOW or it.facts.sharpness <= 0) and not it.height_left() < 0.2


@oracle("title.just_right", "Small, but just right")
def just_right(it: Witness) -> Any:
    return it.run.losses[-1] < it.run.losses[0] and not it.height_left() > 0.1


@oracle("title.very_large", "A very large learning rate")
def very_large(it: Witness) -> Any:
    return _is_over(it) or it.whole.losses[-1] > it.whole.losses[0]


@oracle("title.slow", "A slow descent")
def slow(it: Witness) -> Any:
    first, last = it.whole.losses[[0, -1]]
    height = abs(first) if it.minimum is None else first - it.minimum[1]
    return 0 <= first - last <= 0.5 * height


@oracle("title.falls", "A loss that falls", "A descent that gathers pace")
def falls(it: Witness) -> Any:
    return _falls(it)


@oracle("title.rises", "A loss that rises", "A loss that ends higher than it began")
def rises(it: Witness) -> Any:
    return _is_over(it) or it.whole.losses[-1] > it.whole.losses[0]


@oracle("title.turns", "A gradient that turns round")
def turns(it: Witness) -> Any:
    every = [it.gradient(place) for place in it.whole.places[-20:]]
    return any(a @ b < 0 for a, b in zip(every, every[1:], strict=False))


@oracle("title.stands", "A run that stands still")
def stands(it: Witness) -> Any:
    reach = np.abs(it.whole.places).max() or 1.0
    return np.ptp(it.whole.places, axis=0).max() <= 1e-6 * reach


@oracle("title.no_rest", "A run that does not settle")
def no_rest(it: Witness) -> Any:
    ways = np.abs(np.diff(it.whole.places[-5:], axis=0))
    return ways.max() > 1e-9


@oracle("title.faster", "A loss that falls ever faster")
def faster(it: Witness) -> Any:
    drops = -np.diff(it.whole.losses)
    return drops[-1] > drops[0] > 0


@oracle(
    "title.leaves",
    "A run that leaves the domain of its loss",
    "A run that leaves the finite numbers",
)
def leaves(it: Witness) -> Any:
    return it.beyond(it.whole) != "finite"


@oracle("title.arrives", "A descent that arrives")
def arrives(it: Witness) -> Any:
    sizes = [float(np.linalg.norm(it.gradient(place))) for place in it.whole.places[[0, -1]]]
    return sizes[1] < 0.5 * sizes[0]


@oracle("label.times", "{k} times the loss at the start")
def times(it: Witness, k: str) -> Any:
    return shows(k, it.run.losses[-1] / it.run.losses[0])


@oracle("label.left", "{p} % of the way down is left")
def left(it: Witness, p: str) -> Any:
    return abs(100 * it.height_left() - parse(p)) <= 0.51 * unit(p)


@oracle("label.went", *(f"The loss {one}" for one in WENT))
def went(it: Witness, **found: str) -> Any:
    ends = float(it.run.losses[0]), float(it.run.losses[-1])
    return has_gone(ends, *sorted(ends), **found)


@oracle(
    "label.over", "{how:Diverged|Fell beyond all numbers|Left the domain of the loss} at step {n}"
)
def over(it: Witness, how: str, n: str) -> Any:
    return has_ended(it, it.run, n, how)
