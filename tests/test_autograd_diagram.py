"""Autograd's clip: the graph is read truthfully and laid out so that it can be read."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from descent import DifferenceTable, backward_graph, row_loss
from descent.gradients.graph_layout import distances_to_end, layered, spread
from descent.losses.classics import LOSSES
from descent.losses.named import NamedLoss
from descent.text.numbers import fixed, power_of_ten
from scenes import style
from scenes.claims import Claim, Prompt, first_true
from scenes.facts.differences import Widths
from scenes.facts.graph_reading import Reading, stages
from scenes.facts.nudge import Nudge, own_slope
from scenes.mobjects.autograd.autograd_diagram import AutogradDiagram
from scenes.typesetting.graph_markup import loss_markup
from scenes.wording import autograd as wording
from scenes.wording import differences
from tests.lectures import played, small_frames
from tests.legibility import violations
from tests.marks import slow_except
from understanding_gradients.lecture.recordings import Rows
from understanding_gradients.lecture.secants import record_secants

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
    return violations(scene) if beat.name in ("slopes", "leaves", "differences", "autograd") else []


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
    said = wording.claims_of_stage(reading, [square], [])
    assert "slope is #text" in first_true(*said)
    assert "$2 dot (-2.800) =$ $-5.600$" in first_true(*said)


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
        diagram = AutogradDiagram(reading)
    for index, node in enumerate(reading.nodes):
        shown = diagram.values[index][-1], diagram.gradients[index][-1]
        wanted = fixed(float(node.value)), fixed(float(node.gradient))
        assert tuple(label.plain_text for label in shown) == wanted


def test_long_numbers_stay_within_the_margin():
    with small_frames():
        diagram = AutogradDiagram(neuron(x=1.5e6))
    assert "·10^" in diagram.gradients[0][-1].plain_text
    assert min(label.get_left()[0] for _, label in diagram.gradients) >= style.LEFT - 1e-9


@pytest.mark.parametrize(
    ("errors", "said"),
    [
        ((1e-2, 1e-4, 1e-6, 1e-9, 1e-7, 1e-3), "Only down to $10^(-4)$; below that"),
        ((1e-9, 1e-6, 1e-3), "No: rounding spoils it more and more, up to an error of $10^(-3)$"),
        ((1e-3, 1e-6, 1e-9), "Here it is: the error falls to $10^(-9)$"),
        ((0.0, 0.0), "Here every width gives the gradient exactly"),
        ((2e-3, 1e-3, 2e-3), "Here the width hardly matters"),
        ((np.nan, np.inf), "No width gives an estimate"),
    ],
)
def test_the_sentence_about_widths_depends_on_their_errors(errors, said):
    widths = Widths(table(*errors))
    claims = [one(widths) for one in differences.CLAIMS_OF_WIDTHS]
    assert first_true(*claims).startswith(said)
    assert sum(claim is not None for claim in claims) == 1


def test_powers_of_ten_are_written_as_such():
    assert [power_of_ten(value) for value in (1e-5, 10.0, 3e-7, 0.0)] == [
        "10^−5",
        "10^1",
        "3·10^−7",
        "0",
    ]


def nudged(loss, at, by=0.01):
    """The nudge of the first of two parameters."""
    graphs = [backward_graph(loss, (first, at[1]), NAMES) for first in (at[0], at[0] + by)]
    return Nudge(Reading(graphs[0]), graphs[1])


def test_a_nudge_is_the_difference_of_two_recorded_forward_passes():
    nudge = nudged(row_loss(1.5, 2.9), (-1.0, 1.6))
    expected = (0.01, 0.015, 0.0, 0.015, 0.015, (-2.785) ** 2 - 2.8**2)
    assert nudge.changes == pytest.approx(expected, abs=1e-12)
    assert (nudge.name, nudge.stages) == ("W1", [[1], [3], [4], [5]])


@settings(deadline=None, max_examples=40)
@given(st.tuples(*[st.integers(-50_000, 50_000)] * 4))
def test_the_product_of_the_slopes_is_what_pytorch_leaves_in_grad(numbers):
    x, y, weight, bias = (number / 1000 for number in numbers)
    leaf = torch.tensor([weight, bias], dtype=torch.float64, requires_grad=True)
    row_loss(x, y)(leaf).backward()
    slopes = nudged(row_loss(x, y), (weight, bias)).slopes()
    # Left out where no number tells what an operation was, as at a residual of 0 or 1.
    if slopes is not None:
        assert np.prod(slopes) == pytest.approx(leaf.grad[0].item(), rel=1e-12, abs=1e-300)


def test_the_slopes_of_the_lecture_are_those_of_its_operations():
    assert nudged(row_loss(1.5, 2.9), (-1.0, 1.6)).slopes() == pytest.approx([1.5, 1, 1, -5.6])


@pytest.mark.parametrize(
    ("loss", "slope"),
    [
        (lambda p: p[0] * p[1], 3.0),
        (lambda p: p[1] * p[0], 3.0),
        (lambda p: p[0] - p[1], 1.0),
        (lambda p: p[1] - p[0], -1.0),
        (lambda p: 3 - p[0] + 0 * p[1], -1.0),
        (lambda p: p[0] / 4 + 0 * p[1], 0.25),
        (lambda p: torch.exp(p[0]) + 0 * p[1], np.exp(2.0)),
    ],
)
def test_each_operation_has_its_own_slope(loss, slope):
    reading = Reading(backward_graph(loss, (2.0, 3.0), NAMES))
    leaf = next(i for i, node in enumerate(reading.nodes) if node.name == "W1")
    assert own_slope(reading, reading.children[leaf][0], leaf) == pytest.approx(slope)


def test_where_paths_meet_their_slopes_are_added_and_not_multiplied():
    nudge = nudged(two_rows, (-1.0, 2.4))
    assert nudge.slopes() is None
    assert wording.slopes_multiply(nudge) is None
    assert wording.paths_add(nudge).endswith("and add, where paths meet")
    twice = nudged(lambda p: p[0] * p[0] + p[1], (2.0, 1.0))
    assert wording.paths_add(twice) is not None


def test_on_the_way_back_every_arrowhead_is_at_the_parent():
    reading = neuron()
    with small_frames():
        diagram = AutogradDiagram(reading)
        for index in reversed(range(len(reading.nodes))):
            diagram.flow_back([index])
    for (parent, child), tip in diagram.tips.items():
        point = tip.get_vertices()[0]
        np.testing.assert_allclose(point, diagram.shapes[parent][0].get_right())
        assert (tip.get_vertices()[1:, 0] > point[0]).all(), "it points backwards"
        assert diagram.paths[parent, child].get_end()[0] <= diagram.shapes[child].get_left()[0]


@pytest.mark.render
@pytest.mark.parametrize("case", slow_except(UNKIND, "flat"))
def test_every_still_of_an_unkind_graph_can_be_read(case):
    loss, at = UNKIND[case]
    errors = (0.0, 0.0, 1e-9, 0.0, 1e-3, np.inf) if case == "flat" else (1e-4, 1e-9, 1e-3)
    inputs = {
        "rows": Rows("x", "y", [1.5], [2.9], picked=0),
        "graph": backward_graph(loss, at, NAMES),
        "nudged": backward_graph(loss, (at[0] + 0.01, at[1]), NAMES),
        "secants": record_secants(NamedLoss("loss", NAMES, loss, at, "a loss")),
        "differences": table(*errors),
    }
    found, said = [], []
    with small_frames():
        played(
            "automatic-differentiation",
            inputs,
            on_beat_end=lambda scene, beat: (
                found.extend(full_stills(scene, beat)),
                said.append(beat.headline),
            ),
        )
    assert found == []
    assert all(isinstance(line, Claim | Prompt) for line in said if line)
