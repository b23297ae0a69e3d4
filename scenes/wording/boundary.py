"""Sentences about the boundary of the learning rate: on one slice, and measured."""

from __future__ import annotations

from typing import Any

import numpy as np

from descent.text.losses import is_same
from descent.text.numbers import counted, fixed, rate
from descent.text.runs import steps_of
from scenes.claims import Claim, Prompt, claim, first_true
from scenes.facts.rates import NEAR, is_boundary
from scenes.facts.slices import factor, height_factor, sample_at, start_of
from scenes.typesetting.markup import as_math

EXACT = 0.05  # relative: how well a recorded number must agree with the rule that explains it
SMALL, ONE, MIDDLE, TWO, LARGEST = range(5)  # places of the rates of a slice

OURS_TO_CHOOSE = Prompt("One number in the rule is ours to choose")
HOW_LARGE = Prompt("How large should it be?")
BET = Prompt("Five learning rates, one step each: where will they land?")
AGAIN = Prompt("Five more steps each: which of them arrive, which do not?")
RULE = Prompt("Why? Take one step on this curve")


def many_rates(table: Any) -> Prompt:
    """Return the announcement of the table of rates."""
    rates = counted(len(table.learning_rates), "learning rate")
    return Prompt(f"{rates}, {steps_of(table.steps)} each: where does the loss end?")


def slice_of(one: Any) -> Prompt:
    """Return what the slice is."""
    if len(one.center) == 1:
        return Prompt("Near its lowest place, look at the loss closely")
    through = "the minimum" if one.is_through_minimum else "the start"
    return Prompt(f"A slice through {through}, where the loss is curved most")


def _doubles(one: Any) -> bool:
    near, far = (one.slopes[sample_at(one, times)] for times in (1, 2))
    return bool(one.sharpness > 0 and np.isclose(far, 2 * near, rtol=EXACT))


@claim(_doubles)
def slope_grows(one: Any) -> str:
    """Say what the sharpness is."""
    return f"Twice as far out, twice as steep: sharpness $lambda = {_written(one.sharpness)}$"


@claim(
    lambda one: np.isclose(
        factor(one.descents[SMALL]), 1 - one.rates[SMALL] * one.sharpness, rtol=EXACT
    )
)
def step_multiplies(one: Any) -> str:
    """Say what one step does to the distance."""
    return "One step makes $d$ into $(1 - eta lambda) dot d$"


@claim(
    lambda one: (
        abs(factor(one.descents[ONE])) <= EXACT
        and np.isclose(factor(one.descents[TWO]), -1, rtol=EXACT)
    )
)
def where_they_land(one: Any) -> str:
    """Say where the rates 1/λ and 2/λ lead."""
    return "$1 \\/ lambda$ lands at the bottom, $2 \\/ lambda$ as high as it began"


def _keeps_its_distance(descent: Any) -> bool:
    distances = np.abs(descent.iterates[:, 0])
    return bool(np.isclose(distances, distances[0], rtol=EXACT).all())


def _climbs_evenly(descent: Any) -> bool:
    """Return whether every step of some multiplies the height by what reads as one number."""
    times = descent.losses[1:] / descent.losses[:-1]
    return len(times) > 1 and times[0] > 1 and len({_factor(one) for one in times}) == 1


def _factor(times: float) -> str:
    return fixed(float(times), decimals=2)


@claim(
    lambda one: (
        _keeps_its_distance(one.descents[TWO])
        and one.rates[LARGEST] > one.rates[TWO]
        and _climbs_evenly(one.descents[LARGEST])
    )
)
def climbs_out(one: Any) -> str:
    """Say what becomes of the rate 2/λ and of a larger one."""
    times = as_math(_factor(height_factor(one.descents[LARGEST])))
    largest = _written(one.rates[LARGEST])
    climbs = f"$eta = {largest}$ climbs, $times {times}$ each time"
    return f"$2 \\/ lambda$: to and fro at one height. {climbs}"


@claim(lambda one: all(_is_lower(descent) for descent in _below(one)) and len(_below(one)) > 0)
def below_arrive(one: Any) -> str:
    """Say what the rates below 2/λ do."""
    return "Below $2 \\/ lambda$ every one of them comes lower"


