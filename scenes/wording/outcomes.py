"""Sentences about what one step did, and about how near to the minimum a run has come."""

from __future__ import annotations

from typing import Any

import numpy as np

from descent.runs.steps import goes_across
from descent.text.losses import is_same, many_times, reads_same, rises, went
from descent.text.numbers import fixed, percent, rate
from descent.text.runs import steps_of
from scenes.claims import Claim, claim, first_true
from scenes.facts.heights import height_left, is_near_minimum, step_losses
from scenes.typesetting.markup import as_math
from scenes.wording.runs import ended, in_steps, stays

LIKE_THE_BEST = 0.05  # relative: how far a rate may be from 2/(μ + L) to be explained by it
ALIKE = 0.02  # relative: shares that are told as one number
LEAST_STEPS = 3  # of which it is said that every one does the same


def _ends(run: Any, t: int) -> tuple[float, float]:
    return step_losses(run.trajectory, t)


def _is_lower(run: Any, t: int) -> bool:
    return rises(*_ends(run, t)[::-1])


def _is_higher(run: Any, t: int) -> bool:
    return rises(*_ends(run, t))


def _goes_across(run: Any, t: int) -> bool:
    """Return whether a step crosses a valley: a quadratic loss has no hill between two places."""
    return run.is_global and goes_across(run.trajectory, t)


def _to(run: Any, t: int, by: str = " by") -> str:
    """Return where a step leads, or by how much where the written numbers would not tell it."""
    before, after = _ends(run, t)
    if reads_same(before, after, fixed):
        return f"{by} {fixed(abs(after - before))}"
    if times := many_times(before, after):
        return f": {times} times the loss"
    return f": loss {fixed(after)}"


@claim(lambda run, t: is_same(*_ends(run, t)))
def stays_at(run: Any, t: int) -> str:
    """Say that a step changes nothing."""
    return f"The loss stays at {fixed(_ends(run, t)[1])}"


@claim(lambda run, t: _goes_across(run, t) and _is_lower(run, t))
def across_and_lower(run: Any, t: int) -> str:
    """Say that a step ends lower, on the other side of the valley."""
    return f"Across the valley, and lower{_to(run, t)}"


@claim(lambda run, t: _goes_across(run, t) and _is_higher(run, t))
def across_and_higher(run: Any, t: int) -> str:
    """Say that a step ends higher, on the other side of the valley."""
    return f"Across the valley, and higher{_to(run, t)}"


@claim(lambda run, t: run.is_global and not _goes_across(run, t) and _is_lower(run, t))
def downhill(run: Any, t: int) -> str:
    """Say that a step leads down the slope on which it begins."""
    return f"Down the slope{_to(run, t, ', by')}"


@claim(lambda run, t: not is_same(*_ends(run, t)))
def goes(run: Any, t: int) -> str:
    """Say how the loss went in a step, and nothing of the way."""
    return f"The loss {went(*_ends(run, t))}"


def describe_step(run: Any, t: int) -> Claim:
    """Return what step `t` to `t` + 1 did."""
    return first_true(
        stays_at(run, t),
        across_and_lower(run, t),
        across_and_higher(run, t),
        downhill(run, t),
        goes(run, t),
    )


def _sees_minimum(run: Any) -> bool:
    last = run.landscapes[int(run.views[-1])]
    return len(run.minimiser) > 0 and bool(last.contains(run.minimiser))


@claim(lambda run: len(run.minimiser) > 0 and not _sees_minimum(run))
def minimum_is_outside(run: Any) -> str:
    """Say that the picture does not show the minimum."""
    return f"The minimum is outside this picture: loss {fixed(run.minimum)} there"


@claim(is_near_minimum)
def comes_near(run: Any) -> str:
    """Say how near to the minimum the steps shown have come."""
    last = fixed(float(run.trajectory.losses[-1]))
    lowest = "No loss is below" if run.is_global else "The minimum here is"
    return f"After {steps_of(run.trajectory.steps)}: {last}. {lowest} {fixed(run.minimum)}"


@claim(
    lambda run, standing: standing is not None and standing.is_lowest and not is_near_minimum(run)
)
def best_of_tried(run: Any, standing: Any) -> str:
    """Say that a rate is the best of some, though it does not come near the minimum."""
    last, steps = fixed(float(run.trajectory.losses[-1])), steps_of(run.trajectory.steps)
    return f"The best of the {standing.tried} rates tried: loss {last} after {steps}"


def describe_arrival(run: Any, standing: Any = None) -> Claim:
    """Return how near to the minimum a run has come.

    Args:
        run: The `understanding_gradients.lecture.recordings.Run`.
        standing: The `understanding_gradients.lecture.standing.Standing`, if other runs are known.
    """
    return first_true(
        ended(run),
        stays(run),
        comes_near(run),
        best_of_tried(run, standing),
        in_steps(run.trajectory),
    )


def _shares_left(run: Any) -> np.ndarray:
    heights = run.trajectory.losses - run.minimum
    return heights[1:] / heights[:-1]


@claim(
    lambda run: (
        run.trajectory.steps >= LEAST_STEPS
        and np.isfinite(height_left(run))
        and (run.trajectory.losses[1:] < run.trajectory.losses[:-1]).all()
        and np.ptp(shares := _shares_left(run)) <= ALIKE * shares.min()
    )
)
def each_step_takes(run: Any) -> str:
    """Say which share of the height above the minimum every step takes."""
    share = percent(1 - float(_shares_left(run).mean()))
    return f"Every step takes {share} of the height that is left"


def _best_rate(standing: Any) -> float:
    """Return 2/(μ + L) of the recorded curvatures; nan where some direction is not curved up."""
    known = np.empty(0) if standing is None else standing.curvatures
    ends = known[[0, -1]] if len(known) else np.zeros(2)
    return float(2 / ends.sum()) if ends[0] > 0 else float("nan")


@claim(
    lambda run, standing: (
        run.is_global
        and run.full.is_plain_gradient_descent
        and len(run.minimiser) > 1
        and abs(run.learning_rate - _best_rate(standing)) <= LIKE_THE_BEST * _best_rate(standing)
    )
)
def is_the_best_rate(run: Any, standing: Any) -> str:
    """Say where the rate stands between the curvatures of the loss."""
    least, most = (as_math(rate(float(end))) for end in standing.curvatures[[0, -1]])
    sign = "=" if rate(_best_rate(standing)) == rate(run.learning_rate) else "approx"
    eta = as_math(rate(run.learning_rate))
    rule = f"$eta = {eta} {sign} 2 \\/ ({least} + {most})$"
    return f"Flattest curvature ${least}$, sharpest ${most}$: {rule}"


CUES = {
    "minimum": "The steps shown do not lead as far as that.",
    "every-step": "In equal shares: so the loss falls fast, then slowly.",
    "best-rate": "No other fixed rate promises more on such a bowl.",
}
