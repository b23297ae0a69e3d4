"""What may truthfully be said of a recorded run: sentences chosen by its numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import numpy as np

from scenes.typesetting.labels import colored
from scenes.typesetting.numerals import as_math, digits, figures

TINY_FALL = 0.05
MANY_TIMES = 10.0


def goes_across(trajectory: Any, t: int) -> bool:
    """Return whether step `t` to `t` + 1 passes the lowest point on its way.

    The slope along the step falls at its beginning and rises at its end. That is for gradients of
    one loss: those of mini-batches, each of its own loss, do not tell.
    """
    if len(trajectory.batch_losses):
        return False
    before, after = (_unit(gradient) for gradient in trajectory.gradients[t : t + 2])
    # Halved, since the difference of two huge parameters would overflow.
    step = _unit(trajectory.iterates[t + 1] / 2 - trajectory.iterates[t] / 2)
    # A step too short for the parameters to show goes against its gradient.
    way = step if step.any() else -before
    return float(before @ way) < 0 < float(after @ way)


def _unit(vector: np.ndarray) -> np.ndarray:
    length = float(np.max(np.abs(vector)))
    return vector / length if np.isfinite(length) and length > 0 else vector


def percent(share: float) -> str:
    """Return a share as per cent, two digits or more."""
    value = 100 * abs(share)
    if value < 0.05:
        return "less than 0.1 %"
    return f"{value:.0f} %" if value >= 9.95 else f"{value:.1f} %"


def say_change(before: float, after: float, only: str = "") -> str:
    """Return what became of the loss, as "the loss falls by 42 %".

    Shares are named between positive losses alone; a loss may be negative, and then has none.

    Args:
        before: The loss before.
        after: The loss after, another one.
        only: Put before a fall, as "only ".
    """
    if min(before, after) <= 0:
        return f"the loss goes from {digits(before)} to {digits(after)}"
    if after < before:
        return f"the loss falls by {only}{percent(1 - after / before)}".replace("only less", "less")
    if after > MANY_TIMES * before:
        return f"the loss rises to {digits(after / before, places=0)} times what it was"
    return f"the loss rises by {percent(after / before - 1)}"


def say_step(trajectory: Any, t: int) -> str:
    """Return, as plain text, what step `t` to `t` + 1 did."""
    before, after = (float(loss) for loss in trajectory.losses[t : t + 2])
    if after == before:
        return f"The loss stays at {digits(before)}"
    lower = after < before
    if goes_across(trajectory, t):
        how = "Across the valley, but lower" if lower else "Across the valley, and higher"
        return f"{how}: {say_change(before, after)}"
    if lower and after > 0 and 1 - after / before < TINY_FALL:
        return f"A tiny step: {say_change(before, after, 'only ')}"
    return f"{'Downhill' if lower else 'Uphill'}: {say_change(before, after)}"


def say_opening(run: Any) -> str:
    """Return, as plain text, what to watch in a run, before its first step."""
    return {
        "slow": "A very small learning rate: watch how far each step goes",
        "diverging": "A very large learning rate: watch where each step lands",
        "oscillating": "A large learning rate: watch from side to side",
        "converging": "Small, but just right: watch how few steps it takes",
    }[run.trajectory.behavior]


def say_rate(run: Any) -> str:
    """Return, as markup, how the learning rate compares with the critical one."""
    rate, critical = run.learning_rate, run.critical_learning_rate
    eta = colored("learning_rate", f"$eta = {as_math(figures(rate))}$")
    if not (np.isfinite(critical) and critical > 0):
        return f"Learning rate {eta}"
    boundary = f"$2 \\/ lambda = {as_math(figures(critical))}$"
    if figures(rate) == figures(critical):
        return f"Learning rate {eta}, at the boundary {boundary}"
    if rate > critical:
        # Where it arrives all the same, the loss is flatter further on.
        where = " at the start" if run.trajectory.behavior == "converging" else ""
        return f"Learning rate {eta}, beyond the boundary {boundary}{where}"
    if rate < 0.1 * critical:
        return f"Learning rate {eta}, far below the boundary {boundary}"
    return f"Learning rate {eta}, below the boundary {boundary}"


def first_at_or_below(losses: np.ndarray, target: float) -> int | None:
    """Return the first step whose loss is at most `target`, or None."""
    reached = np.flatnonzero(np.asarray(losses) <= target)
    return int(reached[0]) if len(reached) else None


def whole(count: int) -> str:
    """Return a whole number with thin groups of three, as "12 345"."""
    return f"{count:,}".replace(",", " ") if count >= 10_000 else str(count)


def say_end(run: Any) -> str:
    """Return, as plain text, what became of the run when it was carried on."""
    shown, carried = run.trajectory, run.continued
    if carried.diverged:
        return f"{say_diverged(carried)}: its numbers are not finite any more"
    if carried.stopped_by == "gradient":
        return f"Stopped after {steps_of(carried.steps)}: the next place has no gradient"
    if not np.isfinite(run.target):
        return say_descent(carried)
    needed = first_at_or_below(carried.losses, run.target)
    if needed is None:
        if carried.losses[-1] > carried.losses[0]:
            return f"After {whole(carried.steps)} steps the loss is higher than at the start"
        after = f"After {whole(carried.steps)} steps"
        return f"{after} it is still not as low as just right was in {shown.steps}"
    if needed > shown.steps:
        return f"{whole(needed)} steps to come as low as just right did in {shown.steps}"
    return say_descent(shown)


def say_diverged(trajectory: Any) -> str:
    """Return, as plain text, when a run left the finite numbers."""
    return f"Diverged at step {whole(trajectory.steps + 1)}"


def say_lowest(runs: Mapping[str, Any]) -> str:
    """Return, as plain text, which of several runs ended lowest, which rose, which diverged."""
    finite = {name: run.trajectory for name, run in runs.items() if not run.trajectory.diverged}
    fates = [f"{spoken(set(runs) - set(finite), runs)} diverged"] if len(finite) < len(runs) else []
    if not finite:
        return fates[0].capitalize()
    ends = {name: float(trajectory.losses[-1]) for name, trajectory in finite.items()}
    lowest = {name for name, loss in ends.items() if loss == min(ends.values())}
    risen = {name for name, loss in ends.items() if loss > float(finite[name].losses[0])}
    if risen:
        fates.insert(0, f"{spoken(risen, runs)} ended higher than the start")
    verb = "is lowest" if len(lowest) == 1 else "are equally low"
    steps = max(trajectory.steps for trajectory in finite.values())
    return "; ".join([f"After {steps_of(steps)}, {spoken(lowest, runs)} {verb}", *fates])


def spoken(names: Collection[str], order: Iterable[str]) -> str:
    """Return names of rates as they are spoken, in the given order: "very small and just right"."""
    words = [name.replace("_", " ") for name in order if name in names]
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def say_descent(trajectory: Any) -> str:
    """Return, as plain text, how the loss went from the start to the last recorded step."""
    first, last = float(trajectory.losses[0]), float(trajectory.losses[-1])
    return f"In {steps_of(trajectory.steps)} the loss went from {digits(first)} to {digits(last)}"


def steps_of(count: int) -> str:
    """Return a number of steps in words, as "1 step" or "6 steps"."""
    return f"{whole(count)} step{'s' * (count != 1)}"


def say_turn(trajectory: Any, t: int) -> str:
    """Return, as plain text, how the gradient of step `t` differs from that of the start."""
    first, now = trajectory.gradients[0], trajectory.gradients[t]
    sizes = np.linalg.norm(first), np.linalg.norm(now)
    if not (np.all(np.isfinite(sizes)) and min(sizes) > 0):
        return f"At t = {t}: another place, another gradient"
    share = float(sizes[1] / sizes[0])
    cosine = float(np.clip(first @ now / (sizes[0] * sizes[1]), -1, 1))
    size = (
        f"{percent(share)} as large" if share < 10 else f"{digits(share, places=1)} times as large"
    )
    if len(first) == 1:
        turned = "of the other sign" if cosine < 0 else "of the same sign"
    else:
        angle = float(np.degrees(np.arccos(cosine)))
        turned = f"turned by {angle:.0f}°" if angle >= 0.5 else "points the same way"
    return f"At t = {t}, the gradient is {size} as at the start, and {turned}"


def say_failure(run: Any) -> str:
    """Return, as plain text, what a rate that is not right does, in the deck's words."""
    return {
        "slow": "Too small: the parameters take very long to converge",
        "diverging": _say_rise(run.continued),
        "oscillating": "Too big to settle: the parameters jump to and fro",
        "converging": "Neither too small nor too big: this one converges",
    }[run.trajectory.behavior]


