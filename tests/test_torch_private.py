"""Recording does not load PyTorch's compiler, and takes the same steps as if it were loaded."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from descent.checks.watching import dispatch_mode
from descent.runs import torch_private
from descent.runs.torch_private import DISABLED, compiler_left_out, step_of
from tests.faults.inputs import ROOT

RECORD = """
import sys
import numpy as np, torch
import descent

MORE = {"Adam": {"amsgrad": True}, "RMSprop": {"momentum": 0.5}, "Adagrad": {}, "LBFGS": {}}

def recorded(**words):
    run = descent.record(descent.LOSSES["rosenbrock"], [-1.2, 1.0], steps=6, **words)
    return np.array(run.iterates).tobytes(), np.array(run.gradients).tobytes(), run.options

def all_recorded():
    made = [
        recorded(optimizer=lambda params: torch.optim.SGD(params, lr=1e-3, momentum=0.5)),
        recorded(learning_rate=1e-3),
    ]
    return made + [
        recorded(learning_rate=1e-3, optimizer=name, **options) for name, options in MORE.items()
    ]

without = all_recorded()
print("torch._dynamo" in sys.modules)
import torch._dynamo
print(all_recorded() == without)
"""


def test_recording_loads_no_compiler_and_gives_the_same_bits_as_with_it():
    done = subprocess.run(
        [sys.executable, "-c", RECORD], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.split() == ["False", "True"]


LECTURE = """
import sys
from understanding_gradients.lecture.record import record_lecture
from understanding_gradients.lecture.settings import Settings

record_lecture(Settings(), ["very_small", "just_right", "very_large", "slice", "neuron"])
loaded = [name for name in ("torch._dynamo", "torch.fx.experimental.symbolic_shapes")
          if name in sys.modules]
print(loaded)
"""


def test_the_runs_of_the_lecture_load_neither_compiler_nor_symbolic_shapes():
    words = [sys.executable, "-c", LECTURE]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "[]\n"


def test_a_mode_leaves_the_compiler_alone_only_where_it_is_not_loaded(monkeypatch):

    for is_loaded in (True, False):
        if not is_loaded:
            monkeypatch.delitem(sys.modules, "torch._dynamo")
        assert dispatch_mode()._should_skip_dynamo() == is_loaded


@pytest.fixture
def no_compiler(monkeypatch):
    """As in a process that has not loaded the compiler."""
    monkeypatch.setattr(torch_private, "COMPILER", "not loaded")
    monkeypatch.delattr(torch.optim.Optimizer.add_param_group.__wrapped__, DISABLED, raising=False)


def one_parameter():
    return [torch.nn.Parameter(torch.tensor([1.0], dtype=torch.float64))]


@pytest.mark.usefixtures("no_compiler")
def test_what_the_compiler_is_told_of_is_not_said_for_good():
    plain = torch.optim.Optimizer.add_param_group.__wrapped__
    with compiler_left_out():
        assert getattr(plain, DISABLED) is plain
        torch.optim.SGD(one_parameter(), lr=0.1)
    assert not hasattr(plain, DISABLED)


@pytest.mark.usefixtures("no_compiler")
def test_hooks_of_a_step_are_called():
    with compiler_left_out():
        optimizer = torch.optim.SGD(one_parameter(), lr=0.1)
    called = []
    optimizer.register_step_pre_hook(lambda *_: called.append("before"))
    optimizer.register_step_post_hook(lambda *_: called.append("after"))
    optimizer.param_groups[0]["params"][0].grad = torch.ones(1, dtype=torch.float64)
    step_of(optimizer)()
    assert called == ["before", "after"]
    assert optimizer.param_groups[0]["params"][0].item() == 0.9


@pytest.mark.usefixtures("no_compiler")
def test_a_step_that_a_class_or_a_scheduler_has_changed_is_taken_as_it_is():
    class Doubling(torch.optim.SGD):
        def step(self, closure=None):
            super().step(closure)
            return super().step(closure)

    made = Doubling(one_parameter(), lr=0.1)
    assert step_of(made) == made.step
    scheduled = torch.optim.SGD(one_parameter(), lr=0.1)
    torch.optim.lr_scheduler.StepLR(scheduled, 1)
    assert step_of(scheduled) == scheduled.step
