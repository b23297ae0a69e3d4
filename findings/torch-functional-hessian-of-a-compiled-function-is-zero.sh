#!/bin/sh
# Guess: torch.autograd.functional.hessian of a compiled function is the function's Hessian, or an error.
# Found: it is a matrix of zeros, without an error or a warning; torch.func.hessian of the same function is right.
# Once torch.func.hessian has seen the compiled function, functional.hessian of it is right too, so that order decides.
# Two calls of autograd.grad by hand raise an error that names the cause, and functional.hessian with strict=True raises
# one that does not: it says that the function is independent of its input.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet torch==2.13.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import platform
import warnings

import torch

print("Python", platform.python_version(), "torch", torch.__version__)


def quartic(params):
    """Return p1⁴ + p2⁴, whose Hessian is diagonal with 12 p²."""
    return (params**4).sum()


compiled = torch.compile(quartic, backend="aot_eager")
point = torch.tensor([1.0, 2.0], dtype=torch.float64)
with warnings.catch_warnings(record=True) as raised:
    warnings.simplefilter("always")
    plain = torch.autograd.functional.hessian(quartic, point)
    after_compile = torch.autograd.functional.hessian(compiled, point)
about_derivatives = [w for w in raised if "deriv" in str(w.message) or "grad" in str(w.message)]
try:
    torch.autograd.functional.hessian(compiled, point, strict=True)
except RuntimeError as error:
    print("functional.hessian, strict:  ", str(error).splitlines()[0])
else:
    raise AssertionError("strict=True did not raise")
params = point.clone().requires_grad_()
(gradient,) = torch.autograd.grad(compiled(params), params, create_graph=True)
assert gradient.tolist() == [4.0, 32.0]
try:
    torch.autograd.grad(gradient.sum(), params)
except RuntimeError as error:
    print("autograd.grad twice:         ", str(error).splitlines()[0])
else:
    raise AssertionError("a second backward did not raise")
composed = torch.func.hessian(compiled)(point)
afterwards = torch.autograd.functional.hessian(compiled, point)
print("functional.hessian, plain:   ", plain.tolist())
print("functional.hessian, compiled:", after_compile.tolist())
print("func.hessian, compiled:      ", composed.tolist())
print("functional.hessian, after it: ", afterwards.tolist())
print("warnings about derivatives:  ", about_derivatives)
truth = torch.diag(12 * point**2)
assert torch.equal(plain, truth) and torch.equal(composed, truth)
assert torch.equal(afterwards, truth)
assert torch.equal(after_compile, torch.zeros(2, 2, dtype=torch.float64))
assert not about_derivatives
print("As found: zeros, and no word.")
PYTHON
