"""Sentences about a network and its gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from descent.text.numbers import counted, fixed, whole
from scenes.claims import Prompt, claim
from scenes.facts.partials import Partial, counted_parameters, of_layer
from scenes.typesetting.markup import colored, indexed, numeral

ANOTHER_MODEL = Prompt("$Theta$ again: another model, another loss")
BACKWARDS = Prompt("Backwards, layer by layer")
ANY_DEPTH = Prompt("With $M$ layers the list goes on in the same way")
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")


def _total(network: Any) -> int:
    return sum(count for *_, count in counted_parameters(network))


def _has_biases(network: Any) -> bool:
    return any(bias.size for bias in network.biases)


@claim(_has_biases)
def edges_and_rings(network: Any) -> str:
    """What edges and coloured rings mean."""
    return "Every edge is a weight, every coloured ring a bias"


@claim(lambda network: not _has_biases(network))
def edges(network: Any) -> str:
    """What edges mean, in a network without biases."""
    return "Every edge is a weight"


@claim(lambda network: network.weights[0].size > 1)
def one_number_per_edge(network: Any) -> str:
    """What the first tensor holds, and how many parameters there are."""
    first, weight = network.weights[0].size, colored("parameter", "$W_1$")
    return f"{weight} is now a tensor of {whole(first)} numbers, one per edge"


@claim(lambda network: network.weights[0].size == 1)
def number_of_parameters(network: Any) -> str:
    """How many parameters there are."""
    return f"{counted(_total(network), 'parameter')} in total"


def caption_of_parameters(network: Any) -> str:
    """Return, as plain text, how many parameters there are."""
    return f"The tensors hold {counted(_total(network), 'parameter')} in total."


@claim(lambda forward, most_flat: forward.is_standardised and forward.flat > most_flat)
def standardised(forward: Any, most_flat: float) -> str:
    """Why the network is given other numbers than the data's own."""
    name = forward.activation
    return f"x and y are standardised: at the raw x, {name} is often flat"


@claim(lambda forward: len(forward.columns[0]) == len(forward.columns[-1]) == 1)
def row_forward(forward: Any) -> str:
    """What the network predicts for one row."""
    x, y = numeral(float(forward.columns[0][0])), numeral(float(forward.columns[-1][0]))
    prediction = colored("prediction", f"$hat(y) =$ {y}")
    return f"Row {forward.picked + 1} goes forward: $x =$ {x} gives {prediction}"


@claim(lambda forward: all(np.isfinite(column).all() for column in forward.columns))
def neurons_compute(forward: Any) -> str:
    """What neurons do with one row."""
    return f"Row {forward.picked + 1} goes forward: each neuron computes one number"


@claim(lambda network, forward: forward.rows > 1 and np.isfinite(network.loss))
def loss_of_all_rows(network: Any, forward: Any) -> str:
    """The loss of a network over all rows."""
    return f"Over all {whole(forward.rows)} rows: {_loss(network)}"


@claim(lambda network, forward: forward.rows == 1)
def loss_of_one_row(network: Any, forward: Any) -> str:
    """The loss of a network where there is one row."""
    return f"The loss of the one row: {_loss(network)}"


def _loss(network: Any) -> str:
    return colored("loss", f"$Theta =$ {numeral(network.loss)}")


def _largest(every: Sequence[Partial], layer: int) -> Partial:
    return max(of_layer(every, layer), key=lambda one: one.size)


@claim(lambda every, layer: _largest(every, layer).size > 0)
def largest_of_layer(every: Sequence[Partial], layer: int) -> str:
    """Which partial of a layer, counted from 1, is the largest."""
    largest = _largest(every, layer)
    name, value = indexed(largest.name), numeral(largest.value)
    equation = colored("gradient", f"$partial Theta \\/ partial {name} =$ {value}")
    return f"Layer {layer}: the largest partial is {equation}"


@claim(lambda every, layer: all(one.value == 0 for one in of_layer(every, layer)))
def layer_of_zeros(every: Sequence[Partial], layer: int) -> str:
    """That no partial of a layer differs from zero."""
    return f"Layer {layer}: every partial is zero"


@claim(lambda every, layer: any(not np.isfinite(one.value) for one in of_layer(every, layer)))
def layer_without_numbers(every: Sequence[Partial], layer: int) -> str:
    """That partials of a layer are no finite numbers."""
    return f"Layer {layer}: its partials are no longer finite"


def _negative(every: Sequence[Partial]) -> int:
    return sum(one.value < 0 for one in every)


@claim(lambda every, shown: shown == len(every) > 1 and _negative(every))
def some_are_negative(every: Sequence[Partial], shown: int) -> str:
    """How many partials are negative, and what that means."""
    count = f"{whole(_negative(every))} of {whole(len(every))}"
    are = "is" if _negative(every) == 1 else "are"
    return f"{count} {are} negative: raise one of those a little, and $Theta$ falls"


@claim(lambda every, shown: shown == len(every) and not _negative(every))
def none_is_negative(every: Sequence[Partial], shown: int) -> str:
    """That no partial is negative."""
    return "No partial is negative: raising a parameter does not help"


@claim(lambda every, shown: shown == len(every) == 1)
def one_collected(every: Sequence[Partial], shown: int) -> str:
    """That the column holds one partial."""
    return "The column has one number"


@claim(lambda every, shown: shown < len(every))
def largest_collected(every: Sequence[Partial], shown: int) -> str:
    """That the column holds the largest partials."""
    return f"The {shown} largest of {whole(len(every))}"


def caption_of_counting(every: Sequence[Partial]) -> str:
    """Return, as plain text, how PyTorch counts the numbers of a tensor."""
    for one in reversed(every):
        if one.kind == "W" and one.layer == 1 and 0 < one.index[0] < len(ORDINALS):
            row = ORDINALS[one.index[0]]
            return f"PyTorch counts from 0: {one.name} belongs to the {row} neuron."
    return "Each partial stands beside its parameter."


@claim(lambda every: len(every) > 1 and any(one.value != 0 for one in every))
def gradient_together(every: Sequence[Partial]) -> str:
    """What the gradient is."""
    return f"All {whole(len(every))} partials together: the gradient"


@claim(lambda every: len(every) == 1)
def gradient_alone(every: Sequence[Partial]) -> str:
    """What the gradient of one parameter is."""
    return "One parameter: the gradient is one number"


@claim(lambda every: all(one.value == 0 for one in every))
def gradient_of_zeros(every: Sequence[Partial]) -> str:
    """That the whole gradient is zero."""
    return f"The gradient here: {counted(len(every), 'number')}, each zero"


def caption_of_layer(layer: int, layers: int) -> str:
    """Return, as plain text, how the partials of a layer are drawn, or where they come from."""
    if layer == layers:
        return "Width is size; dashes mean negative."
    return f"Layer {layer + 1} hands the gradient on to layer {layer}."


def caption_of_loss(network: Any) -> str:
    """Return, as plain text, what the loss of a network depends on."""
    return f"{counted(_total(network), 'parameter')}, one loss: {fixed(network.loss)}."
