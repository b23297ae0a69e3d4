"""Suggested rates must show what they promise, on every loss that is tried."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn

from descent import (
    LOSSES,
    critical_learning_rate,
    model_loss,
    neuron_loss,
    record,
    suggest_learning_rates,
)
from descent.rates.curvature import DENSE_LIMIT
from tests.marks import slow_except
from tests.quadratics import quadratics

NEURON = neuron_loss([[-1, -0.6], [0, 1.1], [0.5, 1.2], [1.5, 2.9], [2, 2.9]], start=(-1, 1.6))
EVERY_LOSS = {**LOSSES, "neuron": NEURON}


@pytest.mark.parametrize("name", EVERY_LOSS)
def test_each_rate_behaves_as_it_is_called(name):
    loss = EVERY_LOSS[name]
    rates = suggest_learning_rates(loss, loss.start, steps=6)
    runs = {
        which: record(loss, loss.start, learning_rate=getattr(rates, which), steps=6)
        for which in ("very_small", "just_right", "very_large")
    }
    assert rates.very_small < rates.just_right < rates.very_large
    assert runs["very_small"].behavior == "slow"
    assert runs["very_small"].losses[-1] < runs["very_small"].losses[0]
    assert (runs["just_right"].losses <= runs["just_right"].losses[0]).all()
    assert runs["just_right"].losses[-1] < runs["very_small"].losses[-1]
    assert runs["very_large"].behavior == "diverging"


@settings(deadline=None, max_examples=25)
@given(quadratics(lowest=0.2, highest=5.0))
def test_on_any_quadratic_the_three_runs_are_told_apart(quadratic):
    assume(np.abs(quadratic.start - quadratic.minimiser).min() > 0.1)
    rates = suggest_learning_rates(quadratic, quadratic.start, steps=12)
    slow, right, thrown = (
        record(quadratic, quadratic.start, learning_rate=rate, steps=12)
        for rate in (rates.very_small, rates.just_right, rates.very_large)
    )
    assert slow.behavior == "slow" and thrown.behavior == "diverging"
    assert right.losses[-1] < slow.losses[-1] < slow.losses[0]


@pytest.mark.parametrize("offset", [1.0, 10.0, 1000.0])
@pytest.mark.parametrize("steps", slow_except([1, 6, 20], 1, 6))
def test_data_far_from_zero_make_a_long_valley_and_just_right_does_not_rattle_in_it(offset, steps):
    x = np.linspace(0, 1, 7) + offset
    loss = neuron_loss(np.stack([x, 3 * x + 50], axis=1), start=(0, 0))
    rates = suggest_learning_rates(loss, loss.start, steps)
    critical = critical_learning_rate(loss, loss.start)
    runs = [
        record(loss, loss.start, learning_rate=share * critical, steps=steps)
        for share in np.linspace(0.05, 0.95, 19)
    ]
    right = record(loss, loss.start, learning_rate=rates.just_right, steps=steps)
    assert right.behavior == "converging"
    # Rates are tried by factors of √2.
    assert right.losses[-1] <= 1.25 * min(run.losses[-1] for run in runs)


@pytest.mark.parametrize("name", slow_except(EVERY_LOSS, "neuron", "rosenbrock", "double_well"))
@settings(deadline=None, max_examples=3)
@given(seed=st.integers(0, 2**32 - 1))
def test_from_other_starts_too_just_right_arrives_lower_than_very_small(name, seed):
    loss = EVERY_LOSS[name]
    start = np.array(loss.start) + 0.3 * np.random.default_rng(seed).standard_normal(
        len(loss.start)
    )
    rates = suggest_learning_rates(loss, start)
    assert 0 < rates.very_small < rates.just_right < rates.very_large < math.inf
    slow, right = (
        record(loss, start, learning_rate=rate, steps=6)
        for rate in (rates.very_small, rates.just_right)
    )
    assert right.losses[-1] < slow.losses[-1] < slow.losses[0]


@settings(deadline=None, max_examples=25)
@given(quadratics(lowest=0.5, highest=2.0))
def test_on_a_quadratic_just_right_is_the_best_rate_for_the_worst_start(quadratic):
    assume(np.abs(quadratic.start - quadratic.minimiser).min() > 0.1)
    eigenvalues = np.linalg.eigvalsh(quadratic.hessian)
    rates = suggest_learning_rates(quadratic, quadratic.start)
    assert rates.just_right == pytest.approx(2 / (eigenvalues[0] + eigenvalues[-1]))
    assert rates.very_small <= 0.01 * 2 / eigenvalues[-1] * (1 + 1e-9)
    assert rates.very_large >= 1.15 * 2 / eigenvalues[-1] * (1 - 1e-9)


def test_on_the_lectures_neuron_the_rates_are_those_of_its_curvature():
    rates = suggest_learning_rates(NEURON, NEURON.start)
    critical = critical_learning_rate(NEURON, NEURON.start)
    assert rates.very_small == pytest.approx(0.01 * critical)
    assert rates.just_right == pytest.approx(0.4), "2 / (1.2 + 3.8)"
    assert rates.very_large == pytest.approx(1.15 * critical)


def test_a_loss_that_cannot_climb_gets_the_largest_rate_tried():
    rates = suggest_learning_rates(lambda p: 3 * p[0], [1.0])
    assert rates.very_large == pytest.approx(1024 / 3)


@pytest.mark.parametrize(
    "loss",
    [
        lambda p: 3 * p[0],
        lambda p: p[0].abs(),
        lambda p: (p[0] ** 2).exp(),
        lambda p: p[0].clamp(min=0),
        lambda p: -(p[0] ** 2),
        lambda p: p[0] ** 4 if p[0].item() > 0 else p[0] ** 2,
        lambda p: 1e-200 * p[0] ** 2,
        lambda p: 1e100 * p[0] ** 2,
        lambda p: 1e-308 * p[0] ** 2,
        lambda p: 1e-320 * p[0],
        lambda p: p[0].sqrt(),
        lambda p: -p[0].log(),
    ],
)
def test_unfriendly_losses_get_three_increasing_positive_rates(loss):
    rates = suggest_learning_rates(loss, [1.0])
    assert 0 < rates.very_small < rates.just_right < rates.very_large < math.inf


@pytest.mark.parametrize(
    ("loss", "start"),
    [
        (LOSSES["bowl"], [0.0, 0.0]),
        (lambda p: 0 * p[0], [1.0]),
        (lambda p: (p[0] - 1).abs() ** 1.5, [1.0]),
    ],
)
def test_a_start_from_which_no_rate_moves_anything_is_refused(loss, start):
    said = "must have a gradient other than zero at the start .*; got .*: choose another start"
    with pytest.raises(ValueError, match=said):
        suggest_learning_rates(loss, start)


def test_very_large_is_above_just_right_even_where_smaller_rates_climb_too():
    def wavy(p):
        return (1.66 * p[0]).cos() + 0.05 * p[0] ** 2 - 1.49 * p[0]

    rates = suggest_learning_rates(wavy, [2.2131])
    critical = critical_learning_rate(wavy, [2.2131])
    climbing = record(wavy, [2.2131], learning_rate=1.75 * critical, steps=6)
    assert climbing.behavior == "diverging"
    assert 1.75 * critical < rates.just_right < rates.very_large


def test_what_only_looks_quadratic_at_the_start_is_tried_out():
    def quartic(p):
        return p[0] ** 4

    formula = 2 / (12 + 12)
    rates = suggest_learning_rates(quartic, [1.0])
    found, naive = (
        record(quartic, [1.0], learning_rate=rate, steps=6).losses[-1]
        for rate in (rates.just_right, formula)
    )
    assert found < naive


def test_many_parameters_get_rates_without_a_whole_hessian(monkeypatch):
    monkeypatch.setattr("descent.rates.suggestions.hessian", lambda *_: pytest.fail("formed"))
    rates = suggest_learning_rates(lambda p: (p**2).sum(), np.ones(150), steps=3)
    assert rates.just_right == pytest.approx(0.5)


@pytest.mark.parametrize("hidden", slow_except([10, 50], 10))
def test_a_network_of_many_parameters_gets_rates_that_show_what_they_promise(hidden):
    torch.manual_seed(0)
    layers = nn.Linear(2, hidden), nn.Tanh(), nn.Linear(hidden, hidden), nn.Tanh()
    module = nn.Sequential(*layers, nn.Linear(hidden, 1))
    inputs = torch.randn(16, 2)
    loss, start, *_ = model_loss(module, inputs, inputs.prod(1, keepdim=True), nn.MSELoss())
    assert len(start) > max(DENSE_LIMIT, hidden**2)
    rates = suggest_learning_rates(loss, start)
    slow, right, thrown = (
        record(loss, start, learning_rate=rate, steps=6)
        for rate in (rates.very_small, rates.just_right, rates.very_large)
    )
    assert slow.behavior == "slow" and thrown.behavior == "diverging"
    assert right.losses[-1] < slow.losses[-1] < slow.losses[0]


def test_near_the_edge_of_its_domain_a_loss_gets_rates_beyond_the_curvature_there():
    def barrier(p):
        return (p - p.log()).sum()

    rates = suggest_learning_rates(barrier, [1e-3])
    right, thrown = (
        record(barrier, [1e-3], learning_rate=rate, steps=6)
        for rate in (rates.just_right, rates.very_large)
    )
    assert rates.just_right > 8 * critical_learning_rate(barrier, [1e-3])
    assert right.losses[-1] < 0.3 * right.losses[0] and thrown.behavior == "diverging"


def test_a_rate_at_which_the_loss_fails_counts_as_very_large():
    def guarded(p):
        if p[0].item() <= 0:
            raise ValueError("outside")
        return p[0] - p[0].log()

    rates = suggest_learning_rates(guarded, [3.0])
    assert rates.very_large < 2 * critical_learning_rate(guarded, [3.0])
    assert record(guarded, [3.0], learning_rate=rates.just_right, steps=6).losses[-1] < 1.1
    thrown = record(guarded, [3.0], learning_rate=rates.very_large, steps=6)
    assert thrown.stopped_by == "error" and thrown.error.endswith("ValueError: outside")


def test_a_loss_that_cannot_be_descended_is_refused():
    with pytest.raises(ValueError, match="must depend on its parameters"):
        suggest_learning_rates(lambda p: p.detach().sum(), [1.0])
