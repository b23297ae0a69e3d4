#!/bin/sh
# Guess: torch.vmap changes how a loss is computed, and its value at most in the last digits.
# Found: BCEWithLogitsLoss of a well classified row has another formula under vmap, which loses all its digits: at a logit
# of 40 the loss is 4.2e-18 without vmap and exactly 0 with it, while its gradient is the same, and not 0, in both.
# A loss of 0 that still has a slope thus tells nothing of the model.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet torch==2.13.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import platform

import torch
from torch.nn.functional import binary_cross_entropy_with_logits

print("Python", platform.python_version(), "torch", torch.__version__)
label = torch.ones(1, dtype=torch.float64)


def loss(logit):
    return binary_cross_entropy_with_logits(logit, label)


for value in (5.0, 30.0, 40.0):
    logit = torch.tensor([value], dtype=torch.float64)
    alone, mapped = loss(logit).item(), torch.vmap(loss)(logit[None]).item()
    gradient = torch.func.grad(loss)
    slope, mapped_slope = gradient(logit).item(), torch.vmap(gradient)(logit[None]).item()
    print(f"logit {value}: loss {alone!r}, under vmap {mapped!r}; gradient {slope!r}, {mapped_slope!r}")
    assert slope == mapped_slope != 0
    exact = torch.log1p(torch.exp(-logit)).item()
    assert abs(alone - exact) < 1e-14 * exact
    off = abs(mapped - exact) / exact
    assert off < 1e-12 if value == 5 else off > 1e-4
assert mapped == 0
print("As found: exactly 0 under vmap, beside a gradient that is not.")
PYTHON
