"""Sentences about recorded runs, as plain text.

The argument `write` formats numbers: `fixed`, as in the film's tables, or `significant`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from descent.runs.steps import gathers_pace, goes_across
from descent.text.numbers import (
    ROUNDING,
    counted,
    fixed,
    minus,
    parse,
    percent,
    rate,
    significant,
    whole,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from descent.runs.behavior import Behavior
    from descent.runs.trajectory import Trajectory

    Write = Callable[[float], str]

FAR_BELOW = 0.1  # of the critical rate
TINY_FALL = 0.05  # of the height above the minimum
ALMOST_NONE = 0.0005  # a smaller share reads "less than 0.1 %"
ALL_BUT = 0.9995  # a larger share would read as "100 %"
READ_TO = 0.1  # of a change: how well two written losses must tell it
NEAR_ZERO = 0.1  # of the first loss: one that comes as near to zero is a share of itself
MANY_TIMES = 10.0
MOST_RATES, MOST_NAMES = 2, 3

# What is said before the first step of a run: what it does, and what to watch.
WHAT_IT_DOES: dict[Behavior, str] = {
    "slow": "A slow descent",
    "converging": "A loss that falls",
    "oscillating": "A gradient that turns round",
    "diverging": "A loss that rises",
    "stationary": "A run that stands still",
    "bounded": "A run that does not settle",
    "unbounded": "A loss that falls ever faster",
    "left the domain": "A run that leaves the domain of its loss",
}
WHAT_TO_WATCH: dict[Behavior, str] = {
    "slow": "watch how far each step goes",
    "converging": "watch how far down each step leads",
    "oscillating": "watch from side to side",
    "diverging": "watch where each step lands",
    "stationary": "watch the parameters stay where they are",
    "bounded": "watch where each step lands",
    "unbounded": "watch each step grow",
    "left the domain": "watch where the last step leads",
}
GATHERS_PACE = "A descent that gathers pace"
# How a run ended at values that are not finite, or where its loss failed.
ENDED: dict[Behavior, tuple[str, str]] = {
    "diverging": ("Diverged", "its numbers are no longer finite"),
    "unbounded": ("Fell beyond all numbers", "the loss falls without bound"),
    "left the domain": ("Left the domain of the loss", "it has no value there"),
}


def steps_of(count: int) -> str:
    """Return a number of steps: "1 step", "50 steps"."""
    return counted(count, "step")


def joined(names: Sequence[str]) -> str:
    """Return names joined by commas and "and": "very small, just right and very large"."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def parameters(names: Sequence[str]) -> str:
    """Return parameter names, or the first and last of many: "W1, b1"; "W1 … W9 (9 parameters)"."""
    if len(names) <= MOST_NAMES:
        return ", ".join(names)
    return f"{names[0]} … {names[-1]} ({counted(len(names), 'parameter')})"


def rates_at(rates: ArrayLike, figures: int = 3) -> str:
    """Return the rate of one step, or its parameters' rates: "0.02"; "0.3, 0.05"."""
    distinct = list(dict.fromkeys(np.atleast_1d(np.asarray(rates, np.float64)).tolist()))
    if len(distinct) > MOST_RATES:
        return f"{rate(min(distinct), figures)} to {rate(max(distinct), figures)}"
    return ", ".join(rate(value, figures) for value in distinct)


def eta(rates: NDArray[np.float64], figures: int = 3) -> str:
    """Return the rates of a run: "η = 0.02"; "η = 0.3, 0.05"; "η from 0.1 to 0.01".

    Args:
        rates: Of every step, shape (steps,) or (steps, n).
        figures: Significant figures, at most.
    """
    first, last = (rates_at(rates[t], figures) for t in (0, -1))
    if (rates == rates[0]).all():
        return f"η = {first}"
    return f"η = {first} first and last" if first == last else f"η from {first} to {last}"


def learning_rates(rates: NDArray[np.float64], figures: int = 3) -> str:
    """Return the rates of a run in words: "learning rate η = 0.02"; arguments as for `eta`."""
    if not (rates == rates[0]).all():
        return f"a schedule of learning rates, {eta(rates, figures)}"
    is_one = len(np.unique(rates[0])) == 1
    return f"learning rate{'s' * (not is_one)} {eta(rates, figures)}"


