"""The eight words for what a run does: each case, and what no word may depend on."""

from __future__ import annotations

import re
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from descent import Trajectory, record, sweep
from descent.palette import BEHAVIOR_ROLES, DARK
from descent.runs.behavior import BEHAVIORS
from descent.text import numbers
from descent.text import runs as text
from descent.text.methods import against_boundary
from scenes import registry
from scenes.wording.runs import describe_failure, describe_left
from tests.marks import slow_except
from tests.random_losses import RandomLoss, easom, random_losses, rates
from understanding_gradients.notebook.film import CLIP_OF_BEHAVIOR, MAX_TITLE

few = settings(deadline=None, max_examples=40)
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


@pytest.mark.parametrize("name", slow_except(CASES, *(CASES.keys() - {"rosenbrock rattles"})))
def test_the_word_is_the_true_one(name):
    loss, start, rate, count, behavior = CASES[name]
    assert record(loss, start, learning_rate=rate, steps=count).behavior == behavior


# Losses that fall like these functions of the time t, in words that hold from some step on.
ENDLESS = {
    "log t": (lambda p: -p.log().sum(), "slow"),
    "the root of t": (lambda p: -p.sqrt().sum(), "slow"),
    "t": (lambda p: -p.sum(), "slow"),
    "1 / t": (lambda p: torch.exp(-p).sum(), "converging"),
    "the third root of 1 / t": (lambda p: (1 / p).sum(), "converging"),
    "1 / t²": (lambda p: (p**4).sum() / 40, "converging"),
    "exp(-t)": (lambda p: (p**2).sum() / 4, "converging"),
}


@pytest.mark.parametrize("steps", slow_except([100, 1000, 5000], 100))
@pytest.mark.parametrize("rate", slow_except([0.1, 1.0], 1.0))
@pytest.mark.parametrize("name", ENDLESS)
def test_a_fall_without_bound_is_not_said_to_arrive(name, rate, steps):
    loss, word = ENDLESS[name]
    run = record(loss, [1.0, 1.5], learning_rate=rate, steps=steps)
    moved = record(lambda p: 8 * loss(p) - 3, [1.0, 1.5], learning_rate=rate / 8, steps=steps)
    assert (run.behavior, moved.behavior) == (word, word)


