"""Oracles of the subtitles that carry numbers, and of titles."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from tests.truth.of_rates import Cut
from tests.truth.of_runs import has_ended
from tests.truth.oracle import oracle
from tests.truth.plain import NUMBER, parse, shows, shows_rate
from tests.truth.witness import Course, Witness

PLACE = r"[\w, =.·^−+]+"


def _is_place(text: str, run: Course, t: int) -> bool:
    """Return whether "W1 = 0.5, b1 = 1" is the place of a step."""
    found = re.findall(rf"(\w+) = ({NUMBER})", text)
    names, numbers = [name for name, _ in found], [number for _, number in found]
    pairs = zip(numbers, run.places[t], strict=False)
    return tuple(names) == tuple(run.names) and all(shows(*pair) for pair in pairs)


@oracle("caption.now", f"Now {{place:{PLACE}}}.")
def now(it: Witness, place: str) -> Any:
    return _is_place(place, it.run, it.t + 1)


@oracle("caption.with_rate", f"With η = {{r}}, now {{place:{PLACE}}}.")
def with_rate(it: Witness, r: str, place: str) -> Any:
    return shows_rate(r, it.run.rate) and _is_place(place, it.run, it.run.steps)


@oracle("caption.start", f"We start at {{place:{PLACE}}}.")
def start(it: Witness, place: str) -> Any:
    return _is_place(place.replace(" and ", ", "), it.run, 0)


@oracle("caption.gradient", f"Gradient at t = {{t}}: {{values:{PLACE}}}.")
def gradient(it: Witness, t: str, values: str) -> Any:
    k = int(t)
    if it.beat not in (f"instant-{k}", "elsewhere") or (it.beat == "elsewhere" and k):
        return False
    if values == "zero, up to rounding":
        return it.is_level(k)
    slack = it.noise(it.run.places[k])
    pairs = zip(values.split(" and "), it.gradient(it.run.places[k]), strict=True)
    return all(shows(*pair) or abs(parse(pair[0]) - pair[1]) <= slack for pair in pairs)


@oracle("caption.promised", "The tangent alone promises {d}.")
def promised(it: Witness, d: str) -> Any:
    slope = it.gradient(it.run.places[0])[0]
    return shows(d, slope * it.facts.inputs["directions"].nudge)


@oracle("caption.two_numbers", "Two cuts through one point, two numbers: {a} and {b}.")
def two_numbers(it: Witness, a: str, b: str) -> Any:
    slack = it.noise(it.run.places[0])
    pairs = zip((a, b), it.gradient(it.run.places[0]), strict=True)
    return all(shows(*pair) or abs(parse(pair[0]) - pair[1]) <= slack for pair in pairs)


@oracle("caption.same_number", "By Pythagoras, the arrow and the needle agree on {s}.")
def same_number(it: Witness, s: str) -> Any:
    return shows(s, float(np.linalg.norm(it.gradient(it.run.places[0]))))


@oracle("caption.mean_over", "Its loss is the squared error, averaged over {n} rows.")
def mean_over(it: Witness, n: str) -> Any:
    return parse(n) == len(it.facts.x) > 1


@oracle(
    "caption.sign",
    "The loss is {sign:positive|negative}: the neuron's value is too {side:high|low}.",
)
def sign(it: Witness, sign: str, side: str) -> Any:
    k = it.facts.picked
    residual = it.run.places[0] @ (it.facts.x[k], 1.0) - it.facts.y[k]
    return residual != 0 and (residual > 0) == (sign == "positive") == (side == "high")


@oracle(
    "caption.others",
    "{n} of the other {m} rows {are:is|are} further off than before. From now on, all count.",
    "{which:The other row|Both other rows} {are:is|are} further off than before. "
    "From now on, all count.",
    "All {every} other rows {are:is|are} further off than before. From now on, all count.",
)
def others(
    it: Witness, are: str, n: str = "", m: str = "", which: str = "", every: str = ""
) -> Any:
    run = it.facts.run("one_row")
    misses = np.abs(run.places[[0, -1], :1] * it.facts.x + run.places[[0, -1], 1:] - it.facts.y)
    rest = np.delete(misses, it.facts.picked, axis=1)
    further, count = int((rest[1] > rest[0]).sum()), rest.shape[1]
    if n:
        return (parse(n), parse(m)) == (further, count) and (are == "is") == (further == 1)
    said = {"The other row": 1, "Both other rows": 2}.get(which, int(every or 0))
    return further == count == said


@oracle(
    "caption.square",
    "The square has slope {two}·{left:\\(?}{r}{right:\\)?}. Measured: {k}.",
)
def square(it: Witness, two: str, r: str, k: str, left: str, right: str) -> Any:
    named = {node.name: float(node.value) for node in it.facts.inputs["graph"].nodes if node.name}
    nudged = {node.name: float(node.value) for node in it.facts.inputs["nudged"].nodes if node.name}
    x, y = it.facts.x[it.facts.picked], it.facts.y[it.facts.picked]
    residual = named["W1"] * x + named["b1"] - y
    nudge = nudged["W1"] - named["W1"]
    measured = ((residual + nudge * x) ** 2 - residual**2) / nudge
    return parse(two) == 2 and shows(r, residual) and shows(k, measured)


@oracle("caption.parameters", "The tensors hold {n} parameters in total.")
def parameters(it: Witness, n: str) -> Any:
    network = it.facts.inputs["network"]
    return parse(n) == sum(np.size(one) for one in (*network.weights, *network.biases))


@oracle("caption.rates", "{n} rates, {k} steps each; dashed: the loss at the start.")
def rates(it: Witness, n: str, k: str) -> Any:
    table = it.facts.inputs["rates"]
    return parse(n) == len(table.learning_rates) and parse(k) == table.steps


@oracle(
    "caption.diverged",
    "{how:Diverged|Fell beyond all numbers|Left the domain of the loss} at step {n}.",
)
def diverged(it: Witness, how: str, n: str) -> Any:
    return has_ended(it, it.run, n, how)


@oracle("caption.slope", "At d = {d}, as anywhere, the slope is λ times d.")
def slope(it: Witness, d: str) -> Any:
    cut = Cut(it)
    return shows_rate(d, cut.start)


@oracle("caption.carried_on", "The same run, carried on from step {n}.")
def carried_on(it: Witness, n: str) -> Any:
    return parse(n) == it.run.steps < it.whole.steps
