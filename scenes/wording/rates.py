"""What may truthfully be said of how a run took its steps, whatever optimizer took them."""

from __future__ import annotations

from typing import Any

import numpy as np

from scenes.typesetting.labels import colored, escape
from scenes.typesetting.numerals import as_math, figures
from scenes.wording.runs import say_rate

LONGEST = 36  # characters for an optimizer with its options


def say_rule(run: Any) -> str:
    """Return, as markup, the rate of a run; if other than plain, what made its steps.

    The boundary 2/λ is that of plain gradient descent at one rate, so only such a run is
    compared with it.
    """
    trajectory = run.continued
    if trajectory.is_plain_gradient_descent:
        return say_rate(run)
    rates = say_rates(trajectory.learning_rates)
    if not trajectory.follows_update_rule.all():
        rates = f"{escape(optimizer_of(trajectory))}, {rates}"
    if len(trajectory.batch_losses):
        rates += ", each gradient of a mini-batch"
    return rates[0].upper() + rates[1:]


def say_rates(rates: np.ndarray) -> str:
    """Return, as markup, one rate, one each for two parameters, or a schedule's ends.

    Args:
        rates: Of every step, shape (steps,) or (steps, n).
    """
    eta = colored("learning_rate", "$eta$")
    first, last = (as_written(rates[t]) for t in (0, -1))
    if (rates == rates[0]).all():
        words = "learning rates" if "," in first else "learning rate"
        return f"{words} {colored('learning_rate', f'$eta =$ {first}')}"
    if first == last:
        return f"a schedule of learning rates, {eta} = {first} first and last"
    return f"a schedule of learning rates, {eta} from {first} to {last}"


def as_written(rates: Any, significant: int = 3) -> str:
    """Return the rate or rates of one step as markup: one if all are the same."""
    each = np.atleast_1d(rates)
    shown = each[:1] if (each == each[0]).all() else each
    return ", ".join(f"${as_math(figures(float(rate), significant))}$" for rate in shown)


def optimizer_of(trajectory: Any) -> str:
    """Return, as plain text, what took the steps: "SGD with momentum 0.9"."""
    named = {name.replace("_", " "): value for name, value in trajectory.options.items() if value}
    options = [name if value is True else f"{name} {value}" for name, value in named.items()]
    full = f"{trajectory.optimizer} with {', '.join(options)}"
    return full if options and len(full) <= LONGEST else trajectory.optimizer[:LONGEST]
