"""Losses that are more than a function of their parameters, found by evaluating them twice."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations

from descent import InvalidValue, model_loss
from descent.checks.function import carrying, check_is_function
from descent.checks.random_states import kept_random_states

POINT = np.array([1.0, 2.0])
X = torch.linspace(-1, 1, 12).reshape(4, 3)
Y = torch.linspace(0, 1, 32).reshape(4, 8)
GENERATOR = torch.Generator().manual_seed(0)
COUNTER = itertools.count(1)

DRAWN = "since it draws at random"
KEPT = "since it keeps a state between calls"
BEFORE = "draw the random numbers once, before the loss"
ALONE = "compute it from the parameters alone"
EVAL = "call module.eval() first, then model_loss"


class Layer(nn.Module):
    """A linear layer, whose `forward` is made into that of a module with more to it."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.last = nn.Linear(3, 8), torch.zeros(4, 8)
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, x):
        return self.layer(x)


class AlwaysDropping(Layer):
    def forward(self, x):
        return nn.functional.dropout(self.layer(x), 0.5)


class Remembering(Layer):
    def forward(self, x):
        self.last = (self.layer(x) + 0.1 * self.last).detach() + self.layer(x)
        return self.last


class CountingInEval(Layer):
    def forward(self, x):
        self.calls = self.calls + 1
        return self.layer(x) * self.calls


class Showing(Layer):
    """Keeps what it computed, for somebody to look at; its value does not depend on that."""

    def forward(self, x):
        self.last = self.layer(x)
        return self.last


MODULES = {
    "spectral_norm": (lambda: parametrizations.spectral_norm(nn.Linear(3, 8)), KEPT, EVAL),
    "old spectral_norm": (lambda: nn.utils.spectral_norm(nn.Linear(3, 8)), KEPT, EVAL),
    "dropout": (lambda: nn.Sequential(nn.Linear(3, 8), nn.Dropout()), DRAWN, EVAL),
    "random slopes": (lambda: nn.Sequential(nn.Linear(3, 8), nn.RReLU()), DRAWN, EVAL),
    "dropout that ignores eval": (AlwaysDropping, DRAWN, BEFORE),
    "an attribute": (Remembering, KEPT, ALONE),
    "a buffer": (CountingInEval, KEPT, ALONE),
}
FUNCTIONS = {
    "torch": (lambda p: (p**2 + torch.randn(2)).sum(), DRAWN, BEFORE),
    "NumPy": (lambda p: (p**2).sum() * np.random.rand(), DRAWN, BEFORE),  # noqa: NPY002
    "Python": (lambda p: (p**2).sum() * random.random(), DRAWN, BEFORE),
    "its own generator": (
        lambda p: (p**2 + torch.randn(2, generator=GENERATOR)).sum(),
        KEPT,
        ALONE,
    ),
    "a counter": (lambda p: (p**2).sum() * next(COUNTER), KEPT, ALONE),
}


def random_states():
    numpy = np.random.get_state()  # noqa: NPY002
    return torch.get_rng_state().tolist(), numpy[1].tolist(), numpy[2], random.getstate()


@pytest.mark.parametrize(("make", "why", "repair"), MODULES.values(), ids=MODULES)
def test_the_loss_of_a_module_that_is_no_function_says_why_and_what_helps(make, why, repair):
    torch.manual_seed(0)
    loss, start, _ = model_loss(make(), X, Y, nn.MSELoss())
    before = random_states()
    for _ in range(2):
        with pytest.raises(InvalidValue) as caught:
            check_is_function(loss, start)
        assert why in str(caught.value)
        assert repair in str(caught.value)
    assert random_states() == before


@pytest.mark.parametrize("name", [name for name in MODULES if MODULES[name][2] == EVAL])
def test_the_advice_to_call_eval_works(name):
    module = MODULES[name][0]().eval()
    loss, start, _ = model_loss(module, X, Y, nn.MSELoss())
    check_is_function(loss, start)


@pytest.mark.parametrize(("loss", "why", "repair"), FUNCTIONS.values(), ids=FUNCTIONS)
def test_a_loss_that_draws_or_counts_says_why_and_what_helps(loss, why, repair):
    before = random_states()
    with pytest.raises(InvalidValue) as caught:
        check_is_function(loss, POINT)
    assert why in str(caught.value)
    assert repair in str(caught.value)
    assert random_states() == before


def test_a_vector_that_has_converged_at_one_place_lags_behind_at_another():
    torch.manual_seed(0)
    layer = parametrizations.spectral_norm(nn.Linear(3, 8), n_power_iterations=9)
    for _ in range(200):
        layer(X)
    loss, start, _ = model_loss(layer, X, Y, nn.MSELoss())
    value = carrying(loss)
    assert value(start) == pytest.approx(value(start), rel=1e-12)
    with pytest.raises(InvalidValue, match=KEPT):
        check_is_function(loss, start)


@pytest.mark.parametrize(
    "module", [nn.Linear(3, 8), nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8)), Showing()]
)
def test_statistics_that_no_value_depends_on_are_no_state(module):
    loss, start, _ = model_loss(module, X, Y, nn.MSELoss())
    check_is_function(loss, start)


def test_where_a_loss_fails_or_is_not_finite_nothing_is_said():
    check_is_function(lambda p: p.log().sum(), -POINT)
    check_is_function(lambda p: torch.linalg.cholesky(-p[0] * torch.eye(2)).sum(), POINT)


def test_random_states_are_put_back_after_an_error_and_on_demand():
    before = random_states()
    with pytest.raises(ArithmeticError), kept_random_states() as put_back:
        first = torch.rand(1)
        put_back()
        assert torch.equal(torch.rand(1), first)
        raise ArithmeticError
    assert random_states() == before


@pytest.mark.parametrize(
    "draw",
    [
        lambda: float(torch.bernoulli(torch.tensor(0.5))),
        lambda: float(np.random.randint(2)),  # noqa: NPY002
        lambda: float(random.getrandbits(1)),
    ],
    ids=["torch", "numpy", "python"],
)
def test_a_coin_is_noticed_though_it_falls_twice_on_one_side(draw):
    for seed in range(8):
        torch.manual_seed(seed)
        np.random.seed(seed)  # noqa: NPY002
        random.seed(seed)
        before = random_states()
        with pytest.raises(InvalidValue, match=DRAWN):
            check_is_function(lambda p: (p**2).sum() + draw(), POINT)
        assert random_states() == before


def test_what_is_drawn_in_vain_changes_nothing():
    check_is_function(lambda p: (p[torch.randperm(len(p))] ** 2).sum(), POINT)
