"""Sentences about the gradient of a neuron: two slopes, and the arrow they make together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from descent.text.numbers import counted, fixed, significant
from descent.views.contours import contour_levels
from scenes.claims import Claim, Prompt, claim, first_true
from scenes.typesetting.markup import colored, formula, numeral, partial, symbol

NEAR_THE_TANGENT = 0.25  # a change that is told as the slope's is off by at most this share of it
SAME_ANGLE = math.radians(1)
SAME_LENGTH = 1e-4
WHICH_WAY = Prompt("Which way does the loss rise fastest?")
FROM_ABOVE = Prompt("Walk round the surface, then look at it from straight above")
BOTH_SLOPES = Prompt("Now draw both slopes as arrows, from the point")


@claim(lambda names: len(names) == 2)
def two_parameters(names: Sequence[str]) -> str:
    """Say what the neuron's parameters are."""
    weight, bias = (f"${symbol(name)}$" for name in names)
    return f"One neuron, two parameters: a weight {weight} and a bias {bias}"


def sums_up(names: Sequence[str]) -> str:
    """Return, as plain text, how the neuron predicts."""
    return f"{names[0]} multiplies the input x, Σ adds {names[1]}: out comes the prediction ŷ."


def loss_called() -> Prompt:
    """Announce the name of the loss."""
    return Prompt(f"Every choice of the two has a loss, from now on called {_theta()}")


@claim(lambda landscape, point: landscape.contains(point))
def our_point(landscape: Any, point: np.ndarray) -> str:
    """Say that the neuron is a point of the surface."""
    return f"Our neuron is this point, and its height is {_theta()}"


def mean_over(count: int) -> str:
    """Return, as plain text, how the loss comes from `count` rows."""
    if count == 1:
        return "Its loss is the squared error of the only row."
    return f"Its loss is the squared error, averaged over {counted(count, 'row')}."


def held(names: Sequence[str], axis: int) -> Prompt:
    """Announce a cut along parameter `axis`."""
    varied, kept = (f"${symbol(names[k])}$" for k in (axis, 1 - axis))
    return Prompt(f"Hold {kept}, vary {varied}: a cut through the surface")


@claim(lambda name, slope: slope < 0)
def cut_falls(name: str, slope: float) -> str:
    """Say that the loss falls along a parameter."""
    return f"Its slope {_partial(name)} is negative: more {_name(name)} is better"


@claim(lambda name, slope: slope > 0)
def cut_rises(name: str, slope: float) -> str:
    """Say that the loss rises along a parameter."""
    return f"Its slope {_partial(name)} is positive: more {_name(name)} is worse"


@claim(lambda name, slope: slope == 0)
def cut_is_level(name: str, slope: float) -> str:
    """Say that the loss neither falls nor rises along a parameter."""
    return f"Its slope {_partial(name)} is zero: the curve is level here"


def cut_is(name: str, slope: float) -> Claim:
    """Return what the slope of a cut is, in the words of its sign."""
    return first_true(cut_falls(name, slope), cut_rises(name, slope), cut_is_level(name, slope))


def cut_to_see(names: Sequence[str], axis: int) -> str:
    """Return, as plain text, what a cut along parameter `axis` shows."""
    if axis == 0:
        return f"Where the plane cuts the surface, the loss is a curve over {names[0]} alone."
    return f"The other way round, it is a curve over {names[1]} alone."


def what_for(name: str) -> Prompt:
    """Ask what a slope tells."""
    return Prompt(f"What does that slope tell? Raise {_name(name)} a little, and see")


def _as_promised(nudge: float, slope: float, change: float) -> bool:
    return abs(change - slope * nudge) <= NEAR_THE_TANGENT * abs(slope * nudge) and change != 0


@claim(lambda name, nudge, slope, change: _as_promised(nudge, slope, change) and change < 0)
def price_is_saved(name: str, nudge: float, slope: float, change: float) -> str:
    """Say by how much the loss falls for a little more of a parameter."""
    return f"A slope is a price: {_nudged(name, nudge)} lowers {_theta()} by {_size(change)}"


@claim(lambda name, nudge, slope, change: _as_promised(nudge, slope, change) and change > 0)
def price_is_paid(name: str, nudge: float, slope: float, change: float) -> str:
    """Say by how much the loss rises for a little more of a parameter."""
    return f"A slope is a price: {_nudged(name, nudge)} raises {_theta()} by {_size(change)}"


