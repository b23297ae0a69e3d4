"""The picture of a run without a map: its loss is not at hand, or not every row was kept."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from descent.checks.errors import InvalidValue
from descent.pictures.run import Run
from descent.pictures.shown_steps import MOST_AXES, check_steps, first_rate, steps_to_show
from descent.runs.projected import projected
from descent.views.planes import path_plane


def bare_picture(run: Any, steps: int | None = None) -> Run:
    """Return what a clip shows of a run without its loss.

    A loop that was watched is shown up to the last loss that it computed. Where not every row was
    kept, the losses and lengths are still those of every step.

    Args:
        run: The recorded descent.
        steps: How many steps are shown one by one; see `descent.pictures.single.single_run`.

    Raises:
        InvalidValue: If it does not hold all parameters: a part of them would be told as if it
            were all.
    """
    whole = check_steps(check_steps(run).evaluated)
    if whole.left_out:
        count, every = len(whole.names), len(whole.names) + whole.left_out
        raise InvalidValue(
            "run",
            "hold all parameters to be filmed",
            got=f"{count:,} of {every:,}",
            repair="record it without keep=.",
        )
    shown = whole.first(steps_to_show(whole.steps, steps))
    shown = whole if shown.steps == whole.steps else shown
    if len(whole.names) > MOST_AXES:
        # Of few rows, the one after the last loss counts as well.
        plane = path_plane(whole if whole.has_every_row else run)
        is_all = shown is whole
        whole = projected(whole, plane)
        shown = whole if is_all else projected(shown, plane)
    return Run(
        trajectory=shown,
        full=whole,
        landscapes=(),
        views=np.zeros(len(shown.losses), dtype=np.int64),
        sharpness=math.nan,
        critical_learning_rate=math.nan,
        target=-math.inf,
        minimiser=np.empty(0),
        minimum=math.nan,
        is_global=False,
        description="",
        learning_rate=first_rate(run),
    )
