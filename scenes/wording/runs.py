"""Sentences about a run of the lecture.

Those that plots, cards and page use as well are in `descent.text.runs`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from descent.text.losses import is_same, many_times, rises, went
from descent.text.numbers import fixed, percent, rate
from descent.text.runs import (
    CURVES_ALONE,
    MUCH_LEFT,
    descended,
    diverged_at,
    ending,
    rows_kept,
    steps_of,
)
from scenes.claims import Claim, Prompt, claim, first_true
from scenes.facts.heights import height_left, is_monotone, is_settled
from scenes.facts.selection import first_at_or_below
from scenes.typesetting.markup import rate_formula
from scenes.wording.prompts import place
from scenes.wording.rates import compared

STILL_AS_FAR = 0.95  # of a step: a shorter one two steps later is on its way to rest
ARRIVED = 0.01  # of the height: no more is left where a run has arrived
KEPT_CUE = "The losses and the lengths are those of every step."
NEARLY_ALL = 0.995  # of the way: what is left of it would read 100 %


def trial(run: Any) -> Prompt:
    """Return the announcement of the first steps of a run."""
    steps = steps_of(max(1, run.trajectory.steps))
    return Prompt(f"{steps[0].upper()}{steps[1:]} with {rate_formula(rate(run.learning_rate))}")


@claim(lambda run: len(run.full.batch_losses) > 0)
def sees_batches(run: Any) -> str:
    """Say what the dots beside the line of the loss are."""
    return "Every step sees a mini-batch: its loss is a dot, the line is the loss of all data"


@claim(
    lambda run: (
        run.full.has_every_row
        and not run.landscapes
        and not run.overview
        and np.isnan(run.sharpness)
    )
)
def has_no_map(run: Any) -> str:
    """Say why nothing is drawn but what was recorded at each step."""
    return "Curves and numbers alone: without its loss, a saved run has no map"


@claim(lambda run: not run.full.has_every_row)
def keeps_some(run: Any) -> str:
    """Say how few iterates of a long run there are, so that no map is drawn."""
    return f"{rows_kept(run.full)}: {CURVES_ALONE}"


def _stays(run: Any) -> bool:
    losses = run.trajectory.losses
    return is_same(float(losses.min()), float(losses.max())) and not run.trajectory.diverged


@claim(_stays)
def stays(run: Any) -> str:
    """Say that nothing changes in the steps shown."""
    return f"The loss stays where it is, at {fixed(float(run.trajectory.losses[0]))}"


@claim(lambda run: run.full.diverged and run.full.behavior == "diverging")
def explodes(run: Any) -> str:
    """Say, in the deck's words, what too large a rate does."""
    return "Too big: the parameters explode, and never converge"


@claim(lambda run: run.full.behavior == "left the domain")
def leaves_domain(run: Any) -> str:
    """Say that a step leads to where there is no loss."""
    return "Too big: a step leads to where the loss has no value"


def _ends_higher(run: Any) -> bool:
    return not run.full.diverged and rises(run.full.losses[0], run.full.losses[-1])


@claim(_ends_higher)
def too_big(run: Any) -> str:
    """Say that a run ends higher than it began, finite though it is."""
    return "Too big: the loss ends higher than it began"


@claim(lambda run: compared(run).startswith("far below") and run.trajectory.behavior == "slow")
def takes_long(run: Any) -> str:
    """Say, in the deck's words, what too small a rate does."""
    return "Too small: the parameters take very long to converge"


def _keeps_jumping(run: Any) -> bool:
    """Return whether the last steps are hardly shorter than those two before them."""
    steps = run.full.step_lengths
    return len(steps) > 2 and bool(steps[-1] >= STILL_AS_FAR * steps[-3])


@claim(
    lambda run: (
        run.trajectory.behavior == run.full.behavior == "oscillating" and _keeps_jumping(run)
    )
)
def does_not_settle(run: Any) -> str:
    """Say that the parameters go to and fro to the end."""
    return "Too big to settle: the parameters jump to and fro"


@claim(
    lambda run: (
        run.trajectory.losses[1:2].max(initial=-np.inf) > run.trajectory.losses[0]
        and run.full.losses[-1] < run.full.losses[0]
    )
)
def rises_first(run: Any) -> str:
    """Say that the first step leads up, and the end is lower all the same."""
    return "Too big to begin with: the loss rises first, and falls only later"


@claim(lambda run: run.trajectory.behavior == "unbounded")
def falls_for_ever(run: Any) -> str:
    """Say that there is no minimum to come to."""
    return "The loss falls ever faster: there is nothing to converge to"


@claim(lambda run: run.trajectory.behavior == "converging" and not height_left(run) > MUCH_LEFT)
def arrives(run: Any) -> str:
    """Say that a rate is neither too small nor too big."""
    return "Neither too small nor too big: this one converges"


@claim(
    lambda run: (
        run.trajectory.behavior in ("slow", "oscillating", "converging")
        and not height_left(run) <= ARRIVED
        and run.trajectory.losses[-1] < run.trajectory.losses[0]
    )
)
def is_on_its_way(run: Any) -> str:
    """Say that the loss falls in the steps shown."""
    return "The loss falls, and the parameters have not arrived"


