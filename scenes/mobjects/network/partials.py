"""What is read out of a network's gradient: every partial derivative by its parameter's name.

Nothing here draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from scenes.typesetting.labels import colored
from scenes.typesetting.numerals import numeral

SPELLED_LAYERS = 2


@dataclass(frozen=True)
class Partial:
    """∂Θ/∂(one weight or bias).

    Attributes:
        kind: "W" or "b".
        layer: The Linear layer it belongs to, from 1.
        index: Its place in that layer's weight or bias, as PyTorch counts, from 0.
        alone: Whether the weight or bias has no other number.
        value: The partial derivative.
    """

    kind: str
    layer: int
    index: tuple[int, ...]
    alone: bool
    value: float

    @property
    def key(self) -> tuple[str, int, tuple[int, ...]]:
        """Where it is: kind, layer and index."""
        return self.kind, self.layer, self.index

    @property
    def name(self) -> str:
        """Its parameter's name in plain text, as `descent` names it: "W2[0,1]" or "b1"."""
        place = "" if self.alone else f"[{','.join(map(str, self.index))}]"
        return f"{self.kind}{self.layer}{place}"

    @property
    def markup(self) -> str:
        """Its parameter's name as Typst mathematics."""
        place = "" if self.alone else f"[{','.join(map(str, self.index))}]"
        return f"{self.kind}_({self.layer}) {place}"

    @property
    def size(self) -> float:
        """Its absolute value, or 0 where that is no finite number."""
        return abs(self.value) if np.isfinite(self.value) else 0.0


def partials(network: Any) -> list[Partial]:
    """Return all partial derivatives in the order W1, b1, W2, b2 and so on.

    Args:
        network: A `descent.NetworkGradient`.
    """
    found = []
    layers = zip(network.weight_gradients, network.bias_gradients, strict=True)
    for layer, (weights, biases) in enumerate(layers, start=1):
        for kind, array in (("W", weights), ("b", biases)):
            found += [
                Partial(kind, layer, index, array.size == 1, float(value))
                for index, value in np.ndenumerate(array)
            ]
    return found


def of_layer(every: list[Partial], layer: int) -> list[Partial]:
    """Return those of one layer."""
    return [one for one in every if one.layer == layer]


def shape_of(array: np.ndarray) -> str:
    """Return an array's shape in plain text, such as "3 × 1"."""
    return " × ".join(map(str, array.shape))


def layer_sizes(network: Any) -> list[int]:
    """Return how many neurons stand in each column: the inputs, then each layer's outputs.

    Raises:
        ValueError: If a layer does not take what the layer before it gives.
    """
    shapes = [weight.shape for weight in network.weights]
    sizes = [shapes[0][1], *(outputs for outputs, _ in shapes)]
    taken = [inputs for _, inputs in shapes]
    if taken != sizes[:-1]:
        raise ValueError(f"a network's layers must form a chain to be drawn; got {shapes}.")
    return sizes


def say_network(network: Any) -> str:
    """Return, as plain text, what edges and rings stand for."""
    rings = ", every ring is a bias" if any(bias.size for bias in network.biases) else ""
    return f"A network: every edge is a weight{rings}"


def say_count(network: Any, total: int) -> str:
    """Return, as markup, what each layer has and how many parameters that makes."""
    has = f"a matrix {colored('parameter', '$W$')}"
    if all(bias.size for bias in network.biases):
        has = f"{has} and a vector {colored('parameter', '$b$')}"
    return f"Each layer has {has}: {total} parameter{'s' * (total != 1)} in all"


def say_layer(every: list[Partial], layer: int, first: bool) -> str:
    """Return, as markup, what the partials of `layer` are like.

    Args:
        every: All partials of the network.
        layer: The layer, from 1.
        first: Whether it is the one next to the loss.
    """
    here = of_layer(every, layer)
    start = f"From the loss backwards, layer {layer}" if first else f"Layer {layer}"
    largest = max(here, key=lambda one: one.size)
    if largest.size == 0:
        return f"{start}: no partial is felt, all are zero"
    equation = f"$partial Theta \\/ partial {largest.markup} =$ {numeral(largest.value)}"
    return f"{start}: the largest partial is {colored('gradient', equation)}"


def say_gradient(every: list[Partial]) -> str:
    """Return, as plain text, what the gradient is."""
    count = len(every)
    if count == 1:
        return "The gradient: one number for the one parameter"
    said = f"The gradient: one number for every parameter, {count} in all"
    if all(one.value == 0 for one in every):
        return f"{said}, and here each is zero"
    return said


def spelled_layers(layers: int) -> list[int | None]:
    """Return the layers that the formula of the gradient spells out; None is for dots."""
    if layers <= SPELLED_LAYERS:
        return list(range(1, layers + 1))
    return [1, None, layers]


def say_collecting(total: int, shown: int) -> str:
    """Return, as plain text, what goes into the column."""
    if shown == total:
        return "One after the other, they are put into one column"
    return f"One after the other, the {shown} largest of {total} are put into one column"
