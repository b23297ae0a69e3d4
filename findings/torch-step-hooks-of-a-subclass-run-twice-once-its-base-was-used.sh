#!/bin/sh
# Guess: a hook that is registered before the step of an optimizer runs once a step, whatever other optimizers exist.
# Found: of a class of one's own whose step() calls super().step(), it runs once at first, and twice a step from the moment
# when any plain instance of the base class is made in the same process: making one wraps the step of the base class too.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet torch==2.13.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import platform

import torch

print("Python", platform.python_version(), "torch", torch.__version__)


class Noted(torch.optim.SGD):
    """Plain SGD under another name."""

    def step(self, closure=None):
        return super().step(closure)


def hooks_per_step():
    """Return how often a hook runs before one step of a new optimizer."""
    weight, calls = torch.nn.Parameter(torch.ones(1)), []
    optimizer = Noted([weight], lr=0.1)
    optimizer.register_step_pre_hook(lambda *_: calls.append("pre"))
    weight.grad = torch.ones(1)
    optimizer.step()
    return len(calls)


before = hooks_per_step()
torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1)
after = hooks_per_step()
print("hooks per step before a plain SGD was made:", before)
print("hooks per step after a plain SGD was made: ", after)
assert (before, after) == (1, 2)
print("As found: making an instance of the base class doubles the hooks of the subclass.")
PYTHON
