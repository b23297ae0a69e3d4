#!/bin/sh
# Guess: the gradient of torch.func.functional_call is that at the parameters that were passed, also for a module that
# uses torch.utils.checkpoint in the recommended way (use_reentrant=False).
# Found: the checkpointed part is evaluated again during the backward pass, when the module has its own parameters back;
# the value is right, the gradient is a mixture of both places. No error, no warning.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet torch==2.13.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import platform

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

print("Python", platform.python_version(), "torch", torch.__version__)


class Twice(nn.Module):
    """Computes (w² x)² by two layers of one weight each."""

    def __init__(self, is_checkpointed):
        super().__init__()
        self.weight, self.is_checkpointed = nn.Parameter(torch.ones(())), is_checkpointed

    def part(self, x):
        return self.weight * (self.weight * x)

    def forward(self, x):
        inner = checkpoint(self.part, x, use_reentrant=False) if self.is_checkpointed else self.part(x)
        return inner**2


def value_and_slope(is_checkpointed):
    module, w = Twice(is_checkpointed), torch.tensor(3.0, requires_grad=True)
    value = torch.func.functional_call(module, {"weight": w}, torch.tensor(1.0))
    return value.item(), torch.autograd.grad(value, w)[0].item()


plain, checkpointed = value_and_slope(False), value_and_slope(True)
print("w**4 and 4 w**3 at w = 3:", (81.0, 108.0))
print("plain:                   ", plain)
print("checkpointed:            ", checkpointed)
assert plain == (81.0, 108.0) and checkpointed[0] == 81.0 and checkpointed[1] != 108.0
print("As found: the gradient is that of other parameters.")
PYTHON
