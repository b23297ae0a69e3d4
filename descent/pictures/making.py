"""The picture of a run of one or two parameters: its views, and what is known of its loss."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from descent.losses.minimum import find_minimum
from descent.losses.named import NamedLoss
from descent.pictures.run import Run
from descent.rates.curvature import sharpness
from descent.text.numbers import ROUNDING
from descent.views.landscape import Landscape, Window
from descent.views.windows import (
    FILM_SECONDS,
    STAGE_ASPECT,
    aspect_for,
    first_window,
    landscape,
    last_window,
    stable_step,
    zoom_levels,
)

if TYPE_CHECKING:
    from descent.runs.trajectory import Trajectory

# A run reaches its target within this share of the just-right run's fall.
TARGET_TOLERANCE = 1e-6
FIRST = FILM_SECONDS / 3  # for the loss in the first view
LANDMARKS = 3.0  # times as wide a view of a curve may become by what the loss suggests


def first_view(loss: NamedLoss, runs: Sequence[Trajectory], *, even: bool = False) -> Landscape:
    """Return a loss over the view in which runs from one start begin.

    Args:
        loss: What they descend.
        runs: The runs.
        even: Whether both axes have one scale in any case; see `aspect_for`.
    """
    lowest = min(runs, key=lambda run: float(run.losses.min()))
    found = find_minimum(loss, lowest.iterates[int(lowest.losses.argmin())])
    place = None if found is None else found.place
    aspect = STAGE_ASPECT if even or place is None else aspect_for(loss, place)
    window = first_window(runs, stable_step(loss, runs[0]), place, aspect)
    return landscape(loss, _with_landmarks(window, loss.window), FIRST)


def _with_landmarks(window: Window, own: Window | None) -> Window:
    """Return a window of one parameter widened by that which its loss suggests, if that is near.

    A curve is known by its wells. The rims are left as they are: a little beyond them a loss may
    be so high that no well is seen.
    """
    if own is None or len(window) != 1 or len(own) != 1:
        return window
    low, high = np.array([window[0], own[0]]).T
    whole = float(low.min()), float(high.max())
    is_near = whole[1] - whole[0] <= LANDMARKS * (window[0][1] - window[0][0])
    return (whole,) if is_near else window


def picture_of(
    loss: NamedLoss,
    shown: Trajectory,
    first: Landscape,
    target: float,
    rate: float,
    full: Trajectory,
    seconds: float = FILM_SECONDS - FIRST,
) -> Run:
    """Return `shown` with its full length and its views.

    Args:
        loss: What it descends.
        shown: The steps that are shown one by one.
        first: The loss over the first view.
        target: The loss at which the full run ends.
        rate: The learning rate of every step.
        full: The full run.
        seconds: About how long the loss may take in all further views.
    """
    windows, views = zoom_levels(shown.iterates, first.window)
    widest = last_window(full, windows[-1])
    if widest is not None:
        windows.append(widest)
    each = seconds / max(1, len(windows) - 1)
    curvature = sharpness(loss, shown.iterates[0])
    found = find_minimum(loss, full.iterates[int(full.losses.argmin())])
    return Run(
        trajectory=shown,
        full=full,
        landscapes=(first, *(landscape(loss, window, each) for window in windows[1:])),
        views=views,
        sharpness=curvature,
        critical_learning_rate=2 / curvature if curvature > 0 else math.inf,
        target=target,
        minimiser=np.empty(0) if found is None else found.place,
        minimum=math.nan if found is None else _without_rounding(found.loss, shown),
        is_global=found is not None and found.is_lowest,
        description=loss.description,
        learning_rate=rate,
    )


def _without_rounding(minimum: float, shown: Trajectory) -> float:
    """Return the loss at a minimum; 0 where it is no more than rounding of the losses."""
    return 0.0 if abs(minimum) <= ROUNDING * abs(float(shown.losses[0])) else minimum


def target_loss(just_right: Trajectory) -> float:
    """Return the loss at which a run counts as arrived where the just-right run ends."""
    first, last = float(just_right.losses[0]), float(just_right.losses[-1])
    return last + TARGET_TOLERANCE * max(first - last, 0.0)
