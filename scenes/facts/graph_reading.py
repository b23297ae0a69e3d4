"""What autograd's graph shows: its operations, their constants and their slopes.

A constant operand has no node, but it follows from the recorded values and gradients: in v = p · c,
for example, c is v / p. Where it does not follow from them, it is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from descent.text.numbers import fixed, without_zeros

TEXT_SIGNS = {"add": "+", "sub": "−", "rsub": "−", "mul": "×", "div": "÷"}


class Reading:
    """The nodes of one graph, and what follows from their numbers.

    Args:
        graph: The `descent.BackwardGraph`.
    """

    def __init__(self, graph: Any) -> None:
        self.nodes = graph.nodes
        self.children: list[list[int]] = [[] for _ in self.nodes]
        for child, node in enumerate(self.nodes):
            for parent in dict.fromkeys(node.parents):
                self.children[parent].append(child)

    def is_leaf(self, index: int) -> bool:
        """Return whether a node is an input of the loss."""
        return not self.nodes[index].parents

    def reached(self, stage: Sequence[int], passed: set[int]) -> list[int]:
        """Return the parents of a stage whose gradient is complete.

        Args:
            stage: Operations that gradients have just gone back through.
            passed: All operations that they have gone back through so far.
        """
        parents = dict.fromkeys(p for index in stage for p in self.nodes[index].parents)
        return [parent for parent in parents if set(self.children[parent]) <= passed]

    def slope(self, child: int, parent: int) -> float | None:
        """Return ∂child/∂parent, or None where it does not follow from the recorded numbers.

        If all of the parent's gradient comes through this one child, the slope is the one gradient
        divided by the other.
        """
        if self.children[parent] != [child]:
            return None
        above, here = self._number(child, "gradient"), self._number(parent, "gradient")
        if above is None or here is None or above == 0:
            return None
        return here / above

    def constant(self, index: int) -> float | None:
        """Return the constant operand of a node, or None where it does not follow."""
        node = self.nodes[index]
        if len(node.parents) != 1 or node.operation not in TEXT_SIGNS:
            return None
        value, operand = self._number(index, "value"), self._number(node.parents[0], "value")
        if value is None or operand is None:
            return None
        slope = self.slope(index, node.parents[0])
        found = _constant(node.operation, value, operand, slope)
        return found if found is not None and np.isfinite(found) else None

    def is_square(self, index: int) -> bool:
        """Return whether a power is the second."""
        node = self.nodes[index]
        if node.operation != "pow" or len(node.parents) != 1:
            return False
        operand = self.nodes[node.parents[0]].value
        is_conclusive = np.any((operand != 0) & (np.abs(operand) != 1))
        return bool(is_conclusive and np.allclose(node.value, operand * operand))

    def text(self, index: int) -> str:
        """Return the plain text of a node: a name, or an operation with its constant."""
        node, constant = self.nodes[index], self.constant(index)
        if self.is_leaf(index):
            return str(node.name or "constant")
        if self.is_square(index):
            return "( )²"
        sign = TEXT_SIGNS.get(node.operation, str(node.operation))
        return sign if constant is None else f"{sign} {constant_text(constant)}"

    def _number(self, index: int, kind: str) -> float | None:
        array = getattr(self.nodes[index], kind)
        return float(array) if array.ndim == 0 and np.isfinite(array) else None


def _constant(operation: str, value: float, operand: float, slope: float | None) -> float | None:
    """Return c of value = operand ∘ c, or None where it is ambiguous."""
    if operation == "add":
        return value - operand
    if operation == "rsub":
        return value + operand
    if operation == "mul":
        return value / operand if operand else slope
    if slope is None:
        return None
    if operation == "sub":
        # Of c - p the slope would be -1.
        return operand - value if slope > 0 else None
    turned = not np.isclose(slope * operand, value)
    return None if turned or not value else operand / value


def short_text(value: float) -> str:
    """Return a number without zeros at its end."""
    text = fixed(value)
    return text if "·" in text else without_zeros(text)


def bracketed(text: str) -> str:
    """Return the text of a number as a later factor: in parentheses if it has a sign or power."""
    return f"({text})" if text.startswith("−") or "·" in text else text


def constant_text(value: float) -> str:
    """Return a constant without zeros at its end, a negative one in parentheses."""
    return f"({short_text(value)})" if value < 0 else short_text(value)


def stages(reading: Reading, distances: Sequence[int], at_most: int) -> list[list[int]]:
    """Return the operations in the order in which gradients go back through them.

    Args:
        reading: The graph.
        distances: Of each node to the loss.
        at_most: The number of stages; neighbouring ones are merged where there are more.

    Returns:
        The indices of the operations of each stage.
    """
    inner = [index for index in range(len(reading.nodes)) if not reading.is_leaf(index)]
    by_distance = [[i for i in inner if distances[i] == d] for d in range(max(distances) + 1)]
    filled = [stage for stage in by_distance if stage]
    size = -(-len(filled) // at_most) if filled else 1
    return [sum(filled[k : k + size], []) for k in range(0, len(filled), size)]
