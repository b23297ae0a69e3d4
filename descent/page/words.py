"""What may truthfully be said of a recorded run, in the words of the page."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from descent.words import percent, short, steps_of, whole

if TYPE_CHECKING:
    from descent.runs.trajectory import Trajectory

FAR = 0.1  # of the critical rate: below it a rate is far below
LEAST_SHARE = 0.01  # of the loss that is said as a share; less is said by both losses


def say_behaviour(run: Trajectory) -> str:
    """Return what a run shows: "converging"; "diverging at step 14"."""
    if run.diverged:
        return f"diverging at step {whole(run.steps + 1)}"
    return run.behavior


def say_end(run: Trajectory) -> str:
    """Return what became of a run after all its recorded steps, without a stop."""
    if run.diverged:
        return f"At step {whole(run.steps + 1)} its numbers are no longer finite"
    after = f"After {steps_of(run.steps)}"
    first, last = float(run.losses[0]), float(run.losses[-1])
    if first == last:
        return f"{after} the loss is what it was, {short(first, 3)}"
    if min(first, last) < 0 or first == 0 or last / first < LEAST_SHARE:
        return f"{after} the loss went from {short(first, 3)} to {short(last, 3)}"
    if last > first:
        return f"{after} the loss is {short(last / first, 3)} times what it was"
    return f"{after} {percent(last / first)} of the loss is left"


def say_rate(rate: float, critical: float | None) -> str:
    """Return how a rate compares with the critical one, an empty text where there is none."""
    if critical is None or not (math.isfinite(critical) and critical > 0):
        return ""
    if short(rate, 3) == short(critical, 3):
        return "at the boundary"
    if rate > critical:
        return "beyond the boundary"
    return "far below the boundary" if rate < FAR * critical else "below the boundary"


def say_opening(run: Trajectory, rate: float, critical: float | None) -> str:
    """Return what to watch in a run before its first step, without a stop.

    That a rate is very small or very large is said only where it is so beside the boundary.
    """
    against = say_rate(rate, critical)
    is_small, is_large = against == "far below the boundary", against == "beyond the boundary"
    first, last = float(run.losses[0]), float(run.losses[-1])
    falls = "A loss that falls: watch how far down each step leads"
    stays = "A loss that stays what it is: watch where each step leads"
    rises = "A loss that rises" if last > first else "A run that leaves the finite numbers"
    return {
        "slow": f"{'A very small learning rate' if is_small else 'A slow descent'}: "
        "watch how far each step goes",
        "converging": falls if last < first else stays,
        "oscillating": "A gradient that turns round: watch from side to side",
        "diverging": f"{'A very large learning rate' if is_large else rises}: "
        "watch where each step lands",
    }[run.behavior]
