"""The losses that have a name, and the neuron."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from descent import (
    LOSSES,
    check_loss,
    hessian,
    neuron_loss,
    neuron_weight_loss,
    row_loss,
    sample,
)

ROWS = np.array([[-1.0, -0.6], [0.0, 1.1], [0.5, 1.2], [1.5, 2.9]])


@pytest.mark.parametrize("name", LOSSES)
def test_every_named_loss_can_be_descended_from_its_start(name):
    loss = LOSSES[name]
    assert loss.name == name
    _, gradient = check_loss(loss, loss.start)
    assert len(gradient) == len(loss.names) == len(loss.start)
    assert np.abs(gradient).max() > 0


@pytest.mark.parametrize(
    ("name", "point", "value"),
    [
        ("parabola", [3], 9),
        ("double_well", [1], 0.25),
        ("bowl", [2, 1], 7),
        ("ravine", [2, 1], 29),
        ("rosenbrock", [1, 1], 0),
        ("rosenbrock", [0, 1], 101),
        ("himmelblau", [3, 2], 0),
        ("saddle", [1, 0], 2),
    ],
)
def test_a_named_loss_has_its_known_value(name, point, value):
    assert LOSSES[name](torch.tensor(point, dtype=torch.float64)).item() == value


def test_the_neuron_is_torchs_linear_layer_with_mse_loss():
    layer = torch.nn.Linear(1, 1).double()
    x, y = torch.tensor(ROWS).unbind(1)
    expected = torch.nn.MSELoss()(layer(x[:, None])[:, 0], y)
    at = torch.stack([layer.weight[0, 0], layer.bias[0]])
    assert neuron_loss(ROWS)(at).item() == pytest.approx(expected.item(), rel=1e-14)


def test_the_neurons_loss_is_a_mean_without_one_half_so_its_hessian_is_twice_the_moments():
    x = ROWS[:, 0]
    expected = 2 / len(x) * np.array([[x @ x, x.sum()], [x.sum(), len(x)]])
    np.testing.assert_allclose(hessian(neuron_loss(ROWS), [5.0, -3.0]), expected)


def test_the_loss_of_one_row_is_its_squared_residual():
    loss = row_loss(1.5, 2.9, start=(-1, 1.6))
    value, gradient = check_loss(loss, loss.start)
    residual = -1 * 1.5 + 1.6 - 2.9
    assert value == pytest.approx(residual**2)
    np.testing.assert_allclose(gradient, [2 * residual * 1.5, 2 * residual])


def test_the_curve_of_the_weight_is_a_cut_through_the_neurons_loss():
    surface = sample(neuron_loss(ROWS), ((-2, 2), (0.5, 1.5)), (9, 3))
    curve = sample(neuron_weight_loss(ROWS, bias=1.0), ((-2, 2),), 9)
    np.testing.assert_allclose(curve.values, surface.values[:, 1])
    assert curve.names == ("W1",)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "rows must be one"),
        ([1, 2, 3], r"got shape \(3,\)"),
        ([[1, 2, 3]], r"got shape \(1, 3\)"),
        ([[1, np.nan]], "rows must be finite"),
    ],
)
def test_rows_must_be_finite_pairs(rows, message):
    with pytest.raises(ValueError, match=message):
        neuron_loss(rows)


def test_a_start_of_the_neuron_must_be_two_numbers():
    with pytest.raises(ValueError, match=r"start must have 2 numbers \(W1, b1\); got 3"):
        neuron_loss(ROWS, start=(1, 2, 3))
