"""Autograd's clip: the graph is read truthfully and laid out so that it can be read."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from descent import DifferenceTable, backward_graph, row_loss
from descent.losses.classics import LOSSES
from descent.text.numbers import fixed, power_of_ten
from scenes import style
from scenes.facts.differences import Widths
from scenes.facts.graph_layout import distances_to_end, layered, spread
from scenes.facts.graph_reading import Reading, stages
from scenes.mobjects.autograd.autograd_diagram import AutogradDiagram
from scenes.mobjects.autograd.record_table import RecordTable
from scenes.typesetting.graph_markup import loss_markup
from scenes.wording.autograd import describe_back_through, describe_widths
from tests.lectures import played, small_frames
from tests.legibility import violations
from tests.marks import slow_except

NAMES = ("W1", "b1")


def two_rows(params):
    first = (torch.tanh(params[0] * 1.5 + params[1]) - 2.9) ** 2
    return (first + (torch.tanh(params[0] * -1.0 + params[1]) + 0.6) ** 2) / 2


def deep(params):
    value = params[0]
    for _ in range(12):
        value = torch.sin(value * 1.5) + params[1]
    return value**2


def flat(params):
    return (params[0] * 0.0 + params[1]) ** 2


UNKIND = {
    "tanh, two rows": (two_rows, (-1.0, 2.4)),
    "valley": (LOSSES["rosenbrock"], (-1.2, 1.0)),
    "too deep for numbers": (deep, (0.3, 0.4)),
    "flat": (flat, (1.0, 0.0)),
}
WIDTHS = 10.0 ** -np.arange(1.0, 9.0)


def full_stills(scene, beat):
    """What is wrong with the stills on which everything has arrived."""
    return violations(scene) if beat.name in ("leaves", "autograd") else []


def neuron(x=1.5, y=2.9):
    return Reading(backward_graph(row_loss(x, y), (-1.0, 1.6)))


def table(*errors):
    """Differences of a gradient (3, 0) that are wrong by these errors."""
    gradient = np.array([3.0, 0.0])
    estimates = np.array([[3.0, error] for error in errors])
    return DifferenceTable(WIDTHS[: len(errors)], estimates, gradient)


def test_constants_without_a_node_follow_from_the_recorded_numbers():
    reading = neuron(x=-0.5, y=2.25)
    operations = [node.operation for node in reading.nodes]
    assert reading.constant(operations.index("mul")) == pytest.approx(-0.5)
    assert reading.constant(operations.index("sub")) == pytest.approx(2.25)
    assert reading.constant(operations.index("add")) is None
    assert loss_markup(reading) == "(W_(1) dot (-0.5) + b_(1) - 2.25)^2"


@pytest.mark.parametrize(
    ("loss", "formula"),
    [
        (lambda W1, b1: 3 - W1 * b1, "3 - W_(1) dot b_(1)"),
        (lambda W1, b1: (W1 - (b1 - 2)) / 4, "(W_(1) - (b_(1) - 2)) \\/ 4"),
        (lambda W1, b1: W1 * W1 + 2 / b1, None),
        (lambda W1, b1: torch.tanh(W1 + b1) ** 3, None),
    ],
)
def test_the_formula_is_the_one_computed_or_none(loss, formula):
    graph = backward_graph(loss, {"W1": 5.0, "b1": 0.5})
    assert loss_markup(Reading(graph)) == formula


def test_a_slope_follows_only_where_one_child_sends_all_of_the_gradient():
    reading = Reading(backward_graph(two_rows, (-1.0, 2.4), NAMES))
    weight = next(i for i, node in enumerate(reading.nodes) if node.name == "W1")
    assert all(reading.slope(child, weight) is None for child in reading.children[weight])
    last = len(reading.nodes) - 1
    assert reading.slope(last, reading.nodes[last].parents[0]) == pytest.approx(0.5)


def test_the_chain_rule_is_said_in_recorded_numbers():
    reading = neuron()
    square = len(reading.nodes) - 1
    assert "$1.000$ $dot$ $(-5.600)$ $=$ $-5.600$" in describe_back_through(reading, [square])[0]


def unequal_ways(params):
    value = params[0] * params[1]
    return torch.exp(value) * torch.sin(torch.sin(value))


@pytest.mark.parametrize("loss", [deep, unequal_ways])
def test_gradients_go_back_in_few_stages_through_every_operation_after_its_children(loss):
    reading = Reading(backward_graph(loss, (0.3, 0.4), NAMES))
    distances = distances_to_end([node.parents for node in reading.nodes])
    found = stages(reading, distances, 6)
    assert len(found) <= 6
    order = [index for stage in found for index in stage]
    assert sorted(order) == [i for i in range(len(reading.nodes)) if not reading.is_leaf(i)]
    assert all(order.index(c) < order.index(i) for i in order for c in reading.children[i])


@pytest.mark.parametrize("case", UNKIND)
def test_no_two_nodes_or_bends_share_a_place(case):
    loss, at = UNKIND[case]
    graph = backward_graph(loss, at, NAMES)
    layout = layered([node.parents for node in graph.nodes])
    bends = [place for route in layout.routes.values() for place in route]
    places = np.array([*layout.places, *bends])
    for column in np.unique(places[:, 0]):
        rows = np.sort(places[places[:, 0] == column, 1])
        assert np.all(np.diff(rows) > 1 - 1e-9)
    for parent, child in layout.routes:
        assert layout.places[parent][0] < layout.places[child][0]


def test_heights_are_moved_no_further_than_they_must():
    assert spread([0.0, 0.0]).tolist() == [-0.5, 0.5]
    assert spread([-3.0, 2.0, 8.0]).tolist() == [-3.0, 2.0, 8.0]


def test_every_node_shows_the_value_and_the_gradient_that_pytorch_recorded():
    reading = neuron()
    with small_frames():
        diagram, table_of_nodes = AutogradDiagram(reading), RecordTable(reading)
        for kind in ("value", "gradient"):
            table_of_nodes.fill(kind, *range(len(reading.nodes)))
    for index, node in enumerate(reading.nodes):
        wanted = fixed(float(node.value)), fixed(float(node.gradient))
        assert (
            diagram.values[index][-1].plain_text,
            diagram.gradients[index][-1].plain_text,
        ) == wanted
        shown = table_of_nodes.plain_texts()
        assert (shown["value", index], shown["gradient", index]) == wanted


def test_long_numbers_stay_within_the_margin():
    with small_frames():
        diagram = AutogradDiagram(neuron(x=1.5e6))
    assert "·10^" in diagram.gradients[0][-1].plain_text
    assert min(label.get_left()[0] for _, label in diagram.gradients) >= style.LEFT - 1e-9


def test_the_sentence_about_widths_depends_on_their_errors():
    assert "helps only down to $10^(-4)$" in describe_widths(
        Widths(table(1e-2, 1e-4, 1e-6, 1e-9, 1e-7, 1e-3))
    )
    assert describe_widths(Widths(table(1e-9, 1e-6, 1e-3))).startswith(
        "Every smaller $h$ loses digits"
    )
    assert describe_widths(Widths(table(1e-3, 1e-6, 1e-9))).startswith(
        "The smaller $h$, the smaller"
    )
    assert describe_widths(Widths(table(0.0, 0.0))) == "Here every width gives the gradient exactly"
    assert describe_widths(Widths(table(np.nan, np.inf))).startswith("No width gives")


def test_powers_of_ten_are_written_as_such():
    assert [power_of_ten(value) for value in (1e-5, 10.0, 3e-7, 0.0)] == [
        "10^−5",
        "10^1",
        "3·10^−7",
        "0",
    ]


@pytest.mark.render
@pytest.mark.parametrize("case", slow_except(UNKIND, "flat"))
def test_every_still_of_an_unkind_graph_can_be_read(case):
    loss, at = UNKIND[case]
    errors = (0.0, 0.0, 1e-9, 0.0, 1e-3, np.inf) if case == "flat" else (1e-4, 1e-9, 1e-3)
    inputs = {"graph": backward_graph(loss, at, NAMES), "differences": table(*errors)}
    found = []
    with small_frames():
        played(
            "automatic-differentiation",
            inputs,
            on_beat_end=lambda scene, beat: found.extend(full_stills(scene, beat)),
        )
    assert found == []
