#!/bin/sh
# Guess: a scalar autograd engine in plain Python, without threads and without random numbers, gives the same bits each time.
# Found: micrograd keeps a node's two operands in a set of objects without a hash of their own, so that the order in which the
# parts of a gradient are added follows addresses in memory. One expression, built again and again from the same numbers, has
# several gradients, which differ in their last digits. PYTHONHASHSEED=0 changes nothing.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet micrograd==0.1.0
PYTHONHASHSEED=0 "$folder/venv/bin/python" - <<'PYTHON'
import platform
from importlib.metadata import version

from micrograd.engine import Value

print("Python", platform.python_version(), "micrograd", version("micrograd"))

kept = []  # so that later nodes have other addresses


def gradient():
    """Return the derivative of a sum of squares (k·w − 1/k)² at w = 0.3."""
    weight = Value(0.3)
    kept.append(weight)
    loss = Value(0.0)
    for k in range(1, 41):
        error = weight * (0.1 * k) + (-1.0 / k)
        kept.append(object())
        loss = loss + error * error
    loss.backward()
    return weight.grad


found = sorted({gradient() for _ in range(200)})
print(len(found), "gradients of one expression, from", repr(found[0]), "to", repr(found[-1]))
assert len(found) > 1
assert found[-1] - found[0] < 1e-12 * abs(found[0])
print("As found: the last digits of a gradient depend on addresses.")
PYTHON
