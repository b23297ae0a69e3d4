#!/bin/sh
# Guess: torch.func.functional_call puts a module's own parameters back at the end, whatever names the module has.
# Found: in a module that is held under two names (self.alias = self.first) the replacement stays: its own parameter is
# gone, a weight tied to it is no longer tied, and the next call replaces one of the two only. No error, no warning.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet torch==2.13.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import platform

import torch
from torch import nn

print("Python", platform.python_version(), "torch", torch.__version__)


class Tied(nn.Module):
    def __init__(self, is_held_twice):
        super().__init__()
        self.first, self.second = nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False)
        self.second.weight = self.first.weight
        if is_held_twice:
            self.alias = self.first

    def forward(self, x):
        return self.second(self.first(x))


def call_twice(module):
    """Return 1 passed through weights 3 and 3, then through 2 and 2, as functional_call has it."""
    own = module.first.weight
    found = [
        torch.func.functional_call(module, {"first.weight": torch.tensor([[w]])}, torch.ones(1)).item()
        for w in (3.0, 2.0)
    ]
    return found, module.first.weight is own, module.second.weight is own


torch.manual_seed(0)
once, twice = call_twice(Tied(False)), call_twice(Tied(True))
print("held once: ", once)
print("held twice:", twice)
assert once == ([9.0, 4.0], True, True)
assert twice[0][0] == 9.0 and twice[0][1] != 4.0 and twice[1:] == (False, True)
print("As found: the replacement stays in a module that is held twice, and the tie is gone.")
PYTHON
