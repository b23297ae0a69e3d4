#!/bin/sh
# Guess: a slice of a ParameterList holds the same parameters, so that a model that loops over self.weights[:] has the same
# gradient by loss.backward() and by torch.func.grad of functional_call.
# Found: true of backward(). Within functional_call the slice makes new parameters of the tensors that are put in place, so
# that torch.func.grad is zero, without a word; torch.autograd.grad finds them unused. list(self.weights)[:] is right.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet torch==2.13.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import platform

import torch
from torch import nn
from torch.func import functional_call, grad

print("Python", platform.python_version(), "torch", torch.__version__)


class Product(nn.Module):
    """An input times every weight, the weights read in one of several ways."""

    def __init__(self):
        super().__init__()
        self.weights = nn.ParameterList(nn.Parameter(torch.tensor(w)) for w in (2.0, 3.0))

    def forward(self, x, read):
        for weight in read(self.weights):
            x = x * weight
        return x


module, x = Product(), torch.tensor(5.0)
WAYS = {
    "weights": lambda weights: weights,
    "weights[:]": lambda weights: weights[:],
    "list(weights)[:]": lambda weights: list(weights)[:],
}
found = {}
for way, read in WAYS.items():
    plain = [one.item() for one in torch.autograd.grad(module(x, read), list(module.parameters()))]
    given = {name: param.detach() for name, param in module.named_parameters()}
    by_func = grad(lambda params: functional_call(module, params, (x, read)))(given)
    found[way] = plain, [one.item() for one in by_func.values()]
    print(f"{way:17} backward {plain}, torch.func.grad {found[way][1]}")
for way in ("weights", "list(weights)[:]"):
    assert found[way] == ([15.0, 10.0], [15.0, 10.0])
assert found["weights[:]"] == ([15.0, 10.0], [0.0, 0.0])
print("As found: through a slice of a ParameterList, torch.func.grad is silently zero.")
PYTHON
