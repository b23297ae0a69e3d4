"""Sentences about a run of the lecture, as plain text.

Those that plots, cards and page use as well are in `descent.text.runs`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from descent.text.numbers import fixed, percent
from descent.text.runs import (
    descended,
    diverged_at,
    ending,
    is_same,
    is_share,
    reads_same,
    steps_of,
    went,
)
from scenes.facts.selection import first_at_or_below
from scenes.wording.rates import compared


def describe_end(run: Any) -> str:
    """Return what became of the whole of a run."""
    shown, full = run.trajectory, run.full
    if full.stopped_by or not np.isfinite(run.target):
        return ending(full)
    needed = first_at_or_below(full.losses, run.target)
    if needed is None:
        after = f"After {steps_of(full.steps)}"
        first, last = float(full.losses[0]), float(full.losses[-1])
        if is_same(first, last):
            return f"{after} the loss is where it was"
        if last > first:
            return f"{after} the loss is higher than at the start"
        return f"{after} it is still not as low as just right was in {shown.steps}"
    if needed > shown.steps:
        return f"{steps_of(needed)} to come as low as just right did in {shown.steps}"
    return descended(shown)


def describe_failure(run: Any) -> str:
    """Return what a rate that is not right does, in the deck's words."""
    return {
        "slow": _describe_crawl(run),
        "diverging": _describe_rise(run.full),
        "oscillating": _describe_turning(run.full),
        "converging": "Neither too small nor too big: this one converges",
        "stationary": "No step moves the parameters",
        "bounded": "The parameters jump about, and do not settle",
        "unbounded": "The loss falls ever faster: there is nothing to converge to",
        "left the domain": "Too big: a step leads to where the loss has no value",
    }[run.trajectory.behavior]


def _describe_crawl(run: Any) -> str:
    """Return what became of a run whose shown steps fall without arriving."""
    if compared(run).startswith("far below"):
        return "Too small: the parameters take very long to converge"
    return "The loss falls, and the parameters have not arrived"


def _describe_turning(full: Any) -> str:
    if full.behavior == "converging":
        return "Nearly too big: the parameters jump to and fro on their way"
    return "Too big to settle: the parameters jump to and fro"


def _describe_rise(full: Any) -> str:
    """Return what became of a run whose shown steps end higher than they began."""
    if full.behavior == "left the domain":
        return "Too big: the loss rises, and a step leaves its domain"
    if full.diverged:
        return "Too big: the parameters explode, and never converge"
    if full.losses[-1] > full.losses[0]:
        return "Too big: the loss rises, and stays above where it began"
    return "Too big to begin with: the loss rises first, and falls only later"


def describe_left(run: Any) -> str:
    """Return how much of the loss is left after the steps that are shown."""
    trajectory = run.trajectory
    first, last = float(trajectory.losses[0]), float(trajectory.losses[-1])
    if trajectory.diverged:
        return diverged_at(trajectory)
    after = f"After {steps_of(trajectory.steps)}"
    if not is_share(first, run.lowest):
        if reads_same(first, last, fixed):
            return f"{after}, the loss {went(first, last)}"
        return f"Loss {fixed(first)}; {after[0].lower()}{after[1:]}, {fixed(last)}"
    if last > first:
        return f"{after}, {fixed(last / first, decimals=1)} times the loss"
    return f"{after}, {percent(last / first)} of the loss is left"
