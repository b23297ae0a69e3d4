"""Oracles of what is said of autograd's graph and of finite differences."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import torch

from tests.truth import formulas
from tests.truth.oracle import oracle
from tests.truth.plain import NUMBER, parse, shows
from tests.truth.witness import Witness


def _row(it: Witness) -> tuple[float, float, float, float]:
    """Return x, W1, b1 and the residual of the picked row."""
    x, y = it.facts.x[it.facts.picked], it.facts.y[it.facts.picked]
    weight, bias = it.facts.run("neuron").places[0] if "neuron" in it.facts.inputs else _leaves(it)
    return float(x), float(weight), float(bias), float(weight * x + bias - y)


def _leaves(it: Witness) -> Any:
    named = {node.name: float(node.value) for node in it.facts.inputs["graph"].nodes if node.name}
    return named["W1"], named["b1"]


def _nudge(it: Witness) -> tuple[float, float]:
    """Return how far W1 is nudged, and what that changes of the row's loss."""
    x, weight, _, residual = _row(it)
    values = [float(node.value) for node in it.facts.inputs["nudged"].nodes if node.name == "W1"]
    nudge = values[0] - weight
    return nudge, (residual + nudge * x) ** 2 - residual**2


@oracle("autograd.operations_recorded", "Autograd recorded {n} operation(s) while Θ was computed")
def operations_recorded(it: Witness, n: str) -> Any:
    x, weight, bias, _ = _row(it)
    given = [torch.tensor(one, requires_grad=True) for one in (weight, bias)]
    loss: Any = (given[0] * x + given[1] - it.facts.y[it.facts.picked]) ** 2
    seen, waiting = set(), [loss.grad_fn]
    while waiting:
        node = waiting.pop()
        if node is not None and node not in seen and "AccumulateGrad" not in type(node).__name__:
            seen.add(node)
            waiting += [one for one, _ in node.next_functions]
    return parse(n) == len(seen)


@oracle("autograd.loss_moves", "The loss moves by {d}, {k} times the nudge")
def loss_moves(it: Witness, d: str, k: str) -> Any:
    nudge, change = _nudge(it)
    return change != 0 and shows(d, change) and shows(k, change / nudge)


@oracle("autograd.loss_stays", "The loss {moves:does not move|moves}: nothing of the nudge arrives")
def loss_stays(it: Witness, moves: str) -> Any:
    return moves == "does not move" and _nudge(it)[1] == 0


@oracle("autograd.slopes_multiply", "Each node multiplies by its own slope: {g} in all")
def slopes_multiply(it: Witness, g: str) -> Any:
    x, _, _, residual = _row(it)
    return shows(g, 2 * residual * x)


@oracle("autograd.slope_is_zero", "Here the slopes make zero: ∂Θ/∂W1 = {zero}")
def slope_is_zero(it: Witness, zero: str) -> Any:
    x, _, _, residual = _row(it)
    return parse(zero) == 0 == residual * x


@oracle(
    "autograd.back_through_square",
    "Back through the square: its slope is {two}{dot: ?· ?}{left:\\(?}{r}{right:\\)?} = {s}",
)
def back_through_square(it: Witness, two: str, r: str, s: str, **signs: str) -> Any:
    residual = _row(it)[3]
    return parse(two) == 2 and shows(r, residual) and shows(s, 2 * residual)


@oracle(
    "autograd.back_through", r"Back through {node:.+}: {a}{dot: ?· ?}{left:\(?}{b}{right:\)?} = {c}"
)
def back_through(it: Witness, node: str, a: str, b: str, c: str, **signs: str) -> Any:
    x, _, _, residual = _row(it)
    inner, outer = (2 * residual, 1.0), (1.0, 2 * residual)
    steps = {"×": (2 * residual, x), "−": inner, "(": outer, "p": outer}
    before, slope = steps.get(node[0], inner)
    constant = re.search(NUMBER, node.replace("-", "−")) if node[0] in "×−" else None
    known = (x, float(it.facts.y[it.facts.picked]))
    is_known = constant is None or any(_reads(constant[0].lstrip("−"), abs(one)) for one in known)
    return is_known and shows(a, before) and _reads(b, slope) and shows(c, before * slope)


def _reads(text: str, value: float) -> bool:
    """Return whether a number whose last zeros are left out is a value, as the film rounds it."""
    decimals = max(0, 3 - math.floor(math.log10(max(1.0, abs(value)))))
    return shows(text, value) or abs(parse(text) - value) <= 0.501 * 10.0**-decimals


