"""Whatever reads a run reads one that was watched, whose last row has no loss."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

import descent
from descent import InvalidValue, Trajectory, model_loss, plot_runs, record, watch
from descent.runs.completion import completed
from descent.text import runs as text
from tests.lectures import played
from tests.watched_loops import train
from understanding_gradients.lecture.from_runs import comparison_inputs, single_run_inputs
from understanding_gradients.notebook.film import choose_clip

X = torch.linspace(-1, 1, 12).reshape(12, 1)
Y = 2 * X - 0.5 + 0.3 * torch.cos(9 * X)


def neuron(dtype=torch.float32):
    model = nn.Linear(1, 1)
    nn.init.constant_(model.weight, -1.0)
    nn.init.constant_(model.bias, 1.0)
    return model.to(dtype)


def watched(steps=6, rate=0.3, dtype=torch.float32, rows=None, **options):
    """Return the record of a loop over all rows, or over other `rows` at each step."""
    model, (x, y) = neuron(dtype), (X.to(dtype), Y.to(dtype))
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    generator = torch.Generator().manual_seed(3)

    def loss():
        at = slice(None) if rows is None else torch.randperm(12, generator=generator)[:rows]
        return nn.functional.mse_loss(model(x[at]), y[at])

    if options.pop("is_measured", False):
        options |= {"full_loss": (x, y), "criterion": nn.MSELoss()}
    with watch(model, optimizer, **options) as recording:
        train(optimizer, loss, recording, steps)
    return recording.trajectory


def loss_of(dtype=torch.float32):
    return model_loss(neuron(dtype), X, Y, nn.MSELoss())[0]


def recorded(steps=6, rate=0.3):
    loss, start, _ = model_loss(neuron(torch.float64), X.double(), Y.double(), nn.MSELoss())
    return record(loss, start, learning_rate=rate, steps=steps)


RUNS = {
    "a loop over all data": watched(),
    "a loop over mini-batches": watched(rows=5),
    "a loop whose full loss is measured": watched(rows=5, is_measured=True, full_loss_every=4),
    "a loop of one step": watched(steps=1),
}
each = pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)


# What it says


@each
def test_no_text_tells_a_loss_that_is_not_known(run):
    html = run._repr_html_()
    said = [repr(run), html, text.summary(run), text.status(run), text.ending(run)]
    said += [text.opening(run), text.lowest(["it"], [run]), text.what_it_does(run)]
    said += [text.step(run, t) for t in range(run.steps - 1)]
    assert not any("nan" in sentence for sentence in said), said
    assert html.count("–</td>") == 1  # the loss of the last row


def test_what_is_told_are_the_losses_that_are_known():
    run = RUNS["a loop over all data"]
    first, last = f"{run.losses[0]:.4g}", f"{run.losses[5]:.4g}"
    assert f"in 5 steps the loss went from {first} to {last}" in text.summary(run)
    assert "6 steps of SGD, η = 0.3, over W1, b1; " in repr(run)
    assert text.summary(watched(steps=1)) == f"One step was taken, from loss {first}"


def test_the_behavior_is_that_of_the_rows_that_are_known():
    plain = recorded(steps=20)
    for dtype in (torch.float32, torch.float64):
        run = watched(21, dtype=dtype, is_measured=True)
        assert run.has_one_loss and run.behavior == plain.behavior == "converging"
    assert watched(21, 0.99, is_measured=True).behavior == "oscillating"
    assert watched(21, 0.99).behavior == "converging"  # by its losses alone
    assert watched(1).behavior == "bounded"


def test_at_the_bottom_the_rounding_of_lower_precision_is_no_movement():
    assert watched(400, is_measured=True).behavior == recorded(400).behavior == "converging"


# What it draws


@each
def test_a_plot_draws_every_row_that_is_known(run):
    axes = run.plot().axes[0]
    line = axes.lines[0]
    np.testing.assert_array_equal(line.get_ydata(), run.losses[:-1])
    assert np.isfinite(axes.get_ylim()).all()
    rings = [one for one in axes.lines if one.get_fillstyle() == "none"]
    assert len(rings) == bool(run.full_losses.size)
    if rings:
        np.testing.assert_array_equal(rings[0].get_xdata(), [0, 4, 6])
        assert rings[0].get_markeredgewidth() > 0
        assert axes.get_title(loc="left").endswith("; rings: all data")


def test_a_plot_of_many_parameters_draws_the_gradients_that_are_known():
    model = nn.Sequential(nn.Linear(1, 5), nn.Tanh(), nn.Linear(5, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    with watch(model, optimizer) as recording:
        train(optimizer, lambda: nn.functional.mse_loss(model(X), Y), recording, 8)
    run = recording.trajectory
    figure = plot_runs(run)
    lengths = np.linalg.norm(run.gradients[:-1], axis=1)
    np.testing.assert_allclose(figure.axes[1].lines[0].get_ydata(), lengths)
    plane = descent.path_plane(run)
    assert np.isfinite(plane.directions).all()
    assert plane.origin.tolist() == run.iterates[np.argmin(run.losses[:-1])].tolist()


def test_a_plot_compares_watched_and_recorded_runs_on_their_loss():
    loss = loss_of()
    figure = plot_runs([watched(6), recorded(6, 0.1)], loss, resolution=9)
    assert len(figure.axes) == 2
    figure = plot_runs(watched(6, rows=5, is_measured=True), loss, resolution=9)
    assert len(figure.axes) == 2


def test_a_loss_that_mini_batches_do_not_show_is_refused_with_what_would():
    repair = r"watch a loop of mini-batches with full_loss=\(x, y\)"
    with pytest.raises(InvalidValue, match=f"be the one that the run was recorded from.*{repair}"):
        plot_runs(watched(rows=5), loss_of(), resolution=3)


def test_a_table_has_a_column_of_the_full_loss_and_no_loss_in_the_last_row():
    run = RUNS["a loop whose full loss is measured"]
    table = run.to_pandas()
    assert list(table.columns[:3]) == ["loss", "full_loss", "learning_rate"]
    assert table.loss.isna().tolist() == [False] * 6 + [True]
    assert table.full_loss.notna().tolist() == [True, False, False, False, True, False, True]


def test_the_curvature_along_it_is_measured_at_every_row():
    run = watched(3)
    assert np.isfinite(descent.sharpness_along(loss_of(), run)).all()


# The run without its last row, and files


@each
def test_the_first_steps_are_those_of_a_shorter_loop(run):
    for steps in range(run.steps):
        part = run.first(steps)
        assert np.isfinite(part.losses).all() and part.evaluated is part
        assert len(part.loss_counts) == steps
        assert len(part.full_losses) in (0, steps + 1)
    assert run.evaluated.steps == run.steps - 1
    assert run.first(run.steps).evaluated.steps == run.steps - 1


@each
def test_a_file_keeps_all_of_it(run, tmp_path):
    again = Trajectory.load(run.save(tmp_path / "run.safetensors"))
    for name in ("iterates", "losses", "gradients", "loss_counts", "full_losses"):
        np.testing.assert_array_equal(getattr(again, name), getattr(run, name))
    assert (again.dtype, again.behavior) == ("float32", run.behavior)


@pytest.mark.parametrize("name", ["losses", "gradients"])
def test_a_row_of_which_only_one_is_known_is_refused(name):
    plain = recorded()
    broken = getattr(plain, name).copy()
    broken[-1] = np.nan
    with pytest.raises(InvalidValue, match=f"{name} must be finite"):
        replace(plain, **{name: broken})


# The film


def test_the_last_row_is_what_record_would_have_recorded():
    plain, loss = recorded(), loss_of(torch.float64)
    run = completed(watched(dtype=torch.float64), loss)
    for name in ("iterates", "losses", "gradients", "learning_rates"):
        np.testing.assert_allclose(getattr(run, name), getattr(plain, name), rtol=1e-12, atol=1e-14)
    assert run.has_one_loss and completed(plain, loss) is plain


def test_of_mini_batches_the_losses_become_those_of_all_data():
    run, loss = watched(rows=5, is_measured=True, full_loss_every=3), loss_of()
    whole = completed(run, loss)
    values = [float(loss(torch.tensor(row))) for row in run.iterates]
    np.testing.assert_array_equal(whole.losses, values)
    np.testing.assert_array_equal(whole.batch_losses[:-1], run.losses[:-1])
    assert not whole.has_one_loss


def test_a_loss_that_fits_the_start_alone_is_refused():
    run = watched()
    other = replace(run, iterates=run.iterates + 0.1 * (np.arange(7) == 3)[:, None])
    with pytest.raises(InvalidValue, match="got other values along the run than were recorded"):
        completed(other, loss_of())


@each
def test_a_loop_of_two_parameters_is_filmed_if_its_loss_is_known(run):
    if run is RUNS["a loop over mini-batches"]:
        with pytest.raises(InvalidValue, match="be the one that the run was recorded from"):
            choose_clip(run, loss_of(), None, None)
        return
    clip, inputs = choose_clip(run, loss_of(), None, None)
    (given,) = inputs.values()
    assert np.isfinite(given.full.losses).all() and given.full.steps == run.steps
    np.testing.assert_array_equal(given.full.iterates, run.iterates)
    if run is RUNS["a loop of one step"]:
        played(clip.slug, inputs)


def test_three_watched_loops_are_compared_on_film():
    runs = [watched(6, rate) for rate in (0.02, 0.3, 1.3)]
    inputs = comparison_inputs(runs, loss_of())
    assert [one.learning_rate for one in inputs.values()] == [0.02, 0.3, 1.3]
    assert single_run_inputs(runs[0], loss_of()).trajectory.is_plain_gradient_descent


def test_a_run_that_is_watched_is_left_as_it_was():
    run = RUNS["a loop over all data"]
    before = copy.deepcopy(run.to_bytes())
    completed(run, loss_of())
    assert run.to_bytes() == before
