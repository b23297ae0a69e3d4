"""A watched loop gives what it gives unwatched, to the bit, and its record is what it did."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from descent import Trajectory, watch
from descent.runs.watching import devices, rows
from tests.tutorial_loops import LOOPS
from tests.watched_loops import data, mlp, quadratic, train, vector

loops = pytest.mark.parametrize("name", LOOPS)
COARSER = {"bfloat16_parameters": "bfloat16"}


class Log:
    """What a loop says of itself: parameters, gradients and losses before each step."""

    def __init__(self, model):
        self.params = [one for one in model.parameters() if one.requires_grad]
        self.iterates, self.gradients, self.losses, self.counts = [], [], [], []

    def __call__(self, losses, using=None, scale=1.0):
        using = set(map(id, self.params if using is None else using))
        self.iterates.append(vector(self.params))
        self.gradients.append(vector([self._gradient(p, using) for p in self.params]) / scale)
        self.losses.append(np.mean([loss.item() for loss in losses]))
        self.counts.append(len(losses))

    @staticmethod
    def _gradient(one, using):
        known = one.grad if id(one) in using else None
        return torch.zeros_like(one) if known is None else known.to_dense()


def made(name):
    """Return the loop of this name as it is before it trains."""
    torch.manual_seed(3)
    found = LOOPS[name]()
    torch.manual_seed(4)
    return found


def unwatched(name):
    found = made(name)
    log = Log(found.model)
    found.train(lambda loss: loss, log)
    return found, log


def watched(name, **options):
    found = made(name)
    with watch(found.model, found.optimizers, **options) as recording:
        found.train(recording.loss, lambda *args, **kwargs: None)
    return found, recording.trajectory


def same(one, other):
    """Return whether two states are the same to the bit."""
    if isinstance(one, torch.Tensor):
        return one.dtype == other.dtype and torch.equal(one.to_dense(), other.to_dense())
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


# Loops


@loops
def test_a_loop_gives_to_the_bit_what_it_gives_unwatched(name):
    plain, _ = unwatched(name)
    other, _ = watched(name)
    assert same(other.state(), plain.state())


@loops
def test_the_record_is_what_the_loop_did(name):
    plain, log = unwatched(name)
    _, run = watched(name)
    assert run.steps == len(log.losses) > 0
    np.testing.assert_array_equal(run.iterates[:-1], log.iterates)
    np.testing.assert_array_equal(run.iterates[-1], vector(log.params))
    np.testing.assert_array_equal(run.gradients[:-1], log.gradients)
    np.testing.assert_array_equal(run.losses[:-1], log.losses)
    assert run.loss_counts.tolist() == log.counts
    assert np.isnan(run.losses[-1]) and np.isnan(run.gradients[-1]).all()
    assert run.dtype == COARSER.get(name, "float32")
    assert len(run.names) == run.iterates.shape[1]


@loops
def test_a_record_is_the_same_after_it_was_saved(name, tmp_path):
    _, run = watched(name)
    again = Trajectory.load(run.save(tmp_path / "run.safetensors"))
    assert again.to_bytes() == run.to_bytes() and again.dtype == run.dtype
    np.testing.assert_array_equal(again.losses, run.losses)
    np.testing.assert_array_equal(again.loss_counts, run.loss_counts)


@loops
def test_a_record_from_a_device_is_fetched_in_blocks(name, monkeypatch):
    _, expected = watched(name)
    monkeypatch.setattr(devices, "HOST", "another device")
    monkeypatch.setattr(rows, "BLOCK", 1000)
    _, run = watched(name)
    assert run.to_bytes() == expected.to_bytes()


# Rates and options


def test_rates_and_options_are_those_of_each_step():
    _, run = watched("one_cycle")
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.1, momentum=0.9)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.2, total_steps=7)
    for t in range(6):
        (group,) = optimizer.param_groups
        assert run.learning_rates[t] == group["lr"]
        assert run.scheduled_options["momentum"][t] == group["momentum"]
        optimizer.step()
        schedule.step()
    # What was given is what the schedule made of it before the first step.
    assert run.options == {"momentum": 0.95} and list(run.scheduled_options) == ["momentum"]


def test_groups_have_rates_and_options_of_their_own():
    _, run = watched("parameter_groups")
    own = dict(zip(run.names, run.learning_rates[2], strict=True))
    assert (own["W1[0,0]"], own["b1[0]"], own["W2[0,5]"], own["b2"]) == (0.01, 0.01, 0.2, 0.2)
    assert run.options == {"weight_decay of group 0": 0.1, "weight_decay of group 1": 0.01}
    _, run = watched("closure")
    assert run.options == {"max_iter": 5} and run.optimizer == "LBFGS"


def test_several_optimizers_take_a_step_together_unless_a_loss_lies_between():
    _, run = watched("muon_and_adamw")
    assert run.optimizer == "Muon and AdamW" and run.steps == 4
    assert set(run.learning_rates[0]) == {0.02, 0.05}
    _, run = watched("adversaries")
    judge = np.array([name.startswith(("W1", "W2", "b1", "b2")) for name in run.names])
    assert run.steps == 6
    assert (run.learning_rates[::2][:, judge] == 0.02).all()
    assert (run.learning_rates[::2][:, ~judge] == 0).all()
    assert (run.learning_rates[1::2][:, ~judge] == 0.05).all()
    assert run.options == {} and run.optimizer == "Adam"


def test_plain_steps_follow_the_update_rule_in_their_own_precision():
    for name in ("clipping", "bfloat16_parameters", "adversaries"):
        _, run = watched(name)
        assert run.follows_update_rule.all() == (name != "adversaries")
    _, run = watched("momentum")
    assert run.follows_update_rule.tolist() == [False] * 6


def test_names_do_not_tell_that_a_module_was_compiled():
    names = watched("compiled")[1].names
    assert names == watched("clipping")[1].names
    module = nn.Sequential(torch.compile(nn.Sequential(nn.PReLU()), backend="eager"), mlp())
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1)
    with watch(module, optimizer) as recording:
        recording.loss(module(torch.ones(2, 4)).mean()).backward()
        optimizer.step()
    assert recording.trajectory.names[:2] == ("0.0.weight", "W1[0,0]")


# What a step used


@pytest.mark.parametrize("was_made_before", [False, True])
def test_a_step_that_calls_that_of_its_base_is_one(was_made_before):
    class Base(torch.optim.SGD):
        def step(self, closure=None):
            return super().step(closure)

    class Derived(Base):
        def step(self, closure=None):
            return super().step(closure)

    model, loss = quadratic()
    if was_made_before:  # torch calls the hooks of both steps then
        Base(model.parameters(), lr=0.1)
    optimizer = Derived(model.parameters(), lr=0.25)
    with watch(model, optimizer) as recording:
        train(optimizer, loss, recording)
    assert recording.trajectory.iterates[:, 0].tolist() == [1, 0.5, 0.25, 0.125]


def test_a_step_that_failed_and_was_caught_is_no_row():
    model, loss = quadratic()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.25)

    def failing():
        recording.loss(loss()).backward()
        raise RuntimeError("no more data")

    with watch(model, optimizer) as recording:
        train(optimizer, loss, recording, 1)
        with pytest.raises(RuntimeError, match="no more data"):
            optimizer.step(failing)
        train(optimizer, loss, recording, 1)
    run = recording.trajectory
    assert run.iterates[:, 0].tolist() == [1, 0.5, 0.25]
    assert run.losses[:-1].tolist() == [1, 0.25] and run.loss_counts.tolist() == [1, 1]


def test_a_detached_loss_counts_where_no_other_began_a_backward_pass():
    model, loss = quadratic()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.25)
    with watch(model, optimizer) as recording:
        loss().backward()
        assert recording.loss(loss().item()) == 1
        optimizer.step()
        optimizer.zero_grad()
        recording.loss(loss().detach())  # of a validation, say
        recording.loss(2 * loss()).backward()
        optimizer.step()
    assert recording.trajectory.losses[:-1].tolist() == [1, 0.5]


def test_a_loss_that_is_divided_in_place_afterwards_is_recorded_as_it_was():
    model, loss = quadratic()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.25)
    with watch(model, optimizer) as recording:
        value = recording.loss(loss())
        value /= 2
        value.backward()
        optimizer.step()
    run = recording.trajectory
    assert run.losses[0] == 1 and run.gradients[0] == 1


# The loss over all data


def test_the_loss_over_given_data_is_measured_and_the_loop_stays_as_it_is():
    plain, _ = unwatched("batch_norm_and_dropout")
    x, y = torch.randn(9, 4, generator=torch.Generator().manual_seed(1)), torch.zeros(9, 1)
    other, run = watched(
        "batch_norm_and_dropout", full_loss=(x, y), criterion=nn.MSELoss(), full_loss_every=4
    )
    assert same(other.state(), plain.state())
    assert np.flatnonzero(np.isfinite(run.full_losses)).tolist() == [0, 4, 6]
    assert not run.has_one_loss


@pytest.mark.parametrize("rows", [24, 7])
def test_steps_whose_losses_are_the_full_loss_follow_one_loss(rows):
    (x, y), model = data(), mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def loss(count=24):
        return nn.functional.mse_loss(model(x[:count]), y[:count])

    with watch(model, optimizer, full_loss=loss) as recording:
        train(optimizer, lambda: loss(rows), recording, 5)
    run = recording.trajectory
    assert run.has_one_loss == (rows == len(x)) and np.isfinite(run.full_losses).all()
