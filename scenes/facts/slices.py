"""What the recorded descents along a slice of the loss did."""

from __future__ import annotations

from typing import Any

import numpy as np


def factor(descent: Any) -> float:
    """Return by what the first step multiplied the distance; nan if none was taken."""
    if not descent.steps:
        return float("nan")
    before, after = descent.iterates[:2, 0]
    return float(after / before)


def height_factor(descent: Any) -> float:
    """Return by what the first step multiplied the height; nan if none was taken."""
    if not descent.steps:
        return float("nan")
    before, after = descent.losses[:2]
    return float(after / before)


def start_of(one: Any) -> float:
    """Return the distance at which the descents of a slice begin."""
    return float(one.descents[0].iterates[0, 0])


def sample_at(one: Any, times: float) -> int:
    """Return the index of the sample at `times` the distance at which the descents begin."""
    return int(np.abs(one.distances - times * start_of(one)).argmin())
