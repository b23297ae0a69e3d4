"""Oracles of what a step did, and of how near to a minimum the steps come."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tests.truth import formulas
from tests.truth.of_runs import WENT, has_gone, is_same
from tests.truth.oracle import oracle
from tests.truth.plain import parse, shows, shows_rate, unit
from tests.truth.witness import RATES, Witness


@oracle("outcomes.stays_at", "The loss stays at {s}")
def stays_at(it: Witness, s: str) -> Any:
    return is_same(*it.ends) and shows(s, it.ends[1])


BY = ("", " by {d}", ": loss {a}", ": {k} times the loss")


def _to(it: Witness, d: str = "", a: str = "", k: str = "") -> bool:
    before, after = it.ends
    if d:
        return shows(d, abs(after - before))
    return shows(a, after) if a else bool(k) and shows(k, after / before)


@oracle(
    "outcomes.across_and_lower",
    *(f"Across the valley, and {{how:lower|higher}}{b}" for b in BY[1:]),
)
@oracle(
    "outcomes.across_and_higher",
    *(f"Across the valley, and {{how:lower|higher}}{b}" for b in BY[1:]),
)
def across(it: Witness, how: str, **found: str) -> Any:
    before, after = it.ends
    return it.crosses() and (after < before) == (how == "lower") and _to(it, **found)


@oracle("outcomes.downhill", "{way:Down|Up} the slope, by {d}", "{way:Down|Up} the slope: loss {a}")
def down_the_slope(it: Witness, way: str, **found: str) -> Any:
    before, after = it.ends
    return after < before and not it.crosses() and _to(it, **found) and way == "Down"


@oracle("outcomes.goes", *(f"The loss {one}" for one in WENT))
def goes(it: Witness, **found: str) -> Any:
    return not is_same(*it.ends) and has_gone(it.ends, *sorted(it.ends), **found)


@oracle(
    "outcomes.minimum_is_outside",
    "The minimum is {where:outside|inside} this picture: loss {a} there",
)
def minimum_is_outside(it: Witness, where: str, a: str) -> Any:
    run = it.facts.inputs["just_right"]
    found = it.minimum
    if found is None or not shows_near(a, found[1], it):
        return False
    window = run.landscapes[int(run.views[-1])].window
    pairs = zip(found[0], window, strict=True)
    is_inside = all(low <= value <= high for value, (low, high) in pairs)
    return is_inside == (where == "inside")


def shows_near(number: str, value: float, it: Witness) -> bool:
    """Return whether a number is a loss that was found by a search, or 0 where that is rounding."""
    slack = 1e-9 * abs(it.run.losses[0]) if it.facts.lecture.loss else it.rounding
    return abs(parse(number) - value) <= 0.5 * unit(number) * (1 + 1e-6) + slack


@oracle(
    "outcomes.comes_near",
    "After {n} step(s): {a}. {lowest:No loss is below|The minimum here is} {m}",
)
def comes_near(it: Witness, n: str, a: str, lowest: str, m: str) -> Any:
    found = it.minimum
    last = float(it.run.losses[-1])
    if found is None or not (it.height_left() <= 0.1 or last - found[1] <= it.rounding):
        return False
    is_known = it.facts.is_quadratic or lowest == "The minimum here is"
    return parse(n) == it.run.steps and shows(a, last) and shows_near(m, found[1], it) and is_known


@oracle("outcomes.best_of_tried", "The best of the {k} rates tried: loss {a} after {n} step(s)")
def best_of_tried(it: Witness, k: str, a: str, n: str) -> Any:
    ends = [it.facts.run(name).losses[-1] for name in RATES]
    mine = float(it.run.losses[-1])
    fits = parse(k) == 3 and shows(a, mine) and parse(n) == it.run.steps
    return fits and mine == min(ends) and sum(end == mine for end in ends) == 1


@oracle("outcomes.each_step_takes", "Every step takes {p} % of the height that is left")
def each_step_takes(it: Witness, p: str) -> Any:
    found = it.minimum
    if found is None:
        return False
    heights = it.run.losses - found[1]
    taken = 100 * (1 - heights[1:] / heights[:-1])
    return (np.abs(taken - parse(p)) <= np.maximum(unit(p), 0.05 * parse(p))).all()


@oracle(
    "outcomes.is_the_best_rate",
    "Flattest curvature {a}, sharpest {b}: η = {r} {sign:=|≈} 2/({c}+{d})",
)
def is_the_best_rate(it: Witness, a: str, b: str, r: str, sign: str, c: str, d: str) -> Any:
    least, most = _curvatures(it)
    best = 2 / (least + most)
    fits = shows_rate(a, least) and shows_rate(b, most) and (a, b) == (c, d)
    return (
        fits
        and shows_rate(r, it.run.rate)
        and abs(it.run.rate / best - 1) <= 0.05
        and (sign == "≈" or abs(it.run.rate / best - 1) <= 0.005)
    )


def _curvatures(it: Witness) -> tuple[float, float]:
    """Return the least and the largest curvature of a quadratic loss."""
    if it.facts.lecture.loss:
        found = np.linalg.eigvalsh(formulas.hessian(it.formula, it.run.places[0]))
        return float(found[0]), float(found[-1])
    # Of the neuron, their product is 4 · variance of x, where a difference would lose digits.
    x = it.facts.x
    mean, square = x.mean(), (x**2).mean()
    most = square + 1 + math.hypot(square - 1, 2 * mean)
    return float(4 * x.var() / most), float(most)
