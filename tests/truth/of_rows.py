"""Oracles of what is said of the rows, and of the network over them."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.truth.oracle import oracle
from tests.truth.plain import parse, shows
from tests.truth.witness import Witness

EXACT = 1e-12


def _distinct(it: Witness) -> int:
    return len({*zip(it.facts.x.tolist(), it.facts.y.tolist(), strict=True)})


def _residuals(it: Witness) -> np.ndarray:
    """Return ŷ − y of the picked row at every step of its descent, computed again."""
    k = it.facts.picked
    weight, bias = it.run.places.T
    return weight * it.facts.x[k] + bias - it.facts.y[k]


def _truth(it: Witness) -> float:
    return float(it.facts.y[it.facts.picked])


def _rounding(it: Witness) -> float:
    return EXACT * max(1.0, abs(_truth(it)))


@oracle("rows.dots", "{n} row(s) of data: {how:one dot|each row is one dot}")
def dots(it: Witness, n: str, how: str) -> Any:
    count = len(it.facts.x)
    return parse(n) == count == _distinct(it) and (how == "one dot") == (count == 1)


@oracle("rows.shared_dots", "{n} rows of data: equal rows share a dot")
def shared_dots(it: Witness, n: str) -> Any:
    return parse(n) == len(it.facts.x) > _distinct(it)


@oracle(
    "rows.slope_and_height",
    "The neuron is a line: W1 is its slope, b1 its height at x = 0",
)
def slope_and_height(it: Witness) -> Any:
    x = it.facts.x
    nearest = 0 if x.min() <= 0 <= x.max() else np.abs(x).min()
    return nearest <= 0.2 * max(np.ptp(x), 1.0 if np.ptp(x) == 0 else 0)


@oracle("rows.slope_alone", "The neuron is a line: W1 is its slope, and b1 lifts it")
def slope_alone(it: Witness) -> Any:
    return not it.facts.x.min() <= 0 <= it.facts.x.max()


@oracle("rows.predicts", "It predicts {p}, and the truth is {y}")
def predicts(it: Witness, p: str, y: str) -> Any:
    return shows(p, _residuals(it)[0] + _truth(it)) and shows(y, _truth(it))


@oracle("rows.predicts_the_truth", "It predicts {p}, which is the truth")
def predicts_the_truth(it: Witness, p: str) -> Any:
    return abs(_residuals(it)[0]) <= _rounding(it) and shows(p, _truth(it))


@oracle(
    "rows.misses", "The prediction is {d}{units:[^0-9]*(?:1000 €)?} {side:above|below} the truth"
)
def misses(it: Witness, d: str, units: str, side: str) -> Any:
    residual = _residuals(it)[0]
    named = units.replace("×", "").strip() in it.facts.settings.data.y_name
    return shows(d, abs(residual)) and (residual > 0) == (side == "above") and named


@oracle("rows.meets", "The prediction meets the truth: the loss of this row is {zero}")
def meets(it: Witness, zero: str) -> Any:
    return abs(_residuals(it)[0]) <= _rounding(it) and shows(zero, 0.0)


@oracle("rows.closing", "The line swings, and the residual {closes:closes|opens}")
def closing(it: Witness, closes: str) -> Any:
    residuals = np.abs(_residuals(it))
    return (closes == "closes") == (residuals[-1] < residuals[0])


AFTER = ("After {n} step(s): Loss = ", "Already at the start: Loss = ")


def _at(it: Witness, n: str | None) -> float:
    return float(_residuals(it)[int(parse(n)) if n else 0])


@oracle("rows.is_zero", *(f"{one}{{zero}}" for one in AFTER))
def is_zero(it: Witness, zero: str, n: str | None = None) -> Any:
    return parse(zero) == 0 and _at(it, n) == 0


@oracle("rows.nearly_zero", *(f"{one}{{zero}}, to {{d}} decimals" for one in AFTER))
def nearly_zero(it: Witness, zero: str, d: str, n: str | None = None) -> Any:
    decimals = int(parse(d))
    is_close = abs(_at(it, n)) <= 0.5 * 10**-decimals
    could_be_closer = decimals < 3 and abs(_at(it, n)) <= 0.5 * 10 ** -(decimals + 1)
    return parse(zero) == 0 and is_close and not could_be_closer and decimals <= 3 and _last(it, n)


def _last(it: Witness, n: str | None) -> bool:
    """Return whether a step is the first whose residual is zero up to rounding, or the last."""
    small = np.flatnonzero(np.abs(_residuals(it)) <= _rounding(it))
    return (int(parse(n)) if n else 0) == (small[0] if len(small) else it.run.steps)


@oracle("rows.not_zero", *(f"{one}{{a}}, where it was {{b}}" for one in AFTER))
def not_zero(it: Witness, a: str, b: str, n: str | None = None) -> Any:
    return shows(a, _at(it, n)) and shows(b, _residuals(it)[0]) and _last(it, n)


@oracle(
    "rows.bare_has_no_lowest",
    "The plain difference {has:has no|has a} lowest value: it can fall for ever",
)
def bare_has_no_lowest(it: Witness, has: str) -> Any:
    low = [0.0 - 10.0**power - _truth(it) for power in range(20)]
    return has == "has no" and all(b < a for a, b in zip(low, low[1:], strict=False))


@oracle("rows.square_has_lowest", "Squared, it has a lowest value: {zero}, as a bowl has")
def square_has_lowest(it: Witness, zero: str) -> Any:
    return parse(zero) == min((p - _truth(it)) ** 2 for p in (_truth(it), -1.0, 1e9))


def _squares(it: Witness) -> np.ndarray:
    weight, bias = it.facts.run("one_row").places[-1]
    return (weight * it.facts.x + bias - it.facts.y) ** 2


def _is_perfect(it: Witness, squares: Any) -> bool:
    """Return whether no miss could be seen in a plot of the rows."""
    spread = np.ptp(it.facts.y) or np.abs(it.facts.y).max() or 1.0
    return bool(np.sqrt(np.max(squares)) <= 0.02 * spread)


@oracle("rows.perfect_for_one", "Perfect for row {k}; the mean over all {n} rows is {m}")
def perfect_for_one(it: Witness, k: str, n: str, m: str) -> Any:
    squares = _squares(it)
    mine = _is_perfect(it, squares[it.facts.picked])
    return _counts(it, k, n) and mine and shows(m, squares.mean())


@oracle("rows.good_for_one", "Row {k} has {mine}; the mean over all {n} rows is {m}")
def good_for_one(it: Witness, k: str, mine: str, n: str, m: str) -> Any:
    squares = _squares(it)
    return _counts(it, k, n) and shows(mine, squares[it.facts.picked]) and shows(m, squares.mean())


@oracle("rows.perfect_for_all", "Perfect for row {k}, and for all {n} rows")
def perfect_for_all(it: Witness, k: str, n: str) -> Any:
    return _counts(it, k, n) and _is_perfect(it, _squares(it))


def _counts(it: Witness, k: str, n: str) -> bool:
    return parse(k) == it.facts.picked + 1 and parse(n) == len(it.facts.x) > 1
