"""What is said of a graph can be said only where it is true."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

from descent import backward_graph, row_loss
from scenes.facts.graph_reading import Reading
from scenes.facts.nudge import Nudge
from scenes.wording import autograd as wording
from tests.claims.later import later

NAMES = ("W1", "b1")


@later
def reading(loss, at=(-1.0, 1.6), names=NAMES):
    return Reading(backward_graph(loss, at, names))


@later
def nudge(loss, at=(-1.0, 1.6)):
    return Nudge(reading(loss, at).value, backward_graph(loss, (at[0] + 0.01, at[1]), NAMES))


@later
def nameless(one):
    return Reading(SimpleNamespace(nodes=[replace(node, name=None) for node in one.nodes]))


@later
def weight_of(one):
    return [next(i for i, node in enumerate(one.nodes) if node.name == "W1")]


def two_paths(params):
    return params[0] * 2 + params[0] * 3 + params[1]


ROW = row_loss(1.5, 2.9)
ROW_AT_ORIGIN = row_loss(0.0, 2.9)
GRAPH = reading(ROW)  # W1, mul, b1, add, sub, pow
HALVED = reading(lambda p: (p[0] * 1.5 + p[1] - 2.9) ** 2 / 2)
CUBE = reading(lambda p: (p[0] * 1.5 + p[1]) ** 3)
PRODUCT = reading(lambda p: p[0] * p[1])
PATHS = reading(two_paths)
THREE = reading(lambda p: p.sum(), (1.0, 2.0, 3.0), ("a", "b", "c"))
LEAF_ONLY = reading(lambda p: p[0], (1.0, 2.0))
NAMELESS = nameless(GRAPH)


CASES = [
    (wording.operations_recorded, (GRAPH,), (LEAF_ONLY,)),
    (wording.loss_moves, (nudge(ROW),), (nudge(ROW_AT_ORIGIN),)),
    (wording.loss_stays, (nudge(ROW_AT_ORIGIN),), (nudge(ROW),)),
    (wording.slopes_multiply, (nudge(ROW),), (nudge(two_paths),)),
    (wording.paths_add, (nudge(two_paths),), (nudge(ROW),)),
    (wording.slope_is_zero, (nudge(ROW_AT_ORIGIN),), (nudge(ROW),)),
    (wording.back_through_square, (GRAPH, [5]), (GRAPH, [4])),
    (wording.back_through_square, (GRAPH, [5]), (HALVED, [5])),
    (wording.back_through_square, (GRAPH, [5]), (CUBE, [4])),
    (wording.back_through, (GRAPH, [4]), (GRAPH, [3])),
    (wording.back_to_each, (GRAPH, [3]), (PRODUCT, [2])),
    (wording.back_through_one, (PRODUCT, [2]), (GRAPH, [3, 4])),
    (wording.back_through_many, (GRAPH, [3, 4]), (GRAPH, [4])),
    (wording.gradients_add, (PATHS, weight_of(PATHS)), (GRAPH, [0])),
    (wording.leaves_hold, (GRAPH,), (THREE,)),
    (wording.every_leaf_holds, (THREE,), (NAMELESS,)),
]


def test_numbers_of_claims_follow_from_the_recording():
    moved = nudge(ROW).value
    assert "$-0.0838$" in wording.loss_moves(moved)
    assert "$-8.38$ times the nudge" in wording.loss_moves(moved)
    assert "$-8.400$" in wording.slopes_multiply(moved)
    assert wording.caption_of_slopes(moved) == "The square has slope 2·(−2.800). Measured: −8.38."
    assert "from $-1.000$ to $-0.990$" in wording.announce_nudge(moved)
    assert "$-5.600$ $dot 1.5 =$ $-8.400$" in wording.back_through(GRAPH.value, [1])