def price(name: str, nudge: float, slope: float, change: float) -> Claim | None:
    """Return what a little more of a parameter does; None if the slope does not tell."""
    return price_is_saved(name, nudge, slope, change) or price_is_paid(name, nudge, slope, change)


def promised(nudge: float, slope: float) -> str:
    """Return, as plain text, what the slope promises for a nudge."""
    return f"The tangent alone promises {fixed(slope * nudge, signed=True)}."


@claim(lambda gradient: len(gradient) > 1)
def one_per_parameter(gradient: np.ndarray) -> str:
    """Say what a gradient is."""
    name = colored("gradient", "Gradient$(Theta)$")
    return f"{name}: all partial derivatives, one per parameter"


def two_numbers(gradient: np.ndarray) -> str:
    """Return, as plain text, how many slopes there are."""
    return f"Two cuts through one point, two numbers: {_pair(gradient)}."


@claim(lambda landscape: len(contour_levels(np.asarray(landscape.values))) > 0)
def joins_equals(landscape: Any) -> str:
    """Say what the lines of the map are."""
    return "From above, every line joins places of equal loss"


@claim(lambda landscape: len(contour_levels(np.asarray(landscape.values))) == 0)
def is_flat(landscape: Any) -> str:
    """Say that a map has no lines."""
    return "From above, there are no lines: the loss is the same everywhere"


def needle(count: int) -> str:
    """Return, as plain text, what the needle does."""
    return f"A needle tries {count} directions, and autograd measures each slope."


def along_a_line(slopes: np.ndarray) -> str:
    """Return, as plain text, what the needle finds along a line of equal loss, if there is one."""
    return "Along a line of equal loss the slope is 0." if np.any(slopes) else ""


@claim(
    lambda slopes: (
        slopes[0] > 0
        and np.argmax(slopes) == 0
        and abs(slopes[len(slopes) // 4]) < SAME_LENGTH * slopes[0]
    )
)
def steepest_across(slopes: np.ndarray) -> str:
    """Say in which direction the slope is greatest."""
    steepest = colored("gradient", numeral(float(slopes[0])))
    return f"Straight across the lines it is steepest: {steepest}"


@claim(lambda slopes: not np.any(slopes))
def level_all_around(slopes: np.ndarray) -> str:
    """Say that there is no slope in any direction."""
    return "The slope is 0 in every direction: here the gradient is zero"


@claim(
    lambda gradient, directions: (
        np.any(directions.slopes)
        and abs(math.remainder(_angle(gradient) - _steepest(directions), math.tau)) <= SAME_ANGLE
    )
)
def arrow_uphill(gradient: np.ndarray, directions: Any) -> str:
    """Say what the slopes make together."""
    return "Both slopes together: an arrow straight uphill"


@claim(
    lambda gradient, directions: (
        directions.slopes.max() > 0
        and math.isclose(np.linalg.norm(gradient), directions.slopes.max(), rel_tol=SAME_LENGTH)
    )
)
def as_long_as_steep(gradient: np.ndarray, directions: Any) -> str:
    """Say what the length of the gradient is."""
    return "Its length is the steepest slope; downhill is opposite"


def nose_to_tail(names: Sequence[str]) -> str:
    """Return, as plain text, where the slopes are drawn."""
    return f"The first goes along {names[0]}, the second along {names[1]}."


def same_number(directions: Any) -> str:
    """Return, as plain text, what the comparison gives."""
    return f"By Pythagoras, the arrow and the needle agree on {fixed(directions.slopes.max())}."


def _pair(gradient: np.ndarray) -> str:
    return " and ".join(fixed(value, signed=True) for value in gradient)


def _angle(gradient: np.ndarray) -> float:
    return math.atan2(gradient[1], gradient[0])


def _steepest(directions: Any) -> float:
    return float(directions.angles[int(np.argmax(directions.slopes))])


def _theta() -> str:
    return colored("loss", "$Theta$")


def _name(name: str) -> str:
    return colored("parameter", f"${symbol(name)}$")


def _partial(name: str) -> str:
    return colored("gradient", f"${partial(name)}$")


def _nudged(name: str, nudge: float) -> str:
    return f"{colored('parameter', formula(f'+{significant(nudge)}'))} in {_name(name)}"


def _size(change: float) -> str:
    return colored("loss", numeral(abs(change)))
