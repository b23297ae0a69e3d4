"""An optimizer that a function makes does what it does in an ordinary loop, to the bit."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch
from torch.nn.utils import parameters_to_vector
from torch.optim import SGD, Adam
from torch.optim.lr_scheduler import StepLR

import descent
from descent import model_loss, record, sweep
from descent.checks.errors import InvalidArgument
from tests.test_optimizers import OPTIONS, bowl

X = torch.linspace(-1, 1, 12, dtype=torch.float64).reshape(4, 3)
Y = X.sin().sum(1, keepdim=True)
ARRAYS = ("iterates", "losses", "gradients", "learning_rates")


def network():
    torch.manual_seed(0)
    layers = torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1)
    return torch.nn.Sequential(*layers).double()


@pytest.mark.parametrize("name", OPTIONS)
def test_every_optimizer_of_torch_is_the_same_by_its_name_and_by_a_function(name):
    make = partial(getattr(torch.optim, name), lr=0.05, **OPTIONS[name])
    made = record(bowl, [2.0, 1.0], steps=6, optimizer=make)
    named = record(bowl, [2.0, 1.0], learning_rate=0.05, steps=6, optimizer=name, **OPTIONS[name])
    assert all(np.array_equal(getattr(made, one), getattr(named, one)) for one in ARRAYS)
    assert (made.optimizer, made.options) == (name, named.options)


def by_hand(make, steps, schedule=None):
    """Return the iterates, losses and rates of each group of an ordinary loop."""
    model, criterion = network(), torch.nn.MSELoss()
    optimizer = make(list(model.parameters()))
    scheduler = schedule(optimizer) if schedule else None
    rows, losses, rates = [], [], []
    for t in range(steps + 1):
        optimizer.zero_grad()
        loss = criterion(model(X), Y)
        loss.backward()
        rows.append(parameters_to_vector(model.parameters()).tolist())
        losses.append(loss.item())
        if t < steps:
            rates.append([group["lr"] for group in optimizer.param_groups])
        optimizer.step()
        if scheduler:
            scheduler.step()
    return rows, losses, np.array(rates)


def recorded(make, **more):
    loss, start, _ = model_loss(network(), X, Y, torch.nn.MSELoss())
    return record(loss, start, steps=4, optimizer=make, **more)


def in_two_groups(params):
    groups = [{"params": params[:2], "lr": 0.1}, {"params": params[2:], "weight_decay": 0.1}]
    return SGD(groups, lr=0.02, momentum=0.9)


def test_groups_that_a_function_makes_have_rates_and_options_of_their_own():
    run = recorded(in_two_groups)
    rows, losses, _ = by_hand(in_two_groups, 4)
    assert run.iterates.tolist() == rows
    assert run.losses.tolist() == losses
    assert run.learning_rates.tolist() == [[0.1] * 16 + [0.02] * 5] * 4
    decay = {"weight_decay of group 0": 0, "weight_decay of group 1": 0.1}
    assert run.options == {"momentum": 0.9, **decay}


def test_groups_with_one_rate_have_it_for_all_numbers():
    run = recorded(lambda params: Adam([{"params": [one]} for one in params], lr=0.1))
    assert run.learning_rates.tolist() == [0.1] * 4


def test_a_scheduler_goes_on_from_the_rate_that_a_function_gives():
    def halve(optimizer):
        return StepLR(optimizer, 2, 0.5)

    run = recorded(in_two_groups, scheduler=halve)
    rows, losses, rates = by_hand(in_two_groups, 4, halve)
    assert (run.iterates.tolist(), run.losses.tolist()) == (rows, losses)
    assert np.array_equal(run.learning_rates[:, [0, -1]], rates)
    assert not np.array_equal(rates[0], rates[-1])


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (
            {"learning_rate": 0.1},
            "^learning_rate must be left out where .*; got 0.1: give it there",
        ),
        ({"momentum": 0.9}, "^momentum must be left out .* as in lambda params: torch.optim.SGD"),
        ({"groups": [0, 1]}, "^groups must be left out where optimizer= is a function"),
        ({"optimizer": lambda p: None}, "^optimizer must return an optimizer .*; got NoneType: wr"),
        ({"optimizer": lambda p: SGD}, "^optimizer must return an optimizer .*; got the class SGD"),
        ({"optimizer": lambda p: SGD(p)(2)}, "^optimizer must work for the parameters; got TypeEr"),
        (
            {"optimizer": lambda p: SGD([torch.zeros(2)], lr=0.1)},
            "^optimizer must be made of the params that it is given, .* got one of 1 others",
        ),
    ],
)
def test_what_contradicts_a_function_is_refused_in_one_sentence(wrong, sentence):
    request = {"steps": 3, "optimizer": lambda params: SGD(params, lr=0.1), **wrong}
    with pytest.raises(InvalidArgument, match=sentence):
        record(bowl, [2.0, 1.0], **request)


def test_a_function_that_leaves_parameters_out_is_refused():
    with pytest.raises(InvalidArgument, match="all of them and no others; got one of 2 of 4"):
        recorded(lambda params: SGD(params[:2], lr=0.1))


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: record(bowl, [2, 1], steps=3), "^learning_rate must be given: write learning_r"),
        (lambda: record(bowl, [2, 1], steps=3, lr=0.1), "^lr must be .*: write learning_rate=0.1."),
        (lambda: record(bowl, [2, 1], steps=3, learning_rates=[1]), "write learning_rate=.1.\\.$"),
        (lambda: sweep(bowl, [2, 1], steps=3, lr=[0.1]), r"write learning_rates=\[0.1\]"),
        (lambda: sweep(bowl, [2, 1], steps=3, learning_rate=0.1), "write learning_rates=0.1"),
    ],
)
def test_a_learning_rate_by_another_name_is_told_its_own(call, sentence):
    with pytest.raises(descent.InvalidType, match=sentence):
        call()
