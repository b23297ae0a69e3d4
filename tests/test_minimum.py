"""The minimum downhill of a descent: closed forms, and places that only look like one."""

import numpy as np
import pytest
import torch

from descent import LOSSES
from descent.losses.minimum import find_minimum
from descent.losses.neuron import neuron_loss

HOUSES = ((45, 148), (60, 190), (72, 231), (85, 265), (98, 310), (110, 322), (130, 399), (155, 461))
NARROW = ((-0.2, 1.1), (0.3, 0.6), (1.0, 2.4))
WIDE = ((-40.0, 12e3), (0.0, 4e3), (35.0, -8e2))


def least_squares(rows):
    x, y = np.array(rows, float).T
    design = np.stack([x, np.ones_like(x)], axis=1)
    params, *_ = np.linalg.lstsq(design, y)
    return params, float(((design @ params - y) ** 2).mean())


@pytest.mark.parametrize(
    "rows",
    [HOUSES, ((-0.2, 1.1), (0.3, 0.6), (1.0, 2.4)), ((-40.0, 12e3), (0.0, 4e3), (35.0, -8e2))],
)
def test_that_of_a_neuron_is_the_least_squares_line(rows):
    params, loss = least_squares(rows)
    found = find_minimum(neuron_loss(rows, (0.0, 0.0)), np.zeros(2))
    assert found is not None and found.is_lowest
    np.testing.assert_allclose(found.place, params, rtol=1e-7)
    assert found.loss == pytest.approx(loss, rel=1e-9)


@pytest.mark.parametrize("name", ["rosenbrock", "himmelblau", "beale", "double_well", "rastrigin"])
def test_that_of_another_loss_has_no_gradient_and_is_not_called_the_lowest(name):
    loss = LOSSES[name]
    found = find_minimum(loss, np.array(loss.start))
    assert found is not None and not found.is_lowest
    gradient = torch.func.grad(loss)(torch.tensor(found.place)).numpy()
    np.testing.assert_allclose(gradient, 0, atol=1e-6)
    assert found.loss <= loss(torch.tensor(loss.start, dtype=torch.float64)).item()


@pytest.mark.filterwarnings("ignore:The gradient of the loss jumps")
@pytest.mark.parametrize("kink", [lambda p: p[0].abs(), lambda p: p.abs().sum()])
def test_that_of_a_loss_with_a_kink_is_not_called_the_lowest(kink):
    found = find_minimum(lambda p: kink(p) + p[0] ** 2 + p[1] ** 2, np.array([1.5, 1.0]))
    assert found is None or not found.is_lowest


def test_a_flat_valley_has_one():
    loss = neuron_loss(((2.0, 3.0),), (-1.0, 0.5))
    found = find_minimum(loss, np.array(loss.start))
    assert found is not None and found.is_lowest
    assert found.loss == pytest.approx(0, abs=1e-25)


def test_a_flat_bottom_is_arrived_at():
    found = find_minimum(lambda p: (p**4).sum(), np.array([1.0, 2.0]))
    assert found is not None
    np.testing.assert_allclose(found.place, 0, atol=1e-6)


@pytest.mark.parametrize(
    "loss",
    [
        lambda p: -(p**2).sum(),
        lambda p: p[0] ** 2 - p[1] ** 2,
        lambda p: torch.exp(-p[0]) + p[1] ** 2,
        lambda p: torch.nn.functional.softplus(-p[0]) + p[1] ** 2,
        lambda p: p[0] + 2 * p[1],
    ],
)
def test_a_loss_that_falls_for_ever_has_none(loss):
    assert find_minimum(loss, np.array([1.0, 0.1])) is None


def test_a_straight_slope_is_none():
    assert find_minimum(lambda p: p.abs().sum(), np.array([0.3, -0.2])) is None


def test_a_saddle_is_none():
    assert find_minimum(lambda p: p[0] ** 2 - p[1] ** 2, np.zeros(2)) is None
