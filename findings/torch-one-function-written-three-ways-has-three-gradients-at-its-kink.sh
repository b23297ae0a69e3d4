#!/bin/sh
# Guess: relu(x), x.clamp(min=0) and maximum(x, 0) are one function, so autograd gives one gradient at 0, by convention 0.
# Found: 0, 1 and 0.5. Likewise the length of a vector at the origin: norm() gives 0, the root of the sum of squares and
# hypot give nan. A network whose biases start at zero stands on such kinks, and how it is written decides its first step.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet torch==2.13.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import platform

import torch

print("Python", platform.python_version(), "torch", torch.__version__)
zero = torch.zeros(1)
ways = {
    "relu(x)": (torch.relu, [0.0, 0.0]),
    "x.clamp(min=0)": (lambda x: x.clamp(min=0), [1.0, 1.0]),
    "maximum(x, 0)": (lambda x: torch.maximum(x, zero), [0.5, 0.5]),
    "x.norm()": (torch.Tensor.norm, [0.0, 0.0]),
    "(x**2).sum().sqrt()": (lambda x: (x**2).sum().sqrt(), None),
    "hypot(x1, x2)": (lambda x: torch.hypot(x[0], x[1]), None),
}
for way, (function, expected) in ways.items():
    point = torch.zeros(2, requires_grad=True)
    value = function(point).sum()
    value.backward()
    print(f"{way:20} at 0: {value.item()}, gradient {point.grad.tolist()}")
    assert value.item() == 0
    if expected is None:
        assert point.grad.isnan().all()
    else:
        assert point.grad.tolist() == expected
print("As found: 0, 1 and 0.5 for one function, 0 and nan for the other.")
PYTHON
