"""What is said of a graph that autograd recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from descent.text.numbers import counted, format_array, significant

if TYPE_CHECKING:
    from descent.gradients.graph import BackwardGraph, Node

FIGURES = 4


def summary(graph: BackwardGraph) -> str:
    """Return how many nodes a graph has, and its loss: "5 nodes; loss 4"."""
    nodes, loss = counted(len(graph.nodes), "node"), graph.loss.value
    return f"{nodes}; loss {significant(float(loss), FIGURES)}" if loss.size == 1 else nodes


def value_of(node: Node) -> str:
    """Return the value of a node, or how many numbers it has."""
    return format_array(node.value)


def gradient_of(node: Node) -> str:
    """Return the gradient of the loss with respect to a node, or how many numbers it has."""
    return format_array(node.gradient)
