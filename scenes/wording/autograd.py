"""Sentences about a recorded graph, and about finite differences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from descent.text.numbers import fixed
from scenes.claims import Claim, Prompt, claim
from scenes.facts.graph_reading import Reading, bracketed, short_text
from scenes.facts.nudge import CHANGE, Nudge, own_slope
from scenes.typesetting.graph_markup import node_markup
from scenes.typesetting.markup import as_math, colored, formula, numeral, partial, symbol

NAMED_LEAVES = 2
SAME = 1e-12  # relative: two products of the same numbers

FORWARD = Prompt("Forward: each node computes its value")
HOW_MUCH = Prompt("How much will the loss move?")
BACKWARDS = Prompt("From the loss backwards: one pass serves all parameters")


@claim(lambda reading: sum(bool(node.parents) for node in reading.nodes) > 0)
def operations_recorded(reading: Reading) -> str:
    """How many operations Autograd recorded."""
    count = sum(bool(node.parents) for node in reading.nodes)
    noun = "operation" if count == 1 else "operations"
    return f"Autograd recorded {count} {noun} while $Theta$ was computed"


def announce_nudge(nudge: Nudge) -> Prompt:
    """Return what is nudged, from where to where."""
    before = float(nudge.reading.nodes[nudge.leaf or 0].value)
    name = colored("parameter", f"${symbol(nudge.name)}$")
    return Prompt(f"Nudge {name} from {numeral(before)} to {numeral(before + nudge.size)}")


@claim(lambda nudge: np.isfinite(nudge.changes[-1]) and nudge.changes[-1] != 0)
def loss_moves(nudge: Nudge) -> str:
    """How much the loss moved, as a multiple of the nudge."""
    change = nudge.changes[-1]
    moved = colored("loss", formula(CHANGE.write(change, signed=True)))
    times = formula(fixed(change / nudge.size, decimals=2))
    return f"The loss moves by {moved}, {times} times the nudge"


@claim(lambda nudge: nudge.changes[-1] == 0)
def loss_stays(nudge: Nudge) -> str:
    """That the nudge does not move the loss."""
    return "The loss does not move: nothing of the nudge arrives"


@claim(
    lambda nudge: (
        (slopes := nudge.slopes()) is not None
        and math.isclose(math.prod(slopes), nudge.gradient, rel_tol=SAME)
    )
)
def slopes_multiply(nudge: Nudge) -> str:
    """What the slopes along the path make together."""
    product = colored("gradient", numeral(nudge.gradient))
    return f"Each node multiplies by its own slope: {product} in all"


@claim(lambda nudge: nudge.leaf is not None and not nudge.has_one_path)
def paths_add(nudge: Nudge) -> str:
    """What happens where a nudge goes on several paths."""
    return "Each node multiplies by its slope; and add, where paths meet"


@claim(lambda nudge: nudge.gradient == 0)
def slope_is_zero(nudge: Nudge) -> str:
    """That the loss is level along the nudged parameter."""
    return f"Here the slopes make zero: ${partial(nudge.name)} =$ {numeral(0.0)}"


def caption_of_slopes(nudge: Nudge) -> str:
    """Return, as plain text, where the slope of a square comes from, and what was measured."""
    last = len(nudge.reading.nodes) - 1
    measured = fixed(nudge.changes[-1] / nudge.size, decimals=2)
    if nudge.reading.is_square(last) and nudge.reading.nodes[last].value.ndim == 0:
        inside = float(nudge.reading.nodes[nudge.reading.nodes[last].parents[0]].value)
        return f"The square has slope 2·{bracketed(fixed(inside))}. Measured: {measured}."
    return f"Measured with the nudge: {measured}."


def _gradient(reading: Reading, index: int) -> float:
    array = reading.nodes[index].gradient
    return math.nan if array.ndim else float(array)


def _goes_through(reading: Reading, stage: Sequence[int]) -> float | None:
    """Return the own slope of the one operation of a stage that has one input, if it fits."""
    if len(stage) != 1 or len(reading.nodes[stage[0]].parents) != 1:
        return None
    (index,), (parent,) = stage, reading.nodes[stage[0]].parents
    slope = own_slope(reading, index, parent)
    if slope is None or reading.children[parent] != [index]:
        return None
    product = _gradient(reading, index) * slope
    return slope if math.isclose(product, _gradient(reading, parent), rel_tol=SAME) else None


@claim(
    lambda reading, stage: (
        _goes_through(reading, stage) is not None
        and reading.is_square(stage[0])
        and _gradient(reading, stage[0]) == 1
    )
)
def back_through_square(reading: Reading, stage: Sequence[int]) -> str:
    """The slope of a square that is the loss itself: twice the value in it."""
    (parent,) = reading.nodes[stage[0]].parents
    inside = as_math(bracketed(fixed(float(reading.nodes[parent].value))))
    after = numeral(_gradient(reading, parent))
    product = colored("gradient", f"$2 dot {inside} =$ {after}")
    return f"Back through the square: its slope is {product}"


@claim(lambda reading, stage: _goes_through(reading, stage) is not None)
def back_through(reading: Reading, stage: Sequence[int]) -> str:
    """How a gradient goes back through an operation with one input."""
    (parent,) = reading.nodes[stage[0]].parents
    slope = as_math(bracketed(short_text(_goes_through(reading, stage) or 0.0)))
    above, after = numeral(_gradient(reading, stage[0])), numeral(_gradient(reading, parent))
    product = colored("gradient", f"{above} $dot {slope} =$ {after}")
    return f"Back through {node_markup(reading, stage[0])}: {product}"


def _inputs(reading: Reading, stage: Sequence[int]) -> list[int]:
    return list(dict.fromkeys(reading.nodes[stage[0]].parents)) if len(stage) == 1 else []


@claim(
    lambda reading, stage: (
        len(_inputs(reading, stage)) > 1
        and all(
            _gradient(reading, parent) == _gradient(reading, stage[0])
            for parent in _inputs(reading, stage)
        )
    )
)
def back_to_each(reading: Reading, stage: Sequence[int]) -> str:
    """How a gradient goes back through a sum."""
    above = colored("gradient", numeral(_gradient(reading, stage[0])))
    count = len(_inputs(reading, stage))
    return f"Back through {node_markup(reading, stage[0])}: {above} goes to each of {count} inputs"


@claim(lambda reading, stage: len(stage) == 1)
def back_through_one(reading: Reading, stage: Sequence[int]) -> str:
    """That a gradient goes back through an operation, without numbers."""
    return f"Back through {node_markup(reading, stage[0])}: the gradient times its slope"


@claim(lambda reading, stage: len(stage) > 1)
def back_through_many(reading: Reading, stage: Sequence[int]) -> str:
    """How gradients go back through several operations."""
    return f"Back through {len(stage)} operations: each gradient times a slope"


@claim(lambda reading, reached: any(len(reading.children[index]) > 1 for index in reached))
def gradients_add(reading: Reading, reached: Sequence[int]) -> str:
    """What happens to gradients where paths meet."""
    return "Where paths meet, the gradients that arrive are added"


def _leaves(reading: Reading) -> list[Any]:
    return [node for node in reading.nodes if node.name and node.value.ndim == 0]


@claim(
    lambda reading: (
        1 <= len(_leaves(reading)) <= NAMED_LEAVES
        and all(np.isfinite(leaf.gradient) for leaf in _leaves(reading))
    )
)
def leaves_hold(reading: Reading) -> str:
    """What has arrived at the leaves."""
    equations = (
        f"${partial(leaf.name)} =$ {numeral(float(leaf.gradient))}" for leaf in _leaves(reading)
    )
    arrived = " and ".join(colored("gradient", equation) for equation in equations)
    return f"{arrived}: PyTorch's `.grad`"


@claim(lambda reading: any(node.name for node in reading.nodes))
def every_leaf_holds(reading: Reading) -> str:
    """That all leaves hold their partials."""
    return "Every leaf holds its partial: PyTorch's `.grad`"


def claims_of_stage(
    reading: Reading, stage: Sequence[int], reached: Sequence[int]
) -> list[Claim | None]:
    """Return what may be said of a stage of the way back, from the most telling on."""
    return [
        gradients_add(reading, reached),
        *(
            one(reading, stage)
            for one in (
                back_through_square,
                back_through,
                back_to_each,
                back_through_one,
                back_through_many,
            )
        ),
    ]


def caption_of_stage(reading: Reading, stage: Sequence[int]) -> str:
    """Return, as plain text, what the operations of a stage do to a gradient on its way back."""
    slope = _goes_through(reading, stage)
    if slope is not None and reading.is_square(stage[0]):
        return "A square is the steeper, the further from 0."
    if slope is not None:
        unchanged = "Its slope is 1: the gradient goes on unchanged."
        return unchanged if slope == 1 else f"A change before it counts {short_text(slope)} times."
    through = ", ".join(dict.fromkeys(reading.text(index) for index in stage))
    if len(stage) == 1 and reading.nodes[stage[0]].operation == "add":
        return "A sum passes its gradient on to every input."
    return f"The chain rule, at {through}."
