"""A loss must be one that can be descended, or one sentence says why not."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from descent import check_loss, check_start, neuron_loss


def test_a_good_loss_gives_its_value_and_gradient():
    value, gradient = check_loss(lambda p: p[0] ** 2 + p[1], [3.0, 1.0])
    assert value == 10.0
    np.testing.assert_array_equal(gradient, [6.0, 1.0])


def in_place(params):
    params[0] = 0
    return params.sum()


weight = torch.ones((), dtype=torch.float64, requires_grad=True)


@pytest.mark.parametrize(
    ("loss", "kind", "message"),
    [
        (3, TypeError, "loss must be a function of the parameters; got 3"),
        (lambda p: 3.0, TypeError, "must return a scalar tensor; got float"),
        (lambda p: None, TypeError, "must return a scalar tensor; got NoneType"),
        (lambda p: p**2, ValueError, r"got shape \(2,\): end with .sum\(\) or .mean\(\)"),
        (lambda p: p.sum().reshape(1), ValueError, r"got shape \(1,\)"),
        (lambda p: torch.tensor(1.0), ValueError, "must depend on its parameters"),
        (lambda p: p.detach().sum(), ValueError, "must depend on its parameters"),
        (lambda p: weight**2, ValueError, "must depend on its parameters"),
        (lambda p: p.float().sum(), ValueError, "must return float64; got torch.float32"),
        (lambda p: p.log().sum(), ValueError, "must be finite at the start .*; got nan"),
        (lambda p: (p - p).sqrt().sum(), ValueError, "the gradient must be finite at the start"),
        (lambda p: p[7], ValueError, "must work at the start .*; got IndexError: index 7"),
        (lambda: 1, ValueError, "must work at the start .*; got TypeError"),
        (lambda p: p @ torch.ones(2, 2), ValueError, "got RuntimeError"),
        (in_place, ValueError, "must work at the start .*; got RuntimeError"),
    ],
)
def test_a_loss_that_cannot_be_descended_is_refused_in_one_sentence(loss, kind, message):
    with pytest.raises(kind, match=message):
        check_loss(loss, [-1.0, 2.0])


def test_a_start_of_the_wrong_size_names_the_parameters():
    with pytest.raises(ValueError, match=r"start must have 2 numbers \(W1, b1\); got 1"):
        check_loss(neuron_loss([[0, 1]]), [1.0])


def test_whole_numbers_are_a_start_too():
    assert check_start([1, 2]).dtype == np.float64
