"""The eight words for what a run does: each case, and what no word may depend on."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from descent import Trajectory, record, sweep
from tests.random_losses import easom, random_losses, rates

few = settings(deadline=None, max_examples=60)
# Where the last bit decides what becomes of a run, moving the loss decides it anew.
CALM = ("quadratic", "quartic", "double well", "log cosh", "network", "peak", "saddle", "minus exp")
powers_of_two = st.integers(-20, 20).map(lambda power: 2.0**power)
steps = st.sampled_from([1, 2, 3, 4, 6, 8, 12, 25, 60])


def log_cosh(p):
    return torch.log(torch.cosh(p)).sum()


def steep_rosenbrock(p):
    return (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2


CASES = {
    "log cosh goes to and fro for ever": (log_cosh, [3.0], 10.0, 60, "oscillating"),
    "rosenbrock rattles": (steep_rosenbrock, [-1.2, 1.0], 0.006, 10_000, "oscillating"),
    "rosenbrock settles to rattle": (steep_rosenbrock, [-1.2, 1.0], 0.006, 3_000, "oscillating"),
    "no gradient at a saddle": (
        lambda p: (p[0] * p[1] - 1) ** 2,
        [0.0, 0.0],
        0.1,
        20,
        "stationary",
    ),
    "a rate too small for any digit": (lambda p: (p**2).sum(), [1.0], 1e-20, 20, "stationary"),
    "a fall without bound": (lambda p: -(p**2).sum(), [1.0], 0.1, 100, "unbounded"),
    "a fall to minus infinity": (lambda p: -(p**2).sum(), [1.0], 0.1, 9_000, "unbounded"),
    "an exponential fall": (lambda p: -p.exp().sum(), [0.0], 0.1, 11, "unbounded"),
    "down a well": (easom, [2.0, 2.0], 0.1, 38, "converging"),
    "leaving a summit": (lambda p: p.cos().sum(), [1e-5], 0.1, 60, "slow"),
    "to and fro at the boundary": (lambda p: 1.5 * (p**2).sum(), [1.0], 2 / 3, 20, "oscillating"),
    "beyond the boundary": (lambda p: 1.5 * (p**2).sum(), [1.0], 0.67, 20, "diverging"),
    "to infinity": (lambda p: (p**4).sum(), [1.0], 5.0, 20, "diverging"),
    "a logarithm left": (lambda p: p.log().sum(), [1.0], 0.1, 20, "left the domain"),
    "a root left": (lambda p: p.sqrt().sum(), [1.0], 0.1, 40, "left the domain"),
    "a kink reached": (lambda p: (p**2).sum().sqrt(), [2.0], 0.25, 20, "slow"),
    "thrown about among waves": (lambda p: p.cos().sum(), [0.5, 1.0], 12, 60, "bounded"),
}


@pytest.mark.parametrize("name", CASES)
def test_the_word_is_the_true_one(name):
    loss, start, rate, count, behavior = CASES[name]
    assert record(loss, start, learning_rate=rate, steps=count).behavior == behavior


def test_a_loss_that_fails_beyond_its_domain_is_said_to_have_been_left():
    def factor(p):
        return torch.linalg.cholesky(torch.diag(p)).diagonal().sum() ** 2

    run = record(factor, [1.0, 1.0], learning_rate=0.3, steps=40)
    assert (run.behavior, run.next_loss) == ("left the domain", "none")
    assert sweep(factor, [1.0, 1.0], [0.3], 40).behaviors.tolist() == ["left the domain"]


def test_the_loss_that_ended_a_run_survives_a_file(tmp_path):
    run = record(lambda p: p.log().sum(), [1.0], learning_rate=0.1, steps=20)
    assert run.next_loss == "nan"
    again = Trajectory.load(run.save(tmp_path / "run"))
    assert (again.next_loss, again.behavior) == ("nan", "left the domain")
    assert again.first(2).next_loss == ""


@few
@given(random_losses(), rates, steps, st.floats(-1e6, 1e6))
def test_a_constant_added_to_a_loss_changes_no_word(loss, rate, count, constant):
    plain = record(loss, loss.start, learning_rate=rate, steps=count)
    raised = record(lambda p: loss(p) + constant, loss.start, learning_rate=rate, steps=count)
    np.testing.assert_array_equal(raised.iterates, plain.iterates)
    assert raised.behavior == plain.behavior


@few
@given(random_losses(), rates, steps, powers_of_two)
def test_a_scaled_loss_at_the_inverse_rate_changes_no_word(loss, rate, count, scale):
    plain = record(loss, loss.start, learning_rate=rate, steps=count)
    scaled = record(lambda p: loss(p) * scale, loss.start, learning_rate=rate / scale, steps=count)
    assert scaled.behavior == plain.behavior


@few
@given(random_losses(CALM), rates, steps, st.floats(-5, 5))
def test_a_loss_moved_elsewhere_changes_no_word(loss, rate, count, shift):
    plain = record(loss, loss.start, learning_rate=rate, steps=count)
    start = loss.start + shift
    there = record(lambda p: loss(p - shift), start, learning_rate=rate, steps=count)
    assert there.behavior == plain.behavior


@few
@given(random_losses(), st.lists(rates, min_size=1, max_size=5), steps)
def test_a_sweep_says_of_each_rate_what_a_recording_says(loss, some, count):
    found = sweep(loss, loss.start, some, count)
    said = [record(loss, loss.start, learning_rate=one, steps=count).behavior for one in some]
    assert found.behaviors.tolist() == said


@few
@given(random_losses(), rates, steps)
def test_each_word_is_true_of_the_recorded_numbers(loss, rate, count):
    run = record(loss, loss.start, learning_rate=rate, steps=count)
    first, last = run.losses[0], run.losses[-1]
    if run.behavior in ("slow", "converging"):
        assert last <= first and not run.diverged
    if run.behavior == "diverging":
        assert run.diverged or last > first
    if run.behavior == "unbounded":
        assert not loss.is_bounded and last < first
    if run.behavior == "stationary":
        np.testing.assert_allclose(run.iterates, run.iterates[[0]].repeat(run.steps + 1, 0), 1e-12)
    if run.behavior == "left the domain":
        assert loss.kind == "log" and run.next_loss == "nan"