@claim(
    lambda run: (
        (np.diff(run.trajectory.losses) > 0).any() and (np.diff(run.trajectory.losses) < 0).any()
    )
)
def goes_up_and_down(run: Any) -> str:
    """Say that the loss both rises and falls in the steps shown."""
    return "The loss goes up and down"


def describe_failure(run: Any) -> Claim:
    """Return what a rate that is not right does, in the deck's words."""
    return first_true(
        stays(run),
        leaves_domain(run),
        explodes(run),
        too_big(run),
        takes_long(run),
        does_not_settle(run),
        rises_first(run),
        falls_for_ever(run),
        arrives(run),
        is_on_its_way(run),
        goes_up_and_down(run),
        in_steps(run.trajectory),
    )


@claim(lambda trajectory: not trajectory.diverged)
def in_steps(trajectory: Any) -> str:
    """Say how the loss went from the first step to the last."""
    return descended(trajectory)


def failure_cue(run: Any) -> str:
    """Return the subtitle of what a run does: where it is after its steps."""
    if run.trajectory.diverged:
        return f"{diverged_at(run.trajectory)}."
    return f"With η = {rate(run.learning_rate)}, now {place(run.trajectory, run.trajectory.steps)}."


def describe_left(run: Any) -> str:
    """Return, as plain text, how much of the height above the minimum is left."""
    trajectory = run.trajectory
    if trajectory.diverged:
        return diverged_at(trajectory)
    first, last = float(trajectory.losses[0]), float(trajectory.losses[-1])
    left = height_left(run)
    if times := many_times(first, last):
        return f"{times} times the loss at the start"
    if 0 < left < NEARLY_ALL:
        return f"{percent(left)} of the way down is left"
    return f"The loss {went(first, last)}"


@claim(lambda run: not run.trajectory.diverged and 0 < height_left(run) < NEARLY_ALL)
def some_is_left(run: Any) -> str:
    """Say how much of the way down the steps shown have left."""
    return f"After {steps_of(run.trajectory.steps)}, {describe_left(run)}"


def _reaches(run: Any, other: Any) -> bool:
    """Return whether a run comes, without rising, as low as another one did in the steps shown."""
    full = run.full
    is_compared = other is not None and np.isfinite(run.target)
    reached = is_compared and first_at_or_below(full.losses, run.target) is not None
    return bool(reached and full.steps > run.trajectory.steps and is_monotone(full.losses))


@claim(_reaches)
def takes_steps(run: Any, other: Any) -> str:
    """Say how many steps a run takes to come as low as another one."""
    needed = first_at_or_below(run.full.losses, run.target)
    return f"It takes {steps_of(needed or 0)} to get as low as {_shown_run(other)}"


def _shown_run(other: Any) -> str:
    return f"{rate_formula(rate(other.learning_rate))} gets in {other.trajectory.steps}"


def _is_compared(run: Any, other: Any) -> bool:
    return other is not None and bool(np.isfinite(run.target)) and not run.full.diverged


@claim(
    lambda run, other: (
        _is_compared(run, other) and run.full.losses.min() > run.target and is_settled(run)
    )
)
def settles_higher(run: Any, other: Any) -> str:
    """Say that a run has come to rest above where another one ended."""
    last, written = fixed(float(run.full.losses[-1])), rate_formula(rate(other.learning_rate))
    return f"It has come to rest at {last}, higher than {written} ended"


@claim(
    lambda run, other: (
        _is_compared(run, other)
        and run.full.losses.min() > run.target
        and not is_settled(run)
        and is_monotone(run.full.losses)
        and run.full.losses[-1] < run.full.losses[0]
    )
)
def still_falls(run: Any, other: Any) -> str:
    """Say that a run is still on its way when the recording ends."""
    return f"After {steps_of(run.full.steps)} it is not as low as {_shown_run(other)}"


@claim(_ends_higher)
def ends_higher(run: Any) -> str:
    """Say how much higher a run ends than it began."""
    first, last = float(run.full.losses[0]), float(run.full.losses[-1])
    after = f"After {steps_of(run.full.steps)}"
    if times := many_times(first, last):
        return f"{after} the loss is {times} times what it was"
    return f"{after} the loss {went(first, last)}"


@claim(
    lambda run: (
        not run.full.diverged
        and (np.diff(run.full.losses) > 0).any()
        and (np.diff(run.full.losses) < 0).any()
    )
)
def jumps_about(run: Any) -> str:
    """Say that the loss of a run goes up and down, however low it gets by chance."""
    low, high = (fixed(float(end)) for end in (run.full.losses.min(), run.full.losses.max()))
    return f"The loss goes up and down, between {low} and {high}"


@claim(lambda run: bool(run.full.stopped_by))
def ended(run: Any) -> str:
    """Say how a run ended that was stopped."""
    return ending(run.full)


def describe_end(run: Any, other: Any = None) -> Claim:
    """Return what became of the whole of a run.

    Args:
        run: The `understanding_gradients.lecture.recordings.Run`.
        other: The run at the lecture's middle rate, with which it is compared.
    """
    return first_true(
        ended(run),
        stays(run),
        takes_steps(run, other),
        settles_higher(run, other),
        still_falls(run, other),
        ends_higher(run) if np.isfinite(run.target) else None,
        jumps_about(run) if np.isfinite(run.target) else None,
        in_steps(run.trajectory if np.isfinite(run.target) else run.full),
    )
