"""The neuron as a loss, against torch's own layer and least squares."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from descent import check_loss, hessian, neuron_loss, neuron_weight_loss, row_loss, sample

ROWS = np.array([[-1.0, -0.6], [0.0, 1.1], [0.5, 1.2], [1.5, 2.9]])


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


def test_the_neurons_minimiser_is_the_least_squares_line():
    (found,) = neuron_loss(ROWS).minimisers
    np.testing.assert_allclose(found, np.polyfit(*ROWS.T, 1), rtol=1e-12)


@pytest.mark.parametrize(
    "loss", [neuron_loss([[2, 1], [2, 4]]), neuron_loss([[2, 1]]), row_loss(0, 3)]
)
def test_where_minimisers_are_many_none_is_told(loss):
    assert loss.minimisers == ()
    assert loss.window is None


def test_the_least_loss_is_known_even_where_it_is_reached_on_a_line():
    assert neuron_loss([[2, 1], [2, 4]]).minimum == pytest.approx(1.5**2)
    assert row_loss(1.5, 2.9).minimum == 0


def test_rows_too_large_to_be_squared_leave_unknown_what_would_overflow():
    loss = neuron_loss([[1e200, 1], [-1e200, 2]])
    assert (loss.minimisers, loss.minimum, loss.hessian) == ((), None, None)


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
    ("rows", "kind", "message"),
    [
        ([], ValueError, "rows must be one"),
        ([1, 2, 3], ValueError, r"got shape \(3,\)"),
        ([[1, 2, 3]], ValueError, r"got shape \(1, 3\)"),
        ([[1, np.nan]], ValueError, "rows must be finite"),
        ([["a", "b"]], TypeError, "rows must consist of numbers"),
        ([[1, 2], [3]], TypeError, "rows must consist of numbers"),
    ],
)
def test_rows_must_be_finite_pairs(rows, kind, message):
    with pytest.raises(kind, match=message):
        neuron_loss(rows)


def test_a_start_of_the_neuron_must_be_two_numbers():
    with pytest.raises(ValueError, match=r"start must have 2 numbers \(W1, b1\); got 3"):
        neuron_loss(ROWS, start=(1, 2, 3))
