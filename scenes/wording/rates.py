"""Sentences about learning rates, for any optimizer."""

from __future__ import annotations

from typing import Any

import numpy as np

from descent.text import runs as text
from descent.text.numbers import counted, rate
from descent.text.runs import steps_of
from scenes.typesetting.markup import as_math, colored, escape, formula, typeset

RATE = "learning_rate"  # the colour role of a rate that has no name
LONGEST = 36  # characters for an optimizer with its options


def compared(run: Any) -> str:
    """Return how the rate of plain gradient descent compares with 2/λ; "" for any other run."""
    if not run.full.is_plain_gradient_descent:
        return ""
    return text.against_boundary(run.learning_rate, run.critical_learning_rate)


def describe_rule(run: Any, figures: int = 3, role: str = RATE) -> str:
    """Return, as markup, the rate of a run and, if not plain gradient descent, its optimizer.

    The boundary 2/λ is that of plain gradient descent at one rate, so only such a run is
    compared with it.

    Args:
        run: The `understanding_gradients.lecture.recordings.Run`.
        figures: Significant ones of every rate in the clip.
        role: The colour role of the rate.
    """
    trajectory = run.full
    if trajectory.is_plain_gradient_descent:
        return describe_rate(run, figures, role)
    rates = describe_rates(trajectory.learning_rates, figures, role)
    if not trajectory.follows_update_rule.all():
        rates = f"{escape(_short_optimizer(trajectory))}, {rates}"
    if len(trajectory.batch_losses):
        rates += ", each gradient of a mini-batch"
    return rates[0].upper() + rates[1:]


def _short_optimizer(trajectory: Any) -> str:
    full = text.optimizer(trajectory)
    return full if len(full) <= LONGEST else trajectory.optimizer[:LONGEST]


def describe_rate(run: Any, figures: int = 3, role: str = RATE) -> str:
    """Return, as markup, how the learning rate compares with the critical one."""
    written = rate(run.learning_rate, figures)
    sentence = f"Learning rate η = {written}"
    formulas = {f"η = {written}": colored(role, f"$eta = {as_math(written)}$")}
    against = text.against_boundary(run.learning_rate, run.critical_learning_rate)
    if not against:
        return typeset(sentence, formulas)
    critical = rate(run.critical_learning_rate)
    formulas[f"2 / λ = {critical}"] = f"$2 \\/ lambda = {as_math(critical)}$"
    # A run that stays beyond the boundary has a flatter loss further on.
    is_beyond = against.startswith("beyond")
    where = " at the start" if is_beyond and run.trajectory.behavior != "diverging" else ""
    return typeset(f"{sentence}, {against} 2 / λ = {critical}{where}", formulas)


def describe_rates(rates: np.ndarray, figures: int = 3, role: str = RATE) -> str:
    """Return, as markup, one rate, one per parameter, or the ends of a schedule.

    Args:
        rates: Of every step, shape (steps,) or (steps, n).
        figures: Significant ones.
        role: The colour role of the rates.
    """
    sentence = text.learning_rates(rates, figures)
    ends = [text.rates_at(rates[t], figures) for t in (0, -1)]
    formulas = {end: ", ".join(map(formula, end.split(", "))) for end in ends}
    if (rates == rates[0]).all():
        eta = colored(role, f"$eta =$ {formulas[ends[0]]}")
        return typeset(sentence, {f"η = {ends[0]}": eta})
    return typeset(sentence, {**formulas, "η": colored(role, "$eta$")})


def describe_boundary(table: Any) -> str:
    """Return, as plain text, where the loss of many learning rates begins to rise, if it does."""
    critical = float(table.critical_learning_rate)
    if not (np.isfinite(critical) and critical > 0):
        rates = counted(len(table.learning_rates), "learning rate")
        return f"The loss after {steps_of(table.steps)}, for {rates}"
    if not is_boundary(table):
        return f"No boundary here: larger rates than 2 / λ = {rate(critical)} do not fail either"
    return f"The boundary: 2 divided by the sharpness λ, here {rate(critical)}"


def is_boundary(table: Any) -> bool:
    """Return whether the loss rises at a rate above the critical one, as it does on a quadratic."""
    beyond = table.final_losses[table.learning_rates > table.critical_learning_rate]
    return not len(beyond) or bool((beyond > table.start_loss).any())