def _below(one: Any) -> list[Any]:
    pairs = zip(one.rates, one.descents, strict=True)
    return [descent for eta, descent in pairs if eta < (1 - EXACT) * one.rates[TWO]]


def _is_lower(descent: Any) -> bool:
    return not descent.diverged and bool(descent.losses[-1] < descent.losses[0])


def _all_rise_beyond(table: Any) -> bool:
    beyond = table.learning_rates > (1 + NEAR) * table.onset
    return bool((table.final_losses[beyond] > table.start_loss).all())


@claim(lambda table: is_same(float(np.nanmin(table.final_losses)), table.start_loss))
def start_is_lowest(table: Any) -> str:
    """Say that no rate leads lower than the start."""
    return "No learning rate leads lower than the start"


@claim(lambda table: is_boundary(table) and _all_rise_beyond(table))
def boundary(table: Any) -> str:
    """Say that 2/λ is the boundary."""
    critical = _written(table.critical_learning_rate)
    return f"Beyond $2 \\/ lambda = {critical}$ the loss ends higher than it began"


@claim(lambda table: np.isfinite(table.onset) and not is_boundary(table) and table.sharpness > 0)
def measured_onset(table: Any) -> str:
    """Say where runs begin to end higher, where 2/λ does not tell it."""
    onset, critical = _written(table.onset), _written(table.critical_learning_rate)
    return f"The first to end higher: $eta = {onset}$. $2 \\/ lambda$ at the start: ${critical}$"


@claim(lambda table: is_boundary(table) and not _all_rise_beyond(table))
def risky_beyond(table: Any) -> str:
    """Say that runs begin to end higher at 2/λ, where not all beyond it do."""
    critical = _written(table.critical_learning_rate)
    return f"Near $2 \\/ lambda = {critical}$ runs begin to end higher than they began"


@claim(lambda table: np.isinf(table.onset) and np.isfinite(table.critical_learning_rate))
def no_boundary(table: Any) -> str:
    """Say that no rate fails, though some are beyond 2/λ."""
    critical = _written(table.critical_learning_rate)
    return f"None of them ends higher, also beyond $2 \\/ lambda = {critical}$ at the start"


@claim(lambda table: table.sharpness < 0)
def curved_downwards(table: Any) -> str:
    """Say that there is no 2/λ where the loss is curved downwards."""
    return "The loss is curved downwards here: no boundary at this place"


@claim(lambda table: table.sharpness == 0)
def flat(table: Any) -> str:
    """Say that there is no 2/λ where the loss is not curved."""
    return "The loss is not curved here: no boundary at this place"


def what_the_curve_shows(table: Any) -> Claim:
    """Return what is true of the losses at many rates."""
    return first_true(
        start_is_lowest(table),
        boundary(table),
        risky_beyond(table),
        curved_downwards(table),
        flat(table),
        no_boundary(table),
        measured_onset(table),
    )


def _written(value: float) -> str:
    return as_math(rate(float(value)))


def named_rates(table: Any) -> list[tuple[float, str]]:
    """Return the rates that are marked on the curve, each with its name as markup.

    2/λ is marked where it is the boundary, else the measured onset.
    """
    if is_boundary(table):
        return [(float(table.critical_learning_rate), "$2 \\/ lambda$")]
    if np.isfinite(table.onset) and not start_is_lowest(table):
        return [(float(table.onset), f"higher from ${_written(table.onset)}$")]
    return []


def slope_cue(one: Any) -> str:
    """Return the subtitle of the two slopes."""
    at = rate(start_of(one))
    return f"At d = {at}, as anywhere, the slope is λ times d."


def rule_cue(one: Any) -> str:
    """Return the subtitle of the rule."""
    eta = rate(float(one.rates[SMALL]))
    return f"The learning rate is {eta}; the step is that much of the slope."


def bet_cue(one: Any) -> str:
    """Return the subtitle of the bet."""
    return f"All start at d = {rate(start_of(one))}. Take a guess."
