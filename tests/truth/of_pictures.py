"""Oracles of what is said where the line and the map move together."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.truth.oracle import oracle
from tests.truth.plain import parse, shows, shows_rate
from tests.truth.witness import Witness


@oracle(
    "two_pictures.one_parameter",
    r"Only {varied:\w+} moves; {held:\w+} stays at {v}. Learning rate η = {r}",
)
def one_parameter(it: Witness, varied: str, held: str, v: str, r: str) -> Any:
    curve, run = it.run, it.facts.run("just_right")
    start = run.places[0][run.names.index(held)]
    fits = curve.names == (varied,) and {varied, held} == {*run.names}
    same = [
        np.isclose(it.value(place), loss)
        for place, loss in zip(curve.places, curve.losses, strict=True)
    ]
    return fits and shows(v, start) and shows_rate(r, curve.rate) and all(same)


@oracle("two_pictures.both_parameters", "Now both parameters move; learning rate η = {r}")
def both_parameters(it: Witness, r: str) -> Any:
    return len(it.run.names) == 2 and shows_rate(r, it.run.rate)


@oracle("two_pictures.the_parameter", "One parameter; learning rate η = {r}")
def the_parameter(it: Witness, r: str) -> Any:
    return len(it.run.names) == 1 and shows_rate(r, it.run.rate)


@oracle("two_pictures.one_line_one_point", "Move the point, and the line {how:swings|rests}")
def one_line_one_point(it: Witness, how: str) -> Any:
    return _is_neuron(it) and how == "swings"


def _is_neuron(it: Witness) -> bool:
    means = [it.facts.neuron(place) for place in it.run.places]
    return not it.facts.lecture.loss and bool(np.allclose(means, it.run.losses, rtol=1e-9))


@oracle(
    "two_pictures.mean_area",
    "The {what:mean area of the squares|area of the square} is the loss: Θ = {v}",
)
def mean_area(it: Witness, what: str, v: str) -> Any:
    weight, bias = it.run.places[0]
    areas = (weight * it.facts.x + bias - it.facts.y) ** 2
    return shows(v, areas.mean()) and ("mean" in what) == (len(areas) > 1)


LINE = "The line swings {where:towards the data|too far}: Θ {moves:falls|rises} from {a} to {b}"


@oracle("two_pictures.line_comes_nearer", LINE)
@oracle("two_pictures.line_goes_too_far", LINE)
def line_swings(it: Witness, where: str, moves: str, a: str, b: str) -> Any:
    before, after = it.ends
    fits = shows(a, before) and shows(b, after) and a != b
    return fits and (after < before) == (moves == "falls") == (where == "towards the data")


@oracle("two_pictures.line_stays", "The line hardly moves: Θ stays at {s}")
def line_stays(it: Witness, s: str) -> Any:
    return shows(s, it.ends[0]) and shows(s, it.ends[1]) and _way_of_line(it) <= 0.02


def _way_of_line(it: Witness) -> float:
    """Return how far a step moves the line over the data, as a share of the data's height."""
    ways = np.abs(np.diff(_lines(it)[it.t : it.t + 2], axis=0))
    return float(ways.max() / max(np.ptp(it.facts.y), np.ptp(_lines(it)), 1e-300))


def _lines(it: Witness) -> np.ndarray:
    """Return the heights of the line over the data at each step, shape (steps + 1, N)."""
    return it.run.places[:, :1] * it.facts.x + it.run.places[:, 1:]


@oracle("two_pictures.line_jumps", "The line jumps across the dots: Θ stays at {s}")
def line_jumps(it: Witness, s: str) -> Any:
    return shows(s, it.ends[0]) and shows(s, it.ends[1]) and it.crosses()


@oracle("two_pictures.another_step", "Step {k}: Θ {moves:falls|rises} to {a}")
def another_step(it: Witness, k: str, moves: str, a: str) -> Any:
    before, after = it.ends
    return parse(k) == it.t + 1 and shows(a, after) and (after < before) == (moves == "falls")


def _lowest(it: Witness, m: str) -> bool:
    found = it.minimum
    return found is not None and shows(m, found[1])


def _names_all(it: Witness, dots: str) -> bool:
    count = len({*zip(it.facts.x.tolist(), it.facts.y.tolist(), strict=True)})
    return dots == ("both dots" if count == 2 else f"all {count} dots")


def _has_line(it: Witness) -> bool:
    return it.minimum is not None and it.minimum[1] <= it.rounding


DOTS = "{dots:both dots|all \\d+ dots}"


@oracle("two_pictures.floor", f"No line goes through {DOTS}: Θ cannot fall below {{m}}")
def floor(it: Witness, dots: str, m: str) -> Any:
    is_near = it.run.losses[-1] <= 1.1 * it.minimum[1] if it.minimum else False
    return _lowest(it, m) and _names_all(it, dots) and not _has_line(it) and is_near


@oracle(
    "two_pictures.floor_ahead",
    f"Not there yet: it can fall to {{m}}. No line goes through {DOTS}",
)
def floor_ahead(it: Witness, dots: str, m: str) -> Any:
    is_above = it.run.losses[-1] > 1.05 * it.minimum[1] if it.minimum else False
    return _lowest(it, m) and _names_all(it, dots) and not _has_line(it) and is_above


@oracle(
    "two_pictures.floor_of_one_x", "At one x a line has one height: {m} is the lowest Θ there is"
)
def floor_of_one_x(it: Witness, m: str) -> Any:
    return _lowest(it, m) and np.ptp(it.facts.x) == 0 and not _has_line(it)


@oracle(
    "two_pictures.floor_is_zero", f"A line goes through {DOTS}: here the lowest loss is {{zero}}"
)
def floor_is_zero(it: Witness, dots: str, zero: str) -> Any:
    return _has_line(it) and _names_all(it, dots) and parse(zero) == 0


@oracle(
    "two_pictures.many_lines",
    "Many lines go through {one:one dot|two dots}: for each of them the loss is {zero}",
)
def many_lines(it: Witness, one: str, zero: str) -> Any:
    return len(it.facts.x) == 1 and one == "one dot" and parse(zero) == 0
