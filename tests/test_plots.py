"""Plots of recorded runs: what is drawn is what was recorded, and what is written is true."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import descent
from descent import LOSSES, plot_runs, record
from descent.palette import palette_of
from descent.plots.axes import LinearFormatter
from descent.plots.loss_panel import make_loss_panel, plane_note
from descent.plots.mathtext import mathtext
from descent.plots.style import run_styles
from tests.figures import heading, line_through, texts
from tests.marks import slow_except

BOWL = LOSSES["bowl"]
START = [2.0, 1.0]


def bowl_run(learning_rate=0.1, steps=8, **options):
    return record(BOWL, START, learning_rate=learning_rate, steps=steps, **options)


def quartic(params):
    """Five parameters of different curvature, whose path no plane holds."""
    scales = torch.tensor([1.0, 2.0, 4.0, 8.0, 16.0], dtype=torch.float64)
    return (scales * params**2).sum() + (params[0] * params[1] * params[2]) ** 2


def network_loss(batch_size=None):
    torch.manual_seed(0)
    module = torch.nn.Sequential(torch.nn.Linear(1, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
    inputs = torch.linspace(-2, 2, 16)[:, None]
    loss, start, _ = descent.model_loss(
        module, inputs, torch.sin(2 * inputs), torch.nn.MSELoss(), batch_size
    )
    return loss, start


def test_the_path_goes_through_every_iterate_and_the_curve_through_every_loss():
    run = bowl_run()
    stage, curve = plot_runs(run, BOWL, resolution=31).axes
    assert line_through(stage, run.iterates)
    assert line_through(curve, np.column_stack([np.arange(9), run.losses]))


def test_contours_lie_where_the_loss_has_their_value():
    stage = plot_runs(bowl_run(), BOWL).axes[0]
    # Filled ones are drawn between two levels, lines at one.
    drawn = [one for one in stage.collections if not one.get_facecolor().size]
    assert len(drawn) == 1
    levels, paths = drawn[0].levels, drawn[0].get_paths()
    assert len(levels) >= 6
    for level, path in zip(levels, paths, strict=True):
        x, y = path.vertices.T
        # The bowl is θ1² + 3 θ2²; between grid points, 0.03 apart, contours are straight.
        np.testing.assert_allclose(x**2 + 3 * y**2, level, rtol=0, atol=2e-3)


def test_the_loss_under_a_projected_path_is_that_of_the_same_plane():
    run = record(quartic, [1, 1, 1, 1, 1], learning_rate=0.02, steps=40)
    plane = descent.path_plane(run)
    stage = make_loss_panel([run], quartic, plane, None, 41, 1.5)
    across, upwards = stage.landscape.axes
    for i, j in ((0, 0), (7, 20), (40, 3)):
        point = plane.lift([across[i], upwards[j]])
        expected = quartic(torch.tensor(point))
        assert stage.landscape.values[i, j] == pytest.approx(float(expected), rel=1e-12)
    assert line_through(plot_runs(run, quartic, plane=plane).axes[0], plane.project(run.iterates))


def test_the_share_of_variance_is_that_of_principal_components():
    run = record(quartic, [1, 1, 1, 1, 1], learning_rate=0.02, steps=40)
    about_mean = run.iterates - run.iterates.mean(axis=0)
    singular = np.linalg.svd(about_mean, compute_uv=False)
    share = (singular[:2] ** 2).sum() / (singular**2).sum()
    note = heading(plot_runs(run, quartic, resolution=21))[-1]
    assert f"shows {round(100 * share)} % of the path's variance" in note


def test_how_far_a_path_lies_off_the_plane_is_said_where_it_can_be_seen():
    run = record(quartic, [1, 1, 1, 1, 1], learning_rate=0.02, steps=40)
    plane = descent.Plane(np.zeros(5), np.eye(5)[:2])
    # What is missing of each iterate is its last three numbers.
    off = np.linalg.norm(run.iterates[:, 2:], axis=1).max()
    note = heading(plot_runs(run, quartic, plane=plane, resolution=21))[-1]
    assert note == f"The path lies up to {off:.2g} off this plane"
    flat = record(BOWL, START, learning_rate=0.1, steps=5)
    of_two = descent.Plane([0, 0], [[1, 1], [1, -1]])
    note = heading(plot_runs(flat, BOWL, plane=of_two, resolution=21))[-1]
    assert note == "The path lies on or close to this plane"


def test_how_far_off_the_plane_is_said_of_what_is_drawn_alone():
    iterates = np.array([[0, 0, 0], [1, 0, 0.1], [50, 0, 30]])
    run = descent.Trajectory(iterates, [3, 2, 1], iterates, [0.1, 0.1], ("a", "b", "c"))
    plane, window = descent.Plane(np.zeros(3), np.eye(3)[:2]), ((-2, 2), (-2, 2))
    note = plane_note(plane, "", [run], [plane.project(iterates)], window)
    assert note == "The path lies up to 0.1 off this plane"


@pytest.mark.parametrize(
    ("rate", "steps", "is_log"), [(0.1, 3, False), (0.1, 40, True), (0.4, 12, True)]
)
def test_losses_that_span_decades_are_on_a_log_axis_that_says_so(rate, steps, is_log):
    run = bowl_run(rate, steps)
    assert (run.losses.max() / run.losses.min() > 100) == is_log
    curve = plot_runs(run).axes[0]
    assert (curve.get_yscale() == "log") == is_log
    assert curve.get_title(loc="left") == ("loss, log scale" if is_log else "loss")


def test_losses_below_zero_are_never_on_a_log_axis():
    def below(params):
        return (params**2).sum() - 1

    run = record(below, [30.0], learning_rate=0.25, steps=30)
    curve = plot_runs(run).axes[0]
    assert curve.get_yscale() == "linear"
    assert curve.get_title(loc="left") == "loss"
    low, high = curve.get_ylim()
    assert low < run.losses.min() < run.losses.max() < high


def test_a_run_that_reaches_zero_leaves_a_log_axis_at_its_lower_end():
    run = record(LOSSES["parabola"], [2.0], learning_rate=0.5, steps=3)
    assert run.losses[-1] == 0
    slow = record(LOSSES["parabola"], [2.0], learning_rate=0.05, steps=60)
    curve = plot_runs([run, slow]).axes[0]
    assert curve.get_yscale() == "log"
    assert slow.losses.min() / 10 < curve.get_ylim()[0] <= slow.losses.min()
    # The line goes on downwards, out of view, instead of ending at the step before.
    assert -np.inf < curve.transData.transform((3, 0))[1] < 0


def test_a_single_parameter_is_drawn_on_the_curve_of_its_loss():
    def double_well(params):
        return (params[0] ** 2 - 1) ** 2 + 0.2 * params[0]

    run = record(double_well, [1.7], learning_rate=0.05, steps=10, names=["θ"])
    stage = plot_runs(run, double_well).axes[0]
    assert line_through(stage, np.column_stack([run.iterates[:, 0], run.losses]), 2e-3)
    assert stage.get_xlabel() == "θ"


def test_dots_are_the_losses_of_mini_batches():
    loss, start = network_loss(batch_size=4)
    run = record(loss, start, learning_rate=0.1, steps=50)
    curve = plot_runs(run, loss, resolution=21).axes[1]
    dots = next(line for line in curve.lines if line.get_linestyle() == "None")
    np.testing.assert_array_equal(dots.get_ydata(), run.batch_losses)
    low, high = curve.get_ylim()
    assert low < run.batch_losses.min() < run.batch_losses.max() < high
    assert curve.get_title(loc="left").endswith("dots: mini-batches")
    assert "mini-batches" in heading(plot_runs(run))[0]


@pytest.mark.parametrize("count", slow_except([2, 4, 9, 12], 2, 9))
def test_runs_differ_in_colour_and_marker_or_in_dashes_and_are_named(count):
    runs = [bowl_run(rate) for rate in np.linspace(0.01, 0.3, count)]
    picture = plot_runs(runs, BOWL, resolution=21)
    curves = picture.axes[1].lines
    looks = {(one.get_color(), one.get_marker(), one.get_linestyle()) for one in curves}
    dashes = {(look.color, str(look.dashes)) for look in run_styles(runs, palette_of("light"))}
    assert len(curves) == len(looks) == len(dashes) == count
    written = texts(picture)
    named = [run for run in runs if f"η = {run.learning_rates[0]:.4g}" in written]
    assert len(named) == (count if count <= 10 else 9)
    assert (f"and {count - 9} more" in written) == (count > 10)


def test_each_row_of_the_legend_has_the_colour_of_the_line_it_names():
    runs = [bowl_run(rate) for rate in (0.01, 0.2, 0.4)]
    picture = plot_runs(runs, BOWL, labels=["a", "b", "c"], resolution=21)
    rows = {text.get_text(): text.get_color() for text in picture.texts}
    for label, run, line in zip("abc", runs, picture.axes[1].lines, strict=True):
        np.testing.assert_array_equal(line.get_ydata(), run.losses)
        assert rows[label] == line.get_color()


def test_a_long_run_is_drawn_from_few_points_that_show_its_extremes():
    count = 100_001
    losses = 1 + 0.1 * np.sin(np.arange(count))
    losses[77_777] = 9.0
    turns = np.column_stack([np.cos(np.arange(count)), np.sin(np.arange(count))])
    run = descent.Trajectory(turns, losses, turns, np.full(count - 1, 0.1), ("a", "b"))
    picture = plot_runs(run)
    assert max(len(line.get_xdata()) for axes in picture.axes for line in axes.lines) < 5000
    curve = picture.axes[0].lines[0]
    assert curve.get_ydata().max() == 9.0
    assert curve.get_xdata()[curve.get_ydata().argmax()] == 77_777


@pytest.mark.parametrize(
    ("ticks", "labels"),
    [
        ([0, 50_000, 100_000], ["0", "5·10^4", "1·10^5"]),
        ([-100_000, -50_000, 0], ["−1·10^5", "−5·10^4", "0"]),
        ([0, 5e-5, 1e-4], ["0", "5·10^−5", "1·10^−4"]),
        ([99_990, 100_000], ["9.999·10^4", "1·10^5"]),
        ([0, 25_000, 50_000], ["0", "25000", "50000"]),
        ([0, 0.5, 1], ["0", "0.5", "1"]),
    ],
)
def test_either_all_numbers_of_an_axis_have_a_power_of_ten_or_none(ticks, labels):
    assert LinearFormatter().format_ticks(ticks) == [mathtext(label) for label in labels]


def test_the_first_step_is_not_called_the_first_1_step():
    def steep(params):
        return 1e4 * (params**2).sum() + params[0] * params[1]

    thrown = record(steep, [1.0, 2.0, 3.0], learning_rate=0.01, steps=50)
    assert heading(plot_runs(thrown, steep))[2].endswith("of the variance of the first step")
