"""Views: the first shows the story of a loss, wider ones follow a run that leaves it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from descent import LOSSES, record
from descent.views.windows import (
    MOST_VIEWS,
    STAGE_ASPECT,
    TOO_FAR,
    first_landscape,
    first_window,
    last_window,
    zoom_levels,
)


def holds(window, point):
    return all(low <= value <= high for (low, high), value in zip(window, point, strict=True))


def bowl_run(learning_rate, steps=6):
    return record(LOSSES["bowl"], [2.0, 1.0], learning_rate=learning_rate, steps=steps)


FIRST = first_window([bowl_run(0.25), bowl_run(0.003)], np.array([0.5, -0.2]))


def test_the_first_view_holds_the_runs_and_the_far_side_of_the_bowl():
    for point in [*bowl_run(0.25).iterates, *bowl_run(0.003).iterates, [-0.7, -0.35]]:
        assert holds(FIRST, point)
    assert FIRST[0][0] < -1.2, "and there is room beyond"


def test_the_first_view_does_not_follow_a_run_that_diverges():
    window = first_window([bowl_run(0.25), bowl_run(0.5)], np.array([0.5, -0.2]))
    assert window[0][1] - window[0][0] < 6


def test_a_run_that_stays_needs_no_other_view():
    windows, views = zoom_levels(bowl_run(0.25).iterates, FIRST)
    assert windows == [FIRST]
    assert views.tolist() == [0] * 7


def test_a_run_that_is_carried_on_out_of_view_gets_a_last_one():
    assert last_window(bowl_run(0.003, 100), FIRST) is None
    # Its first steps say nothing of where it leads.
    far = record(lambda p: (p[0] + 9) ** 2 + p[1] ** 2, [2.0, 1.0], learning_rate=0.01, steps=600)
    wide = last_window(far, FIRST)
    assert wide is not None
    for point in [*far.iterates, *np.array(FIRST).T]:
        assert holds(wide, point)
    (x_low, x_high), (y_low, y_high) = wide
    assert (x_high - x_low) / (y_high - y_low) == pytest.approx(STAGE_ASPECT)
    assert last_window(bowl_run(0.5, 60), FIRST) is None, "what diverges leaves every view"


@pytest.mark.parametrize(
    ("loss", "learning_rate", "steps"),
    [
        ("bowl", 0.45, 6),
        ("bowl", 0.45, 100),
        ("bowl", 0.334, 100),
        ("bowl", 50.0, 100),
        ("rosenbrock", 0.008, 6),
        ("himmelblau", 0.0735, 6),
        ("parabola", 1.25, 60),
        ("double_well", 0.45, 6),
    ],
)
def test_views_widen_one_around_the_other_at_one_scale(loss, learning_rate, steps):
    loss = LOSSES[loss]
    run = record(loss, loss.start, learning_rate=learning_rate, steps=steps)
    calm = record(loss, loss.start, learning_rate=1e-4, steps=2)
    first = first_window([calm], np.array(loss.start))
    windows, views = zoom_levels(run.iterates, first)
    assert windows[0] == first
    assert 1 < len(windows) <= MOST_VIEWS
    assert (np.diff(views) >= 0).all() and views[-1] == len(windows) - 1
    for t, point in enumerate(run.iterates):
        if np.abs(point).max() < TOO_FAR:
            assert all(holds(windows[views[t]], earlier) for earlier in run.iterates[: t + 1])
    for inner, outer in zip(windows[:-1], windows[1:], strict=True):
        assert all(o[0] <= i[0] and i[1] <= o[1] for i, o in zip(inner, outer, strict=True))
        assert outer[0][1] - outer[0][0] >= 1.499 * (inner[0][1] - inner[0][0])
    if len(first) == 2:
        for (left, right), (low, high) in windows:
            assert (right - left) / (high - low) == pytest.approx(STAGE_ASPECT)


def test_the_view_is_the_narrowest_that_holds_what_is_shown():
    run = bowl_run(0.45)
    windows, views = zoom_levels(run.iterates, FIRST)
    for t, index in enumerate(views):
        if index:
            assert not all(holds(windows[index - 1], point) for point in run.iterates[: t + 1])


def test_a_long_way_out_has_about_as_many_views_as_there_may_be():
    points = np.outer(1.05 ** np.arange(120), [1.0, 0.0])
    windows, _ = zoom_levels(points, ((-1.5, 1.5), (-1.0, 1.0)))
    assert MOST_VIEWS - 1 <= len(windows) <= MOST_VIEWS


def test_iterates_too_far_out_to_draw_keep_the_widest_view():
    run = record(lambda p: p[0].abs(), [30.0], learning_rate=1e160, steps=1)
    assert np.abs(run.iterates).max() > TOO_FAR
    windows, views = zoom_levels(run.iterates, ((20.0, 40.0),))
    assert windows == [((20.0, 40.0),)]
    assert views.tolist() == [0, 0]


def test_a_double_well_is_seen_whole_and_its_wells_are_not_flattened():
    loss = LOSSES["double_well"]
    run = record(loss, loss.start, learning_rate=0.037, steps=6)
    first = first_landscape(loss, [run])
    assert first.contains([-1.03]) and first.contains([0.97]) and first.contains(loss.start)
    hill = loss(torch.tensor([0.06])) - loss.minimum
    assert np.ptp(first.values) < 8 * float(hill)
    assert (zoom_levels(run.iterates, first.window)[1] == 0).all()
