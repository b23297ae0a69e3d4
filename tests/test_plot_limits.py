"""Plots of runs that diverge, of runs without steps, and of what cannot be plotted."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
import torch

import descent
from descent import LOSSES, plot_runs, record
from descent.plots.paths import clip_path
from tests.figures import heading, texts
from tests.marks import slow_except

BOWL, ROSENBROCK = LOSSES["bowl"], LOSSES["rosenbrock"]
RUN = record(BOWL, [2, 1], learning_rate=0.1, steps=5)
OF_ONE = record(LOSSES["parabola"], [2], learning_rate=0.1, steps=5)
RISING = record(BOWL, [2, 1], learning_rate=0.4, steps=12)
DIVERGED = record(ROSENBROCK, [-1.2, 1], learning_rate=0.01, steps=50)


def arrows(axes):
    return [text for text in axes.texts if text.arrow_patch is not None]


def test_a_run_is_said_to_have_diverged_only_where_it_did():
    assert DIVERGED.diverged
    assert not RISING.diverged
    said = f"Diverged at step {DIVERGED.steps + 1}: its numbers are no longer finite"
    assert heading(plot_runs(DIVERGED))[1] == said
    assert heading(plot_runs(RISING))[1].startswith("Diverging: in ")
    rows = texts(plot_runs([RUN, RISING]))
    assert any(row.startswith("diverging: loss 7 → ") for row in rows)
    assert not any("diverged" in row for row in rows)
    whole = heading(plot_runs([DIVERGED, DIVERGED], labels=["a", "b"]))[1]
    assert whole == "A and b diverged"


def test_the_window_holds_the_runs_that_stay_and_the_start_of_those_that_leave():
    stage = plot_runs([RUN, RISING], BOWL, resolution=31).axes[0]
    (left, right), (low, high) = stage.get_xlim(), stage.get_ylim()
    x, y = RUN.iterates.T
    assert left < x.min() < x.max() < right
    assert low < y.min() < y.max() < high
    # The run that leaves ends 50 away; half the window is for the one that stays.
    assert np.abs(RISING.iterates).max() > 50
    assert right - left < 4 * (x.max() - min(x.min(), 0))


def test_a_path_leaves_by_an_arrow_that_goes_on_where_its_line_ends():
    picture = plot_runs(RISING, BOWL, resolution=31)
    picture.savefig("/dev/null", format="png")
    stage = picture.axes[0]
    assert len(arrows(stage)) == 1
    line = np.column_stack(stage.lines[0].get_data())
    last = line[np.isfinite(line).all(axis=1)][-1]
    assert last[1] == pytest.approx(max(stage.get_ylim()))
    arrow = arrows(stage)[0]
    tip, foot = arrow.xycoords.transform(arrow.xy), arrow.anncoords.transform(arrow.get_position())
    middle, length = (tip + foot) / 2, np.hypot(*(tip - foot))
    np.testing.assert_allclose(middle, stage.transData.transform(last), atol=0.3)
    assert length * 72 / picture.dpi == pytest.approx(12)
    assert not arrows(plot_runs(RUN, BOWL, resolution=31).axes[0])


def test_a_path_whose_digits_do_not_reach_the_window_still_crosses_it():
    # From 1e150 to -1e150 a window lies in less than one part of the step that a float can tell.
    far = np.array([[0.25, 1e150], [0.25, -1.5e150]])
    np.testing.assert_allclose(clip_path(far, ((0, 1), (0, 1))), [[0.25, 1], [0.25, 0]])
    gone = record(BOWL, [2, 1], learning_rate=0.4, steps=2000)
    assert gone.diverged
    assert len(arrows(plot_runs(gone, BOWL, resolution=31).axes[0])) == 1


def test_a_run_that_diverges_keeps_all_of_its_losses_in_view():
    curve = plot_runs(DIVERGED).axes[0]
    low, high = curve.get_ylim()
    assert low < DIVERGED.losses.min() < DIVERGED.losses.max() < high


def test_what_falls_far_or_rises_far_does_not_hide_the_others():
    fast = record(LOSSES["parabola"], [2], learning_rate=0.5 - 1e-9, steps=20)
    assert fast.losses[-1] < 1e-100
    low, high = plot_runs([fast, OF_ONE]).axes[0].get_ylim()
    assert low > 1e-30
    rising = record(LOSSES["parabola"], [2], learning_rate=50, steps=40)
    low, high = plot_runs([rising, OF_ONE]).axes[0].get_ylim()
    assert OF_ONE.losses[0] < high < 1e6


SIZES = [(size, count) for size in (0.0, 1e-300, 1e300) for count in (1, 2, 25)]


@pytest.mark.parametrize("case", slow_except(SIZES, (1e-300, 25), (1e300, 2)))
def test_numbers_of_any_size_are_plotted_without_a_warning(case):
    size, count = case
    rng = np.random.default_rng(0)
    iterates = size * rng.normal(size=(9, count)).clip(-1, 1)
    losses = size * np.array([3.0, 2, 1, 1, 1, 5, 5, 9, 9])
    names = tuple(f"p{k}" for k in range(count))
    run = descent.Trajectory(iterates, losses, iterates, np.full(8, 0.1), names, True)

    start = torch.tensor(iterates[0])

    def level(params):
        return 3 * size + (start * (params - start)).sum()

    plot_runs([run, run.first(3)], level, resolution=11)._repr_png_()
    plot_runs(run)._repr_png_()


def test_a_run_without_a_step_is_drawn_where_it_stands():
    stage, curve = plot_runs(RUN.first(0), BOWL, resolution=11).axes
    assert (curve.lines[0].get_xdata(), curve.lines[0].get_ydata()) == ([0], [7])
    assert stage.get_xlim()[0] < 2 < stage.get_xlim()[1]
    title, claim = heading(plot_runs(RUN.first(0)))
    assert (title, claim) == ("SGD, no steps", "No step was taken: the loss is 7")


PLANE = descent.Plane(np.zeros(2), np.eye(2))
WRONG = [
    (5, {}, TypeError, "runs must be trajectories, as record returns them; got 5"),
    ("run", {}, TypeError, "runs must be trajectories"),
    ([RUN, None], {}, TypeError, "runs must be trajectories"),
    ([], {}, ValueError, "runs must be at least one trajectory; got none"),
    ([RUN, OF_ONE], {}, ValueError, "runs must be of the same parameters; got θ1, θ2 and θ1"),
    (
        RUN,
        {"loss": ROSENBROCK},
        ValueError,
        "recorded from; got .* at the run's start, where 7 was recorded",
    ),
    (RUN, {"loss": torch.sin}, ValueError, "scalar"),
    (RUN, {"labels": ["a", "b"]}, ValueError, "labels must be a list, one for each of 1 runs"),
    (RUN, {"labels": "a"}, ValueError, "labels must be a list"),
    (RUN, {"labels": 3}, ValueError, "labels must be a list"),
    (RUN, {"theme": "blue"}, ValueError, "theme must be one of dark, light; got 'blue'"),
    (RUN, {"plane": PLANE}, ValueError, "loss must be given with a plane or a window; got none"),
    (RUN, {"window": ((0, 1), (0, 1))}, ValueError, "loss must be given with a plane or a window"),
    (RUN, {"loss": BOWL, "window": ((0, 1),)}, ValueError, r"window must be \(\(low, high\), \("),
    (RUN, {"loss": BOWL, "window": 5}, ValueError, "window must be"),
    (RUN, {"loss": BOWL, "window": "wide"}, TypeError, "window must"),
    (RUN, {"loss": BOWL, "window": ((1, 0), (0, 1))}, ValueError, "window must be finite, low"),
    (RUN, {"loss": BOWL, "plane": 3}, TypeError, "plane must be a descent.Plane"),
    (
        OF_ONE,
        {"loss": LOSSES["parabola"], "plane": PLANE},
        ValueError,
        "plane must be one of the runs' 1",
    ),
    (RUN, {"loss": BOWL, "resolution": 1}, ValueError, "resolution must be from 2 to 2,000; got 1"),
    (RUN, {"loss": BOWL, "resolution": 2.5}, TypeError, "resolution must be a whole number"),
]


@pytest.mark.parametrize(("runs", "options", "error", "sentence"), WRONG)
def test_a_wrong_request_gets_one_sentence(runs, options, error, sentence):
    with pytest.raises(error, match=sentence) as caught:
        plot_runs(runs, **options)
    assert "\n" not in str(caught.value)
    kind = type(caught.value).__name__
    assert kind in inspect.getdoc(plot_runs).split("Raises:")[1].split("References")[0]


def test_a_window_that_was_asked_for_is_shown_as_it_is():
    stage = plot_runs(RUN, BOWL, window=((-5, 5), (0, 1)), resolution=21).axes[0]
    assert (stage.get_xlim(), stage.get_ylim()) == ((-5, 5), (0, 1))
    elsewhere = plot_runs(RUN, BOWL, window=((50, 60), (50, 60)), resolution=21)
    assert elsewhere._repr_png_()
