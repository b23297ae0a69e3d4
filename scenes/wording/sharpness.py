"""Sentences about the sharpness along a run, and 2 / η, up to which its steps are stable."""

from __future__ import annotations

import math
from typing import Any

from descent.runs.stability import momentum_of
from descent.text.losses import went
from descent.text.numbers import rate, whole
from descent.text.runs import steps_of
from scenes.claims import Claim, Prompt, claim, first_true
from scenes.facts.stability import (
    NEAR,
    crossings,
    hovering,
    is_constant,
    is_dense,
    limit,
    measured,
    rising_steps,
    span_of_fall,
    turn,
)
from scenes.typesetting.markup import formula

ALL_STEPS_CUE = "All steps again: above the loss, below the sharpness at the same step."
TURN = Prompt("Where does the sharpness turn back?")
TURN_CUE = "The line moves to where the loss has risen most."
LOSS_CUE = "On a bowl whose sharpness is above the line, steps grow without end."


def is_measured(run: Any) -> bool:
    """Return whether the sharpness along a run was measured, at two places at least."""
    return len(measured(run)[0]) > 1


def question(run: Any) -> Prompt:
    """Return the question how sharp the loss is along a run."""
    if math.isnan(limit(run)):
        return Prompt("How sharp is the loss on the way?")
    return Prompt(f"Steps leave a bowl that is sharper than ${_name(run)}$: what happens here?")


def question_cue(run: Any) -> str:
    """Return the subtitle of the question: what is drawn, and where it was measured."""
    count, every = len(measured(run)[0]), len(run.sharpness_along)
    where = (
        "measured after every step"
        if count == every
        else f"measured at {whole(count)} of {whole(every)} places"
    )
    said = f"Sharpness λ is the largest eigenvalue of the Hessian, {where}."
    if math.isnan(limit(run)):
        said += " No line: 2/η is a limit of plain gradient descent at one rate."
    return said


def _name(run: Any) -> str:
    return "2 (1 + beta) \\/ eta" if momentum_of(run.full) else "2 \\/ eta"


def named_limit(run: Any) -> str:
    """Return the name of the limit with its value, as markup."""
    return f"${_name(run)}$ = {_written(limit(run))}"


def _written(value: float) -> str:
    return formula(rate(value))


def _has_limit(run: Any) -> bool:
    return is_dense(run) and math.isfinite(limit(run))


def _side(value: float, top: float) -> str:
    """Return on which side of a limit a sharpness is, as both are written."""
    return "exactly at" if rate(value) == rate(top) else "above" if value > top else "below"


def _ends(run: Any) -> tuple[float, float]:
    values = measured(run)[1]
    return float(values[0]), float(values[-1])


@claim(lambda run: _has_limit(run) and is_constant(run))
def is_the_same(run: Any) -> str:
    """Say that the sharpness is that of a quadratic loss."""
    value = _ends(run)[0]
    side = _side(value, limit(run))
    return f"The sharpness is {_written(value)} all the way, {side} {named_limit(run)}"


@claim(lambda run: _has_limit(run) and not is_constant(run) and hovering(run) is not None)
def hovers(run: Any) -> str:
    """Say that the sharpness comes to 2 / η and stays near it."""
    found, first, top = hovering(run), _ends(run)[0], limit(run)
    assert found is not None
    percent = max(1, math.ceil(100 * found.share - 1e-9))
    is_near = abs(first / top - 1) <= NEAR
    way = "starts near" if is_near else "rises to" if first < top else "falls to"
    late = f"within {percent} % of it in the last {steps_of(found.steps)}"
    return f"The sharpness {way} {named_limit(run)} and hovers: {late}"


def _sides(run: Any) -> tuple[str, str]:
    """Return on which side of 2 / η the sharpness begins and ends."""
    first, last = _ends(run)
    return _side(first, limit(run)), _side(last, limit(run))


def _from_to(run: Any) -> str:
    """Return from where to where the sharpness went, or between what, if its ends read alike."""
    first, last = map(_written, _ends(run))
    if first != last:
        return f"goes from {first} to {last}"
    values = measured(run)[1]
    low, high = (_written(float(end)) for end in (values.min(), values.max()))
    return f"stays near {low}" if low == high else f"goes up and down between {low} and {high}"


