"""Recorded numbers as tables of pandas: the same numbers, with names."""

from __future__ import annotations

import sys
from functools import partial

import numpy as np
import pandas
import pytest
import torch
from torch.optim.lr_scheduler import OneCycleLR

from descent import LOSSES, InvalidValue, model_loss, record, sweep

BOWL = LOSSES["bowl"]


def test_a_run_is_a_row_a_step_with_the_numbers_that_were_recorded():
    run = record(BOWL, [2, 1], learning_rate=[0.1, 0.2, 0.05], steps=3)
    table = run.to_pandas()
    assert table.index.name == "t" and table.index.tolist() == [0, 1, 2, 3]
    np.testing.assert_array_equal(table["loss"], run.losses)
    np.testing.assert_array_equal(table[["θ1", "θ2"]], run.iterates)
    np.testing.assert_array_equal(table[["∂loss/∂θ1", "∂loss/∂θ2"]], run.gradients)
    np.testing.assert_array_equal(table["learning_rate"][:-1], run.learning_rates)
    assert np.isnan(table["learning_rate"].iloc[-1])
    np.testing.assert_allclose(table["gradient_norm"], np.linalg.norm(run.gradients, axis=1))


def test_mini_batches_and_own_rates_have_columns_of_their_own():
    x = torch.arange(6.0).reshape(-1, 1)
    loss, start, _ = model_loss(torch.nn.Linear(1, 1), x, 2 * x, torch.nn.MSELoss(), batch_size=2)
    run = record(loss, start, learning_rate=0.01, steps=4)
    np.testing.assert_array_equal(run.to_pandas()["batch_loss"], run.batch_losses)
    grouped = record(BOWL, [2, 1], learning_rate=[0.1, 0.2], steps=2, groups=[0, 1]).to_pandas()
    assert grouped["learning_rate[θ1]"].tolist()[:2] == [0.1, 0.1]
    assert grouped["learning_rate[θ2]"].tolist()[:2] == [0.2, 0.2]
    assert "batch_loss" not in grouped and "learning_rate" not in grouped


def test_a_run_of_many_parameters_is_one_block():
    run = record(lambda params: (params**2).sum(), np.ones(300), learning_rate=0.1, steps=2)
    table = run.to_pandas()
    assert table.shape == (3, 3 + 600)
    assert np.shares_memory(table.to_numpy(), table["loss"].to_numpy())


@pytest.mark.parametrize(
    ("names", "got"),
    [
        (["loss", "t"], "loss, t"),
        (["learning_rate", "b"], "learning_rate"),
        (["W", "∂loss/∂W"], "∂loss/∂W"),
        (["gradient_norm", "momentum"], "gradient_norm, momentum"),
    ],
)
def test_parameters_named_like_other_columns_are_told_in_a_sentence(names, got):
    cycle = partial(OneCycleLR, max_lr=0.1, total_steps=4)
    run = record(BOWL, [2, 1], learning_rate=0.1, steps=3, names=names, scheduler=cycle)
    with pytest.raises(InvalidValue) as caught:
        run.to_pandas()
    constraint = "names must differ from the other columns of the table"
    assert str(caught.value) == f"{constraint}; got {got}: record with other names."


def test_a_sweep_is_a_row_a_run():
    found = sweep(BOWL, [2, 1], np.geomspace(0.01, 1, 20), 300, tolerance=1e-3)
    table = found.to_pandas()
    np.testing.assert_array_equal(table["learning_rate"], found.learning_rates)
    np.testing.assert_array_equal(table["final_loss"], found.final_losses)
    assert table["behaviour"].tolist() == found.behaviors.tolist()
    assert table["diverged"].tolist() == found.diverged.tolist()
    never = found.steps_to_tolerance < 0
    assert 0 < never.sum() < 20
    assert table["steps_to_tolerance"].isna().tolist() == never.tolist()


def test_a_map_is_flattened_row_by_row():
    pairs = np.stack(np.meshgrid([0.1, 0.2], [0.05, 0.1, 0.3], indexing="ij"), axis=-1)
    table = sweep(BOWL, [2, 1], pairs, 5, groups=[0, 1]).to_pandas()
    assert table["learning_rate_0"].tolist() == [0.1] * 3 + [0.2] * 3
    assert table["learning_rate_1"].tolist() == [0.05, 0.1, 0.3] * 2
    assert "steps_to_tolerance" not in table


def test_a_missing_pandas_is_said_in_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    run = record(BOWL, [2, 1], learning_rate=0.1, steps=1)
    with pytest.raises(ImportError, match="must have pandas; it is not installed: pip install"):
        run.to_pandas()
    assert pandas


def test_a_run_without_a_step_is_a_table_of_one_row():
    run = record(LOSSES["bowl"], [2, 1], learning_rate=1e300, steps=3)
    assert (run.steps, run.diverged) == (0, True)
    (row,) = run.to_pandas().to_dict("records")
    assert (row["loss"], np.isnan(row["learning_rate"])) == (run.losses[0], True)
