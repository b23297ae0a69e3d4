"""What a run may be called: very small, just right or very large, where its numbers prove it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from descent.runs.behavior import THROWN_OUT
from descent.text.methods import FAR_BELOW
from descent.text.runs import what_it_does, what_to_watch
from scenes import registry
from scenes.facts.heights import is_near_minimum

SETTLING = ("slow", "converging", "oscillating")  # at a rate far below the boundary, later
VERY_SMALL, JUST_RIGHT, VERY_LARGE = "very_small", "just_right", "very_large"
# By the name of a rate: what it is called, and what it is called where that would be too much.
RATE_NAMES = {
    VERY_SMALL: ("very small", "small"),
    JUST_RIGHT: ("just right", "middle"),
    VERY_LARGE: ("very large", "large"),
}


def earns_name(name: str, run: Any) -> bool:
    """Return whether the learning rate of `run` is what its name says.

    A rate is very small, just right or very large for plain gradient descent only. A run is very
    small if it is slow, far below the critical rate; just right if it arrives in the steps shown,
    near the minimum if that is known, below the critical rate; and very large if it is thrown out
    and ends higher than it began, above the critical rate. Where it is compared with a just-right
    one, that takes the place of a critical rate which is unknown or, since that is the one at the
    start, wrong.

    Args:
        name: One of `RATE_NAMES`.
        run: The `understanding_gradients.lecture.recordings.Run`.
    """
    shown, full = run.trajectory, run.full
    share = run.learning_rate / run.critical_learning_rate
    is_compared = bool(np.isfinite(run.target))
    if not full.is_plain_gradient_descent:
        return False
    if name == VERY_SMALL:
        is_far_below = 0 < share < FAR_BELOW or (is_compared and share == 0)
        return is_far_below and shown.behavior == "slow" and full.behavior in SETTLING
    if name == JUST_RIGHT:
        is_below = is_compared or (0 < share < 1 and shown.steps == full.steps)
        # Of a network, no minimum is known: only beside other rates, one is called right.
        is_known = is_compared or run.projection is None
        is_far = (len(run.minimiser) > 0 and not is_near_minimum(run)) or not is_known
        return is_below and not is_far and shown.behavior == "converging"
    is_above = is_compared or share > 1
    ends_higher = full.diverged or bool(full.losses[-1] > full.losses[0])
    is_thrown_out = shown.behavior in THROWN_OUT and full.behavior in THROWN_OUT
    return is_above and is_thrown_out and ends_higher


def run_told(run: Any) -> Any:
    """Return the trajectory by which a film of `run` is named.

    It is the whole run; of one whose shown steps crawl at a very small rate, the steps shown.
    """
    return run.trajectory if earns_name(VERY_SMALL, run) else run.full


def title_of(clip: Any, name: str, run: Any) -> str:
    """Return the title of a clip of one learning rate.

    It is the clip's own if that is a lecturer's, or is true of the run; else what the run does.

    Args:
        clip: Its `scenes.registry.Clip`.
        name: Of its rate, one of `RATE_NAMES`.
        run: The run that it shows.
    """
    is_chosen = clip.title != registry.clip(clip.slug).title
    if is_chosen or earns_name(name, run):
        return clip.title
    return what_it_does(run_told(run), run.minimum)


def describe_opening(title: str, name: str, run: Any) -> str:
    """Return the sentence before the first step: the title, and what to watch."""
    if name == JUST_RIGHT and earns_name(name, run):
        return f"{title}: watch how few steps it takes"
    return f"{title}: {what_to_watch(run.trajectory)}"


def names_of(runs: Mapping[str, Any]) -> dict[str, str]:
    """Return what the rates of three runs are called, by their names in `RATE_NAMES`.

    The one that is called just right ends lowest.
    """
    names = {}
    for name, run in runs.items():
        is_earned = earns_name(name, run)
        if name == JUST_RIGHT:
            is_earned &= not any(_ends_lower(other, run) for other in runs.values())
        names[name] = RATE_NAMES[name][not is_earned]
    return names


def _ends_lower(one: Any, other: Any) -> bool:
    last, least = (run.trajectory.losses[-1] for run in (one, other))
    return not one.trajectory.diverged and bool(last < least)
