"""Sentences about finite differences."""

from __future__ import annotations

from typing import Any

from descent.text.numbers import power_of_ten
from scenes.claims import Prompt, claim
from scenes.facts.differences import Widths
from scenes.typesetting.markup import formula

DIFFERENCES = Prompt("Another way: move by $h$, and divide the change of $Theta$ by $h$")
HOW_SMALL = Prompt("The smaller $h$, the better?")


def _misses(secants: Any) -> list[float]:
    return [abs(float(estimate) - secants.slope) for estimate in secants.estimates]


def _comes_closer(secants: Any) -> bool:
    misses = _misses(secants)
    return all(wide > narrow for wide, narrow in zip(misses, misses[1:], strict=False))


@claim(_comes_closer)
def chords_turn(secants: Any) -> str:
    """That the slope of the chord comes nearer to that of the tangent."""
    return "The smaller $h$, the closer to the tangent"


@claim(lambda secants: not _comes_closer(secants))
def chords_stay(secants: Any) -> str:
    """That a narrower chord is no closer to the tangent."""
    return "Here a smaller $h$ comes no closer to the tangent"


def _power(value: float) -> str:
    return formula(power_of_ten(float(value)))


@claim(lambda widths: len(widths.errors) and widths.errors.any() and widths.falls and widths.rises)
def best_width(widths: Widths) -> str:
    """Down to where a smaller width helps."""
    best = _power(widths.widths[widths.best])
    return f"Only down to {best}; below that, rounding spoils it"


@claim(lambda widths: len(widths.errors) and widths.rises and not widths.falls)
def rounding_only(widths: Widths) -> str:
    """That every smaller width is worse."""
    last = _power(widths.errors[-1])
    return f"No: rounding spoils it more and more, up to an error of {last}"


@claim(lambda widths: len(widths.errors) and widths.falls and not widths.rises)
def smaller_is_better(widths: Widths) -> str:
    """That every smaller width is better."""
    return f"Here it is: the error falls to {_power(widths.errors[-1])}"


@claim(lambda widths: len(widths.errors) and not widths.errors.any())
def every_width_is_exact(widths: Widths) -> str:
    """That no width makes an error."""
    return "Here every width gives the gradient exactly"


@claim(
    lambda widths: len(widths.errors) and widths.errors.any() and not widths.falls | widths.rises
)
def width_hardly_matters(widths: Widths) -> str:
    """That all widths make like errors."""
    return f"Here the width hardly matters: the error is {_power(widths.errors[-1])}"


@claim(lambda widths: not len(widths.errors))
def no_estimate(widths: Widths) -> str:
    """That no width gives a number."""
    return "No width gives an estimate that is a number"


@claim(lambda widths: widths.parameters > 1)
def cost_of_differences(widths: Widths) -> str:
    """The cost of all partials by autograd and by differences."""
    times = f"{widths.parameters + 1} times"
    return f"Autograd: one pass back. Differences need the loss {times}"


@claim(lambda widths: widths.parameters == 1)
def cost_of_one_difference(widths: Widths) -> str:
    """The cost of one partial by autograd and by a difference."""
    return "Autograd: one pass back. A difference needs the loss twice"


CLAIMS_OF_WIDTHS = (
    no_estimate,
    every_width_is_exact,
    best_width,
    rounding_only,
    smaller_is_better,
    width_hardly_matters,
)