def _say_rise(carried: Any) -> str:
    """Return what became of a run whose shown steps end higher than they began."""
    if carried.diverged:
        return "Too big: the parameters explode, and never converge"
    if carried.losses[-1] > carried.losses[0]:
        return "Too big: the loss rises, and stays above where it began"
    return "Too big to begin with: the loss rises first, and falls only later"


def say_left(trajectory: Any) -> str:
    """Return, as plain text, how much of the loss is left after the recorded steps."""
    first, last = float(trajectory.losses[0]), float(trajectory.losses[-1])
    if trajectory.diverged:
        return say_diverged(trajectory)
    after = f"After {steps_of(trajectory.steps)}"
    if last > first > 0:
        return f"{after}, {digits(last / first, places=1)} times the loss"
    if first > 0 and last >= 0:
        return f"{after}, {percent(last / first)} of the loss is left"
    return f"Loss {digits(first)}; after {steps_of(trajectory.steps)}, {digits(last)}"


def say_boundary(table: Any) -> str:
    """Return, as plain text, where the loss of many learning rates begins to explode."""
    critical = float(table.critical_learning_rate)
    if not (np.isfinite(critical) and critical > 0):
        rates = len(table.learning_rates)
        return f"The loss after {steps_of(table.steps)}, for {rates} learning rates"
    return f"The boundary: 2 divided by the sharpness λ, here {figures(critical)}"
