"""How a small change of one parameter goes through a recorded graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from descent.gradients.graph_layout import ranks
from descent.text.numbers import NumberFormat
from scenes.facts.graph_reading import Reading, bracketed, short_text

CHANGE = NumberFormat(4, 2)  # of a nudge, which is smaller than the values that it changes


class Nudge:
    """Two forward passes through one graph, of which the second has another value of one leaf.

    Args:
        reading: The graph of the first pass.
        nudged: The `descent.BackwardGraph` of the second.

    Attributes:
        changes: How much each node's value changed; nan for a node of several numbers.
        leaf: The index of the leaf that changed; None if no named leaf did.
        reached: The nodes that the change goes through, from the leaf to the loss.
    """

    def __init__(self, reading: Reading, nudged: Any) -> None:
        self.reading = reading
        pairs = zip(reading.nodes, nudged.nodes, strict=True)
        self.changes = [_change(before.value, after.value) for before, after in pairs]
        moved = [i for i, node in enumerate(reading.nodes) if node.name and self.changes[i]]
        self.leaf: int | None = moved[0] if moved else None
        self.reached = self._descendants()

    @property
    def size(self) -> float:
        """How much the leaf changed."""
        return self.changes[self.leaf] if self.leaf is not None else 0.0

    @property
    def name(self) -> str:
        """The name of the leaf that changed."""
        return str(self.reading.nodes[self.leaf].name) if self.leaf is not None else ""

    @property
    def gradient(self) -> float:
        """Autograd's partial of the loss by the leaf that changed."""
        if self.leaf is None or self.reading.nodes[self.leaf].gradient.ndim:
            return float("nan")
        return float(self.reading.nodes[self.leaf].gradient)

    @property
    def stages(self) -> list[list[int]]:
        """The nodes that the change reaches, without the leaf, column by column."""
        columns = ranks([node.parents for node in self.reading.nodes])
        inner = [index for index in self.reached if index != self.leaf]
        return [
            [index for index in inner if columns[index] == column]
            for column in sorted({columns[index] for index in inner})
        ]

    @property
    def has_one_path(self) -> bool:
        """Whether the change goes to the loss on a single path."""
        reading = self.reading
        children = [reading.children[index] for index in self.reached[:-1]]
        twice = any(
            reading.nodes[child].parents.count(index) > 1
            for index, below in zip(self.reached, children, strict=False)
            for child in below
        )
        return not twice and all(len(below) == 1 for below in children)

    def slopes(self) -> list[float] | None:
        """Return each operation's own slope along a single path; None if one is not known."""
        if not self.has_one_path:
            return None
        steps = zip(self.reached, self.reached[1:], strict=False)
        found = [own_slope(self.reading, child, parent) for parent, child in steps]
        known = [slope for slope in found if slope is not None]
        return known if len(known) == len(found) > 0 else None

    def _descendants(self) -> list[int]:
        found: list[int] = [] if self.leaf is None else [self.leaf]
        for index, node in enumerate(self.reading.nodes):
            if any(parent in found for parent in node.parents):
                found.append(index)
        return found


def factor_texts(slopes: Sequence[float]) -> list[str]:
    """Return slopes as the plain texts of a product's factors: "1.5", "1", "(−5.6)"."""
    first, *others = map(short_text, slopes)
    return [first, *map(bracketed, others)]


def own_slope(reading: Reading, child: int, parent: int) -> float | None:
    """Return ∂child/∂parent from the operation and its recorded values.

    Where the operation is not one of the known ones, it is the ratio of recorded gradients; None
    where that is not known either.
    """
    node = reading.nodes[child]
    values = [reading.nodes[index].value for index in node.parents]
    if any(value.ndim for value in values) or len(set(node.parents)) < len(node.parents):
        return None
    numbers = [float(value) for value in values]
    if reading.is_square(child):
        return 2 * numbers[0]
    if node.operation == "add":
        return 1.0
    if len(numbers) == 2 and node.operation in ("sub", "mul"):
        return _of_two(node.operation, numbers, first=node.parents[0] == parent)
    constant = reading.constant(child)
    if constant is not None and node.operation in ("sub", "mul"):
        return 1.0 if node.operation == "sub" else constant
    return reading.slope(child, parent)


def _of_two(operation: str, numbers: Sequence[float], first: bool) -> float:
    if operation == "mul":
        return numbers[1] if first else numbers[0]
    return 1.0 if first else -1.0


def _change(before: np.ndarray, after: np.ndarray) -> float:
    return float(after - before) if before.ndim == after.ndim == 0 else float("nan")
