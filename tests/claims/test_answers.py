"""What is said of the answers of a classifier holds of what was asked of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from descent.pictures.regions import Regions
from scenes.wording import answers
from tests.claims.later import later
from tests.claims.recordings import lecture

POINTS, LABELS = np.zeros((4, 2)), [0, 1, 0, 1]


@later
def asked(right, *, before_end=0):
    """Return a run whose network was asked at the start, and at the end or some steps before."""
    run = lecture("default")["just_right"]
    steps, grid = [0, run.full.steps - before_end], np.zeros((2, 2, 2))
    return replace(run, regions=Regions(POINTS, LABELS, [0, 1], [0, 1], steps, grid, right))


@later
def unasked():
    """Return a run of a loss that no classifier has."""
    return lecture("default")["just_right"]


CASES = [
    (answers.at_start, (asked([1, 4]),), (unasked(),)),
    (answers.at_end, (asked([1, 4]),), (unasked(),)),
    (answers.at_end, (asked([1, 4]),), (asked([1, 4], before_end=1),)),
]


def test_all_are_not_counted_and_others_are():
    steps = unasked().value.full.steps
    assert answers.at_end(asked([1, 4]).value) == (
        f"After {steps} steps it gets all 4 points right; at the start 1"
    )
    assert " gets 3 of 4 points" in answers.at_end(asked([1, 3]).value)
    assert answers.at_start(asked([1, 3]).value) == (
        "At the start the network gets 1 of 4 points right"
    )
