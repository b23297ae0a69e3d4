"""The graph that autograd recorded for a loss, with the values and the gradients that flowed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.arrays import freeze
from descent.checks.autograd import with_autograd
from descent.checks.errors import InvalidValue
from descent.checks.loss import check_callable, check_result, explain_modules
from descent.checks.numbers import as_numbers, check_start
from descent.checks.texts import default_names
from descent.gradients.forward_values import ForwardValues, to_array
from descent.serialization import Saveable

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike, NDArray
    from torch import Tensor

    from descent.display import Picture

LEAF = "leaf"


@dataclass(frozen=True, eq=False)
class Node(Saveable):
    """One operation that autograd recorded, or one leaf.

    The chain rule, node by node: a node's gradient is Σ over the operations it went into of
    (∂their result/∂its value) · (their gradient).

    Attributes:
        operation: What was done, such as "mul" or "pow"; "leaf" for what the loss depends on.
        parents: Indices, in the graph's nodes, of what it was computed from; a constant operand
            has no node.
        value: Its result, of the result's shape (() for a scalar); nan where autograd's node
            was made by an operation whose result cannot be seen from Python.
        gradient: ∂loss/∂value, of the same shape: the sum of all that flowed back into it.
        name: The name of a leaf that was given, else None.

    Example:
        >>> import descent
        >>> graph = descent.backward_graph(lambda w, b: (3 * w + b) ** 2, {"w": 1, "b": -5})
        >>> power = graph.nodes[-1]
        >>> power.operation, power.parents, float(power.value), float(power.gradient)
        ('pow', (3,), 4.0, 1.0)
        >>> total = graph.nodes[3]  # ∂x²/∂x = 2x at x = −2
        >>> total.operation, float(total.value), float(total.gradient)
        ('add', -2.0, -4.0)
    """

    operation: str
    parents: tuple[int, ...]
    value: NDArray[np.float64]
    gradient: NDArray[np.float64]
    name: str | None = None

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        object.__setattr__(self, "parents", tuple(int(parent) for parent in self.parents))
        freeze(self, "value", "gradient")


@dataclass(frozen=True, eq=False)
class BackwardGraph(Saveable):
    """All nodes of one loss in topological order: parents before children, the loss last.

    Attributes:
        nodes: The nodes; the numbers in each one's ``parents`` are places in this tuple.

    Raises:
        InvalidValue: If a parent does not come before its child.

    Example:
        >>> import descent
        >>> graph = descent.backward_graph(lambda w, b: (3 * w + b) ** 2, {"w": 1, "b": -5})
        >>> [node.operation for node in graph.nodes]
        ['leaf', 'mul', 'leaf', 'add', 'pow']
        >>> {name: float(leaf.gradient) for name, leaf in graph.leaves.items()}
        {'w': -12.0, 'b': -4.0}
        >>> float(graph.loss.value)
        4.0
    """

    nodes: tuple[Node, ...]

    def __post_init__(self) -> None:
        """Check the order."""
        object.__setattr__(self, "nodes", tuple(self.nodes))
        if not self.nodes:
            raise InvalidValue("nodes", "be at least the loss itself", self.nodes, got="none")
        for index, node in enumerate(self.nodes):
            if not all(0 <= parent < index for parent in node.parents):
                raise InvalidValue("parents", f"come before node {index}", node.parents)

    @property
    def leaves(self) -> dict[str, Node]:
        """The named leaves, by name: their gradients are those of the parameters."""
        return {node.name: node for node in self.nodes if node.name is not None}

    @property
    def loss(self) -> Node:
        """The last node: its value is the loss, its gradient 1."""
        return self.nodes[-1]

    def plot(self, theme: str = "light") -> Figure:
        """Draw the graph from its leaves to the loss, each node with its value and its gradient.

        Args:
            theme: "light" or "dark".

        Returns:
            A figure of matplotlib, which a notebook shows.

        Raises:
            InvalidValue: If it has more than 60 nodes, or the theme is unknown.
        """
        from descent.plots.graph import plot_graph

        return plot_graph(self, theme)

    def __repr__(self) -> str:
        """Return how many nodes and leaves there are, and the loss, however many there are."""
        named = sum(node.name is not None for node in self.nodes)
        value = f"{float(self.loss.value):.6g}" if self.loss.value.size == 1 else "no number"
        return f"BackwardGraph({len(self.nodes):,} nodes, {named:,} named leaves; loss {value})"

    def _repr_html_(self) -> str:
        from descent.display import graph_html

        return graph_html(self)

    def _repr_png_(self) -> Picture | None:
        from descent.display import picture_of

        return picture_of(self)


@with_autograd
def backward_graph(
    loss: Callable[..., Tensor],
    at: ArrayLike | Tensor | Mapping[str, Any],
    names: Sequence[str] | None = None,
) -> BackwardGraph:
    """Return the graph autograd records for `loss`, with what flowed through it.

    One forward pass and one backward pass: reverse-mode differentiation, as ``.backward()`` does
    it. Nothing that the loss uses is changed, and no ``.grad`` is touched.

    Args:
        loss: Computes a scalar tensor from params, shape (n,), or, if `at` is a mapping, from
            keyword arguments of those names.
        at: The parameters: a vector, shape (n,), or a mapping from name to number or tensor. Of
            a vector, each parameter is a leaf of its own, and taking it out again by index is no
            node.
        names: One name per parameter of a vector; by default the loss's own, else θ1, θ2, …

    Returns:
        A BackwardGraph whose leaves' gradients equal what ``.backward()`` leaves in ``.grad``.
        Constants are no nodes. Other leaves that require a gradient have no name.

    Raises:
        InvalidType: If the loss is not a function, or returns something other than a tensor.
        InvalidValue: If the loss fails, is not a float64 scalar, or depends on no parameter; or if
            `at` is not a finite vector with a name for each number.

    References:
        Griewank and Walther (2008), Evaluating Derivatives, chapter 3.

    Example:
        >>> import descent
        >>> graph = descent.backward_graph(lambda p: p[0] * p[1].exp(), [2.0, 0.0])
        >>> for node in graph.nodes:
        ...     print(node.operation, node.name, node.parents, node.value, node.gradient)
        leaf θ1 () 2.0 1.0
        leaf θ2 () 0.0 2.0
        exp None (1,) 1.0 2.0
        mul None (0, 2) 2.0 1.0
    """
    import torch

    check_callable(loss)
    with explain_modules(loss):
        noted = ForwardValues()
        stack = None
        if isinstance(at, Mapping):
            leaves = {name: _leaf(_number(name, value)) for name, value in at.items()}
            value = noted.run(lambda: loss(**leaves))
        else:
            leaves = {name: _leaf(value) for name, value in _scalars(loss, at, names).items()}
            vector = torch.stack(list(leaves.values()))
            stack = vector.grad_fn
            noted.see(vector)
            value = noted.run(lambda: loss(vector))
        check_result(value)
        return _Walk(value, leaves, stack, noted).graph()


def _scalars(loss: Any, at: Any, names: Sequence[str] | None) -> dict[str, float]:
    """Return the numbers of a vector of parameters by name."""
    names = names if names is not None else getattr(loss, "names", None)
    point = check_start(at, names)
    return dict(zip(default_names(len(point), names), point.tolist(), strict=True))


def _number(name: str, value: Any) -> Any:
    """Return what the leaf `name` shall be, numbers of any shape, having checked that they are."""
    return value if hasattr(value, "detach") else as_numbers(value, name)


def _leaf(value: Any) -> Tensor:
    import torch

    return torch.as_tensor(value, dtype=torch.float64).detach().clone().requires_grad_()


class _Walk:
    """A walk from the loss back along ``next_functions``, with one backward pass."""

    def __init__(
        self, value: Tensor, leaves: Mapping[str, Tensor], stack: Any, noted: ForwardValues
    ) -> None:
        self.value, self.stack, self.noted = value, None, noted
        # By identity, as tensors are hashed.
        self.names = {leaf: name for name, leaf in leaves.items()}
        self.order = self._order()
        if stack is not None and self._only_taken_apart(stack):
            # Once, since autograd makes a new tuple of all edges each time.
            self.stack, self.stacked = stack, stack.next_functions
            self.order = self._order()
        self.gradients = self._gradients()

    def graph(self) -> BackwardGraph:
        """Return the nodes in the order found, parents first."""
        index = {key: number for number, key in enumerate(self.order)}
        return BackwardGraph(
            nodes=tuple(
                self._node(key, tuple(index[parent] for parent in self._parents(key)))
                for key in self.order
            )
        )

    def _order(self) -> list[tuple[Any, int]]:
        """Return all nodes in depth-first order, each after its parents."""
        order: dict[tuple[Any, int], None] = {}
        pending = [(self._resolved(*_edge(self.value)), False)]
        while pending:
            key, parents_are_done = pending.pop()
            if parents_are_done:
                order.setdefault(key)
            elif key not in order:
                pending.append((key, True))
                pending += [(parent, False) for parent in reversed(self._parents(key))]
        return list(order)

    def _only_taken_apart(self, stack: Any) -> bool:
        """Return whether every use of the stacked vector takes single parameters out of it."""
        users = [node for node, _ in self.order if any(e[0] is stack for e in node.next_functions)]
        return bool(users) and all(_takes_apart(node) for node in users)

    def _parents(self, key: tuple[Any, int]) -> list[tuple[Any, int]]:
        return [self._resolved(*edge) for edge in key[0].next_functions if edge[0] is not None]

    def _resolved(self, node: Any, output: int) -> tuple[Any, int]:
        """Return the leaf itself where `node` only takes it out of the stacked vector."""
        # All edges of a node are made anew each time they are asked for: not those of the stack.
        if self.stack is None or not _takes_apart(node):
            return node, output
        if node.next_functions[0][0] is self.stack:
            index = output if _is(node, "Unbind") else _signed(node._saved_index)
            return self.stacked[index]
        return node, output

    def _gradients(self) -> dict[tuple[Any, int], NDArray[np.float64]]:
        """Return what one backward pass sends into each node; no ``.grad`` is touched."""
        import torch

        gradients: dict[tuple[Any, int], NDArray[np.float64]] = {}

        def note(node: Any) -> Callable[[Any], None]:
            def hook(flowed: Any) -> None:
                for output, gradient in enumerate(flowed):
                    if gradient is not None:
                        gradients[node, output] = to_array(gradient)

            return hook

        inner = {node for node, _ in self.order if not hasattr(node, "variable")}
        hooks = [node.register_prehook(note(node)) for node in inner]
        outer = [node for node, _ in self.order if hasattr(node, "variable")]
        variables = [node.variable for node in outer]
        flowed = torch.autograd.grad(self.value, variables, materialize_grads=True)
        for hook in hooks:
            hook.remove()
        gradients.update({(n, 0): to_array(g) for n, g in zip(outer, flowed, strict=True)})
        return gradients

    def _node(self, key: tuple[Any, int], parents: tuple[int, ...]) -> Node:
        node, output = key
        variable = getattr(node, "variable", None)
        value = to_array(variable) if variable is not None else self.noted.value(node, output)
        return Node(
            operation=LEAF if variable is not None else operation_of(node),
            parents=parents,
            value=value,
            gradient=self.gradients.get(key, np.zeros(value.shape)),
            name=None if variable is None else self.names.get(variable),
        )


def _edge(value: Tensor) -> tuple[Any, int]:
    """Return the node of autograd that made `value`, and which of its outputs it is."""
    from torch.autograd.graph import get_gradient_edge

    edge = get_gradient_edge(value)
    return edge.node, edge.output_nr


def _is(node: Any, operation: str) -> bool:
    return node.name().startswith(f"{operation}Backward")


def _takes_apart(node: Any) -> bool:
    return _is(node, "Select") or _is(node, "Unbind")


def _signed(index: int) -> int:
    """Return an index that autograd saved as an unsigned number."""
    return index - 2**64 if index >= 2**63 else index


def operation_of(node: Any) -> str:
    """Return "mse_loss" for MseLossBackward0, and the name of a function of the user's own."""
    own = getattr(node, "_forward_cls", None)
    if own is not None:
        return own.__name__
    plain = re.sub(r"(Backward)?\d*$", "", node.name().split("::")[-1])
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", plain).lower()