def test_a_run_that_came_to_rest_is_not_said_to_move():
    arrived = record(log_cosh, [1.0], learning_rate=1.0, steps=20, optimizer="LBFGS")
    assert (arrived.losses[10:] == arrived.losses[-1]).all() and arrived.gradients[-1].any()
    assert arrived.behavior == "converging"
    schedule = np.where(np.arange(20) < 8, 0.02, 0.0)
    stopped = record(log_cosh, [1.0], learning_rate=schedule, steps=20)
    assert stopped.losses[8] < stopped.losses[0]
    assert stopped.behavior == "slow"


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
@example(RandomLoss("easom", easom, np.array([2.03260069, 1.77742488]), True), 1.0, 6)
def test_each_word_is_true_of_the_recorded_numbers(loss, rate, count):
    run = record(loss, loss.start, learning_rate=rate, steps=count)
    first, last = run.losses[0], run.losses[-1]
    if run.behavior in ("slow", "converging"):
        assert last <= first and not run.diverged
    if run.behavior == "diverging":
        assert run.diverged or last > first
    if run.behavior == "unbounded":
        assert last < first
        # A run that was cut off on its way into a well has seen nothing that would bound it.
        falls = -np.diff(run.losses)[run.steps // 2 :]
        assert not loss.is_bounded or (np.diff(falls) > 0).all()
    if run.behavior == "stationary":
        np.testing.assert_allclose(run.iterates, run.iterates[[0]].repeat(run.steps + 1, 0), 1e-12)
    if run.behavior == "left the domain":
        assert loss.kind == "log" and run.next_loss == "nan"


def shapes(losses):
    """Return a run of one parameter with these losses, falling along a slope."""
    steps = len(losses) - 1
    rows = np.arange(steps + 1.0)[:, None]
    return Trajectory(rows, losses, rows * 0 + 1, np.ones(steps), ("x",))


EXAMPLES = {
    behavior: record(loss, start, learning_rate=rate, steps=count)
    for loss, start, rate, count, behavior in CASES.values()
}


def test_each_behavior_has_an_example():
    assert set(EXAMPLES) == set(BEHAVIORS)


@pytest.mark.parametrize("behavior", BEHAVIORS)
def test_each_behavior_has_every_form_of_words(behavior):
    run = EXAMPLES[behavior]
    assert text.what_it_does(run) and text.what_to_watch(run).startswith("watch ")
    for against in ("", "far below the boundary", "below the boundary", "beyond the boundary"):
        does, _, watch = text.opening(run, against).partition(": ")
        assert does and watch.startswith("watch ")
    for said in (text.summary(run), text.status(run), text.ending(run), text.opening(run)):
        assert said and "nan" not in said.split()
    assert len(text.what_it_does(run)) <= MAX_TITLE
    shown = SimpleNamespace(
        trajectory=run, full=run, lowest=run.losses.min(), learning_rate=1.0,
        critical_learning_rate=1.0, minimum=run.losses.min() - 1, sharpness=1.0,
    )  # fmt: skip
    assert describe_failure(shown) and describe_left(shown)
    assert BEHAVIOR_ROLES[behavior] in vars(DARK)
    assert registry.clip(CLIP_OF_BEHAVIOR[behavior])


def test_a_descent_is_called_slow_only_where_most_of_the_way_down_is_left():
    near, far = (
        record(lambda p: p[0].abs(), [1.0], learning_rate=rate, steps=6) for rate in (0.15, 0.05)
    )
    assert near.behavior == far.behavior == "slow"
    assert text.what_it_does(near) == "A loss that falls"  # from 1 to 0.1
    assert text.what_it_does(far) == "A slow descent"  # from 1 to 0.7
    assert text.what_it_does(near, minimum=-5.0) == "A slow descent"
    assert text.what_it_does(far, minimum=0.5) == "A loss that falls"
    below = record(lambda p: p[0].abs() - 20, [1.0], learning_rate=0.15, steps=6)
    assert text.what_it_does(below) == "A slow descent"  # by 0.9 of a loss of −19


def test_a_name_for_the_size_of_a_rate_is_given_only_where_the_boundary_proves_it():
    falling = record(lambda p: -(p**2).sum(), [1.0], learning_rate=0.1, steps=6)
    assert text.opening(falling, against_boundary(0.1, np.inf)) == (
        "A descent that gathers pace: watch each step grow"
    )
    assert text.summary(falling) == ("Gathering pace: in 6 steps the loss went from −1 to −8.916")
    slow = record(lambda p: (p**4).sum(), [1.0], learning_rate=0.001, steps=6)
    assert text.opening(slow, "below the boundary").startswith("A slow descent")
    assert text.opening(slow, "far below the boundary").startswith("A very small learning rate")
    turning = EXAMPLES["oscillating"]
    assert "large" not in text.opening(turning, "below the boundary")


def test_a_loss_to_and_fro_at_one_height_is_said_to_stay():
    run = record(lambda p: 1.5 * (p**2).sum(), [1.0], learning_rate=2 / 3, steps=20)
    assert text.summary(run) == "Oscillating: in 20 steps the loss stayed at 1.5"
    assert text.status(run) == "oscillating: loss at 1.5"
    assert text.ending(run) == "In 20 steps the loss stayed at 1.500"
    assert text.step(run, 0) == "The loss stays at 1.500"


BETWEEN = "the loss went between 2.000 and 5.000"


@pytest.mark.parametrize(
    ("losses", "said"),
    [
        ((1000.0, 1000 - 1e-5), "In 1 step the loss fell by 1.00·10^−5"),
        ((-1.0, -1 + 1e-6), "In 1 step the loss rose by 1.00·10^−6"),
        ((2.0, 5.0, 2.0), f"In 2 steps {BETWEEN}, and ended where it began"),
        ((2.0, 1.5), "In 1 step the loss went from 2.000 to 1.500"),
        ((0.0, 0.0), "In 1 step the loss stayed at 0.000"),
    ],
)
def test_two_losses_that_read_the_same_are_not_said_to_differ(losses, said):
    assert text.descended(shapes(losses)) == said


NUMBER = r"−?[\d.]+(?:·10\^−?\d+)?"


def parsed(sentence, pattern):
    found = re.search(pattern.replace("#", f"({NUMBER})"), sentence)
    return [numbers.parse(one) for one in found.groups()] if found else None


@few
@given(random_losses(), rates, steps)
def test_what_is_said_of_a_run_is_true_of_its_numbers(loss, rate, count):
    run = record(loss, loss.start, learning_rate=rate, steps=count)
    first, last = run.losses[0], run.losses[-1]
    said = [text.summary(run), text.ending(run), text.opening(run, "beyond the boundary")]
    said += [text.step(run, t) for t in range(min(run.steps, 5))]
    for sentence in said:
        ends = parsed(sentence, "from # to #")
        assert ends is None or ends[0] != ends[1]
        if "%" in sentence:
            assert 0 <= run.losses.min() <= 0.1 * first
    if "diverg" in text.summary(run).lower():
        assert run.diverged or last > first
        # A bounded loss, or one that grows no faster than a line, throws nothing out for ever.
        assert loss.kind not in ("cos", "easom", "logistic") or run.steps < 3
    if "very large" in text.opening(run, "beyond the boundary"):
        assert run.diverged or last > first
    if "without bound" in text.ending(run):
        assert not loss.is_bounded
    if "stands still" in text.opening(run):
        assert np.ptp(run.iterates, axis=0).max() <= 1e-12 * (1 + np.abs(run.iterates).max())
    for t in range(min(run.steps, 5)):
        before, after = run.losses[t : t + 2]
        step = text.step(run, t)
        assert not (re.search("falls|lower|Downhill", step) and after >= before)
        assert not (re.search("rises|higher|Uphill", step) and after <= before)


def test_rounding_noise_that_grows_at_a_minimum_is_a_run_that_stands_still():
    lowest = torch.tensor([1.2, 0.8], dtype=torch.float64)
    scale = torch.tensor([2.0, 6.0], dtype=torch.float64)
    start = np.nextafter(lowest.numpy(), 2)
    loss = lambda p: (scale * (p - lowest) ** 2).sum() + 1  # noqa: E731
    run = record(loss, start, learning_rate=0.9, steps=6)
    assert run.behavior == "diverging"
    assert text.what_it_does(run) == "A run that stands still"
    assert text.what_to_watch(run) == "watch the parameters stay where they are"
