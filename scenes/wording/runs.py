"""Sentences about a run of the lecture, as plain text.

Those that plots, cards and page use as well are in `descent.text.runs`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from descent.text.numbers import fixed, percent
from descent.text.runs import descended, diverged_at, ending, steps_of
from scenes.facts.selection import first_at_or_below


def describe_end(run: Any) -> str:
    """Return what became of the whole of a run."""
    shown, full = run.trajectory, run.full
    if full.diverged or full.stopped_by == "gradient" or not np.isfinite(run.target):
        return ending(full)
    needed = first_at_or_below(full.losses, run.target)
    if needed is None:
        after = f"After {steps_of(full.steps)}"
        if full.losses[-1] > full.losses[0]:
            return f"{after} the loss is higher than at the start"
        return f"{after} it is still not as low as just right was in {shown.steps}"
    if needed > shown.steps:
        return f"{steps_of(needed)} to come as low as just right did in {shown.steps}"
    return descended(shown)


def describe_turn(trajectory: Any, t: int) -> str:
    """Return how the gradient of step `t` differs from that of the start."""
    first, now = trajectory.gradients[0], trajectory.gradients[t]
    sizes = np.linalg.norm(first), np.linalg.norm(now)
    if not (np.all(np.isfinite(sizes)) and min(sizes) > 0):
        return f"At t = {t}: another place, another gradient"
    share = float(sizes[1] / sizes[0])
    cosine = float(np.clip(first @ now / (sizes[0] * sizes[1]), -1, 1))
    size = f"{percent(share)} as" if share < 10 else f"{fixed(share, decimals=1)} times as"
    if len(first) == 1:
        turned = "of the other sign" if cosine < 0 else "of the same sign"
    else:
        angle = float(np.degrees(np.arccos(cosine)))
        turned = f"turned by {angle:.0f}°" if angle >= 0.5 else "points the same way"
    return f"At t = {t}, the gradient is {size} large as at the start, and {turned}"


def describe_failure(run: Any) -> str:
    """Return what a rate that is not right does, in the deck's words."""
    crawl = "Too small: the parameters take very long to converge"
    if not np.isfinite(run.target):  # no rate is known at which they do
        crawl = "The parameters move slowly, and the loss falls slowly"
    return {
        "slow": crawl,
        "diverging": _describe_rise(run.full),
        "oscillating": "Too big to settle: the parameters jump to and fro",
        "converging": "Neither too small nor too big: this one converges",
        "stationary": "Here no step moves anything",
        "bounded": "The parameters jump about, and do not settle",
        "unbounded": "The loss falls ever faster: there is nothing to converge to",
        "left the domain": "A step leads to where the loss has no value",
    }[run.trajectory.behavior]


def _describe_rise(full: Any) -> str:
    """Return what became of a run whose shown steps end higher than they began."""
    if full.diverged:
        return "Too big: the parameters explode, and never converge"
    if full.losses[-1] > full.losses[0]:
        return "Too big: the loss rises, and stays above where it began"
    return "Too big to begin with: the loss rises first, and falls only later"


def describe_left(trajectory: Any) -> str:
    """Return how much of the loss is left after the recorded steps."""
    first, last = float(trajectory.losses[0]), float(trajectory.losses[-1])
    if trajectory.diverged:
        return diverged_at(trajectory)
    after = f"After {steps_of(trajectory.steps)}"
    if last > first > 0:
        return f"{after}, {fixed(last / first, decimals=1)} times the loss"
    if first > 0 and last >= 0:
        return f"{after}, {percent(last / first)} of the loss is left"
    return f"Loss {fixed(first)}; after {steps_of(trajectory.steps)}, {fixed(last)}"
