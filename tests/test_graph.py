"""The graph autograd recorded: its values, its gradients, its order and its names."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from descent import BackwardGraph, backward_graph, model_loss, neuron_loss, row_loss
from descent.gradients.graph import LEAF, Node

MATRIX = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], dtype=torch.float64)


class Squared(torch.autograd.Function):
    """x², with its intermediate results hidden from autograd."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return (x * 2) * x / 2

    @staticmethod
    def backward(ctx, flowed):
        return 2 * ctx.saved_tensors[0] * flowed


def written_in_place(p):
    z = p * 2
    z[0] = z[1] * 3
    z += p
    z.mul_(2)
    return z.prod()


def taken_apart(p):
    first, second = p
    return first * second + first.sin() * p[-1]


LOSSES = {
    "row": row_loss(1.5, 2.9),
    "neuron": neuron_loss([[1, 2], [3, 4]]),
    "taken apart": taken_apart,
    "vector": lambda p: (p**2).sum(),
    "vector and index": lambda p: (p**2).sum() * p[0],
    "slice": lambda p: p[0] * p[1:].sum(),
    "broadcast": lambda p: (p[0] * MATRIX + p).sum(),
    "view": lambda p: (p.reshape(2, 1) * MATRIX.T).T.exp().mean(),
    "matrix": lambda p: F.mse_loss(MATRIX @ p, torch.ones(3, dtype=torch.float64)),
    "composite": lambda p: F.cosine_similarity(p, MATRIX[0], dim=0) + F.huber_loss(p, MATRIX[1]),
    "softmax": lambda p: F.cross_entropy(p[None], torch.tensor([1])),
    "custom": lambda p: Squared.apply(Squared.apply(p[0])) * p[1],
    "in place": written_in_place,
    "several outputs": lambda p: p.max(0).values + (p * 2).unbind()[0] * (p * 3).unbind()[1],
    "same twice": lambda p: p[0] * p[0] + p[0] + p[1],
    "only a leaf": lambda p: p[0],
    "norm": lambda p: p.norm() + p.std() + torch.linalg.norm(MATRIX @ p),
}


@pytest.mark.parametrize("name", LOSSES)
def test_the_leaves_gradients_are_what_backward_leaves_in_grad(name):
    point = [0.7, -1.3]
    graph = backward_graph(LOSSES[name], point, names=("u", "v"))
    params = torch.tensor(point, dtype=torch.float64, requires_grad=True)
    LOSSES[name](params).backward()
    for leaf, gradient in zip(("u", "v"), params.grad, strict=True):
        if leaf in graph.leaves:
            assert graph.leaves[leaf].gradient == pytest.approx(gradient.item(), rel=1e-13)
        else:
            assert gradient == 0


@pytest.mark.parametrize("name", LOSSES)
def test_every_value_is_seen_and_the_loss_comes_last_with_gradient_one(name):
    graph = backward_graph(LOSSES[name], [0.7, -1.3])
    expected = LOSSES[name](torch.tensor([0.7, -1.3], dtype=torch.float64))
    assert graph.loss.value == pytest.approx(expected.item(), rel=1e-15)
    assert graph.loss.gradient == 1
    for index, node in enumerate(graph.nodes):
        assert all(parent < index for parent in node.parents)
        assert np.isfinite(node.value).all(), node.operation
        assert node.value.shape == node.gradient.shape
        assert (node.operation == LEAF) == (not node.parents)


@pytest.mark.parametrize("name", ["row", "taken apart", "vector and index", "matrix", "norm"])
def test_nudging_a_leaf_moves_the_loss_by_its_gradient(name):
    graph = backward_graph(LOSSES[name], [0.7, -1.3], names=("u", "v"))
    for index, leaf in enumerate(("u", "v")):
        nudge = 1e-6 * np.eye(2)[index]
        up, down = (
            LOSSES[name](torch.tensor([0.7, -1.3] + side, dtype=torch.float64)).item()
            for side in (nudge, -nudge)
        )
        assert graph.leaves[leaf].gradient == pytest.approx((up - down) / 2e-6, rel=1e-6)


def test_values_are_those_before_a_later_operation_in_place():
    graph = backward_graph(written_in_place, [0.7, -1.3])
    doubled = next(node for node in graph.nodes if node.operation == "mul")
    np.testing.assert_allclose(doubled.value, [1.4, -2.6])


def test_the_graph_of_a_row_is_the_neurons_own_arithmetic():
    graph = backward_graph(row_loss(1.5, 2.9), [-1.0, 1.6])
    read = [(n.operation, n.parents, n.name, round(float(n.value), 9)) for n in graph.nodes]
    assert read == [
        ("leaf", (), "W1", -1.0),
        ("mul", (0,), None, -1.5),
        ("leaf", (), "b1", 1.6),
        ("add", (1, 2), None, 0.1),
        ("sub", (3,), None, -2.8),
        ("pow", (4,), None, 7.84),
    ]
    gradients = [round(float(node.gradient), 9) for node in graph.nodes]
    assert gradients == [-8.4, -5.6, -5.6, -5.6, -5.6, 1.0]


