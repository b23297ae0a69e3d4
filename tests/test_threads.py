"""Losses are evaluated in several threads at once, and the process is left as it was."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
import torch
from torch import nn

from descent import hessian, model_loss
from descent.rates.second_derivatives import unfused

X, Y, MSE = torch.arange(18.0).reshape(6, 3).sin(), torch.arange(6.0)[:, None], nn.MSELoss()
MEANWHILE: list[Callable[[], None]] = []


class Interrupted(nn.Linear):
    """A layer within which what is in `MEANWHILE` is done."""

    def forward(self, x):
        if MEANWHILE:
            MEANWHILE.pop()()
        return super().forward(x)


@pytest.fixture(autouse=True)
def nothing_left_to_do():
    yield
    MEANWHILE.clear()


def test_two_threads_evaluate_the_loss_of_one_module_each_at_its_own_place():
    loss, start, _ = model_loss(Interrupted(3, 1), X, Y, MSE)
    here, there = (torch.tensor(start) * share for share in (0.5, 2.0))
    expected = loss(here).item(), loss(there).item()
    has_begun, has_ended, found = threading.Event(), threading.Event(), list[float]()

    def begin_the_other():
        MEANWHILE.append(lambda: (has_begun.set(), has_ended.wait(10)))
        thread.start()
        has_begun.wait(0.3)  # in vain, since it waits for this evaluation to end

    thread = threading.Thread(target=lambda: found.append(loss(there).item()))
    MEANWHILE.append(begin_the_other)
    value = loss(here).item()
    has_ended.set()
    thread.join(10)
    assert (value, *found) == expected


def test_a_module_that_another_thread_trains_meanwhile_keeps_its_statistics():
    trained = nn.BatchNorm1d(3)

    def train():
        thread = threading.Thread(target=trained, args=(X,))
        thread.start()
        thread.join(10)

    def loss(params):
        if MEANWHILE:
            MEANWHILE.pop()()
        return (params**2).sum()

    MEANWHILE.append(train)
    hessian(loss, [1.0])
    assert trained.num_batches_tracked == 1
    torch.testing.assert_close(trained.running_mean, 0.1 * X.mean(0))


def test_settings_of_the_process_are_restored_by_the_last_of_threads_that_overlap():
    def settings():
        return torch.backends.cudnn.enabled, torch.backends.cuda.flash_sdp_enabled()

    before, one, other = settings(), unfused(), unfused()
    one.__enter__()
    other.__enter__()
    one.__exit__(None, None, None)
    assert settings() == (False, False)
    other.__exit__(None, None, None)
    assert settings() == before
