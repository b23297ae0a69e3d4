"""Rates from arrays and from PyTorch's schedulers, against ordinary loops, to the bit."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler

from descent import LOSSES, Trajectory, record
from descent.text import methods as text
from understanding_gradients.lecture.from_runs import RATE_NAMES, check_comparable


def bowl(params):
    return params[0] ** 2 + 3 * params[1] ** 2


def warm_then_cosine(optimizer):
    """Return a scheduler that is made of two."""
    warm = lr_scheduler.LinearLR(optimizer, start_factor=0.1, total_iters=3)
    cosine = lr_scheduler.CosineAnnealingLR(optimizer, T_max=5)
    return lr_scheduler.SequentialLR(optimizer, [warm, cosine], milestones=[3])


MOMENTUM = {"momentum": 0.9}
SCHEDULERS = {
    "steps": (partial(lr_scheduler.StepLR, step_size=3), {}),
    "exponential": (partial(lr_scheduler.ExponentialLR, gamma=0.8), {}),
    "cosine": (partial(lr_scheduler.CosineAnnealingLR, T_max=10), {}),
    "restarts": (partial(lr_scheduler.CosineAnnealingWarmRestarts, T_0=4), {}),
    "lambda": (lambda optimizer: lr_scheduler.LambdaLR(optimizer, lambda t: 1 / (1 + t)), {}),
    "two in turn": (warm_then_cosine, {}),
    "one cycle": (partial(lr_scheduler.OneCycleLR, max_lr=0.02, total_steps=10), MOMENTUM),
    "cycles": (
        partial(lr_scheduler.CyclicLR, base_lr=0.001, max_lr=0.02, step_size_up=3),
        MOMENTUM,
    ),
    "plateau": (partial(lr_scheduler.ReduceLROnPlateau, factor=0.5, patience=0, threshold=0.3), {}),
}


def by_hand(loss, start, steps, rate, scheduler, optimizer, options):
    """Return iterates and rates of an ordinary loop."""
    params = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    stepper = getattr(torch.optim, optimizer)([params], lr=rate, **options)
    schedule = scheduler(stepper)
    iterates, rates = [params.detach().numpy().copy()], []
    for _ in range(steps):
        stepper.zero_grad()
        value = loss(params)
        value.backward()
        rates.append(stepper.param_groups[0]["lr"])
        stepper.step()
        is_plateau = isinstance(schedule, lr_scheduler.ReduceLROnPlateau)
        schedule.step(*([value.item()] if is_plateau else []))
        iterates.append(params.detach().numpy().copy())
    return np.array(iterates), np.array(rates)


@pytest.mark.parametrize("optimizer", ["SGD", "RMSprop"])
@pytest.mark.parametrize("name", SCHEDULERS)
def test_a_scheduler_of_pytorch_does_what_it_does_by_hand(name, optimizer):
    (scheduler, options), loss = SCHEDULERS[name], LOSSES["himmelblau"]
    request = {"optimizer": optimizer, "scheduler": scheduler, **options}
    run = record(loss, loss.start, learning_rate=0.01, steps=10, **request)
    expected = by_hand(loss, loss.start, 10, 0.01, scheduler, optimizer, options)
    np.testing.assert_array_equal(run.iterates, expected[0])
    np.testing.assert_array_equal(run.learning_rates, expected[1])
    assert len(set(run.learning_rates.tolist())) > 1


def test_the_rate_of_a_step_is_the_one_that_it_was_taken_with():
    loss = LOSSES["bowl"]
    halved = partial(lr_scheduler.ExponentialLR, gamma=0.5)
    run = record(loss, loss.start, learning_rate=0.2, steps=5, scheduler=halved)
    np.testing.assert_allclose(run.learning_rates, 0.2 * 0.5 ** np.arange(5), rtol=1e-15)
    step = run.iterates[:-1] - run.learning_rates[:, None] * run.gradients[:-1]
    np.testing.assert_allclose(run.iterates[1:], step, rtol=1e-15)


def test_a_rate_may_become_nothing_on_the_way():
    to_nothing = partial(lr_scheduler.LinearLR, start_factor=1.0, end_factor=0.0, total_iters=2)
    run = record(bowl, [2, 1], learning_rate=0.1, steps=4, scheduler=to_nothing)
    np.testing.assert_array_equal(run.learning_rates[2:], [0, 0])
    np.testing.assert_array_equal(run.iterates[2], run.iterates[4])


def test_a_scheduler_knows_groups():
    each = partial(lr_scheduler.LambdaLR, lr_lambda=[lambda t: 1.0, lambda t: 0.5**t])
    run = record(bowl, [2, 1], learning_rate=[0.1, 0.2], steps=3, scheduler=each, groups=[1, 0])
    np.testing.assert_allclose(run.learning_rates, [[0.2, 0.1], [0.1, 0.1], [0.05, 0.1]])


def test_a_scheduler_that_wants_a_measure_is_told_the_loss_each_step_was_taken_from():
    told = []

    class Attentive(lr_scheduler.ReduceLROnPlateau):
        def step(self, metrics, epoch=None):
            told.append(metrics)
            super().step(metrics)

    run = record(bowl, [2, 1], learning_rate=0.1, steps=4, scheduler=Attentive)
    assert told == run.losses[:-2].tolist(), "no rate follows the last step"


def test_a_scheduler_goes_with_a_closure():
    request = {"learning_rate": 1.0, "steps": 3, "optimizer": "LBFGS", "max_iter": 1}
    slower = partial(lr_scheduler.ExponentialLR, gamma=0.5)
    run = record(bowl, [2, 1], scheduler=slower, **request)
    np.testing.assert_array_equal(run.learning_rates, [1.0, 0.5, 0.25])


def test_a_run_that_ends_early_has_the_rates_of_its_steps_alone():
    slower = partial(lr_scheduler.ExponentialLR, gamma=0.9)
    request = {"learning_rate": 0.1, "steps": 50, "scheduler": slower}
    run = record(bowl, [2.0, 1.0], until=1.0, **request)
    assert 0 < run.steps < 50
    assert len(run.learning_rates) == run.steps
    assert record(lambda p: p[0] ** 4, [9.0], **request).diverged


def test_a_schedule_gives_each_step_its_own_rate():
    rates = [0.3, 0.2, 0.1]
    run = record(lambda p: p[0] ** 2, [1.0], learning_rate=rates, steps=3)
    np.testing.assert_array_equal(run.learning_rates, rates)
    np.testing.assert_allclose(run.iterates[:, 0], np.cumprod([1, 0.4, 0.6, 0.8]))


def test_rates_may_be_tensors():
    one = record(bowl, [2, 1], learning_rate=torch.tensor(0.1, dtype=torch.float64), steps=2)
    each = record(bowl, [2, 1], learning_rate=torch.full((2,), 0.1, dtype=torch.float64), steps=2)
    np.testing.assert_array_equal(one.learning_rates, [0.1, 0.1])
    np.testing.assert_array_equal(one.iterates, each.iterates)


def finished(optimizer):
    return lr_scheduler.OneCycleLR(optimizer, max_lr=0.1, total_steps=2, cycle_momentum=False)


def test_a_scheduler_that_raises_keeps_the_rows_before_it():
    run = record(bowl, [2.0, 1.0], learning_rate=0.1, steps=9, scheduler=finished)
    whole = record(bowl, [2.0, 1.0], learning_rate=0.1, steps=3, scheduler=finished)
    np.testing.assert_array_equal(run.iterates, whole.iterates)
    np.testing.assert_array_equal(run.learning_rates, whole.learning_rates)
    assert (whole.steps, whole.stopped_by) == (3, None)
    assert (run.steps, run.stopped_by, run.diverged) == (3, "error", False)
    assert run.error.startswith("the scheduler failed after step 2: ValueError: Tried to step 3 t")


@pytest.mark.parametrize(
    ("wrong", "kind", "message"),
    [
        ({"scheduler": 3}, TypeError, "must make a torch.optim.lr_scheduler; got 3: give a func"),
        ({"scheduler": lambda o: None}, TypeError, "lr_scheduler; got None: give a function of"),
        ({"scheduler": lambda o: o}, TypeError, "must make a torch.optim.lr_scheduler; got SGD"),
        ({"scheduler": lr_scheduler.StepLR}, ValueError, "got TypeError: .*step_size.*: give a"),
        ({"learning_rate": [0.1] * 3}, ValueError, r"one number where a sch.*; got shape \(3,\)"),
        ({"learning_rate": 0}, ValueError, "positive and finite; got 0"),
        ({"learning_rate": "fast"}, TypeError, "learning_rate must be a number; got 'fast'"),
        ({"groups": [0, 1]}, ValueError, r"one number per group where .*; got shape \(\)"),
    ],
)
def test_a_wrong_scheduler_is_refused_in_one_sentence(wrong, kind, message):
    scheduler = partial(lr_scheduler.StepLR, step_size=1)
    request = {"learning_rate": 0.1, "steps": 3, "scheduler": scheduler, **wrong}
    with pytest.raises(kind, match=message):
        record(bowl, [2.0, 1.0], **request)


# What a scheduler changes besides the rate

CYCLE = partial(lr_scheduler.OneCycleLR, max_lr=0.02, total_steps=10)


def options_by_hand(optimizer, scheduler, steps, **options):
    """Return what an ordinary loop finds among the options of the group before each step."""
    params = torch.tensor([2.0, 1.0], dtype=torch.float64, requires_grad=True)
    stepper = getattr(torch.optim, optimizer)([params], lr=0.01, **options)
    schedule, found = scheduler(stepper), []
    for _ in range(steps):
        stepper.zero_grad()
        bowl(params).backward()
        found.append(dict(stepper.param_groups[0]))
        stepper.step()
        schedule.step()
    return found


@pytest.mark.parametrize(
    ("optimizer", "options"), [("SGD", {}), ("SGD", {"momentum": 0.5}), ("RMSprop", MOMENTUM)]
)
def test_momentum_that_a_scheduler_changes_is_recorded_and_named(optimizer, options, tmp_path):
    request = {"learning_rate": 0.01, "steps": 10, "optimizer": optimizer, **options}
    run = record(bowl, [2, 1], scheduler=CYCLE, **request)
    expected = [one["momentum"] for one in options_by_hand(optimizer, CYCLE, 10, **options)]
    assert run.scheduled_options["momentum"].tolist() == expected
    assert run.options == options, "what was given"
    assert text.optimizer(run) == f"{optimizer} with momentum between 0.85 and 0.95"
    assert f"{optimizer} with momentum between" in repr(run)
    again = Trajectory.load(run.save(tmp_path / "run"))
    assert again.scheduled_options["momentum"].tolist() == expected
    assert not again.scheduled_options["momentum"].flags.writeable
    assert run.first(3).scheduled_options["momentum"].tolist() == expected[:3]
    assert run.to_pandas()["momentum"].tolist()[:-1] == expected


def test_of_a_pair_the_number_that_changes_is_named():
    request = {"learning_rate": 0.01, "steps": 10, "optimizer": "Adam", "weight_decay": 0.1}
    run = record(bowl, [2, 1], scheduler=CYCLE, **request)
    expected = [one["betas"][0] for one in options_by_hand("Adam", CYCLE, 10, weight_decay=0.1)]
    assert {name: one.tolist() for name, one in run.scheduled_options.items()} == {
        "betas[0]": expected
    }
    assert text.optimizer(run) == "Adam with weight decay 0.1, betas[0] between 0.85 and 0.95"


def test_groups_may_have_momenta_of_their_own():
    cycles = partial(
        lr_scheduler.CyclicLR, base_lr=0.1, max_lr=0.2, base_momentum=[0.1, 0.2],
        max_momentum=[0.5, 0.6], step_size_up=2,
    )  # fmt: skip
    request = {"learning_rate": [0.1, 0.1], "steps": 5, "groups": [0, 1], "momentum": 0.9}
    run = record(bowl, [2, 1], scheduler=cycles, **request)
    first, second = run.scheduled_options.values()
    assert list(run.scheduled_options) == ["momentum of group 0", "momentum of group 1"]
    np.testing.assert_allclose(first, [0.5, 0.3, 0.1, 0.3, 0.5])
    np.testing.assert_allclose(second, [0.6, 0.4, 0.2, 0.4, 0.6])
    assert text.optimizer(run) == (
        "SGD with momentum between 0.1 and 0.5 (group 0) and between 0.2 and 0.6 (group 1)"
    )


def test_any_option_that_anybody_changes_is_recorded():
    class Forgetful(torch.optim.SGD):
        def step(self, closure=None):
            super().step()
            self.param_groups[0]["weight_decay"] /= 2

    run = record(bowl, [2, 1], learning_rate=0.1, steps=3, optimizer=Forgetful, weight_decay=0.4)
    assert run.scheduled_options["weight_decay"].tolist() == [0.4, 0.2, 0.1]


@pytest.mark.parametrize("name", ["steps", "exponential", "cosine", "plateau"])
def test_where_nothing_but_the_rate_changes_nothing_else_is_recorded(name):
    run = record(
        bowl, [2, 1], learning_rate=0.1, steps=6, scheduler=SCHEDULERS[name][0], **MOMENTUM
    )
    assert run.scheduled_options == {}
    assert b"scheduled" not in run.to_bytes()


def test_runs_whose_momentum_was_scheduled_otherwise_are_not_compared_by_their_rates():
    runs = {
        name: record(bowl, [2, 1], learning_rate=0.1, steps=3, momentum=0.9) for name in RATE_NAMES
    }
    other = {"momentum": np.array([0.9, 0.8, 0.7])}
    runs["just_right"] = replace(runs["just_right"], scheduled_options=other)
    with pytest.raises(ValueError, match="differ in their learning rate alone"):
        check_comparable(runs)


def test_scheduled_options_have_one_finite_number_per_step():
    run = record(bowl, [2, 1], learning_rate=0.1, steps=3)
    with pytest.raises(ValueError, match=r"scheduled_options\['momentum'\] must have shape \(3,\)"):
        replace(run, scheduled_options={"momentum": [0.9]})
    with pytest.raises(ValueError, match=r"scheduled_options\['momentum'\] must be finite"):
        replace(run, scheduled_options={"momentum": [0.9, np.nan, 0.9]})
    with pytest.raises(TypeError, match="scheduled_options must be a dict"):
        replace(run, scheduled_options=())


# A rate of zero


def test_a_schedule_may_begin_or_rest_at_a_rate_of_zero_as_a_scheduler_may():
    rates = np.linspace(0, 0.1, 5)
    run = record(bowl, [2, 1], learning_rate=rates, steps=5)
    np.testing.assert_array_equal(run.learning_rates, rates)
    np.testing.assert_array_equal(run.iterates[1], run.iterates[0])
    warm = partial(lr_scheduler.LambdaLR, lr_lambda=lambda t: rates[t] / 0.1 if t < 5 else 1.0)
    scheduled = record(bowl, [2, 1], learning_rate=0.1, steps=5, scheduler=warm)
    np.testing.assert_allclose(scheduled.learning_rates, rates, rtol=1e-15)
    assert run.follows_update_rule.all()
    assert text.eta(run.learning_rates) == "η from 0 to 0.1"
    resting = record(bowl, [2, 1], learning_rate=[[0, 0.1], [0.1, 0]], steps=2, groups=[0, 1])
    np.testing.assert_array_equal(resting.learning_rates, [[0, 0.1], [0.1, 0]])


@pytest.mark.parametrize(
    ("rates", "groups"), [([0.0] * 3, None), ([0.1, -0.1, 0.1], None), ([[0.0, 0.1]] * 3, [0, 1])]
)
def test_a_rate_that_is_zero_throughout_or_negative_is_refused(rates, groups):
    with pytest.raises(ValueError, match="learning_rate must be positive and finite; got -?0"):
        record(bowl, [2, 1], learning_rate=rates, steps=3, groups=groups)
