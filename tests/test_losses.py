"""The losses that have a name: what is told of each must be so."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import optimize

from descent import (
    LOSSES,
    NamedLoss,
    check_loss,
    hessian,
    neuron_loss,
    neuron_weight_loss,
    quadratic_bowl,
    record,
    row_loss,
    sweep,
)

ROWS = np.array([[-1.0, -0.6], [0.0, 1.1], [0.5, 1.2], [1.5, 2.9]])
KNOWN = [
    *LOSSES.values(),
    neuron_loss(ROWS, (-1, 1.6)),
    row_loss(1.5, 2.9, start=(-1, 1.6)),
    neuron_weight_loss(ROWS, bias=1.0),
    quadratic_bowl(1, dimensions=1),
    quadratic_bowl(50),
    quadratic_bowl(7, angle=0.6),
    quadratic_bowl(1000, dimensions=5),
]
each_loss = pytest.mark.parametrize("loss", KNOWN, ids=lambda loss: loss.description)


def value_at(loss, point):
    return loss(torch.tensor(point, dtype=torch.float64)).item()


def points(loss):
    generator = np.random.default_rng(0)
    return generator.uniform(-2, 2, (4, len(loss.names)))


@pytest.mark.parametrize("name", LOSSES)
def test_a_named_loss_is_listed_by_its_name_with_its_source(name):
    assert LOSSES[name].name == name
    assert LOSSES[name].source


@each_loss
def test_every_loss_can_be_descended_from_its_start(loss):
    _, gradient = check_loss(loss, loss.start)
    assert len(gradient) == len(loss.names) == len(loss.start)
    assert np.abs(gradient).max() > 0


@each_loss
def test_the_closed_form_of_the_hessian_is_what_autograd_finds(loss):
    for point in points(loss):
        np.testing.assert_allclose(loss.hessian(point), hessian(loss, point), atol=1e-9, rtol=1e-9)


@each_loss
def test_at_a_minimiser_the_gradient_is_nothing_and_the_value_the_minimum(loss):
    for point in loss.minimisers:
        value, gradient = check_loss(loss, point)
        assert value == pytest.approx(loss.minimum, abs=1e-14)
        # As near to 0 as neighbouring numbers of float64 allow.
        curvature = np.abs(loss.hessian(point)).max()
        assert np.abs(gradient).max() <= 4e-16 * curvature * (1 + np.abs(point).max())
        assert np.linalg.eigvalsh(loss.hessian(point))[0] > 0


@each_loss
def test_nothing_lies_below_the_minimum(loss):
    lowest = min(optimize.minimize(lambda p: value_at(loss, p), at).fun for at in points(loss))
    assert lowest >= loss.minimum - 1e-12


@each_loss
def test_the_window_shows_the_start_and_every_minimiser(loss):
    for point in (loss.start, *loss.minimisers) if loss.window else ():
        assert all(low < x < high for (low, high), x in zip(loss.window, point, strict=True))


def test_himmelblaus_four_minimisers_are_all_that_a_search_from_everywhere_finds():
    loss = LOSSES["himmelblau"]
    grid = np.stack(np.meshgrid(*[np.linspace(-5, 5, 6)] * 2), axis=-1).reshape(-1, 2)
    ends = [optimize.minimize(lambda p: value_at(loss, p), at).x for at in grid]
    nearest = [np.linalg.norm(np.array(loss.minimisers) - end, axis=1) for end in ends]
    assert {int(distances.argmin()) for distances in nearest} == {0, 1, 2, 3}
    assert max(distances.min() for distances in nearest) < 1e-4


@pytest.mark.parametrize(
    ("name", "point", "value"),
    [
        ("parabola", [3], 9),
        ("double_well", [1], 0.25),
        ("bowl", [2, 1], 7),
        ("ravine", [2, 1], 29),
        ("rosenbrock", [0, 1], 101),
        ("beale", [0, 0], 14.203125),
        ("himmelblau", [0, 0], 170),
        ("saddle", [1, 0], 2),
        ("rastrigin", [0.5, 1], 21.25),
    ],
)
def test_a_named_loss_has_its_known_value(name, point, value):
    assert value_at(LOSSES[name], point) == pytest.approx(value, rel=1e-15)


@each_loss
def test_every_loss_can_be_swept(loss):
    rates = [1e-4, 1e-3]
    found = sweep(loss, loss.start, rates, 5)
    one_by_one = [record(loss, loss.start, learning_rate=rate, steps=5) for rate in rates]
    np.testing.assert_allclose(found.final_losses, [run.losses[-1] for run in one_by_one])


def test_a_hessian_takes_a_tensor_and_refuses_another_number_of_parameters():
    at = torch.tensor([1.0, 2.0], requires_grad=True)
    np.testing.assert_array_equal(LOSSES["ravine"].hessian(at), [[2, 0], [0, 50]])
    with pytest.raises(ValueError, match=r"must have 2 numbers \(θ1, θ2\); got 1"):
        LOSSES["rosenbrock"].hessian([1.0])


def test_nobody_can_change_the_hessian_of_a_quadratic():
    LOSSES["bowl"].hessian([0, 0])[0, 0] = 99
    assert LOSSES["bowl"].hessian([0, 0])[0, 0] == 2


def test_a_loss_of_ones_own_need_tell_no_more_than_before():
    loss = NamedLoss("mine", ("u",), lambda p: p[0] ** 4, (1.0,), "u⁴")
    assert (loss.source, loss.minimisers, loss.minimum) == ("", (), None)
    assert (loss.window, loss.hessian) == (None, None)


def test_a_loss_that_there_is_not_is_told_with_the_nearest_and_the_others():
    with pytest.raises(KeyError, match=r"one of parabola, .*; got 'bowll': did you mean bowl\?"):
        LOSSES["bowll"]
    assert LOSSES.get("bowll") is None
    assert "bowll" not in LOSSES
