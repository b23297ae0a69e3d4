"""Autograd's graph as Typst markup: the text of its nodes, and the loss as a formula."""

from __future__ import annotations

from scenes.facts.graph_reading import Reading, constant_text
from scenes.typesetting.markup import as_math, colored, escape, symbol

SIGNS = {"add": "+", "sub": "-", "rsub": "-", "mul": "times", "div": "div"}
FUNCTIONS = ("tanh", "sigmoid", "relu", "exp", "log", "sin", "cos", "sqrt", "abs")
PRECEDENCE = {"add": 1, "sub": 1, "rsub": 1, "mul": 2, "div": 2}
ATOM = 4  # the precedence of what needs no parentheses

Term = tuple[str, int]  # mathematics, and its precedence


def node_markup(reading: Reading, index: int, with_constant: bool = True) -> str:
    """Return the markup of a node: a name, or a sign with its constant, which is data: white."""
    node = reading.nodes[index]
    if reading.is_leaf(index):
        return f"${symbol(node.name)}$" if node.name else "$dot$"
    if reading.is_square(index):
        return "$(thin thin)^2$"
    if node.operation not in SIGNS:
        return escape(node.operation)
    constant, sign = reading.constant(index) if with_constant else None, SIGNS[node.operation]
    if constant is None:
        return f"${sign}$"
    written = colored("truth", f"${_constant(constant)}$")
    return f"${written} {sign}$" if node.operation == "rsub" else f"${sign} thin {written}$"


def loss_markup(reading: Reading) -> str | None:
    """Return the loss as a formula in its leaves, or None where it does not follow."""
    found = _term(reading, len(reading.nodes) - 1)
    return None if found is None else found[0]


def _term(reading: Reading, index: int) -> Term | None:
    node = reading.nodes[index]
    if reading.is_leaf(index):
        return (symbol(node.name), ATOM) if node.name else None
    found = [_term(reading, parent) for parent in node.parents]
    parts = [part for part in found if part is not None]
    if len(parts) < len(found):
        return None
    if reading.is_square(index):
        return f"{_bound(parts[0], ATOM)}^2", ATOM - 1
    if node.operation in FUNCTIONS and len(parts) == 1:
        return f'op("{node.operation}")({parts[0][0]})', ATOM
    return _sum_or_product(reading, index, parts)


def _sum_or_product(reading: Reading, index: int, parts: list[Term]) -> Term | None:
    operation = reading.nodes[index].operation
    if operation not in PRECEDENCE or len(parts) > 2:
        return None
    if len(parts) == 1:
        constant = reading.constant(index)
        if constant is None:
            return None
        written = (_constant(constant), ATOM)
        parts = [written, *parts] if operation == "rsub" else [*parts, written]
    precedence = PRECEDENCE[operation]
    first = _bound(parts[0], precedence)
    second = _bound(parts[1], precedence + (operation != "add"))
    sign = {"mul": "dot", "div": "\\/"}.get(operation, SIGNS[operation])
    return f"{first} {sign} {second}", precedence


def _bound(part: Term, precedence: int) -> str:
    markup, own = part
    return markup if own >= precedence else f"({markup})"


def _constant(value: float) -> str:
    return as_math(constant_text(value))
