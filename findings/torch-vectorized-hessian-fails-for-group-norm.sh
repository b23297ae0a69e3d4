#!/bin/sh
# Guess: vectorize=True of torch.autograd.functional.hessian makes the same Hessian faster, as its documentation describes it.
# Found: for a GroupNorm whose batch differs in size from its groups it raises an error about sizes that no layer has;
# the loop (vectorize=False) and torch.func.hessian, which is vectorized too, agree on the right one.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet torch==2.13.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import platform

import torch
from torch.func import functional_call
from torch.nn import Conv1d, GroupNorm, Sequential
from torch.nn.utils import parameters_to_vector

print("Python", platform.python_version(), "torch", torch.__version__)
torch.manual_seed(0)
module = Sequential(Conv1d(2, 4, 3), GroupNorm(2, 4)).double()
rows = torch.randn(3, 2, 6, dtype=torch.float64)
shapes = {name: parameter.shape for name, parameter in module.named_parameters()}
start = parameters_to_vector(module.parameters()).detach()


def loss(params):
    pieces = params.split([shape.numel() for shape in shapes.values()])
    state = {name: piece.view(shapes[name]) for name, piece in zip(shapes, pieces, strict=True)}
    return functional_call(module, state, (rows,)).pow(3).mean()


looped = torch.autograd.functional.hessian(loss, start)
composed = torch.func.hessian(loss)(start)
print("largest eigenvalue, looped:          ", torch.linalg.eigvalsh(looped).max().item())
print("largest eigenvalue, torch.func:      ", torch.linalg.eigvalsh(composed).max().item())
assert torch.allclose(looped, composed, rtol=1e-9, atol=1e-12)
try:
    torch.autograd.functional.hessian(loss, start, vectorize=True)
except RuntimeError as error:
    print("vectorize=True: RuntimeError:", error)
else:
    raise AssertionError("vectorize=True did not raise")
print("As found: an error with vectorize=True only.")
PYTHON
