"""Where numbers stand on the screen."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from descent import LOSSES
from descent.views.contours import contour_levels, finite_slices, segment_distances, simplify
from descent.views.landscape import sample
from scenes import style
from scenes.mobjects.boxes import Box
from scenes.mobjects.descent.landscape import THIN, LossContours
from scenes.mobjects.label_placement import place_beside
from scenes.mobjects.plot import Plot
from scenes.mobjects.ticks import decades, nice_ticks, tick_decimals

BOX = Box(-3.0, -2.0, 3.0, 2.0)


@given(st.floats(-1e3, 1e3), st.floats(1e-3, 1e6), st.integers(2, 9))
def test_ticks_are_round_numbers_inside_their_range(low, span, about):
    ticks = nice_ticks(low, low + span, about)
    assert all(low - 1e-6 * span <= tick <= low + span * (1 + 1e-6) for tick in ticks)
    assert len(ticks) <= 2.5 * about + 1
    for step in np.diff(ticks):
        mantissa = step / 10 ** math.floor(math.log10(step) + 1e-9)
        assert min(abs(mantissa - round_one) for round_one in (1, 2, 5, 10)) < 1e-3


@given(st.floats(-300, 290), st.floats(0.1, 300), st.integers(1, 6))
def test_decades_are_powers_of_ten_and_no_more_than_asked_for(first, span, at_most):
    low, high = 10.0**first, 10.0 ** min(first + span, 308)
    ticks = decades(low, high, at_most)
    assert len(ticks) <= at_most
    assert all(low * 0.99 <= tick <= high * 1.01 for tick in ticks)


def test_powers_of_ten_have_even_exponents():
    assert decades(1e-2, 1e308, 4) == [1, 1e100, 1e200, 1e300]
    assert decades(0.003, 2e6, 4) == [1, 1e5]
    assert decades(1.0, 1000.0, 4) == [1, 10, 100, 1000]
    assert decades(10.0, 100.0, 1) == [100]


@settings(deadline=None, max_examples=40)
@given(st.floats(-1e4, 1e4), st.floats(1e-3, 1e6), st.integers(2, 12), st.booleans())
def test_the_numbers_of_an_axis_are_evenly_spread_and_keep_apart(low, span, about, log):
    window = (1e-3, 1e-3 * 10 ** (about + 1)) if log else (low, low + span)
    plot = Plot((window, window), BOX, about=(about, about), log_x=log, log_y=log)
    for along_x in (True, False):
        ticks = [tick for tick in plot.marked if tick.along_x is along_x]
        values = [math.log10(tick.value) if log else tick.value for tick in ticks]
        steps = np.diff(values)
        assert np.ptp(steps) <= 1e-6 * abs(steps).max() if len(steps) else True
        for one, other in pairwise(ticks):
            if along_x:
                assert one.label.get_right()[0] < other.label.get_left()[0]
            else:
                assert one.label.get_top()[1] < other.label.get_bottom()[1]


def test_of_crowded_numbers_every_second_goes_and_zero_stays():
    plot = Plot(((0, 12), (0, 1)), Box(0, 0, 2.0, 1.3), x_ticks=range(0, 13, 2))
    assert [tick.value for tick in plot.marked if tick.along_x] == [0, 4, 8, 12]
    plot = Plot(((-1.0, 1.0), (0, 1)), Box(0, 0, 1.7, 1.3), x_ticks=[-1, -0.5, 0, 0.5, 1])
    assert [tick.value for tick in plot.marked if tick.along_x] == [-1, 0, 1]


def test_the_factor_of_an_axis_stays_inside_the_margin():
    box = Box(4.0, -1.0, style.RIGHT - 0.2, 1.0)
    plot = Plot(((0, 50_000), (0, 1)), box)
    factor = next(name for name in plot.names if "10" in name.plain_text)
    assert factor.get_right()[0] <= style.RIGHT + 1e-9


def test_tick_labels_have_the_decimals_that_tell_them_apart():
    assert [tick_decimals(ticks) for ticks in ([0, 1, 2], [0, 0.5], [0, 0.02], [0, 200])] == [
        0,
        1,
        2,
        0,
    ]


@pytest.mark.parametrize(
    ("low", "high", "numbers", "said"),
    [
        (500_299.5, 500_310.0, ["0", "5", "10"], "+ 500300"),
        (-2.0000001, -2.00000005, ["0", "2"], "·10^−8 − 2.00000008"),
        (1e-9, 1.0000001e-9, ["0.0", "0.5", "1.0"], "·10^−16 + 1.00000000·10^−9"),
        (1e300, 1e300 + 4e294, ["0", "1", "2", "3", "4"], "·10^294 + 1.000000·10^300"),
    ],
)
def test_numbers_that_differ_in_late_figures_are_counted_from_the_first(low, high, numbers, said):
    plot = Plot(((0.0, 1.0), (low, high)), BOX, x_ticks=(), y_name="$y$")
    assert [label.plain_text for label in plot.ticks[1]] == numbers
    assert [label.plain_text for label in plot.names] == ["$y$", said]


@pytest.mark.parametrize(("low", "high"), [(1e16, 1e16 + 4), (1e17, 1e17 + 32)])
def test_numbers_that_float64_cannot_tell_apart_are_drawn_all_the_same(low, high):
    plot = Plot(((0.0, 1.0), (low, high)), BOX, x_ticks=())
    assert len(plot.ticks[1]) >= 1


def test_an_axis_without_a_round_number_in_it_is_drawn_all_the_same():
    plot = Plot(((0.0, 1.0), (6.1, 8.9)), BOX, x_ticks=(), about=(1, 1))
    assert plot.y_base == 0


def test_numbers_of_the_x_axis_keep_apart():
    plot = Plot(((1.00000011, 1.00000035), (0.0, 1.0)), BOX)
    feet = [label for label in plot.ticks[1] if label.get_top()[1] < BOX.bottom]
    assert len(feet) > 1
    for left, right in pairwise(feet):
        assert left.get_right()[0] < right.get_left()[0]


def test_the_corners_of_the_window_are_the_corners_of_the_box():
    plot = Plot(((10.0, 20.0), (-1.0, 1.0)), BOX)
    np.testing.assert_allclose(plot.place(10.0, -1.0), (-3, -2, 0))
    np.testing.assert_allclose(plot.place(20.0, 1.0), (3, 2, 0))


def test_a_logarithmic_axis_gives_every_decade_the_same_room():
    plot = Plot(((0.0, 1.0), (1e-2, 1e2)), BOX, log_y=True)
    heights = [plot.y(10.0**k) for k in range(-2, 3)]
    np.testing.assert_allclose(heights, (-2, -1, 0, 1, 2), atol=1e-12)


@pytest.mark.parametrize("far", [1e5, 1e40, 1e308, math.inf])
def test_a_point_far_outside_keeps_its_direction(far):
    plot = Plot(((-1.0, 1.0), (-1.0, 1.0)), BOX)
    place = plot.place(far, -far)
    assert np.all(np.isfinite(place))
    assert place[0] > 100
    assert place[1] < -100


def test_no_contour_is_at_the_lowest_loss_where_that_is_a_plain():
    values = np.concatenate([np.full(80, 2.0), np.linspace(2.1, 9, 20)])
    levels = contour_levels(values)
    assert levels.size and levels.min() > 2


@pytest.mark.parametrize("name", ["bowl", "rosenbrock", "himmelblau", "saddle"])
def test_the_loss_is_the_same_all_along_a_contour(name):
    import torch

    loss = LOSSES[name]
    landscape = sample(loss, ((-2.0, 2.0), (-1.5, 1.5)), (161, 121))
    plot = Plot(landscape.window, BOX)
    drawn = LossContours(plot, landscape)
    lines = [line for line in drawn if line.get_stroke_width() > 0]
    assert len(lines) >= 6
    spread = np.ptp(landscape.values)
    for line in lines:
        xs = line.get_start_anchors()[:, 0] / 6 * 4
        ys = line.get_start_anchors()[:, 1] / 4 * 3
        values = [float(loss(torch.tensor(point))) for point in zip(xs, ys, strict=True)]
        assert np.ptp(values) < 0.01 * spread


@given(st.integers(0, 2**32 - 1), st.integers(2, 200), st.sampled_from([1e-3, 0.1]))
def test_a_thinned_line_stays_where_it_was(seed, count, within):
    rng = np.random.default_rng(seed)
    angle = np.cumsum(rng.normal(0, 0.3, count))
    line = np.cumsum(np.stack([np.cos(angle), np.sin(angle), 0 * angle], 1), 0) * rng.uniform(0, 2)
    thin = simplify(line, within)
    assert np.array_equal(thin[[0, -1]], line[[0, -1]])
    assert {tuple(point) for point in thin} <= {tuple(point) for point in line}
    # No point is farther from all of the thin line than is allowed.
    apart = [segment_distances(line, a, b) for a, b in zip(thin[:-1], thin[1:], strict=True)]
    assert np.min(apart, axis=0).max() <= within


def test_a_circle_needs_few_points_and_a_straight_line_only_two():
    turns = np.linspace(0, 2 * math.pi, 601)
    circle = np.stack([np.cos(turns), np.sin(turns), 0 * turns], axis=1)
    assert 20 < len(simplify(circle, THIN)) < 100
    # A frame is 8 units and, in HD, 1080 pixels high.
    assert THIN * 1080 / 8 < 0.25
    straight = np.linspace([0, 0, 0], [3, 1, 0], 50)
    assert len(simplify(straight, 1e-9)) == 2
    assert len(simplify(np.zeros((5, 3)), THIN)) == 2


def test_a_flat_loss_has_no_contours_and_still_a_picture():
    assert len(contour_levels(np.full((4, 4), 2.5))) == 0


def test_a_curve_is_drawn_where_the_loss_is_finite():
    values = np.array([np.nan, 1.0, 2.0, np.inf, 3.0, np.nan, 4.0, 5.0, 6.0])
    assert finite_slices(values) == [slice(1, 3), slice(6, 9)]


def test_a_label_is_placed_where_there_is_room():
    from scenes.typesetting.labels import Label

    crowd = np.array([[x, y, 0.0] for x in np.linspace(0, 1, 9) for y in np.linspace(-1, 1, 17)])
    label = place_beside(Label("free"), np.zeros(3), crowd, BOX)
    assert label.get_right()[0] <= 0.1
    at_edge = place_beside(Label("inside"), np.array([-2.9, 1.9, 0.0]), np.empty((0, 3)), BOX)
    assert at_edge.get_left()[0] >= BOX.left
    assert at_edge.get_top()[1] <= BOX.top


def test_a_label_is_placed_further_off_if_nothing_near_is_free():
    from scenes.typesetting.labels import Label

    crowd = np.array(
        [[x, y, 0.0] for x in np.linspace(-1, 1, 21) for y in np.linspace(-0.5, 0.5, 11)]
    )
    label = place_beside(Label("free"), np.zeros(3), crowd, BOX)
    inside = (
        np.abs(crowd[:, :2] - label.get_center()[:2]) < [label.width / 2, label.height / 2]
    ).all(1)
    assert not inside.any()


def test_the_arrow_of_a_step_ends_on_the_next_iterate(tmp_path):
    from scenes.mobjects.descent.loss_panel import LossPanel
    from tests.lectures import DEFAULT
    from understanding_gradients.lecture.record import record_lecture

    run = record_lecture(DEFAULT, ["very_large"])["very_large"]
    panel = LossPanel(run)
    assert np.allclose(panel.step_mark(0).get_end(), panel.path.place(1), atol=1e-6)
    uphill = panel.gradient_mark(0)
    pointed = uphill.get_end() - uphill.get_start()
    gradient = run.trajectory.gradients[0]
    cosine = pointed[:2] @ gradient / np.linalg.norm(pointed) / np.linalg.norm(gradient)
    assert cosine == pytest.approx(1, abs=1e-3)
