"""Recordings of which not every row is kept, against those of which every row is."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from matplotlib.text import Text
from torch import nn

from descent import LOSSES, Trajectory, model_loss, path_plane, record, sharpness_along
from descent.pictures.single import single_run
from descent.runs.sketch import WIDTH, sketched
from descent.runs.steps import gathers_pace, goes_across
from tests.marks import slow_except

FLOAT32 = np.finfo(np.float32).eps


def network():
    torch.manual_seed(1)
    x = torch.randn(32, 8)
    model = nn.Sequential(nn.Linear(8, 12), nn.Tanh(), nn.Linear(12, 2))
    return model, x, torch.stack([x.sum(1).sin(), x.prod(1)], 1)


def recorded(batch_size=None, steps=60, **options):
    model, x, y = network()
    loss, start, _ = model_loss(model, x, y, nn.MSELoss(), batch_size=batch_size)
    arguments = {"learning_rate": 0.1, "steps": steps, **options}
    return loss, record(loss, start, **arguments)


def assert_same_steps(run, whole):
    for name in ("losses", "batch_losses", "learning_rates"):
        np.testing.assert_array_equal(getattr(run, name), getattr(whole, name))
    for name in ("gradient_norms", "parameter_norms", "step_lengths"):
        np.testing.assert_allclose(getattr(run, name), getattr(whole, name), rtol=1e-12)
    for name in (
        "options",
        "optimizer",
        "names",
        "behavior",
        "stopped_by",
        "diverged",
        "next_loss",
    ):
        assert getattr(run, name) == getattr(whole, name)


OPTIMIZERS = [
    {},
    {"momentum": 0.9},
    {"optimizer": "Adam", "learning_rate": 0.01},
    {"optimizer": "LBFGS", "learning_rate": 0.5},
    {"batch_size": 8},
    {"until": 0.3},
]
QUICK = [one for one in OPTIMIZERS if one.get("optimizer") != "LBFGS"]


@pytest.mark.parametrize("options", slow_except(OPTIMIZERS, *QUICK))
def test_rows_of_every_seventh_step_are_those_of_the_whole_recording(options):
    (_, whole), (_, run) = recorded(**options), recorded(every=7, **options)
    steps = np.unique([*range(0, whole.steps, 7), whole.steps])
    np.testing.assert_array_equal(run.recorded_steps, steps)
    np.testing.assert_array_equal(run.iterates, whole.iterates[steps])
    np.testing.assert_array_equal(run.gradients, whole.gradients[steps])
    assert_same_steps(run, whole)


@pytest.mark.parametrize("options", slow_except(OPTIMIZERS, *QUICK))
def test_a_thinned_recording_holds_exact_rows_and_what_every_step_was_like(options, tmp_path):
    (loss, whole), (_, run) = recorded(**options), recorded(memory_mb=0.008, **options)
    expected = whole.iterates[run.recorded_steps].astype(np.float32)
    np.testing.assert_array_equal(run.iterates, expected)
    assert 3 < len(run.iterates) <= 15 and run.recorded_steps[-1] == run.steps
    assert_same_steps(run, whole)
    moved = sketched(whole.iterates - whole.iterates[0], WIDTH, run.sketch.seed)
    np.testing.assert_allclose(run.sketch.values, moved, rtol=1e-5, atol=1e-6)
    assert Trajectory.load(run.save(tmp_path / "run")).to_bytes() == run.to_bytes()
    assert abs(path_plane(run).shown - path_plane(whole).shown) < 0.06
    figure = run.plot(loss, resolution=9)
    assert any("were kept; the path between them is estimated" in text for text in texts(figure))


def texts(figure):
    return [one.get_text() for one in figure.findobj(Text)]


DIVERGING = (
    ("parabola", 1.5),
    ("rosenbrock", 0.1),
    pytest.param("cross", 9, marks=pytest.mark.slow),
)


@pytest.mark.parametrize(("name", "rate"), DIVERGING)
def test_a_recording_that_diverges_ends_where_the_whole_one_does_or_where_float32_does(name, rate):
    loss = LOSSES.get(name) or LOSSES["bowl"]
    whole = record(loss, loss.start, learning_rate=rate, steps=2000)
    every = record(loss, loss.start, learning_rate=rate, steps=2000, every=3)
    thinned = record(loss, loss.start, learning_rate=rate, steps=2000, memory_mb=1e-6)
    assert whole.diverged and every.diverged and thinned.diverged
    assert 0 <= whole.steps - every.steps <= whole.steps / 2  # squares overflow earlier
    assert np.isfinite(thinned.iterates).all() and thinned.steps <= every.steps
    assert whole.behavior == every.behavior == thinned.behavior == "diverging"


def test_only_the_parameters_that_are_asked_for_are_recorded():
    (_, whole), (loss, run) = recorded(), recorded(keep=["W2", "b1[3]"])
    kept = np.array([name.startswith("W2") or name == "b1[3]" for name in whole.names])
    assert run.names == tuple(np.array(whole.names)[kept]) and run.left_out == (~kept).sum()
    np.testing.assert_array_equal(run.iterates, whole.iterates[:, kept])
    np.testing.assert_array_equal(run.gradients, whole.gradients[:, kept])
    np.testing.assert_array_equal(run.losses, whole.losses)
    with pytest.raises(ValueError, match=r"got one of 134 parameters .*: record it without keep="):
        run.plot(loss)
    assert "(25 of 134 parameters)" in repr(run) and run.plot().axes
    assert "(25 of 134 parameters)" in run._repr_html_()
    for needs_the_loss in (sharpness_along, lambda loss, run: single_run(run, loss)):
        with pytest.raises(ValueError, match=r"^loss must .* record it without keep=\.$"):
            needs_the_loss(loss, run)


@pytest.mark.parametrize(
    ("loss", "rate", "steps"),
    [
        (lambda p: p[0] ** 2 + p[1] ** 2, 0.1, 50),
        (lambda p: 10.4 * p[0] ** 2 + p[1] ** 2, 0.098, 30),  # p[0] grows
        (lambda p: p[0] ** 2 - 0.1 * p[1], 0.098, 300),  # p[1] never arrives
    ],
)
@pytest.mark.parametrize("keep", slow_except(["a", "b"], "b"))
def test_what_a_run_does_is_told_by_its_losses_whatever_parameters_are_kept(
    loss, rate, steps, keep
):
    given = {"learning_rate": rate, "steps": steps, "names": ["a", "b"]}
    start = [1, 0]  # where the gradient of the bowl has no part by b
    assert record(loss, start, keep=keep, **given).behavior == record(loss, start, **given).behavior


def test_a_parameter_that_is_not_kept_ends_a_recording_as_it_would_otherwise():
    def loss(p):
        return (p[0] ** 2).sqrt() + p[1] ** 2  # which has no gradient at 0

    given = {"learning_rate": 0.25, "steps": 9, "names": ["a", "b"]}
    whole, run = (record(loss, [0.5, 1], keep=keep, **given) for keep in (None, "b"))
    assert run.stopped_by == whole.stopped_by == "gradient"
    np.testing.assert_array_equal(run.losses, whole.losses)


def test_what_all_parameters_do_is_not_told_from_some():
    def saddle(p):
        return p[0] ** 2 - 0.05 * p[1] ** 2

    run = record(saddle, [1, 0.01], learning_rate=0.3, steps=40, names=["a", "b"], keep="b")
    assert run.gradient_norms[-1] > 2 * run.gradient_norms[0] and not gathers_pace(run)
    across = {"learning_rate": 0.3, "steps": 2, "names": ["a", "b"]}
    assert goes_across(record(LOSSES["bowl"], [2, 1], **across), 0)
    assert not goes_across(record(LOSSES["bowl"], [2, 1], keep=["a"], **across), 0)


def test_a_name_that_there_is_not_is_refused_with_one_that_there_is():
    with pytest.raises(
        ValueError, match=r"got 'W11', where there are W1, b1, .*: did you mean W1\?"
    ):
        recorded(keep="W11")


def test_groups_of_a_thinned_recording_have_their_rates_among_the_options():
    model, x, y = network()
    loss, start, names = model_loss(model, x, y, nn.MSELoss())
    groups = [int(name.startswith("W1")) for name in names]
    rates = {"learning_rate": [0.1, 0.2], "steps": 30, "groups": groups}
    run = record(loss, start, memory_mb=0.001, **rates)
    assert (run.learning_rates == 0.2).all() and run.scheduled_options.keys() == {"lr of group 0"}
    assert (run.scheduled_options["lr of group 0"] == 0.1).all()
    whole = record(loss, start, **rates)
    np.testing.assert_array_equal(run.losses, whole.losses)
