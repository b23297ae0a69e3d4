"""Sentences about learning rates, for any optimizer."""

from __future__ import annotations

from typing import Any

import numpy as np

from descent.runs.projected import rates_of
from descent.text import methods as text
from descent.text.numbers import rate
from scenes.claims import Claim, Prompt, claim
from scenes.typesetting.markup import as_math, colored, escape, formula, rate_formula, typeset

RATE = "learning_rate"  # the colour role of a rate that has no name
LONGEST = 36  # characters for an optimizer with its options


def compared(run: Any) -> str:
    """Return how the rate of plain gradient descent compares with 2/λ; "" for any other run."""
    if not run.full.is_plain_gradient_descent:
        return ""
    return text.against_boundary(run.learning_rate, run.critical_learning_rate)


def describe_rule(run: Any, figures: int = 3, role: str = RATE) -> Claim | Prompt:
    """Return the rate of a run and, if not plain gradient descent, its optimizer.

    2/λ concerns plain gradient descent at one rate, so only such a run is compared with it.

    Args:
        run: The `understanding_gradients.lecture.recordings.Run`.
        figures: Significant ones of every rate in the clip.
        role: The colour role of the rate.
    """
    trajectory = run.full
    if trajectory.is_plain_gradient_descent:
        return rate_against(run, figures, role) or Prompt(describe_rate(run, figures, role))
    rates = describe_rates(rates_of(trajectory), figures, role)
    if not trajectory.follows_update_rule.all():
        rates = f"{escape(_short_optimizer(trajectory))}, {rates}"
    if len(trajectory.batch_losses):
        rates += ", each gradient of a mini-batch"
    return Prompt(rates[0].upper() + rates[1:])


@claim(lambda run, figures=3, role=RATE: bool(compared(run)))
def rate_against(run: Any, figures: int = 3, role: str = RATE) -> str:
    """Say how the rate of a run compares with 2/λ."""
    return describe_rate(run, figures, role)


def _short_optimizer(trajectory: Any) -> str:
    full = text.optimizer(trajectory)
    return full if len(full) <= LONGEST else trajectory.optimizer[:LONGEST]


def describe_rate(run: Any, figures: int = 3, role: str = RATE) -> str:
    """Return, as markup, how the learning rate compares with 2/λ.

    2/λ at the start is the boundary of a quadratic loss, which is curved alike everywhere.
    """
    written = rate(run.learning_rate, figures)
    sentence = f"Learning rate η = {written}"
    formulas = {f"η = {written}": colored(role, rate_formula(written))}
    against = text.against_boundary(run.learning_rate, run.critical_learning_rate)
    if not against:
        return typeset(sentence, formulas)
    critical = rate(run.critical_learning_rate)
    formulas[f"2 / λ = {critical}"] = f"$2 \\/ lambda = {as_math(critical)}$"
    if run.is_global:
        return typeset(f"{sentence}, {against} 2 / λ = {critical}", formulas)
    against = against.removesuffix(" the boundary")
    against = "as large as" if against == "at" else against  # "at the start" follows
    return typeset(f"{sentence}, {against} 2 / λ = {critical} at the start", formulas)


def describe_rates(rates: np.ndarray, figures: int = 3, role: str = RATE) -> str:
    """Return, as markup, one rate, one per parameter, or the ends of a schedule.

    Args:
        rates: Of every step, shape (steps,) or (steps, n).
        figures: Significant ones.
        role: The colour role of the rates.
    """
    sentence = text.learning_rates(rates, figures)
    ends = text.first_and_last_rates(rates, figures)
    beyond = filter(None, text.rates_beyond_ends(rates, figures))
    formulas = {end: ", ".join(map(formula, end.split(", "))) for end in (*ends, *beyond)}
    if (rates == rates[0]).all():
        eta = colored(role, f"$eta =$ {formulas[ends[0]]}")
        return typeset(sentence, {f"η = {ends[0]}": eta})
    return typeset(sentence, {**formulas, "η": colored(role, "$eta$")})
