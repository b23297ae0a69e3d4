"""What is said of the answers of a classifier holds of what was asked of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from descent.pictures.regions import Regions
from scenes.wording import answers
from tests.claims.recordings import lecture

RIGHT = lecture("default")["just_right"]


def asked(right, steps, count=4):
    """Return a run whose network was asked at some steps."""
    grid = np.zeros((len(steps), 2, 2))
    points, labels = np.zeros((count, 2)), [0, 1] * (count // 2)
    regions = Regions(points, labels, [0, 1], [0, 1], steps, grid, right)
    return replace(RIGHT, regions=regions)


LAST = RIGHT.full.steps
CASES = [
    (answers.at_start, (asked([1, 4], [0, LAST]),), (RIGHT,)),
    (answers.at_end, (asked([1, 4], [0, LAST]),), (RIGHT,)),
    (answers.at_end, (asked([1, 4], [0, LAST]),), (asked([1, 4], [0, LAST - 1]),)),
]


def test_all_are_not_counted_and_others_are():
    assert answers.at_end(asked([1, 4], [0, LAST])) == (
        f"After {LAST} steps it gets all 4 points right; at the start 1"
    )
    assert " gets 3 of 4 points" in answers.at_end(asked([1, 3], [0, LAST]))
    assert answers.at_start(asked([1, 3], [0, LAST])) == (
        "At the start the network gets 1 of 4 points right"
    )
