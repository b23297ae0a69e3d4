"""Sentences about a recorded graph, and about finite differences."""

from __future__ import annotations

import math
from collections.abc import Sequence

from descent.text.numbers import fixed, power_of_ten
from scenes.facts.differences import Widths
from scenes.facts.graph_reading import Reading
from scenes.typesetting.graph_markup import node_markup
from scenes.typesetting.markup import as_math, colored, formula, numeral, partial

NAMED_LEAVES = 2


def describe_back_through(reading: Reading, stage: Sequence[int]) -> list[str]:
    """Return, as markup, how gradients go back through the operations of a stage.

    Returns:
        The same in fewer and fewer words and numbers.
    """
    names = dict.fromkeys(node_markup(reading, index) for index in stage)
    through = " and ".join(names) if len(names) <= NAMED_LEAVES else f"{len(stage)} operations"
    start = f"Back through {through}:"
    if len(stage) > 1:
        return [f"{start} each gradient times the slope of its operation"]
    index = stage[0]
    parents = list(dict.fromkeys(reading.nodes[index].parents))
    slopes = [reading.slope(index, parent) for parent in parents]
    without_numbers = f"{start} the gradient times the slope of the operation"
    if any(slope is None for slope in slopes):
        return [without_numbers]
    above = numeral(float(reading.nodes[index].gradient))
    if len(parents) > 1 and all(math.isclose(slope or 0, 1) for slope in slopes):
        return [f"{start} {colored('gradient', above)} goes to each of its {len(parents)} inputs"]
    if len(parents) > 1:
        return [f"{start} each input gets {colored('gradient', above)} times its own slope"]
    after = numeral(float(reading.nodes[parents[0]].gradient))
    product = f"{above} $dot$ {_factor(slopes[0] or 0.0)} $=$ {after}"
    return [f"{start} gradient times slope, {colored('gradient', product)}", without_numbers]


def _factor(value: float) -> str:
    """Return a second factor, in parentheses if it is negative."""
    return f"$({as_math(fixed(value))})$" if value < 0 else numeral(value)


def describe_leaves(reading: Reading) -> str:
    """Return, as markup, what has arrived at the leaves."""
    leaves = [node for node in reading.nodes if node.name and node.value.ndim == 0]
    if not 1 <= len(leaves) <= NAMED_LEAVES:
        return "Every leaf has its partial: what PyTorch leaves in `.grad`"
    equations = (f"${partial(leaf.name)} =$ {numeral(float(leaf.gradient))}" for leaf in leaves)
    arrived = " and ".join(colored("gradient", equation) for equation in equations)
    return f"{arrived}: what PyTorch leaves in `.grad`"


def describe_cost(parameters: int) -> str:
    """Return, as markup, the cost of `parameters` partials by autograd and by differences."""
    partials = {1: "the partial", 2: "both partials"}.get(parameters, f"all {parameters} partials")
    cost = f"differences take {parameters + 1} losses"
    return f"Autograd needs no $h$: one pass back gives {partials}; {cost}"


def describe_widths(widths: Widths) -> str:
    """Return, as markup, how the error depends on the width."""
    if not len(widths.errors):
        return "No width gives an estimate that is a number"
    if not widths.errors.any():
        return "Here every width gives the gradient exactly"
    best, narrowest, least, last = (
        formula(power_of_ten(float(value)))
        for value in (
            widths.widths[widths.best],
            widths.widths[-1],
            widths.errors[widths.best],
            widths.errors[-1],
        )
    )
    last = f"{last} at $h =$ {narrowest}"
    if widths.falls and widths.rises:
        return f"A smaller $h$ helps only down to {best}; then digits are lost"
    if widths.rises:
        return f"Every smaller $h$ loses digits: from an error of {least} to {last}"
    if widths.falls:
        return f"The smaller $h$, the smaller the error: {last}"
    return f"Here the width hardly matters: the error is {last}"
