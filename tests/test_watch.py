"""A watched loop gives what it gives unwatched, to the bit, and its record is what it did."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import parameters_to_vector

import descent
from descent import InvalidType, InvalidValue, Trajectory, watch
from tests.watched_loops import LOOPS, data, mlp

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


def vector(tensors):
    return parameters_to_vector([one.detach().double() for one in tensors]).numpy()


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