def optimizer(run: Trajectory) -> str:
    """Return the optimizer with its options: "SGD with momentum 0.9, nesterov".

    Those that changed on the way are named so: "SGD with momentum between 0.85 and 0.95".
    """
    given = {name: _option(value) for name, value in run.options.items() if value}
    for name, values in run.scheduled_options.items():
        given.pop(name.partition(" of group ")[0], None)
        given[name] = _between(values)
    options = [f"{name.replace('_', ' ')} {value}".rstrip() for name, value in given.items()]
    return f"{run.optimizer} with {', '.join(options)}" if options else run.optimizer


def _between(values: NDArray[np.float64]) -> str:
    """Return the least and the largest value of an option that changed."""
    ends = [rate(end) for end in (values.min(), values.max())]
    return ends[0] if ends[0] == ends[1] else f"between {ends[0]} and {ends[1]}"


def _option(value: object) -> str:
    """Return an option's value as Python writes it, but for True and powers of ten."""
    if value is True:
        return ""
    return re.sub(r"(?<=\d)e([+-]\d+)", lambda e: minus(f"·10^{int(e[1])}"), str(value))


def method(run: Trajectory) -> str:
    """Return the optimizer, and ", mini-batches" if there are any."""
    return optimizer(run) + ", mini-batches" * bool(run.batch_losses.size)


def label(run: Trajectory) -> str:
    """Return the optimizer and its rates: "SGD, η = 0.1"."""
    if run.steps == 0:
        return f"{method(run)}, no steps"
    return f"{method(run)}, {eta(run.learning_rates, 4)}"


def labels(runs: Sequence[Trajectory]) -> list[str]:
    """Return a distinct label per run: its rates or its method alone if these suffice."""
    rates = [eta(run.learning_rates, 4) if run.steps else "no steps" for run in runs]
    methods = [method(run) for run in runs]
    if len(set(methods)) == 1 and len(set(rates)) == len(runs):
        return rates
    if len(set(rates)) == 1 and len(set(methods)) == len(runs):
        return methods
    full = [label(run) for run in runs]
    if len(set(full)) == len(full):
        return full
    return [f"{number}: {text}" for number, text in enumerate(full, start=1)]


def against_boundary(learning_rate: float, critical: float | None) -> str:
    """Return how a rate compares with 2/λ: "far below the boundary"; "" without a boundary."""
    if critical is None or not (math.isfinite(critical) and critical > 0):
        return ""
    if rate(learning_rate) == rate(critical):
        return "at the boundary"
    if learning_rate > critical:
        return "beyond the boundary"
    return f"{'far ' * (learning_rate < FAR_BELOW * critical)}below the boundary"


def what_it_does(run: Trajectory) -> str:
    """Return what a run does, for a title: "A loss that falls"."""
    first, last = _ends(run)
    if run.behavior == "converging" and last >= first:  # to the digits of a large loss
        return "A descent that arrives"
    if run.behavior == "diverging" and run.diverged and last <= first:
        return "A run that leaves the finite numbers"
    if run.behavior == "bounded" and _has_risen(run):
        return "A loss that ends higher than it began"
    return GATHERS_PACE if gathers_pace(run) else WHAT_IT_DOES[_seen(run)]


def what_to_watch(run: Trajectory) -> str:
    """Return what to watch in a run: "watch from side to side"."""
    return WHAT_TO_WATCH["unbounded" if gathers_pace(run) else _seen(run)]


def _seen(run: Trajectory) -> Behavior:
    """Return the behavior of a run; at a minimum, rounding noise that grows is not seen."""
    losses = run.evaluated.losses
    is_level = is_same(float(losses.min()), float(losses.max()))
    return "stationary" if is_level and not run.diverged else run.behavior