@oracle("autograd.back_to_each", "Back through {node:.+}: {a} goes to each of {n} inputs")
def back_to_each(it: Witness, node: str, a: str, n: str) -> Any:
    return shows(a, 2 * _row(it)[3]) and parse(n) == 2 and node == "+"


@oracle("autograd.back_through_one", "Back through {node:.+}: the gradient times its slope")
def back_through_one(it: Witness, node: str) -> Any:
    return node in ("( )²", "−", "×", "pow") and _row(it)[3] == 0  # no slope tells a number


@oracle("autograd.leaves_hold", "∂Θ/∂W1 = {a} and ∂Θ/∂b1 = {b}: PyTorch's .grad")
def leaves_hold(it: Witness, a: str, b: str) -> Any:
    x, _, _, residual = _row(it)
    return shows(a, 2 * residual * x) and shows(b, 2 * residual)


def _chord_misses(it: Witness) -> list[float]:
    start = np.array(_leaves(it))
    slope = formulas.gradient(it.facts.neuron, start)[0]
    value = formulas.value(it.facts.neuron, start)
    ways = [np.array([h, 0.0]) for h in (1.0, 0.1)]
    chords = [(formulas.value(it.facts.neuron, start + way) - value) / way[0] for way in ways]
    return [abs(chord - slope) for chord in chords]


@oracle("differences.chords_turn", "The smaller h, the {closer:closer to|further from} the tangent")
def chords_turn(it: Witness, closer: str) -> Any:
    wide, narrow = _chord_misses(it)
    return (closer == "closer to") == (wide > narrow)


@oracle("differences.chords_stay", "Here a smaller h comes no closer to the tangent")
def chords_stay(it: Witness) -> Any:
    wide, narrow = _chord_misses(it)
    return not wide > narrow


def _errors(it: Witness) -> tuple[np.ndarray, np.ndarray]:
    """Return the widths, decreasing, and the errors of the recorded differences."""
    table = it.facts.inputs["differences"]
    gradient = formulas.gradient(it.facts.neuron, _leaves(it))
    noise = formulas.noise(it.facts.neuron, _leaves(it))
    order = np.argsort(-table.widths)
    misses = np.abs(table.estimates[order] - table.gradient)
    slack = noise + 1e-9 * np.abs(gradient).max()
    if np.abs(table.gradient - gradient).max() > slack:
        raise ValueError("the recorded gradient is not that of the neuron")
    return table.widths[order], misses.max(axis=1)


@oracle(
    "differences.best_width", "Only down to 10^{p}; {side:below|above} that, rounding spoils it"
)
def best_width(it: Witness, p: str, side: str) -> Any:
    widths, errors = _errors(it)
    best = np.log10(widths[errors <= errors.min()])
    spoils = errors[-1] > 10 * errors.min() and errors[0] > 10 * errors.min()
    return spoils and side == "below" and np.isclose(best, parse(p)).any()


@oracle(
    "differences.rounding_only",
    "No: rounding spoils it more and more, up to an error of {e}",
    "No: rounding spoils it more and more, up to an error of 10^{p}",
)
def rounding_only(it: Witness, e: str = "", p: str = "") -> Any:
    _, errors = _errors(it)
    return errors[-1] > 10 * errors.min() and _is_error(errors[-1], e, p)


def _is_error(error: float, e: str, p: str) -> bool:
    return shows(e, error) if e else bool(np.isclose(np.log10(error), parse(p)))


@oracle(
    "differences.smaller_is_better",
    "Here it is: the error falls to {e}",
    "Here it is: the error falls to 10^{p}",
)
def smaller_is_better(it: Witness, e: str = "", p: str = "") -> Any:
    _, errors = _errors(it)
    return errors[-1] < errors[0] / 10 and _is_error(errors[-1], e, p)


@oracle(
    "differences.every_width_is_exact", "Here every width gives the gradient {how:exactly|wrongly}"
)
def every_width_is_exact(it: Witness, how: str) -> Any:
    return how == "exactly" and not _errors(it)[1].any()


@oracle(
    "differences.width_hardly_matters",
    "Here the width hardly matters: the error is {e}",
    "Here the width hardly matters: the error is 10^{p}",
)
def width_hardly_matters(it: Witness, e: str = "", p: str = "") -> Any:
    _, errors = _errors(it)
    return errors.max() <= 100 * errors.min() and _is_error(errors[-1], e, p)


@oracle(
    "differences.cost_of_differences",
    "Autograd: one pass back. Differences need the loss {n} times",
)
def cost_of_differences(it: Witness, n: str) -> Any:
    return parse(n) == len(_leaves(it)) + 1
