"""What a sweep refuses to be made of, as a damaged or forged file would have it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from descent import (
    LOSSES,
    critical_learning_rate,
    model_loss,
    record,
    sample,
    suggest_learning_rates,
    sweep,
)
from descent.text.methods import against_boundary
from descent.text.runs import opening
from tests.marks import slow_except

OF_THREE = record(lambda params: (params**2).sum(), [1, 2, 3], learning_rate=0.1, steps=2)
CURVE = sample(lambda params: params[0] ** 2, [(-1, 1)], 3)


@pytest.fixture(scope="module")
def found():
    return sweep(LOSSES["bowl"], [2, 1], [0.1, 0.2, 0.5], 9, keep=2, tolerance=0.1)


@pytest.mark.parametrize(
    ("field", "value", "error", "said"),
    [
        ("steps", "<script>", TypeError, "steps must be a whole number"),
        ("steps", -5, ValueError, "steps must be from 1"),
        ("steps", 10**30, ValueError, "steps must be from 1"),
        ("first_loss", None, TypeError, "first_loss must be a number"),
        ("first_loss", np.nan, ValueError, "first_loss must be finite"),
        ("critical_learning_rate", "<b>", ValueError, "critical_learning_rate must be positive"),
        ("critical_learning_rate", -3.0, ValueError, "critical_learning_rate must be positive"),
        ("critical_learning_rate", np.nan, ValueError, "critical_learning_rate must be positive"),
        ("tolerance", "x", TypeError, "tolerance must be a number"),
        ("names", (1, 2), TypeError, "names must consist of strs"),
        ("names", ("a",), ValueError, "names and groups must be one per parameter"),
        ("groups", [0], ValueError, "names and groups must be one per parameter"),
        ("kept", ((99,), (0,)), ValueError, "kept must name places"),
        ("kept", (("<b>",), (0,)), ValueError, "kept must name places"),
        ("trajectories", (1, 2), TypeError, "trajectories must consist of Trajectorys"),
        ("landscapes", (1,), TypeError, "landscapes must consist of Landscapes"),
        ("plane", 5, TypeError, "plane must be a Plane or None; got 5"),
        ("learning_rates", [0.1, 0.2, -1.0], ValueError, "learning_rates must be positive"),
        ("final_losses", [0.1, 0.2, np.nan], ValueError, "final_losses must be finite"),
        ("critical_learning_rate", 1, ValueError, "must be positive, as a float; got 1"),
        ("names", ("a", "a"), ValueError, "names must be texts that differ"),
        ("groups", [0, 7], ValueError, "groups must be empty where all share one rate"),
        ("steps_taken", [-5, 9, 9], ValueError, "steps_taken must be from 0 to 9; got -5"),
        ("steps_taken", [9, 9, 99], ValueError, "steps_taken must be from 0 to 9; got 99"),
        ("steps_to_tolerance", [3, -2, -1], ValueError, "steps_to_tolerance must be from -1 to"),
        ("steps_to_tolerance", [10, 3, -1], ValueError, "steps_to_tolerance must be from -1 to"),
        ("trajectories", (OF_THREE,) * 2, ValueError, "of the sweep's parameters θ1, θ2; got θ1"),
        ("landscapes", (CURVE,), ValueError, "landscapes must have 2 axes; got 1"),
        ("diverged_codes", [0, 1, 7], ValueError, "diverged_codes must be from 0 to 1; got 7"),
    ],
)
def test_a_field_of_another_kind_is_refused(found, field, value, error, said):
    with pytest.raises(error, match=said):
        replace(found, **{field: value})


@pytest.mark.parametrize(
    ("old", "new"), [("behaviours", "behaviors"), ("behaviour_codes", "behavior_codes")]
)
def test_old_names_of_attributes_work_and_name_the_new_ones(found, old, new):
    with pytest.warns(DeprecationWarning, match=rf"Sweep\.{old} is called {new} now"):
        np.testing.assert_array_equal(getattr(found, old), getattr(found, new))


def test_the_old_name_of_an_argument_works_and_names_the_new_one(found):
    with pytest.warns(DeprecationWarning, match=r"Sweep\.behaviour_codes is called behavior_codes"):
        changed = replace(found, behaviour_codes=[0, 0, 0])
    assert changed.behaviors.tolist() == ["slow"] * 3


@pytest.mark.parametrize("groups", [[0, 7], [0, 0], [1, 1], []])
def test_groups_that_do_not_go_with_the_rates_are_refused(groups):
    pairs = sweep(LOSSES["bowl"], [2, 1], [[0.1, 0.2], [0.2, 0.3]], 3, groups=[0, 1])
    with pytest.raises(ValueError, match="groups must"):
        replace(pairs, groups=groups)


def batched_and_whole():
    torch.manual_seed(1)
    x = torch.randn(24, 2)
    y = 2 * x[:, :1] - x[:, 1:] + 0.3 * torch.randn(24, 1)
    module, criterion = torch.nn.Linear(2, 1), torch.nn.MSELoss()
    batched, start, _ = model_loss(module, x, y, criterion, batch_size=3)
    whole, _, _ = model_loss(module, x, y, criterion)
    return batched, whole, start


def test_a_loss_in_batches_is_swept_and_kept_as_that_over_all_data():
    batched, whole, start = batched_and_whole()
    swept = sweep(batched, start, [0.1, 0.5, 0.7], 60, keep=3)
    for place, run in zip(swept.kept, swept.trajectories, strict=True):
        alone = record(whole, start, learning_rate=swept.learning_rates[place], steps=60)
        assert run.to_bytes() == alone.to_bytes()
        assert run.behavior == swept.behaviors[place]


def test_rates_are_suggested_for_the_loss_over_all_data():
    batched, whole, start = batched_and_whole()
    assert suggest_learning_rates(batched, start) == suggest_learning_rates(whole, start)


def test_runs_that_left_the_finite_numbers_do_not_end_those_beside_them():
    matrix = torch.tensor([[2.0, 0.3], [0.3, 1.0]], dtype=torch.float64)

    def factor(params):
        shifted = torch.diag(params**2) + matrix
        return torch.linalg.cholesky(shifted).diagonal().sum() ** 2

    swept = sweep(factor, [1.0, 1.0], [0.01, 0.05, 1e200], 20)
    assert swept.diverged.tolist() == [False, False, True]
    for place, rate in enumerate([0.01, 0.05]):
        run = record(factor, [1.0, 1.0], learning_rate=rate, steps=20)
        assert swept.final_losses[place] == pytest.approx(run.losses[-1], rel=1e-10)


def cholesky(params):
    """Return a loss that raises an error where a parameter is not positive."""
    return torch.linalg.cholesky(torch.diag(params)).diagonal().sum() ** 2


def test_a_run_on_which_the_loss_raises_keeps_its_steps_and_harms_no_other():
    rates = [0.01, 0.3, 0.001, 5.0, 0.02]
    swept = sweep(cholesky, [1.0, 1.0], rates, 40, keep=2)
    alone = sweep(cholesky, [1.0, 1.0], rates[2:3], 40)
    assert swept.final_losses[2] == alone.final_losses[0]
    for place, rate in enumerate(rates):
        run = record(cholesky, [1.0, 1.0], learning_rate=rate, steps=40)
        assert (swept.steps_taken[place], swept.diverged[place]) == (run.steps, run.diverged)
        assert swept.final_losses[place] == pytest.approx(run.losses[-1], rel=1e-10)
        assert bool(swept.errors[place]) == (run.stopped_by == "error")
    assert swept.errors[3].startswith("the loss failed") and "cholesky" in swept.errors[3]
    assert [bool(text) for text in swept.errors] == [False, True, False, True, True]
    assert swept.trajectories[1].error and not swept.trajectories[0].error


def test_a_run_on_which_the_loss_raises_is_not_the_best(tmp_path):
    swept = sweep(cholesky, [1.0, 1.0], [0.01, 0.02], 40)
    assert swept.final_losses[1] < swept.final_losses[0]
    assert swept.errors[1] and swept.best == (0,)
    again = type(swept).load(swept.save(tmp_path / "sweep"))
    assert again.errors.tolist() == swept.errors.tolist()
    assert swept.to_pandas()["error"].tolist() == swept.errors.tolist()


def test_all_runs_may_fail_at_once():
    swept = sweep(cholesky, [1.0, 1.0], np.linspace(5, 9, 200), 40)
    assert (swept.steps_taken == 0).all() and all(swept.errors)
    assert (swept.final_losses == swept.first_loss).all() and not swept.diverged.any()
    assert "; 200 ended by an error)" in repr(swept)


@pytest.mark.parametrize("name", slow_except(["rosenbrock", "beale", "rastrigin", "bowl"], "beale"))
def test_no_opening_contradicts_the_boundary(name):
    loss = LOSSES[name]
    critical = critical_learning_rate(loss, loss.start)
    for rate in np.geomspace(1e-4, 1, 25).tolist():
        run = record(loss, loss.start, learning_rate=rate, steps=60)
        against = against_boundary(rate, critical)
        assert ("very small" in opening(run, against)) <= (against == "far below the boundary")
        assert ("very large" in opening(run, against)) <= (against == "beyond the boundary")


def test_a_rate_is_called_by_its_size_only_where_that_is_known():
    slow = record(LOSSES["bowl"], [2, 1], learning_rate=0.001, steps=6)
    assert slow.behavior == "slow"
    assert opening(slow, against_boundary(0.001, 1.0)).startswith("A very small learning rate")
    assert opening(slow, against_boundary(0.001, None)).startswith("A slow descent")
