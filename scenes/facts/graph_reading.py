"""What can be read out of autograd's graph: operations, their constants, slopes, the formula.

A constant operand has no node, but it can be told from the recorded values and gradients: of
v = p · c, for example, c is v / p. Where they do not tell it, it is left out. Nothing here draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from scenes.typesetting.labels import escape, symbol
from scenes.typesetting.numerals import as_math, digits

SIGNS = {"add": "+", "sub": "-", "rsub": "-", "mul": "times", "div": "div"}
PLAIN = {"add": "+", "sub": "−", "rsub": "−", "mul": "×", "div": "÷"}
FUNCTIONS = ("tanh", "sigmoid", "relu", "exp", "log", "sin", "cos", "sqrt", "abs")
BINDING = {"add": 1, "sub": 1, "rsub": 1, "mul": 2, "div": 2}
TIGHTEST = 4


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
        """Return whether a node is something that the loss depends on."""
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
        """Return ∂child/∂parent, where the recorded numbers tell it.

        All of the parent's gradient has to come through this one child: then the slope is the
        one gradient divided by the other.
        """
        if self.children[parent] != [child]:
            return None
        above, here = self._number(child, "gradient"), self._number(parent, "gradient")
        if above is None or here is None or above == 0:
            return None
        return here / above

    def constant(self, index: int) -> float | None:
        """Return the constant operand of a node, where the recorded numbers tell it."""
        node = self.nodes[index]
        if len(node.parents) != 1 or node.operation not in SIGNS:
            return None
        value, given = self._number(index, "value"), self._number(node.parents[0], "value")
        if value is None or given is None:
            return None
        slope = self.slope(index, node.parents[0])
        found = _constant(node.operation, value, given, slope)
        return found if found is not None and np.isfinite(found) else None

    def is_square(self, index: int) -> bool:
        """Return whether a power is the second."""
        node = self.nodes[index]
        if node.operation != "pow" or len(node.parents) != 1:
            return False
        given = self.nodes[node.parents[0]].value
        telling = np.any((given != 0) & (np.abs(given) != 1))
        return bool(telling and np.allclose(node.value, given * given))

    def markup(self, index: int, with_constant: bool = True) -> str:
        """Return what stands in a node: a name, or a sign with its constant."""
        node = self.nodes[index]
        if self.is_leaf(index):
            return f"${symbol(node.name)}$" if node.name else "$dot$"
        if self.is_square(index):
            return "$(thin thin)^2$"
        if node.operation not in SIGNS:
            return escape(node.operation)
        constant = self.constant(index) if with_constant else None
        sign = SIGNS[node.operation]
        if constant is None:
            return f"${sign}$"
        written = constant_markup(constant)
        return f"${written} {sign}$" if node.operation == "rsub" else f"${sign} thin {written}$"

    def plain(self, index: int) -> str:
        """Return what `markup` shows, as plain text."""
        node, constant = self.nodes[index], self.constant(index)
        if self.is_leaf(index):
            return str(node.name or "constant")
        if self.is_square(index):
            return "( )²"
        sign = str(PLAIN.get(node.operation, node.operation))
        return sign if constant is None else f"{sign} {constant_text(constant)}"

    def formula(self) -> str | None:
        """Return the loss as mathematics in its leaves, or None where it cannot be told."""
        told = self._formula(len(self.nodes) - 1)
        return None if told is None else told[0]

    def _formula(self, index: int) -> tuple[str, int] | None:
        """Return the mathematics of a node, and how tightly it binds."""
        node = self.nodes[index]
        if self.is_leaf(index):
            return (symbol(node.name), TIGHTEST) if node.name else None
        told = [self._formula(parent) for parent in node.parents]
        parts = [part for part in told if part is not None]
        if len(parts) < len(told):
            return None
        if self.is_square(index):
            return f"{_bound(parts[0], TIGHTEST)}^2", TIGHTEST - 1
        if node.operation in FUNCTIONS and len(parts) == 1:
            return f'op("{node.operation}")({parts[0][0]})', TIGHTEST
        return self._sum_or_product(index, parts)

    def _sum_or_product(self, index: int, parts: list[tuple[str, int]]) -> tuple[str, int] | None:
        operation = self.nodes[index].operation
        if operation not in BINDING or len(parts) > 2:
            return None
        if len(parts) == 1:
            constant = self.constant(index)
            if constant is None:
                return None
            written = (constant_markup(constant), TIGHTEST)
            parts = [written, *parts] if operation == "rsub" else [*parts, written]
        binding = BINDING[operation]
        first, second = _bound(parts[0], binding), _bound(parts[1], binding + (operation != "add"))
        sign = {"mul": "dot", "div": "\\/"}.get(operation, SIGNS[operation])
        return f"{first} {sign} {second}", binding

    def _number(self, index: int, kind: str) -> float | None:
        array = getattr(self.nodes[index], kind)
        return float(array) if array.ndim == 0 and np.isfinite(array) else None


def _bound(part: tuple[str, int], tightness: int) -> str:
    markup, binding = part
    return markup if binding >= tightness else f"({markup})"


def _constant(operation: str, value: float, given: float, slope: float | None) -> float | None:
    """Return c of value = given ∘ c; None where several would do."""
    if operation == "add":
        return value - given
    if operation == "rsub":
        return value + given
    if operation == "mul":
        return value / given if given else slope
    if slope is None:
        return None
    if operation == "sub":
        # Of c - p the slope would be -1.
        return given - value if slope > 0 else None
    turned = not np.isclose(slope * given, value)
    return None if turned or not value else given / value


def constant_text(value: float) -> str:
    """Return a constant in plain text, without zeros at its end."""
    text = digits(value)
    if "." in text and "·" not in text:
        text = text.rstrip("0").rstrip(".")
    return f"({text})" if value < 0 else text


def constant_markup(value: float) -> str:
    """Return a constant as the inside of Typst mathematics."""
    return as_math(constant_text(value))


def stages(reading: Reading, distances: Sequence[int], at_most: int) -> list[list[int]]:
    """Return the operations in the order in which gradients go back through them.

    Args:
        reading: The graph.
        distances: Of each node to the loss.
        at_most: How many stages there may be; neighbours are put together where there are more.

    Returns:
        The indices of the operations of each stage.
    """
    inner = [index for index in range(len(reading.nodes)) if not reading.is_leaf(index)]
    by_distance = [[i for i in inner if distances[i] == d] for d in range(max(distances) + 1)]
    filled = [stage for stage in by_distance if stage]
    size = -(-len(filled) // at_most) if filled else 1
    return [sum(filled[k : k + size], []) for k in range(0, len(filled), size)]
