"""Several descents over one loss: every point is seen, and stands where it was recorded."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenes import style
from scenes.mobjects.descent.comparison import DISCS_APART, ComparisonPanel, apart
from tests.lectures import DEFAULT, small_frames
from understanding_gradients.lecture.record import record_lecture

RATES = ("very_small", "just_right", "very_large")


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), min_size=1, max_size=3))
def test_points_are_moved_until_they_are_apart_and_no_further(places):
    places = np.array([(*place, 0.0) for place in places])
    moved = apart(places, 0.3)
    for one, other in combinations(moved, 2):
        assert np.linalg.norm(one - other) >= 0.3 - 1e-6
    assert np.linalg.norm(moved - places, axis=1).max(initial=0) < 0.6
    assert np.array_equal(apart(moved, 0.299), moved)


@pytest.mark.render
def test_the_discs_of_three_rates_are_disjoint_and_near_their_places():
    runs = record_lecture(DEFAULT, RATES)
    runs = {name: runs[name] for name in RATES}
    with small_frames():
        panel = ComparisonPanel(runs)
        for t in range(DEFAULT.descent.steps + 1):
            if t:
                if panel.leaves_view(t):
                    panel.widen(t)
                moves = panel.step(t - 1)
                for move in moves:
                    move.begin()
                    move.interpolate(1)
            centers = [path.point[-1].get_center() for path in panel.paths.values()]
            for one, other in combinations(centers, 2):
                assert np.linalg.norm(one - other) >= 2 * style.POINT
            for path, center in zip(panel.paths.values(), centers, strict=True):
                assert np.linalg.norm(center - path.place(path.t)) < DISCS_APART
