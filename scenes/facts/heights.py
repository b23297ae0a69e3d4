"""How high the losses of a run are above the minimum that it descends to."""

from __future__ import annotations

from typing import Any

import numpy as np

from descent.text.losses import is_same
from scenes.facts.gradients import is_zero
from scenes.facts.selection import AS_GOOD_AS_ZERO

SETTLED = 1e-6  # of the largest gradient: a smaller one is as good as none
NEAR = 0.1  # of the way, and of the height: what may be left under "just right"
PIXELS = 1080 / 8  # of an HD frame, in a scene unit


def step_losses(trajectory: Any, t: int) -> tuple[float, float]:
    """Return the losses before and after step `t` to `t` + 1."""
    before, after = trajectory.losses[t : t + 2]
    return float(before), float(after)


def height(run: Any, t: int = 0) -> float:
    """Return how far the loss of shown step `t` is above the minimum; nan if none is known."""
    return float(run.trajectory.losses[t]) - run.minimum


def height_left(run: Any, t: int = -1) -> float:
    """Return which share of the height of the start is left at shown step `t`.

    It is nan if no minimum is known, or the start is one: the loss is the same, or level there.
    """
    first = height(run)
    is_low = is_same(float(run.trajectory.losses[0]), run.minimum) or is_zero(run, 0)
    return float("nan") if is_low or not first > 0 else height(run, t) / first


def distance_left(run: Any) -> float:
    """Return which share of the way from the start to the minimum the steps shown leave.

    It is nan if no minimum is known, or the start is one.
    """
    if not len(run.minimiser):
        return float("nan")
    first, last = (np.linalg.norm(run.trajectory.iterates[t] - run.minimiser) for t in (0, -1))
    return float(last / first) if first > 0 else float("nan")


def is_near_minimum(run: Any) -> bool:
    """Return whether the steps shown leave little of the way, and of the height of the start."""
    return height_left(run) <= NEAR and distance_left(run) <= NEAR


def minimum_of(run: Any) -> float:
    """Return the loss at the minimum; 0 where it is no more than rounding of the losses."""
    is_noise = abs(run.minimum) <= AS_GOOD_AS_ZERO * abs(run.trajectory.losses[0])
    return 0.0 if is_noise else float(run.minimum)


def is_monotone(losses: np.ndarray) -> bool:
    """Return whether losses never rise."""
    return bool((np.diff(losses) <= 0).all())


def is_settled(run: Any) -> bool:
    """Return whether the whole of a run ended where the gradient vanishes."""
    sizes = run.full.gradient_norms
    return bool(np.isfinite(sizes).all() and sizes[-1] <= SETTLED * sizes.max())


def step_on_screen(run: Any, t: int, size: tuple[float, float]) -> float:
    """Return how long step `t` is drawn, in pixels of an HD frame.

    Args:
        run: The `understanding_gradients.lecture.recordings.Run`.
        t: The step.
        size: Width and height of the panel, in scene units.
    """
    way = run.trajectory.iterates[t + 1] - run.trajectory.iterates[t]
    spans = np.ptp(np.array(run.view(t + 1).window), axis=1)
    return float(np.linalg.norm(way / spans * size[: len(way)]) * PIXELS)
