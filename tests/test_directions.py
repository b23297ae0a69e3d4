"""Random directions against the filter normalisation of Li et al."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from descent import model_loss, random_plane
from descent.views.directions import oriented


def network(inputs: int = 2, hidden: int = 5):
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(inputs, hidden), nn.Tanh(), nn.Linear(hidden, 1))
    rows = torch.linspace(-1, 1, 6 * inputs).reshape(6, inputs)
    return model_loss(module, rows, rows.prod(1, keepdim=True), nn.MSELoss())


def test_each_filter_of_a_random_direction_is_as_long_as_that_of_the_parameters():
    _, start, names = network(inputs=3, hidden=4)
    plane = random_plane(start, names, seed=3)
    weights = start[:12].reshape(4, 3), start[16:20].reshape(1, 4)
    for direction in plane.directions:
        rows = direction[:12].reshape(4, 3), direction[16:20].reshape(1, 4)
        for drawn, own in zip(rows, weights, strict=True):
            expected = np.linalg.norm(own, axis=1)
            np.testing.assert_allclose(np.linalg.norm(drawn, axis=1), expected)
        assert not direction[12:16].any() and not direction[20:].any()


def test_a_convolutions_filter_is_all_that_leads_to_one_channel():
    module = nn.Sequential(nn.Conv1d(2, 3, 4), nn.BatchNorm1d(3), nn.Flatten(), nn.Linear(15, 1))
    _, start, names = model_loss(module, torch.randn(5, 2, 8), torch.zeros(5, 1), nn.MSELoss())
    direction = random_plane(start, names).directions[0]
    lengths = np.linalg.norm(start[:24].reshape(3, 8), axis=1)
    np.testing.assert_allclose(np.linalg.norm(direction[:24].reshape(3, 8), axis=1), lengths)
    assert not direction[24:33].any()


def test_the_scale_of_the_parameters_is_that_of_the_picture():
    _, start, names = network()
    small, large = (random_plane(scale * start, names).directions for scale in (1.0, 1e200))
    np.testing.assert_allclose(large, 1e200 * small)


def test_a_seed_gives_the_same_plane_and_another_seed_another():
    one, same, other = (random_plane([1.0, 2.0, 3.0], seed=seed).directions for seed in (4, 4, 5))
    np.testing.assert_array_equal(one, same)
    assert not np.allclose(one, other)


def test_filters_may_be_given_and_without_names_all_is_one():
    whole = random_plane([3.0, 4.0, 0.0]).directions
    np.testing.assert_allclose(np.linalg.norm(whole, axis=1), 5)
    directions = random_plane([3.0, 4.0, 2.0, 6.0], filters=[7, 7, -1, 5]).directions
    np.testing.assert_allclose(np.linalg.norm(directions[:, :2], axis=1), 5)
    np.testing.assert_allclose(np.abs(directions[:, 2:]), [[0, 6], [0, 6]])


@pytest.mark.parametrize(
    ("at", "options", "message"),
    [
        ([1.0], {}, "must have two or more parameters that may move"),
        ([0.0, 0.0], {}, "may move and are not zero; got 0"),
        ([1.0, 2.0], {"filters": [0, -1]}, "may move and are not zero; got 1"),
        ([1.0, 2.0], {"filters": [0]}, "filters must be one whole number from -1 up for each of 2"),
        ([1.0, 2.0], {"filters": [0, np.nan]}, "filters must be one whole number"),
        ([1.0, 2.0], {"filters": [0.5, 1]}, "filters must be one whole number"),
        ([1.0, 2.0], {"filters": [np.inf, 1]}, "filters must be one whole number"),
        ([1.0, 2.0], {"names": ["a"]}, r"start must have 1 number \(a\); got 2"),
    ],
)
def test_a_random_plane_that_cannot_be_drawn_is_refused(at, options, message):
    with pytest.raises(ValueError, match=message):
        random_plane(at, **options)


def test_a_direction_along_which_only_rounding_leads_is_oriented_by_itself():
    coordinates = np.array([[-1.0, -1e-12], [0.0, 0.0]])
    np.testing.assert_array_equal(oriented(np.eye(2, 3), coordinates), [[-1, 0, 0], [0, 1, 0]])
