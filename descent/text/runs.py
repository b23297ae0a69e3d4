"""What recorded runs did, as plain text.

The argument `write` formats numbers: `fixed`, as in the film's tables, or `significant`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from descent.runs.run_behavior import batch_trend, deciding_losses, full_loss_rows, noise_trend
from descent.runs.steps import gathers_pace, goes_across
from descent.text.losses import Write, change, is_same, reads_same, rises
from descent.text.numbers import counted, fixed, significant, whole

if TYPE_CHECKING:
    from descent.runs.behavior import Behavior
    from descent.runs.trajectory import Trajectory

MOST_NAMES = 3
CURVES_ALONE = "curves and numbers alone, without a map"

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
MUCH_LEFT = 0.5  # of the way down, where a descent is called slow or its rate too small
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


def rows_kept(run: Trajectory) -> str:
    """Return what was kept of a thinned run: "5 of 21 iterates are kept".

    Where it kept all of them, it kept no gradients.
    """
    kept, every = len(run.recorded_steps), len(run.losses)
    rows = f"All {whole(every)}" if kept == every else f"{whole(kept)} of {whole(every)}"
    return f"{rows} iterates are kept" + ", and no gradient is" * (kept == every)


def joined(names: Sequence[str]) -> str:
    """Return names joined by commas and "and": "very small, just right and very large"."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def what_it_does(run: Trajectory, minimum: float = math.nan) -> str:
    """Return what a run does, for a title: "A loss that falls".

    A descent is called slow only where most of the way down is left, of the height above the
    minimum; if that is not known, of the size of the loss at the start.

    Args:
        run: The recorded run.
        minimum: The loss of the minimum that lies downhill; nan if none is known.
    """
    first, last = _ends(run)
    if run.behavior == "converging" and last >= first:  # to the digits of a large loss
        return "A descent that arrives"
    if run.behavior == "diverging" and run.diverged and last <= first:
        return "A run that leaves the finite numbers"
    if run.behavior == "bounded" and _has_risen(run):
        return "A loss that ends higher than it began"
    if gathers_pace(run):
        return GATHERS_PACE
    seen = _seen(run)
    if seen == "slow" and not _is_much_left(first, last, minimum):
        seen = "converging"
    return WHAT_IT_DOES[seen]


def _is_much_left(first: float, last: float, minimum: float) -> bool:
    height = first - minimum if minimum < first else abs(first)
    return not first - last > (1 - MUCH_LEFT) * height


def what_to_watch(run: Trajectory) -> str:
    """Return what to watch in a run: "watch from side to side"."""
    # Only of plain descent, the steps grow with the gradient.
    grows = run.is_plain_gradient_descent and gathers_pace(run)
    return WHAT_TO_WATCH["unbounded" if grows else _seen(run)]


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
    """Return the first and last loss: "In 6 steps the loss went from 7.000 to 0.500".

    Of a loop it is the loss over all data, where that was measured apart. Where it was not and
    noise hides what the losses do, it is the mean of several: "In 79 steps the loss went from
    0.710 to 0.321, means of 8 each".
    """
    rows, ends = full_loss_rows(run), _ends(run)
    steps = int(rows[-1] - rows[0]) if rows.size else run.evaluated.steps
    losses = deciding_losses(run)
    went = _went(ends, (float(losses.min()), float(losses.max())), write)
    trend = batch_trend(run)
    means = "" if trend is None else f", means of {trend.count} each"
    over = " over all data" if rows.size else ""
    return f"In {steps_of(steps)} the loss{over} {went}{means}"


def _ends(run: Trajectory) -> tuple[float, float]:
    """Return the first loss and the last that is known; of noisy batches, the means there."""
    trend = batch_trend(run)
    if trend is not None:
        return trend.first, trend.last
    losses = deciding_losses(run)
    return float(losses[0]), float(losses[-1])


def _went(ends: tuple[float, float], range_: tuple[float, float], write: Write) -> str:
    """Return how the loss of a run went; numbers are compared as they are written."""
    (first, last), (low, high) = ends, range_
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
        loss = significant(run.evaluated.losses[-1], 4)
        return f"Ended by an error after {steps_of(run.steps)}, at loss {loss}"
    if run.steps == 0 and not run.diverged:
        return f"No step was taken: the loss is {significant(run.losses[0], 4)}"
    if run.evaluated.steps == 0 and not run.diverged:
        return f"One step was taken, from loss {significant(run.losses[0], 4)}"
    end = ending(run, lambda loss: significant(loss, 4))
    if run.diverged or run.stopped_by == "gradient":
        return end
    return f"{_behavior(run).capitalize()}: {end[0].lower()}{end[1:]}"


def kept(run: Trajectory) -> str:
    """Return what was kept of a run: "9 of 2,001 iterates were kept, in float32, and …"."""
    rows = f"{whole(len(run.recorded_steps))} of {counted(len(run.losses), 'iterate')}"
    if run.sketch is None:
        return f"{rows} were kept, and the norms of every step"
    return f"{rows} were kept, in float32, and the norms of every step; the others are sketched"


def status(run: Trajectory) -> str:
    """Return the result of a run in a few words: "converging: loss 5.2 → 0.07"."""
    if run.diverged:
        return diverged_at(run).lower()
    if run.error:
        return f"ended by an error, at loss {significant(run.evaluated.losses[-1])}"
    (first, last), how = _ends(run), _behavior(run)
    kind = "full-batch " if full_loss_rows(run).size else "mean " * (batch_trend(run) is not None)
    what = f"{kind}loss"  # in the words of a legend, which are few
    if reads_same(first, last, significant):
        return f"{how}: {what} at {significant(first)}"
    return f"{how}: {what} {significant(first)} → {significant(last)}"


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
    trend = noise_trend(run)
    return rises(*_ends(run)) if trend is None else trend.rises


def _names_or_count(indices: Sequence[int], names: Sequence[str]) -> str:
    """Return the names at some indices, or their number if they are many."""
    if len(indices) > MOST_NAMES:
        return f"{whole(len(indices))} of {whole(len(names))}"
    return joined([names[k] for k in indices])
