"""Oracles of what is said of learning rates: the boundary, three rates, the recap."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.truth import formulas
from tests.truth.oracle import oracle
from tests.truth.plain import parse, shows, shows_rate
from tests.truth.witness import Witness

NEAR = 0.151  # of 2/λ


@oracle(
    "rates.rate_against",
    "Learning rate η = {r}, {where:far below|below|at|beyond} the boundary 2/λ = {c}",
    "Learning rate η = {r}, {where:far below|below|at|beyond} 2/λ = {c} at the start",
)
def rate_against(it: Witness, r: str, where: str, c: str) -> Any:
    critical = 2 / it.facts.sharpness
    share = it.run.rate / critical
    fits = {
        "far below": share < 0.1,
        "below": 0.1 <= share < 1,
        "at": abs(share - 1) < 0.01,
        "beyond": share > 1,
    }
    return shows_rate(r, it.run.rate) and shows_rate(c, critical) and fits[where] and _may_say(it)


def _may_say(it: Witness) -> bool:
    """Return whether 2/λ is called the boundary only of a loss that is curved alike everywhere."""
    return it.said.text.endswith("at the start") or it.facts.is_quadratic


class Cut:
    """The loss along the line of the slice, computed again."""

    def __init__(self, it: Witness) -> None:
        self.one = it.facts.inputs["slice"]
        center, direction, loss = self.one.center, self.one.direction, it.facts.loss
        floor = formulas.value(loss, center)
        self.height = lambda p: loss(center + p[0] * direction) - floor
        self.curvature = float(formulas.hessian(self.height, [0.0])[0, 0])
        self.start = float(self.one.descents[0].iterates[0, 0])

    def ways(self, rate: float, steps: int) -> np.ndarray:
        """Return the distances of a descent along the line."""
        found = [self.start]
        for _ in range(steps):
            found.append(found[-1] - rate * formulas.gradient(self.height, found[-1:])[0])
        return np.array(found)

    def up(self, distance: float) -> float:
        """Return the height at a distance."""
        return formulas.value(self.height, [distance])


@oracle(
    "boundary.slope_grows",
    "Twice as far out, twice as {how:steep|flat}: sharpness λ = {most}",
)
def slope_grows(it: Witness, how: str, most: str) -> Any:
    cut = Cut(it)
    near, far = (formulas.gradient(cut.height, [k * cut.start])[0] for k in (1, 2))
    doubles = np.isclose(far, 2 * near, rtol=0.06)
    return shows_rate(most, cut.curvature) and doubles and how == "steep"


@oracle("boundary.step_multiplies", "One step makes d into (1{sign:[−+]}ηλ){dot: ?· ?}d")
def step_multiplies(it: Witness, sign: str, dot: str) -> Any:
    cut = Cut(it)
    rate = float(cut.one.rates[0])
    factor = cut.ways(rate, 1)[1] / cut.start
    return sign == "−" and np.isclose(factor, 1 - rate * cut.curvature, rtol=0.06)


@oracle("boundary.where_they_land", "{a}/λ lands at the bottom, {b}/λ as high as it began")
def where_they_land(it: Witness, a: str, b: str) -> Any:
    cut = Cut(it)
    landed = [cut.ways(parse(one) / cut.curvature, 1)[1] / cut.start for one in (a, b)]
    return abs(landed[0]) <= 0.06 and np.isclose(landed[1], -1, rtol=0.06)


@oracle(
    "boundary.climbs_out",
    "{a}/λ: to and fro at one height. η = {r} {how:climbs|sinks}, ×{k} each time",
)
def climbs_out(it: Witness, a: str, r: str, how: str, k: str) -> Any:
    cut = Cut(it)
    largest = it.facts.run("very_large").rate
    kept = np.abs(cut.ways(parse(a) / cut.curvature, 6)) / cut.start
    ups = [cut.up(way) for way in cut.ways(largest, 6)]
    ratios = [after / before for before, after in zip(ups, ups[1:], strict=False)]
    fits = shows_rate(r, largest) and all(shows(k, ratio) for ratio in ratios)
    return fits and (min(ratios) > 1) == (how == "climbs") and np.allclose(kept, 1, rtol=0.06)


@oracle("boundary.below_arrive", "Below {a}/λ every one of them comes {how:lower|higher}")
def below_arrive(it: Witness, a: str, how: str) -> Any:
    cut, limit = Cut(it), parse(a) / Cut(it).curvature
    below = [rate for rate in cut.one.rates if rate < 0.95 * limit]
    ends = [cut.up(cut.ways(float(rate), 6)[-1]) for rate in below]
    is_lower = all(end < cut.up(cut.start) for end in ends)
    return (
        is_lower == (how == "lower")
        and len(ends)
        and limit <= 2.001 / cut.curvature
        and parse(a) == 2
    )


def table_of(it: Witness) -> tuple[np.ndarray, np.ndarray, float]:
    """Return the rates of the table, their last losses, and the loss at the start."""
    table = it.facts.inputs["rates"]
    start = formulas.value(it.facts.loss, it.facts.run("just_right").places[0])
    return table.learning_rates, table.final_losses, start


def risen_of(it: Witness) -> tuple[np.ndarray, np.ndarray]:
    """Return the rates of the table, and at which of them the loss ended higher."""
    rates, ends, start = table_of(it)
    return rates, ends > start + 1e-12 * abs(start)


def _is_critical(it: Witness, c: str) -> bool:
    return it.facts.sharpness > 0 and shows_rate(c, 2 / it.facts.sharpness)


@oracle("boundary.start_is_lowest", "No learning rate leads {how:lower|higher} than the start")
def start_is_lowest(it: Witness, how: str) -> Any:
    _, ends, start = table_of(it)
    return how == "lower" and not (ends < start - 1e-11 * abs(start)).any()


@oracle("boundary.boundary", "Beyond 2/λ = {c} the loss ends {how:higher|lower} than it began")
def boundary(it: Witness, c: str, how: str) -> Any:
    rates, risen = risen_of(it)
    critical = 2 / it.facts.sharpness
    beyond, below = rates > (1 + NEAR) ** 2 * critical, rates < (1 - NEAR) * critical
    fits = _is_critical(it, c) and how == "higher"
    return fits and risen[beyond].all() and not risen[below].any() and beyond.any()


@oracle(
    "boundary.risky_beyond", "Near 2/λ = {c} runs begin to end {how:higher|lower} than they began"
)
def risky_beyond(it: Witness, c: str, how: str) -> Any:
    rates, risen = risen_of(it)
    first = rates[risen].min()
    near = abs(first * it.facts.sharpness / 2 - 1) <= NEAR
    return _is_critical(it, c) and near and how == "higher"


@oracle(
    "boundary.measured_onset",
    "The first to end {how:higher|lower}: η = {r}. 2/λ at the start: {c}",
)
def measured_onset(it: Witness, how: str, r: str, c: str) -> Any:
    rates, risen = risen_of(it)
    return _is_critical(it, c) and shows_rate(r, rates[risen].min()) and how == "higher"


@oracle(
    "boundary.no_boundary",
    "None of them ends {how:higher|lower}, also beyond 2/λ = {c} at the start",
)
def no_boundary(it: Witness, how: str, c: str) -> Any:
    rates, risen = risen_of(it)
    return (
        _is_critical(it, c)
        and not risen.any()
        and rates.max() * it.facts.sharpness > 2
        and how == "higher"
    )


@oracle(
    "boundary.curved_downwards",
    "The loss is curved {how:downwards|upwards} here: no boundary at this place",
)
def curved_downwards(it: Witness, how: str) -> Any:
    return it.facts.sharpness < 0 and how == "downwards"


@oracle("boundary.flat", "The loss is not curved here: no boundary at this place")
def flat(it: Witness) -> Any:
    return abs(it.facts.sharpness) < 1e-9
