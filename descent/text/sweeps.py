"""Sentences about sweeps, as plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from descent.runs.behavior import BEHAVIORS
from descent.text.numbers import counted, percent, rate, significant, whole
from descent.text.runs import steps_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.sweeps.sweep import Sweep

DIVERGING = BEHAVIORS.index("diverging")
FIGURES = 4  # significant, of losses and rates


def title(count: int) -> str:
    """Return the title of a sweep of one rate: "41 learning rates, one start"."""
    return f"{counted(count, 'learning rate')}, one start"


def rates(sweep: Sweep) -> str:
    """Return the number of rates and their range."""
    low, high = sweep.learning_rates.min(), sweep.learning_rates.max()
    count = sweep.final_losses.size
    what = counted(count, "combination") + " of learning rates"
    what = what if sweep.groups.size else counted(count, "learning rate")
    return f"{what}, {rate(low, FIGURES)} to {rate(high, FIGURES)}"


def behavior_counts(sweep: Sweep) -> str:
    """Return the number of runs of each behaviour: "2 converging, 1 diverging".

    A run that an error ended has shown no behaviour.
    """
    failed = sweep.errors.ravel() != ""
    counts = np.bincount(sweep.behavior_codes.ravel()[~failed], minlength=len(BEHAVIORS))
    numbers, words = [*counts.tolist(), int(failed.sum())], [*BEHAVIORS, "ended by an error"]
    pairs = zip(numbers, words, strict=True)
    return ", ".join(f"{whole(count)} {word}" for count, word in pairs if count)


def end_lowest(sweep: Sweep) -> NDArray[np.bool_]:
    """Return which runs end lowest among those that do not diverge, shape S."""
    is_low = sweep.final_losses == sweep.final_losses[sweep.best]
    return is_low & (sweep.behaviors != "diverging")


def equally_low(sweep: Sweep) -> str:
    """Return the number of runs that share the lowest loss; "" if only one has it."""
    count = int(end_lowest(sweep).sum())
    if count <= 1:
        return ""
    low = significant(sweep.final_losses[sweep.best], FIGURES)
    return f"{whole(count)} of {whole(sweep.final_losses.size)} end equally low, at {low}"


def final_loss(sweep: Sweep) -> str:
    """Return the name of the final losses: "loss after 50 steps"."""
    steps = steps_of(sweep.steps)
    is_complete = (sweep.steps_taken == sweep.steps).all()
    return f"loss after {steps}" if is_complete else f"last finite loss in {steps}"


def all_diverge(sweep: Sweep) -> str:
    """Return the sentence for a sweep whose runs all diverge."""
    if (sweep.final_losses > sweep.first_loss).all():
        return f"After {steps_of(sweep.steps)}, every one of them is higher than at the start"
    return "Every one of them diverges"


def best_rate(sweep: Sweep) -> str:
    """Return the best of a list of rates, and the first that diverges."""
    (lowest,), diverging = sweep.best, sweep.behavior_codes == DIVERGING
    if diverging.all():
        return all_diverge(sweep)
    after, loss = steps_of(int(sweep.steps_taken[lowest])), sweep.final_losses[lowest]
    end = f"η = {rate(sweep.learning_rates[lowest], FIGURES)}, loss {significant(loss, FIGURES)}"
    text = equally_low(sweep) or f"Lowest after {after}: {end}"
    if not diverging.any():
        return text
    first = sweep.learning_rates[diverging].min()
    is_all = diverging[sweep.learning_rates >= first].all()
    where = "diverging from" if is_all else "first diverging at"
    return f"{text}; {where} η = {rate(first, FIGURES)}"


def best_pair(sweep: Sweep) -> str:
    """Return the share of the runs of a map that do not diverge, and the best pair of rates."""
    share = float((sweep.behavior_codes != DIVERGING).mean())
    if share == 0:
        return all_diverge(sweep)
    pair = " and ".join(rate(one, FIGURES) for one in sweep.learning_rates[sweep.best])
    loss = significant(sweep.final_losses[sweep.best], FIGURES)
    return (
        f"{percent(share)} end no higher than they began; "
        f"{equally_low(sweep) or f'lowest at {pair}: {loss}'}"
    )


def best(sweep: Sweep) -> str:
    """Return the best rate or pair of rates, or how many runs end equally low."""
    one_or_two = np.atleast_1d(sweep.learning_rates[sweep.best])
    written = " and ".join(rate(one, FIGURES) for one in one_or_two)
    text = f"lowest at η = {written}, loss {significant(sweep.final_losses[sweep.best], FIGURES)}"
    text += ", where it diverged" * bool(sweep.diverged[sweep.best])
    return equally_low(sweep) or text
