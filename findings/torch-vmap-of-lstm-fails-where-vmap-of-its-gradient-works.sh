#!/bin/sh
# Guess: where vmap maps the gradient of a function, it maps the function.
# Found: vmap of an LSTM's output raises, for want of a batching rule; vmap of torch.func.grad of the same function works
# and is right. So a sweep of losses needs gradients beside them, or a loop.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet torch==2.13.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import platform

import torch
from torch.func import functional_call, grad, vmap

print("Python", platform.python_version(), "torch", torch.__version__)
torch.manual_seed(0)
module = torch.nn.LSTM(2, 3).double()
rows = torch.randn(4, 1, 2, dtype=torch.float64)
one = {name: parameter.detach() for name, parameter in module.named_parameters()}
several = {name: torch.stack([value, 2 * value]) for name, value in one.items()}


def total(parameters):
    return functional_call(module, parameters, (rows,))[0].sum()


try:
    vmap(total)(several)
except RuntimeError as error:
    print("vmap of the value:    RuntimeError:", str(error).splitlines()[0])
else:
    raise AssertionError("vmap of the value did not raise")
mapped = vmap(grad(total))(several)
looped = grad(total)({name: value[1] for name, value in several.items()})
off = max((mapped[name][1] - looped[name]).abs().max().item() for name in looped)
print("vmap of the gradient: off the loop's by", off)
assert off < 1e-12
print("As found: the gradient is mapped, the value is not.")
PYTHON