def _stays_on_one_side(run: Any) -> bool:
    return _has_limit(run) and not is_constant(run) and crossings(run) == 0


@claim(lambda run: _stays_on_one_side(run) and hovering(run) is None)
def stays_on_one_side(run: Any) -> str:
    """Say that the sharpness never crosses 2 / η, at which it may begin or end."""
    is_above = _ends(run)[0] > limit(run)
    if "exactly at" in _sides(run):
        side = f"never {'below' if is_above else 'above'}"
    else:
        side = f"all the way {'above' if is_above else 'below'}"
    return f"The sharpness {_from_to(run)}: {side} {named_limit(run)}"


@claim(lambda run: _has_limit(run) and crossings(run) == 1 and hovering(run) is None)
def crosses_once(run: Any) -> str:
    """Say that the sharpness begins on one side of 2 / η and ends on the other."""
    first, last = map(_written, _ends(run))
    side, other = _sides(run)
    name = named_limit(run)
    begins = f"at {name}" if side == "exactly at" else f"{side} {name}, at {first}"
    ends = "at it" if other == "exactly at" else f"{other} it, at {last}"
    return f"The sharpness begins {begins}, and ends {ends}"


@claim(lambda run: _has_limit(run) and crossings(run) > 1 and hovering(run) is None)
def crosses_often(run: Any) -> str:
    """Say how often the sharpness crosses 2 / η."""
    count, last = whole(crossings(run)), _written(_ends(run)[1])
    return f"The sharpness goes {count} times across {named_limit(run)}, and ends at {last}"


@claim(is_measured)
def goes(run: Any) -> str:
    """Say how the sharpness went, where there is no 2 / η to compare it with."""
    return f"The sharpness {_from_to(run)}"


@claim(lambda run: _has_limit(run) and turn(run) is not None)
def turns_back(run: Any) -> str:
    """Say that the sharpness falls where the loss rises most."""
    found = turn(run)
    assert found is not None
    falls = f"falls from {_written(found.before)} to {_written(found.after)}"
    return f"At step {whole(found.step)} the loss has risen most: the sharpness {falls}"


def where_it_goes(run: Any) -> Claim:
    """Return how the sharpness along a run compares with 2 / η."""
    return first_true(
        is_the_same(run),
        hovers(run),
        stays_on_one_side(run),
        crosses_once(run),
        crosses_often(run),
        goes(run),
    )


def _was_above(run: Any) -> bool:
    """Return whether a run ends lower though the sharpness was above 2 / η on the way."""
    losses = run.full.losses
    ends_lower = not run.full.diverged and bool(losses[-1] < losses[0])
    was_above = _has_limit(run) and _side(measured(run)[1].max(), limit(run)) == "above"
    return was_above and ends_lower


def _rises_though(run: Any) -> bool:
    return _was_above(run) and rising_steps(run) > 0


@claim(lambda run: _rises_though(run) and span_of_fall(run.full.losses) is not None)
def falls_over_spans(run: Any) -> str:
    """Say that the loss rises at some steps, and falls over all longer spans."""
    span = span_of_fall(run.full.losses)
    return f"The loss rises in {_of_steps(run)}, yet falls over any {steps_of(span or 0)} or more"


@claim(lambda run: _rises_though(run) and span_of_fall(run.full.losses) is None)
def ends_lower(run: Any) -> str:
    """Say that the loss rises at some steps, and ends lower than it began."""
    first, last = (float(run.full.losses[t]) for t in (0, -1))
    return f"The loss rises in {_of_steps(run)}; over all of them it {went(first, last)}"


def _of_steps(run: Any) -> str:
    return f"{whole(rising_steps(run))} of {steps_of(run.full.steps)}"


@claim(lambda run: _was_above(run) and rising_steps(run) == 0)
def falls_at_each(run: Any) -> str:
    """Say that the loss falls at every step, though the sharpness was above 2 / η."""
    return f"The loss never rises in {steps_of(run.full.steps)}, also above {named_limit(run)}"


def how_the_loss_goes(run: Any) -> Claim | None:
    """Return what the loss does where the sharpness is above 2 / η; None if it never is."""
    return falls_over_spans(run) or ends_lower(run) or falls_at_each(run)