def opening(run: Trajectory, against: str = "") -> str:
    """Return the sentence before the first step of a run: what to watch.

    Args:
        run: The recorded run.
        against: The result of `against_boundary` for its rate, without which no rate is called
            very small or very large.
    """
    does, watch = what_it_does(run), what_to_watch(run)
    if run.behavior == "slow" and against.startswith("far below"):
        return f"A very small learning rate: {WHAT_TO_WATCH['slow']}"
    if run.behavior == "diverging" and against.startswith("beyond"):
        does = "A very large learning rate"
    return f"{does}: {watch}"


def is_share(first: float, lowest: float) -> bool:
    """Return whether a loss may be told in per cent of itself.

    A loss that is negative somewhere, or that has a constant added, may not: zero is no floor of
    it. One that comes as near to zero as `NEAR_ZERO` of its first value may.

    Args:
        first: The loss at the start.
        lowest: The lowest that is known.
    """
    return first > 0 and 0 <= lowest <= NEAR_ZERO * first


def is_same(one: float, other: float) -> bool:
    """Return whether two losses are the same up to rounding."""
    return math.isclose(one, other, rel_tol=ROUNDING)


def reads_same(one: float, other: float, write: Write) -> bool:
    """Return whether two losses are the same number as they are written: "1000", "1000.0"."""
    return parse(write(one)) == parse(write(other))


def went(before: float, after: float, write: Write = fixed) -> str:
    """Return how a loss went: "goes from 7.000 to 0.500"; "falls by 2.00·10^−7" if that is more.

    From 1.0951 to 1.0949, as from 1.095 to 1.095, the written numbers would not tell how far.
    """
    if is_same(before, after):
        return f"stays at {write(before)}"
    as_read = parse(write(after)) - parse(write(before))
    if math.isclose(as_read, after - before, rel_tol=READ_TO):
        return f"goes from {write(before)} to {write(after)}"
    return f"{'falls' if after < before else 'rises'} by {write(abs(after - before))}"


def change(before: float, after: float, minimum: float = math.nan, write: Write = fixed) -> str:
    """Return how the loss changed: "73 % of the way down", to the minimum.

    Where no minimum is known below both losses, or a share of the height above it says nothing,
    two numbers are said.

    Args:
        before: The loss before.
        after: The loss after, which differs.
        minimum: The loss of the minimum that lies downhill; nan if none is known.
        write: Formats other numbers.
    """
    height = before - minimum
    is_known = minimum < min(before, after) and not is_same(before, minimum)
    share = (before - after) / height if is_known and math.isfinite(height) else math.nan
    if not share <= ALL_BUT:
        return f"the loss {went(before, after, write)}"
    if share > 0:
        only = "only " if ALMOST_NONE <= share < TINY_FALL else ""
        return f"{only}{percent(share)} of the way down"
    if 1 - share > MANY_TIMES:
        return f"{fixed(1 - share, decimals=0)} times as high above the minimum"
    return f"{percent(-share)} higher above the minimum"


def step(run: Trajectory, t: int, write: Write = fixed, minimum: float = math.nan) -> str:
    """Return what step `t` to `t` + 1 did: "Across the valley: 52 % of the way down".

    Args:
        run: The recorded run.
        t: The step.
        write: Formats numbers that are not shares.
        minimum: As for `change`.
    """
    before, after = (float(loss) for loss in run.losses[t : t + 2])
    if is_same(before, after):
        return f"The loss stays at {write(before)}"
    told = change(before, after, minimum, write)
    return f"Across the valley: {told}" if goes_across(run, t) else f"{told[0].upper()}{told[1:]}"


def diverged_at(run: Trajectory) -> str:
    """Return at which step a run left the finite numbers: "Diverged at step 24"."""
    return ended_at(run.behavior, run.steps + 1)


def ended_at(behavior: Behavior, at: int) -> str:
    """Return how and at which step a run left the finite numbers: "Diverged at step 24"."""
    return f"{ENDED[behavior][0]} at step {whole(at)}"


def descended(run: Trajectory, write: Write = fixed) -> str:
    """Return the first and last loss: "In 6 steps the loss went from 7.000 to 0.500"."""
    run = run.evaluated
    return f"In {steps_of(run.steps)} the loss {_went(run, write)}"


