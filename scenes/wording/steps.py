"""What one step of a run did, said after it was seen."""

from __future__ import annotations

import math
from typing import Any

from descent.text.numbers import fixed
from descent.text.runs import ALL_BUT, is_same, step, went
from scenes.claims import Claim, Prompt, claim


def step_name(t: int) -> Prompt:
    """Return the name of the step from `t` to `t` + 1."""
    return Prompt(f"Step {t + 1}")


def _losses(run: Any, t: int) -> tuple[float, float]:
    before, after = run.trajectory.losses[t : t + 2]
    return float(before), float(after)


def _has_share(run: Any, t: int) -> bool:
    """Return whether a minimum below both losses makes the step a share that can be said."""
    (before, after), minimum = _losses(run, t), run.minimum
    if is_same(before, after) or is_same(before, minimum) or not minimum < min(before, after):
        return False
    return math.isfinite(before - minimum) and before - after <= ALL_BUT * (before - minimum)


def _differs(run: Any, t: int) -> bool:
    return not is_same(*_losses(run, t)) and all(map(math.isfinite, _losses(run, t)))


@claim(_has_share)
def step_by_share(run: Any, t: int) -> str:
    """Return the step as a share of the height above the minimum: "73 % of the way down"."""
    return step(run.trajectory, t, minimum=run.minimum)


@claim(_differs)
def step_by_numbers(run: Any, t: int) -> str:
    """Return the step in two numbers: "The loss goes from 1.632 to 0.489"."""
    return step(run.trajectory, t)


@claim(lambda run, t: is_same(*_losses(run, t)))
def step_stays(run: Any, t: int) -> str:
    """Return that the step did not change the loss."""
    return f"The loss stays at {fixed(_losses(run, t)[0])}"


def say_step(run: Any, t: int, said: str = "") -> tuple[Claim | None, str]:
    """Return what step `t` to `t` + 1 did, and the subtitle that adds the numbers to a share.

    Args:
        run: The `understanding_gradients.lecture.recordings.Run`.
        t: The step.
        said: What was said last, which is not said again; numbers are, in its place.

    Returns:
        The claim, or None if there is nothing new to say; and a subtitle, or "".
    """
    share, numbers = step_by_share(run, t), step_by_numbers(run, t)
    if share is not None and share != said:
        return share, f"Step {t + 1}: the loss {went(*_losses(run, t))}."
    other = numbers or step_stays(run, t)
    return (None if other == said else other), ""
