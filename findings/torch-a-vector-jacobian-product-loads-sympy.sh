#!/bin/sh
# Guess: torch.autograd.grad(y, x, grad_outputs=v) and the gradient of the number (y * v).sum() are one vector-Jacobian
# product, so that one needs no more of PyTorch than the other.
# Found: they are equal to the bit, but grad_outputs makes PyTorch import its symbolic shapes, and with them the whole of
# sympy, in order to compare the shapes of two ordinary tensors. The gradient of the number imports neither.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet torch==2.13.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import platform
import sys
import time

import torch

print("Python", platform.python_version(), "torch", torch.__version__)
x = torch.tensor([0.5, -1.25, 3.0], dtype=torch.float64, requires_grad=True)
v = torch.tensor([1.0, 0.1, -2.0], dtype=torch.float64)


def loaded(make):
    """Return what is made, the CPU seconds that it took, and the packages that it imported."""
    before, start = set(sys.modules), time.process_time()
    (made,) = make()
    names = {name.partition(".")[0] for name in set(sys.modules) - before}
    return made, time.process_time() - start, names, len(set(sys.modules) - before)


y = x.sin() * x.prod()
number, seconds, packages, modules = loaded(
    lambda: torch.autograd.grad((y * v).sum(), x, retain_graph=True)
)
print(f"of the number:     {seconds:.3f} CPU s, {modules} modules imported")
assert "sympy" not in packages and "torch.fx.experimental.symbolic_shapes" not in sys.modules
product, seconds, packages, modules = loaded(lambda: torch.autograd.grad(y, x, v))
print(f"with grad_outputs: {seconds:.3f} CPU s, {modules} modules imported, of", *sorted(packages))
assert "sympy" in packages and "torch.fx.experimental.symbolic_shapes" in sys.modules
assert torch.equal(number, product)
print("As found: grad_outputs imports sympy, and the result is the same to the bit.")
PYTHON
