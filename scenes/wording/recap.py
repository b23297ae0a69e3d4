"""The question that opens the film, its answer, and what to remember."""

from __future__ import annotations

from typing import Any

import numpy as np

from descent.text.numbers import counted, rate
from descent.text.runs import ENDED, descended, diverged_at, ending, steps_of
from scenes.claims import Claim, Prompt, claim, first_true
from scenes.facts.gradients import is_zero
from scenes.facts.rates import is_boundary
from scenes.typesetting.markup import colored, formula

HOOK = Prompt("How does a machine find the bottom in the dark?")
RECAP_TITLE = Prompt("Three things to remember")
EXPLODED = 100.0  # times the loss at the start


@claim(lambda run: run.trajectory.steps > 0 and not run.trajectory.diverged)
def as_taken(run: Any) -> str:
    """Return what the opening picture shows."""
    steps = run.trajectory.steps
    return f"{steps_of(steps)} of gradient descent, as PyTorch took {_them(steps)}"


@claim(lambda run: run.trajectory.steps > 0 and run.trajectory.diverged)
def as_taken_until(run: Any) -> str:
    """Return what the opening picture shows of a run that leaves the finite numbers."""
    steps = run.trajectory.steps
    how = ENDED[run.trajectory.behavior][0].lower()
    return f"{steps_of(steps)} by PyTorch, then it {how}"


@claim(lambda run: run.trajectory.steps == 0)
def not_taken(run: Any) -> str:
    """Return that the first step led beyond the finite numbers."""
    return _end_of(run.trajectory)


def _them(steps: int) -> str:
    return "it" if steps == 1 else "them"


@claim(lambda run: not is_zero(run, 0))
def the_gradient(run: Any) -> str:
    """Return what a gradient is."""
    name = colored("gradient", "The gradient:")
    return f"{name} one slope per parameter, at one place"


@claim(lambda run: is_zero(run, 0))
def no_gradient(run: Any) -> str:
    """Return what a gradient is, at a place without slope."""
    name = colored("gradient", "The gradient:")
    return f"{name} one slope per parameter; at this place, zero"


@claim(lambda run: run.trajectory.steps > 0 and run.trajectory.follows_update_rule.all())
def the_step(run: Any) -> str:
    """Return what a step is."""
    name = colored("learning_rate", "A step:")
    return f"{name} minus learning rate times gradient"


@claim(lambda run: run.trajectory.steps == 0)
def no_step(run: Any) -> str:
    """Return what became of a step beyond the finite numbers."""
    name = colored("learning_rate", "A step:")
    return f"{name} minus learning rate times gradient, if a finite number is as large"


@claim(
    lambda table: (
        is_boundary(table)
        and bool((_from_onset(table) > table.start_loss).all())
        and _from_onset(table)[-1] > EXPLODED * abs(table.start_loss)
    )
)
def the_rate(table: Any) -> str:
    """Return where the boundary of the learning rates is, if it was measured there."""
    return f"{_rate_name()} below $2 \\/ lambda$, or it explodes"


@claim(
    lambda table: np.isfinite(table.onset) and bool((_from_onset(table) > table.start_loss).all())
)
def measured_onset(table: Any) -> str:
    """Return from which rate on the loss was measured to rise."""
    return f"{_rate_name()} from {formula(rate(table.onset, 2))} on, the loss ended higher here"


@claim(lambda table: np.isfinite(table.onset))
def some_rise(table: Any) -> str:
    """Return the least rate at which the loss was measured to rise."""
    least = formula(rate(table.onset, 2))
    return f"{_rate_name()} {least} is the least that ended higher than it began"


@claim(lambda table: not np.isfinite(table.onset))
def none_rises(table: Any) -> str:
    """Return that no rate made the loss rise."""
    return f"{_rate_name()} none that was tried here ended higher than it began"


def _from_onset(table: Any) -> np.ndarray:
    """Return the final losses from the onset of rising on, shape (k,)."""
    return table.final_losses[table.learning_rates >= table.onset]


def rate_caption(table: Any) -> str:
    """Return what the picture of the rates shows, as plain text."""
    rates = counted(len(table.learning_rates), "rate")
    return f"{rates}, {steps_of(table.steps)} each; dashed: the loss at the start."


def onset_name(table: Any) -> str:
    """Return the measured onset of rising, as markup."""
    return formula(rate(table.onset, 2))


def _rate_name() -> str:
    return colored("learning_rate", "The rate:")


def codes(run: Any) -> list[str]:
    """Return the PyTorch of the three things."""
    written = rate(run.learning_rate)
    given = "" if "·" in written else f"={written}"
    return ["loss.backward()", "optimizer.step()", f"SGD(params, lr{given})"]


@claim(lambda run: run.trajectory.steps > 0 and run.trajectory.follows_update_rule.all())
def answer(run: Any) -> str:
    """Return the answer to the film's question."""
    return "It feels the slope, and takes a step"


@claim(lambda run: run.trajectory.steps == 0)
def no_answer(run: Any) -> str:
    """Return the answer of a run without steps."""
    return "It feels the slope"


@claim(lambda run: run.trajectory.steps > 0 and not run.trajectory.diverged)
def answered(run: Any) -> str:
    """Return what the steps of the film came to."""
    return descended(run.trajectory)


@claim(lambda run: run.trajectory.diverged or run.trajectory.steps == 0)
def not_answered(run: Any) -> str:
    """Return that the steps of the film led away, or nowhere."""
    return _end_of(run.trajectory)


def _end_of(trajectory: Any) -> str:
    return diverged_at(trajectory) if trajectory.diverged else ending(trajectory)


def end_lines(run: Any) -> tuple[str, Claim, Claim]:
    """Return the last words: the question, its answer, and what came of it."""
    first = first_true(answer(run), no_answer(run))
    return HOOK, first, first_true(answered(run), not_answered(run))
