"""Sentences about a network and its gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from descent.text.numbers import counted, whole
from scenes.facts.partials import Partial, of_layer
from scenes.typesetting.markup import colored, indexed, numeral


def describe_network(network: Any) -> str:
    """Return, as plain text, what edges and rings mean."""
    rings = ", every ring is a bias" if any(bias.size for bias in network.biases) else ""
    return f"A network: every edge is a weight{rings}"


def describe_count(network: Any, total: int) -> str:
    """Return, as markup, what each layer has and how many parameters that makes."""
    has = f"a matrix {colored('parameter', '$W$')}"
    if all(bias.size for bias in network.biases):
        has = f"{has} and a vector {colored('parameter', '$b$')}"
    return f"Each layer has {has}: {counted(total, 'parameter')} in all"


def describe_layer(every: Sequence[Partial], layer: int, first: bool) -> str:
    """Return, as markup, what the partials of `layer` are like.

    Args:
        every: All partials of the network.
        layer: The layer, from 1.
        first: Whether it is the one next to the loss.
    """
    start = f"From the loss backwards, layer {layer}" if first else f"Layer {layer}"
    largest = max(of_layer(every, layer), key=lambda one: one.size)
    if largest.size == 0:
        return f"{start}: no partial is felt, all are zero"
    name, value = indexed(largest.name), numeral(largest.value)
    equation = colored("gradient", f"$partial Theta \\/ partial {name} =$ {value}")
    return f"{start}: the largest partial is {equation}"


def describe_gradient(every: Sequence[Partial]) -> str:
    """Return, as plain text, what the gradient is."""
    if len(every) == 1:
        return "The gradient: one number for the one parameter"
    text = f"The gradient: one number for every parameter, {whole(len(every))} in all"
    return f"{text}, and here each is zero" if all(one.value == 0 for one in every) else text


def describe_collecting(total: int, shown: int) -> str:
    """Return, as plain text, what goes into the column."""
    if shown == total:
        return "One after the other, they are put into one column"
    return f"One after the other, the {shown} largest of {whole(total)} are put into one column"
