"""The partial derivatives of a network, each by its parameter's name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Key = tuple[str, int, tuple[int, ...]]


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
    def key(self) -> Key:
        """Where it is: kind, layer and index."""
        return self.kind, self.layer, self.index

    @property
    def name(self) -> str:
        """Its parameter's name, as `descent` has it: "W2[0,1]" or "b1"."""
        place = "" if self.alone else f"[{','.join(map(str, self.index))}]"
        return f"{self.kind}{self.layer}{place}"

    @property
    def size(self) -> float:
        """Its absolute value, or 0 where that is not finite."""
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


def of_layer(every: Sequence[Partial], layer: int) -> list[Partial]:
    """Return the partials of one layer."""
    return [one for one in every if one.layer == layer]


def largest_in_order(every: Sequence[Partial], at_most: int) -> list[Partial]:
    """Return the `at_most` largest partials, still in their order."""
    if len(every) <= at_most:
        return list(every)
    places = sorted(range(len(every)), key=lambda place: -every[place].size)[:at_most]
    return [every[place] for place in sorted(places)]


def counted_parameters(network: Any) -> list[tuple[str, str, int]]:
    """Return name, shape and count of each weight and bias, in order: ("W1", "3 × 1", 3)."""
    rows = []
    for layer, pair in enumerate(zip(network.weights, network.biases, strict=True), start=1):
        for kind, array in zip("Wb", pair, strict=True):
            if array.size:
                shape = " × ".join(map(str, array.shape))
                rows.append((f"{kind}{layer}", shape, array.size))
    return rows


def layer_sizes(network: Any) -> list[int]:
    """Return the number of neurons in each column: the inputs, then each layer's outputs.

    Raises:
        ValueError: If a layer does not take what the layer before it gives.
    """
    shapes = [weight.shape for weight in network.weights]
    sizes = [shapes[0][1], *(outputs for outputs, _ in shapes)]
    taken = [inputs for _, inputs in shapes]
    if taken != sizes[:-1]:
        raise ValueError(f"a network's layers must form a chain to be drawn; got {shapes}.")
    return sizes
