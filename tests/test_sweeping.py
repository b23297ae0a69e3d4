"""A sweep is many recordings at once: each run is compared with `record` of the same rate."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.overrides import TorchFunctionMode

import descent
from benchmarks.processes import cost_of
from descent import LOSSES, Sweep, record, sweep
from descent.runs.behavior import BEHAVIORS
from descent.sweeps.batch import BLOCK, BatchedDescent
from descent.sweeps.execution import Descents
from descent.sweeps.row_blocks import RowScan
from tests.quadratics import quadratics

few = settings(deadline=None, max_examples=25)


def bowl(params):
    return params[0] ** 2 + 3 * params[1] ** 2


def assert_as_recorded(found, loss, start, rates, steps, tolerance=None):
    for place, rate in np.ndenumerate(np.asarray(rates, float)):
        run = record(loss, start, learning_rate=rate, steps=steps)
        assert found.steps_taken[place] == run.steps
        assert found.diverged[place] == run.diverged
        assert found.final_losses[place] == pytest.approx(run.losses[-1], rel=1e-10, abs=1e-10)
        assert found.behaviors[place] == run.behavior
        if tolerance is not None:
            low = np.flatnonzero(run.losses <= tolerance)
            assert found.steps_to_tolerance[place] == (low[0] if low.size else -1)


@few
@given(quadratics(), st.lists(st.floats(1e-3, 3.0), min_size=1, max_size=9), st.integers(1, 40))
def test_each_run_is_the_recording_of_its_rate(quadratic, rates, steps):
    tolerance = 0.1 * float(quadratic(torch.tensor(quadratic.start)))
    found = sweep(quadratic, quadratic.start, rates, steps, tolerance=tolerance)
    # Within rounding of the tolerance, a step more or less is the same.
    assert found.first_loss == pytest.approx(10 * tolerance)
    assert_as_recorded(found, quadratic, quadratic.start, rates, steps)


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_each_named_loss_is_swept_as_it_is_recorded(name):
    loss = LOSSES[name]
    rates = np.geomspace(1e-4, 10.0, 24)
    # Few steps: in the chaos beyond the boundary the last bit would soon decide.
    found = sweep(loss, loss.start, rates, 12, tolerance=0.5)
    assert_as_recorded(found, loss, loss.start, rates, 12, tolerance=0.5)


def test_runs_that_end_early_and_late_end_where_their_recordings_do():
    # Beyond 1/3 the bowl diverges, after a number of steps that depends on the rate.
    rates = np.concatenate([np.geomspace(0.34, 200, 14), np.linspace(0.01, 0.3, 3)])
    found = sweep(bowl, [2.0, 1.0], rates, 600)
    assert len(set(found.steps_taken.tolist())) > 10
    assert_as_recorded(found, bowl, [2.0, 1.0], rates, 600)


def test_the_boundary_of_a_quadratic_is_two_over_the_sharpness():
    rates = np.linspace(0.2, 0.5, 1001)
    found = sweep(bowl, [2.0, 1.0], rates, 2000)
    boundary = descent.critical_learning_rate(bowl, [2.0, 1.0])
    diverging = found.behaviors == "diverging"
    assert np.array_equal(diverging, rates > boundary)


def test_what_stops_without_diverging_is_told_apart():
    def root(params):
        return (params**2).sum().sqrt()

    def cliff(params):
        return torch.where(params[0] > 1, params[0], torch.inf) + params[0] ** 2

    for loss in (root, cliff):
        rates = [0.25, 0.5, 1.0, 3.0]
        assert_as_recorded(sweep(loss, [2.0], rates, 20), loss, [2.0], rates, 20)


def test_a_loss_that_is_not_finite_is_no_low_one():
    def endless(params):
        return params.abs().log().sum()

    # At rate 1 the first step leads to 0, where this loss is below any number.
    found = sweep(endless, [1.0], [1.0, 0.3], 20, tolerance=-5.0)
    assert found.steps_to_tolerance.tolist() == [-1, -1]
    assert_as_recorded(found, endless, [1.0], [1.0, 0.3], 20, tolerance=-5.0)


def test_a_run_that_stops_higher_than_it_began_for_want_of_a_gradient_diverged():
    def kinked(params):
        return (5 * params**2 - 0.5 * params + (params - 1).abs().sqrt()).sum()

    found = sweep(kinked, [0.0], [1.0], 20)
    assert found.steps_taken.tolist() == [0] and found.diverged.tolist() == [True]
    assert_as_recorded(found, kinked, [0.0], [1.0], 20)


def test_a_map_of_two_rates_is_a_quadratic_apart_in_each_direction():
    one, other = np.linspace(0.1, 1.9, 19), np.linspace(0.05, 0.6, 12)
    rates = np.stack(np.meshgrid(one, other, indexing="ij"), axis=-1)
    found = sweep(bowl, [2.0, 1.0], rates, 400, groups=[0, 1])
    assert found.final_losses.shape == found.behaviors.shape == (19, 12)
    stable = (one[:, None] < 1) & (other[None, :] < 1 / 3)
    assert np.array_equal(found.behaviors != "diverging", stable)
    expected = 4 * (1 - 2 * one[:, None]) ** 20 + 3 * (1 - 6 * other[None, :]) ** 20
    short = sweep(bowl, [2.0, 1.0], rates, 10, groups=[0, 1])
    np.testing.assert_allclose(short.final_losses, expected, rtol=1e-10)


def test_a_network_is_swept_with_one_rate_and_with_one_a_layer():
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(1, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
    x = torch.linspace(-1, 1, 9).reshape(-1, 1)
    loss, start, names = descent.model_loss(model, x, x**2, torch.nn.MSELoss())
    rates = np.geomspace(0.01, 2.0, 7)
    found = sweep(loss, start, rates, 30, names=names)
    assert_as_recorded(found, loss, start, rates, 30)
    layer = [int(name[1]) - 1 for name in names]
    pairs = np.stack([rates, rates], axis=-1)
    both = sweep(loss, start, pairs, 30, names=names, groups=layer)
    np.testing.assert_allclose(both.final_losses, found.final_losses, rtol=1e-10)


def test_the_size_of_a_batch_changes_nothing():
    rates = np.geomspace(1e-3, 5.0, 50)
    whole = sweep(bowl, [2.0, 1.0], rates, 100, tolerance=1.0)
    parts = sweep(bowl, [2.0, 1.0], rates, 100, tolerance=1.0, memory_mb=0.01)
    for name in ("final_losses", "steps_taken", "steps_to_tolerance", "behavior_codes"):
        assert np.array_equal(getattr(whole, name), getattr(parts, name))


def test_a_block_and_what_looking_at_it_makes_fit_the_memory():
    class Counting(TorchFunctionMode):
        made = 0

        def __torch_function__(self, func, types, args=(), kwargs=None):
            output = func(*args, **(kwargs or {}))
            Counting.made += output.nbytes if isinstance(output, torch.Tensor) else 0
            return output

    start = np.ones(30)

    def loss(params):
        return (params**2).sum()

    every = np.zeros(30, int)
    count = Descents(loss, start, every, 1, 30.0, None, 2.0, "cpu").batch_size()
    batch = BatchedDescent(loss, start, np.full((count, 30), 0.1), "cpu", 30.0, None)
    block = batch.take_block(batch.gradients(BLOCK), BLOCK)
    held = block.params.nbytes + sum(gradient.nbytes for gradient in block.gradients)
    with Counting():
        RowScan(block)
    assert 0.5e6 < held + Counting.made < 2e6


def test_any_amount_of_memory_may_be_offered():
    found = sweep(bowl, [2.0, 1.0], [0.1, 0.2], 9, memory_mb=1e305)
    assert found.behaviors.tolist() == ["converging", "converging"]


def megabytes(steps):
    """Return the most memory that a process of its own needs for a sweep of so many steps."""
    program = (
        "from tests.test_sweeping import bowl; from descent import sweep; import numpy as np;"
        f"sweep(bowl, [2.0, 1.0], np.linspace(0.01, 0.3, 2000), {steps})"
    )
    return cost_of(["-c", program]).peak_mb


@pytest.mark.slow
def test_memory_does_not_grow_with_the_number_of_steps():
    # All iterates would be 192 MB, and as much again the gradients.
    assert megabytes(6000) - megabytes(50) < 50


def test_progress_ends_with_all_there_is():
    told = []
    sweep(
        bowl,
        [2.0, 1.0],
        np.linspace(0.01, 9, 40),
        60,
        memory_mb=0.02,
        progress=lambda done, total: told.append((done, total)),
    )
    assert told[-1] == (40 * 60, 40 * 60)
    assert told == sorted(told)


def test_the_best_rate_is_where_the_last_loss_is_lowest():
    rates = np.linspace(0.05, 0.5, 46)
    found = sweep(bowl, [2.0, 1.0], rates, 60)
    (place,) = found.best
    # Curvatures 2 and 6: the classical best rate is 2 / (2 + 6).
    assert rates[place] == pytest.approx(0.25)


def test_a_sweep_survives_a_file(tmp_path):
    rates = np.stack(np.meshgrid([0.1, 0.2], [0.1, 0.2, 0.4]), axis=-1)
    found = sweep(bowl, [2.0, 1.0], rates, 9, groups=[0, 1], tolerance=0.1)
    again = Sweep.load(found.save(tmp_path / "map.safetensors"))
    assert again.to_bytes() == found.to_bytes()
    assert again.behaviors.tolist() == found.behaviors.tolist()
    with pytest.raises(ValueError, match="read-only"):
        again.final_losses[0] = 0


def branching(params):
    return params[0] ** 2 if params[0] > 0 else params[0]


def itemised(params):
    return params[0] * params[0].item()


def test_a_module_that_draws_is_refused_until_it_is_in_eval_mode():
    x = torch.linspace(-1, 1, 8).reshape(-1, 1)
    module = torch.nn.Sequential(torch.nn.Linear(1, 3), torch.nn.Dropout(), torch.nn.Linear(3, 1))
    loss, start, _ = descent.model_loss(module, x, x**2, torch.nn.MSELoss())
    with pytest.raises(ValueError, match=r"call module\.eval\(\) first"):
        sweep(loss, start, [0.1, 0.2], 5)
    loss, start, _ = descent.model_loss(module.eval(), x, x**2, torch.nn.MSELoss())
    assert_as_recorded(sweep(loss, start, [0.1, 0.2], 5), loss, start, [0.1, 0.2], 5)


@pytest.mark.parametrize("loss", [branching, itemised])
def test_a_loss_that_cannot_be_computed_for_many_is_refused_with_a_way_out(loss):
    with pytest.raises(ValueError, match=r"torch\.where in place of if, and no \.item\(\)"):
        sweep(loss, [2.0, 1.0], [0.1, 0.2], 5)


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"learning_rates": []}, ValueError, "at least one rate; got none"),
        ({"learning_rates": [0.1, -1]}, ValueError, r"positive and finite; got -1"),
        ({"learning_rates": [np.nan]}, ValueError, "positive and finite; got nan"),
        ({"learning_rates": ["a"]}, TypeError, "numbers"),
        ({"learning_rates": [1j]}, TypeError, "must be real"),
        ({"start": [np.nan, 1.0]}, ValueError, "start must be finite"),
        ({"start": [1j, 1.0]}, TypeError, "must be real"),
        ({"steps": 0}, ValueError, "steps must be from 1"),
        ({"steps": 1.5}, TypeError, "whole number"),
        ({"groups": [0]}, ValueError, "groups must give each of 2 parameters"),
        ({"groups": [0, 1]}, ValueError, "one of the 3 rates"),
        ({"progress": 5}, TypeError, "progress must be a function of two counts; got 5"),
        ({"memory_mb": "much"}, TypeError, "memory_mb must be a number"),
        ({"tolerance": np.nan}, ValueError, "tolerance must be finite"),
        ({"device": "marss"}, ValueError, "device must be one that torch can compute"),
        ({"memory_mb": 1e-6}, ValueError, "memory_mb must be at least"),
        ({"loss": lambda params: params}, ValueError, r"\.sum\(\) or \.mean\(\)"),
        ({"loss": lambda params: torch.tensor(1.0)}, ValueError, "depend on its parameters"),
        ({"loss": lambda params: params.float().sum()}, ValueError, "float64"),
    ],
)
def test_wrong_requests_are_refused_in_a_sentence(changes, error, said):
    asked = {"loss": bowl, "start": [2.0, 1.0], "learning_rates": [0.1, 0.2, 0.3], "steps": 5}
    with pytest.raises(error, match=said):
        sweep(**(asked | changes))


def test_the_codes_of_older_files_keep_their_words():
    # Files hold the places of the words.
    assert BEHAVIORS[:4] == ("slow", "converging", "oscillating", "diverging")
