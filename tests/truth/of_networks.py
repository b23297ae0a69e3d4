"""Oracles of what is said of the network: its passes are computed again with NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.truth.oracle import oracle
from tests.truth.plain import parse, shows
from tests.truth.witness import Witness


def _parameters(it: Witness) -> list[np.ndarray]:
    network = it.facts.inputs["network"]
    pairs = zip(network.weights, network.biases, strict=True)
    return [np.asarray(one, dtype=np.complex128) for pair in pairs for one in pair]


def _flatness(it: Witness) -> float:
    """Return at which share of the raw rows' hidden values tanh is flat."""
    weight, bias, *_ = _parameters(it)
    hidden = np.tanh(np.outer(it.facts.x, weight[:, 0].real) + bias.real)
    return float((1 - hidden**2 < 1e-3).mean())


def _data(it: Witness) -> np.ndarray:
    """Return the rows as the network has them, shape (N, 2)."""
    rows = np.column_stack([it.facts.x, it.facts.y])
    if _flatness(it) > 0.25:
        spread = rows.std(axis=0)
        return (rows - rows.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return rows


def _predict(parameters: list[np.ndarray], x: np.ndarray) -> np.ndarray:
    weight, bias, second, last = parameters
    hidden = np.tanh(np.outer(x, weight[:, 0]) + bias)
    return hidden @ second[0] + last[0]


def _loss(it: Witness, parameters: list[np.ndarray]) -> complex:
    data = _data(it)
    return complex(((_predict(parameters, data[:, 0]) - data[:, 1]) ** 2).mean())


def _partials(it: Witness) -> dict[str, float]:
    """Return every partial by name, by complex steps."""
    found, parameters = {}, _parameters(it)
    for k, array in enumerate(parameters):
        for index in np.ndindex(array.shape):
            moved = [one.copy() for one in parameters]
            moved[k][index] += 1e-30j
            place = f"[{','.join(map(str, index))}]" if array.size > 1 else ""
            found[f"{'Wb'[k % 2]}{k // 2 + 1}{place}"] = _loss(it, moved).imag / 1e-30
    return found


@oracle("network.edges_and_rings", "Every edge is a weight, every coloured ring {a:a bias|no bias}")
def edges_and_rings(it: Witness, a: str) -> Any:
    return (a == "a bias") == all(len(one) for one in it.facts.inputs["network"].biases)


@oracle("network.one_number_per_edge", "W1 is now a tensor of {n} numbers, one per edge")
def one_number_per_edge(it: Witness, n: str) -> Any:
    return parse(n) == np.size(it.facts.inputs["network"].weights[0]) > 1


@oracle(
    "network.standardised",
    "x and y are standardised: at the raw x, tanh is {often:often|never} flat",
)
def standardised(it: Witness, often: str) -> Any:
    shown = float(it.facts.inputs["network_pass"].columns[0][0])
    is_scaled = np.isclose(shown, _data(it)[it.facts.picked, 0])
    return _flatness(it) > 0.25 and is_scaled and often == "often"


@oracle("network.row_forward", "Row {k} goes forward: x = {x} gives ŷ = {y}")
def row_forward(it: Witness, k: str, x: str, y: str) -> Any:
    given = _data(it)[it.facts.picked, :1]
    predicted = _predict(_parameters(it), given)[0].real
    return parse(k) == it.facts.picked + 1 and shows(x, given[0]) and shows(y, predicted)


@oracle("network.loss_of_all_rows", "Over all {n} rows: Θ = {v}")
def loss_of_all_rows(it: Witness, n: str, v: str) -> Any:
    return parse(n) == len(it.facts.x) > 1 and shows(v, _loss(it, _parameters(it)).real)


@oracle("network.loss_of_one_row", "The loss of the one row: Θ = {v}")
def loss_of_one_row(it: Witness, v: str) -> Any:
    return len(it.facts.x) == 1 and shows(v, _loss(it, _parameters(it)).real)


@oracle("network.largest_of_layer", r"Layer {k}: the largest partial is ∂Θ/∂{which:\S+} = {v}")
def largest_of_layer(it: Witness, k: str, which: str, v: str) -> Any:
    layer = {name: one for name, one in _partials(it).items() if name[1] == k}
    largest = max(layer.values(), key=abs)
    is_it = abs(layer.get(which, 0.0)) >= (1 - 1e-9) * abs(largest)
    return is_it and shows(v, layer[which]) and it.beat == f"layer-{k}"


@oracle("network.layer_of_zeros", "Layer {k}: every partial is zero")
def layer_of_zeros(it: Witness, k: str) -> Any:
    layer = [one for name, one in _partials(it).items() if name[1] == k]
    return len(layer) and not np.any(layer) and it.beat == f"layer-{k}"


@oracle(
    "network.some_are_negative",
    "{k} of {n} {are:is|are} negative: raise one of those a little, and Θ {falls:falls|rises}",
)
def some_are_negative(it: Witness, k: str, n: str, are: str, falls: str) -> Any:
    every = _partials(it)
    negative = sum(one < 0 for one in every.values())
    return (
        parse(k) == negative > 0
        and parse(n) == len(every)
        and (are == "is") == (negative == 1)
        and falls == "falls"
    )


@oracle("network.none_is_negative", "No partial is negative: raising a parameter does not help")
def none_is_negative(it: Witness) -> Any:
    return min(_partials(it).values()) >= 0


@oracle("network.gradient_together", "All {n} partials together: the gradient")
def gradient_together(it: Witness, n: str) -> Any:
    every = _partials(it)
    return parse(n) == len(every) and any(every.values())


@oracle("network.gradient_of_zeros", "The gradient here: {n} numbers, each zero")
def gradient_of_zeros(it: Witness, n: str) -> Any:
    every = _partials(it)
    return parse(n) == len(every) and not any(every.values())
