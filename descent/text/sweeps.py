"""Sentences about sweeps, as plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from descent.runs.behavior import BEHAVIORS
from descent.text.numbers import counted, percent, rate, significant, whole
from descent.text.runs import ENDED, ended_at, steps_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.sweeps.sweep import Sweep

# Of runs that are not told by their last loss, what they are doing.
LOST = {"diverging": "diverging", "left the domain": "leaving the domain"}
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
    return is_low & ~sweep.thrown_out


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
    """Return the sentence for a sweep whose runs all end higher, or at no finite loss."""
    if (sweep.final_losses > sweep.first_loss).all():
        return f"After {steps_of(sweep.steps)}, every one of them is higher than at the start"
    (how, *others) = {ENDED[one][0] for one in np.unique(sweep.behaviors).tolist()}
    return "Every one of them diverged" if others else f"Every one of them {how.lower()}"


def soonest_end(sweep: Sweep) -> str:
    """Return how and when the first of the runs that left the finite numbers did so."""
    at = int(sweep.steps_taken[sweep.diverged].min()) + 1
    behavior, *others = np.unique(sweep.behaviors[sweep.diverged]).tolist()
    return f"ended at step {whole(at)}" if others else ended_at(behavior, at).lower()


def best_rate(sweep: Sweep) -> str:
    """Return the best of a list of rates, and the first that diverges or leaves the domain."""
    (lowest,) = sweep.best
    if sweep.thrown_out.all():
        return all_diverge(sweep)
    after, loss = steps_of(int(sweep.steps_taken[lowest])), sweep.final_losses[lowest]
    end = f"η = {rate(sweep.learning_rates[lowest], FIGURES)}, loss {significant(loss, FIGURES)}"
    parts = [equally_low(sweep) or f"Lowest after {after}: {end}"]
    for behavior, doing in LOST.items():
        here = sweep.behaviors == behavior
        if here.any():
            first = sweep.learning_rates[here].min()
            is_all = here[sweep.learning_rates >= first].all()
            where = f"{doing} from" if is_all else f"first {doing} at"
            parts.append(f"{where} η = {rate(first, FIGURES)}")
    return "; ".join(parts)


def best_pair(sweep: Sweep) -> str:
    """Return the share of the runs of a map that end no higher, and the best pair of rates."""
    if sweep.thrown_out.all():
        return all_diverge(sweep)
    stays = ~sweep.thrown_out & (sweep.errors == "")
    share = float((stays & (sweep.final_losses <= sweep.first_loss)).mean())
    pair = " and ".join(rate(one, FIGURES) for one in sweep.learning_rates[sweep.best])
    loss = significant(sweep.final_losses[sweep.best], FIGURES)
    return (
        f"{percent(share).capitalize()} end no higher than they began; "
        f"{equally_low(sweep) or f'lowest at {pair}: {loss}'}"
    )


def best(sweep: Sweep) -> str:
    """Return the best rate or pair of rates, or how many runs end equally low."""
    one_or_two = np.atleast_1d(sweep.learning_rates[sweep.best])
    written = " and ".join(rate(one, FIGURES) for one in one_or_two)
    text = f"lowest at η = {written}, loss {significant(sweep.final_losses[sweep.best], FIGURES)}"
    if sweep.diverged[sweep.best]:
        how, _ = ENDED[sweep.behaviors[sweep.best].item()]
        text += f", where it {how.lower()}"
    return equally_low(sweep) or text
