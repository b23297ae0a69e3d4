"""A loss must be one that can be descended, or one sentence says why not."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import descent
from descent import (
    InvalidType,
    InvalidValue,
    check_learning_rates,
    check_loss,
    check_start,
    check_steps,
    neuron_loss,
)
from descent.checks.arguments import check_group_rates, check_groups


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
        (lambda p: p.to(torch.complex128).sum(), ValueError, "must return a real number"),
        (lambda p: p.log().sum(), ValueError, "must be finite at the start .*; got nan"),
        (lambda p: (p - p).sqrt().sum(), ValueError, "must have a finite gradient at the start"),
        (lambda p: p[7], ValueError, "must work at the start .*; got IndexError: index 7"),
        (lambda: 1, ValueError, "must work at the start .*; got TypeError"),
        (lambda p: p @ torch.ones(2, 2), ValueError, "got RuntimeError"),
        (in_place, ValueError, "must work at the start .*; got RuntimeError"),
    ],
)
def test_a_loss_that_cannot_be_descended_is_refused_in_one_sentence(loss, kind, message):
    with pytest.raises(kind, match=message):
        check_loss(loss, [-1.0, 2.0])


class Toy(torch.nn.Module):
    """A module with its loss, which depends on no vector that it is given."""

    def __init__(self):
        super().__init__()
        self.w = torch.nn.Parameter(torch.tensor(2.0, dtype=torch.float64))

    def forward(self, _):
        return self.w**2


MODULES = {
    "float32": lambda: torch.nn.Linear(2, 1),
    "float64": lambda: torch.nn.Linear(2, 1).double(),
    "of another width": lambda: torch.nn.Linear(3, 1),
    "toy": Toy,
}
USES = {
    "record": lambda loss: descent.record(loss, [1, 2], learning_rate=0.1, steps=3),
    "sweep": lambda loss: descent.sweep(loss, [1, 2], [0.1], 3),
    "sharpness": lambda loss: descent.sharpness(loss, [1, 2]),
    "suggest": lambda loss: descent.suggest_learning_rates(loss, [1, 2]),
    "differences": lambda loss: descent.central_differences(loss, [1, 2], 0.1),
    "graph": lambda loss: descent.backward_graph(loss, [1, 2]),
    "sample": lambda loss: descent.sample(loss, [(-1, 1), (-1, 1)], 5),
}


# The last three need no gradient by the vector, so that they work on the toy.
@pytest.mark.parametrize(
    ("name", "use"),
    [(name, use) for name in MODULES for use in (list(USES)[:4] if name == "toy" else USES)],
)
def test_a_module_that_is_no_loss_leads_to_model_loss(name, use):
    with pytest.raises(InvalidType, match=r"loss must .* the module .* descent\.model_loss\("):
        USES[use](MODULES[name]())


def test_a_module_that_is_a_loss_is_one():
    class Scaled(Toy):
        def forward(self, params):
            return self.w * (params.log() ** 2).sum()

    assert check_loss(Scaled(), [1.0, 1.0])[0] == 0
    with pytest.raises(InvalidValue, match="loss must be finite at the start"):
        check_loss(Scaled(), [-1.0, 1.0])


def test_a_start_of_the_wrong_size_names_the_parameters():
    with pytest.raises(ValueError, match=r"start must have 2 numbers \(W1, b1\); got 1"):
        check_loss(neuron_loss([[0, 1]]), [1.0])


def test_whole_numbers_are_a_start_too():
    assert check_start([1, 2]).dtype == np.float64


@pytest.mark.parametrize(
    "start",
    [
        [1, 2],
        (1.0, 2.0),
        np.array([1, 2], np.int8),
        torch.tensor([1, 2]),
        torch.tensor([1.0, 2.0], requires_grad=True),
        torch.tensor([1, 2], dtype=torch.bfloat16),
    ],
)
def test_a_start_may_be_any_kind_of_real_numbers(start):
    np.testing.assert_array_equal(check_start(start), [1.0, 2.0])
    assert check_start(start).dtype == np.float64


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ([True, False], r"start must consist of numbers; got \[True, False\]"),
        ([1.0, True], r"start must consist of numbers; got \[1.0, True\]"),
        (np.array([True]), "start must consist of numbers"),
        (torch.tensor([True]), "start must consist of numbers"),
        ([1j, 2], "start must be real; got .*: give real and imaginary parts as two parameters"),
        (torch.tensor([1j]), "start must be real"),
        (None, "start must consist of numbers; got None"),
        (["1"], "start must consist of numbers"),
        ([[1], [1, 2]], "start must consist of numbers"),
    ],
)
def test_what_is_no_real_number_is_no_start(start, message):
    with pytest.raises(TypeError, match=message):
        check_start(start)


def test_a_checked_start_is_a_copy():
    start = np.array([1.0, 2.0])
    check_start(start)[0] = 9
    assert start[0] == 1


def test_one_rate_serves_all_steps_and_nobody_can_change_it():
    rates = check_learning_rates(0.5, 3)
    assert rates.tolist() == [0.5, 0.5, 0.5]
    assert not rates.flags.writeable


def test_steps_must_fit_a_file_with_all_that_is_kept_of_a_parameter():
    assert check_steps(np.int64(600), parameters=100_000) == 600
    with pytest.raises(ValueError, match="steps must be fewer for 100,000 parameters; got 600"):
        check_steps(600, parameters=100_000, bytes_per_parameter=24)


def test_groups_give_each_parameter_one_of_the_rates():
    assert check_groups((1, 0, 1), parameters=3, count=2).tolist() == [1, 0, 1]
    assert check_groups(torch.tensor([1, 0]), parameters=2, count=2).tolist() == [1, 0]
    rates, group_of = check_group_rates([0.1, 0.2], 3, [1, 0, 1], parameters=3)
    assert rates.tolist() == [[0.1, 0.2]] * 3
    assert group_of.tolist() == [1, 0, 1]


@pytest.mark.parametrize("groups", [[0, 2], [0], [0, 0], [0, -1], []])
def test_groups_that_leave_out_a_rate_or_a_parameter_are_refused(groups):
    with pytest.raises(ValueError, match="each of 2 parameters one of the 2 rates .* of rates"):
        check_groups(groups, parameters=2, count=2, what="rates")


@pytest.mark.parametrize("groups", [0, None, ["a"], [0.5, 1], [2**70]])
def test_groups_must_be_whole_numbers(groups):
    with pytest.raises(TypeError, match="groups must be one whole number per parameter, 0, 1, …"):
        check_groups(groups, parameters=2, count=2)


def test_the_old_name_of_bytes_per_parameter_still_works():
    with (
        pytest.warns(DeprecationWarning, match="check_steps: bytes_a_parameter is called"),
        pytest.raises(ValueError, match="steps must be fewer"),
    ):
        check_steps(600, parameters=100_000, bytes_a_parameter=24)
