"""The curve of a loss shows the minimum that it comes down to."""

from __future__ import annotations

import math

import numpy as np
import pytest

from scenes import style
from scenes.mobjects.descent.loss_history import LossHistory, loss_range, minimum_line
from scenes.mobjects.plot import Plot
from tests.lectures import small_frames

LOSSES = np.array([5.846, 1.632, 0.492, 0.184, 0.100, 0.078, 0.072])


def level(history):
    """The height of the dashed line, in units of the loss, and its name; None if there is none."""
    if not len(history.floor):
        return None
    dashes, name = history.floor
    plot = history.plot
    part = (dashes.get_y() - plot.box.bottom) / plot.box.height
    return plot.y_low + part * (plot.y_high - plot.y_low), name.plain_text


@pytest.mark.parametrize(("is_lowest", "name"), [(True, "lowest"), (False, "minimum")])
def test_the_minimum_is_a_dashed_line_with_a_name_inside_the_margins(is_lowest, name):
    with small_frames():
        history = LossHistory(LOSSES, minimum=0.0696, is_lowest=is_lowest)
    assert level(history) == (pytest.approx(0.0696), name)
    dashes, label = history.floor
    assert label.get_right()[0] <= style.RIGHT
    assert label.get_left()[0] > history.plot.box.right
    # It does not lie on the axis.
    assert dashes.get_y() - history.plot.box.bottom > 0.05


@pytest.mark.parametrize("minimum", [math.nan, -100.0])
def test_no_line_is_drawn_for_a_minimum_that_is_unknown_or_far_away(minimum):
    with small_frames():
        history, ordinary = LossHistory(LOSSES, minimum=minimum), LossHistory(LOSSES)
    assert level(history) is None
    assert history.plot.y_low == ordinary.plot.y_low


@pytest.mark.parametrize(
    ("losses", "log", "minimum", "holds"),
    [
        ((5.0, 3.0), False, 1.0, True),
        ((-1.0, -3.0), False, -4.0, True),
        ((1e6, 10.0), True, 0.5, True),
        ((1e6, 10.0), True, 1e-9, False),
        ((1e6, 10.0), True, -1.0, False),
    ],
)
def test_an_axis_holds_a_minimum_that_is_near(losses, log, minimum, holds):
    low, high = loss_range(np.array(losses), log, minimum)
    assert low <= min(losses)
    assert high >= max(losses)
    assert (low <= minimum) is holds


def test_the_line_stays_when_the_run_goes_on():
    with small_frames():
        history = LossHistory(LOSSES[:3], minimum=0.0696, is_lowest=True)
        history.fast_forward(LOSSES, target=0.072)
        assert level(history) == (pytest.approx(0.0696), "lowest")
        # The loss to compare with is so near that two dashed lines would be one.
        assert len(history._target_mark(0.072)) == 0
        assert len(history._target_mark(2.0)) == 1


def test_a_line_on_the_axis_is_not_drawn():
    with small_frames():
        plot = Plot(((0, 6), (1e-2, 1e300)), log_y=True)
        assert len(minimum_line(plot, 0.0696, True)) == 0


def test_losses_of_mini_batches_are_thin_dots_at_their_steps_inside_the_axes():
    batches = LOSSES + np.array([3.0, -1.0, 0.2, -0.1, 0.3, 0.1, 9e9])  # no step saw the last
    with small_frames():
        history = LossHistory(LOSSES, batch_losses=batches[:-1].tolist() + [1.0])
        for t in range(3):
            history.grow(t)
        seen = [dot.get_center() for dot in history.noise]
        np.testing.assert_allclose(
            seen, [history.plot.place(t, batches[t]) for t in range(3)], atol=1e-9
        )
        assert all(dot.radius < history.dots[0].radius for dot in history.noise)
        assert history.plot.y_high > batches[0]
        history.fast_forward(LOSSES, batch_losses=[*batches[:-1], 1.0])
    assert len(history.noise) == 6


def test_a_run_of_all_data_has_no_such_dots():
    with small_frames():
        history = LossHistory(LOSSES)
        history.grow(0)
    assert len(history.noise) == 0