def _ends(run: Trajectory) -> tuple[float, float]:
    """Return the first loss and the last that is known."""
    losses = run.evaluated.losses
    return float(losses[0]), float(losses[-1])


def _went(run: Trajectory, write: Write) -> str:
    """Return how the loss of a run went; numbers are compared as they are written."""
    first, last = _ends(run)
    low, high = float(run.losses.min()), float(run.losses.max())
    if not reads_same(first, last, write):
        return f"went from {write(first)} to {write(last)}"
    if not reads_same(low, high, write):
        between = f"between {write(low)} and {write(high)}"
        return f"went {between}, and ended where it began"
    if is_same(low, high) or abs(last - first) < high - low:
        return f"stayed at {write(first)}"
    return f"{'fell' if last < first else 'rose'} by {write(abs(last - first))}"


def ending(run: Trajectory, write: Write = fixed) -> str:
    """Return the sentence after the last step of a run."""
    if run.error and run.next_loss != "none":
        return f"Stopped by an error after {steps_of(run.steps)}"
    if run.diverged or run.error:
        return f"{diverged_at(run)}: {ENDED[run.behavior][1]}"
    if run.stopped_by == "gradient":
        return f"Stopped after {steps_of(run.steps)}: the next place has no gradient"
    return descended(run, write)


def summary(run: Trajectory) -> str:
    """Return the result of a run with its behaviour, for a notebook or the heading of a figure."""
    if run.error:
        loss = significant(_ends(run)[1], 4)
        return f"Ended by an error after {steps_of(run.steps)}, at loss {loss}"
    if run.steps == 0 and not run.diverged:
        return f"No step was taken: the loss is {significant(run.losses[0], 4)}"
    if run.evaluated.steps == 0 and not run.diverged:
        return f"One step was taken, from loss {significant(run.losses[0], 4)}"
    end = ending(run, lambda loss: significant(loss, 4))
    if run.diverged or run.stopped_by == "gradient":
        return end
    return f"{_behavior(run).capitalize()}: {end[0].lower()}{end[1:]}"


def status(run: Trajectory) -> str:
    """Return the result of a run in a few words: "converging: loss 5.2 → 0.07"."""
    if run.diverged:
        return diverged_at(run).lower()
    if run.error:
        return f"ended by an error, at loss {significant(_ends(run)[1])}"
    (first, last), how = _ends(run), _behavior(run)
    if reads_same(first, last, significant):
        return f"{how}: loss at {significant(first)}"
    return f"{how}: loss {significant(first)} → {significant(last)}"


def _behavior(run: Trajectory) -> str:
    return "gathering pace" if gathers_pace(run) else run.behavior


def lowest(names: Sequence[str], runs: Sequence[Trajectory]) -> str:
    """Return which of several runs ended lowest, which rose, which diverged."""
    finite = [k for k, run in enumerate(runs) if not run.diverged]
    results: list[str] = []
    for behavior, (how, _) in ENDED.items():
        gone = [k for k, run in enumerate(runs) if run.diverged and run.behavior == behavior]
        if gone:
            results.append(f"{_names_or_count(gone, names)} {how.lower()}")
    if not finite:
        every = "; ".join(results)
        return every[0].upper() + every[1:]
    last = {k: _ends(runs[k])[1] for k in finite}
    best = [k for k in finite if is_same(last[k], min(last.values()))]
    risen = [k for k in finite if _has_risen(runs[k])]
    if risen:
        results.insert(0, f"{_names_or_count(risen, names)} ended higher than the start")
    verb = "is lowest" if len(best) == 1 else "are equally low"
    steps = steps_of(max(runs[k].evaluated.steps for k in finite))
    return "; ".join([f"After {steps}, {_names_or_count(best, names)} {verb}", *results])


def _has_risen(run: Trajectory) -> bool:
    first, last = _ends(run)
    return last > first and not is_same(first, last)


def _names_or_count(indices: Sequence[int], names: Sequence[str]) -> str:
    """Return the names at some indices, or their number if they are many."""
    if len(indices) > MOST_NAMES:
        return f"{whole(len(indices))} of {whole(len(names))}"
    return joined([names[k] for k in indices])