def test_what_flows_into_a_node_is_the_sum_over_its_uses_by_the_chain_rule():
    graph = backward_graph(lambda x: x.sin() * x.exp(), {"x": 0.5})
    leaf, sine, exponential, product = graph.nodes
    assert [n.operation for n in graph.nodes] == ["leaf", "sin", "exp", "mul"]
    assert sine.gradient == exponential.value * product.gradient
    assert exponential.gradient == sine.value * product.gradient
    expected = sine.gradient * np.cos(0.5) + exponential.gradient * exponential.value
    assert leaf.gradient == pytest.approx(float(expected))


def test_parameters_may_be_a_mapping_from_name_to_number_or_tensor():
    weight = torch.tensor([[1.0, 2.0]], requires_grad=True)
    graph = backward_graph(lambda W1, b1: (W1 * b1).sum(), {"W1": weight, "b1": 3.0})
    np.testing.assert_array_equal(graph.leaves["W1"].gradient, [[3.0, 3.0]])
    assert graph.leaves["b1"].gradient == 3.0
    assert weight.grad is None


def test_other_leaves_have_no_name_and_keep_their_own_grad():
    weight = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    graph = backward_graph(lambda p: weight * p[0], [3.0])
    unnamed = [n for n in graph.nodes if n.operation == LEAF and n.name is None]
    assert [float(n.gradient) for n in unnamed] == [3.0]
    assert weight.grad is None


def test_a_whole_network_has_its_graph():
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
    loss, start, names = model_loss(network, MATRIX, torch.ones(3, 1), torch.nn.MSELoss())
    graph = backward_graph(loss, start, names)
    assert set(graph.leaves) == set(names)
    assert {"addmm", "tanh", "mse_loss"} <= {node.operation for node in graph.nodes}
    assert all(np.isfinite(node.value).all() for node in graph.nodes)


def test_a_deep_graph_needs_no_deep_stack():
    def deep(p):
        value = p[0]
        for _ in range(5_000):
            value = value + 1e-3
        return value

    assert len(backward_graph(deep, [0.0]).nodes) == 5_001


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from(["add", "mul", "sin", "tanh"]), min_size=1, max_size=12), st.data())
def test_any_chain_of_operations_has_torchs_gradients(operations, data):
    picks = [data.draw(st.tuples(*[st.integers(0, 1 + i)] * 2)) for i in range(len(operations))]

    def loss(p):
        values = [p[0], p[1]]
        for operation, (i, j) in zip(operations, picks, strict=True):
            if operation in ("add", "mul"):
                values.append(getattr(torch, operation)(values[i], values[j]))
            else:
                values.append(getattr(torch, operation)(values[i]))
        return values[-1]

    graph = backward_graph(loss, [0.3, -0.8], names=("u", "v"))
    params = torch.tensor([0.3, -0.8], dtype=torch.float64, requires_grad=True)
    loss(params).backward()
    for name, leaf in graph.leaves.items():
        expected = params.grad["uv".index(name)].item()
        assert float(leaf.gradient) == pytest.approx(expected, rel=1e-12, abs=1e-15)


def test_a_graph_is_drawn_even_where_gradients_are_switched_off():
    with torch.no_grad():
        assert len(backward_graph(row_loss(1, 2), [0, 0]).nodes) == 6


@pytest.mark.parametrize(
    ("loss", "kind", "message"),
    [
        (lambda p: 3.0, TypeError, "must return a scalar tensor; got float"),
        (lambda p: p * 2, ValueError, r"got shape \(2,\)"),
        (lambda p: torch.tensor(1.0), ValueError, "must depend on its parameters"),
        (lambda p: p[7], ValueError, "must work at the given point; got IndexError"),
        (lambda p: torch.fft.fft(p).abs().sum(), ValueError, "computed from real numbers"),
    ],
)
def test_what_has_no_graph_is_refused(loss, kind, message):
    with pytest.raises(kind, match=message):
        backward_graph(loss, [1.0, 2.0])


def test_a_graph_whose_parents_follow_their_children_is_refused():
    with pytest.raises(ValueError, match="parents must come before node 0"):
        BackwardGraph((Node("add", (0,), 1.0, 1.0),))


def test_parameters_of_one_name_are_refused_since_one_would_be_lost():
    with pytest.raises(
        ValueError, match=r"must be texts that differ from one another; got \['a', 'a'\]"
    ):
        backward_graph(lambda params: params.sum(), [1, 2], names=["a", "a"])


def test_a_leaf_must_be_a_number():
    with pytest.raises(TypeError, match="q must consist of numbers; got 'a'"):
        backward_graph(lambda q: q, {"q": "a"})


def test_a_graph_has_at_least_its_loss():
    with pytest.raises(ValueError, match="at least the loss itself; got none"):
        BackwardGraph(())


@pytest.mark.parametrize("taken", ["whole", "apart"])
def test_a_graph_of_many_parameters_is_drawn_and_written_in_a_line(taken):
    count = 3_000
    scales = torch.linspace(-1, 1, count, dtype=torch.float64)

    def loss(p):
        numbers = p if taken == "whole" else torch.stack([number.sin() for number in p])
        return (scales * numbers).sum()

    start = np.linspace(0, 1, count)
    graph = backward_graph(loss, start)
    slopes = np.array([leaf.gradient for leaf in graph.leaves.values()])
    expected = scales.numpy() * (1 if taken == "whole" else np.cos(start))
    np.testing.assert_allclose(slopes, expected, atol=1e-15)
    assert repr(graph) == (
        f"BackwardGraph({len(graph.nodes):,} nodes, 3,000 named leaves; "
        f"loss {float(graph.loss.value):.6g})"
    )
