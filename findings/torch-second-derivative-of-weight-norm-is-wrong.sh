#!/bin/sh
# Guess: a layer under torch.nn.utils.parametrizations.weight_norm has the second derivatives of g·v/‖v‖, which it computes.
# Found: its values and gradients are right, its Hessian is not, and not even symmetric; no error, no warning.
# gradgradcheck fails for it, as it passes for the formula written out. So Newton's method, sharpness and every
# gradient penalty through such a layer are silently of something else.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet torch==2.13.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import platform

import torch
from torch.autograd import gradcheck, gradgradcheck
from torch.func import functional_call, grad
from torch.nn.utils.parametrizations import weight_norm

print("Python", platform.python_version(), "torch", torch.__version__)
layer = weight_norm(torch.nn.Linear(2, 1, bias=False)).double()
magnitude, direction = (name for name, _ in layer.named_parameters())
row = torch.tensor([[1.0, 2.0]], dtype=torch.float64)
point = torch.tensor([1.5, 1.0, 0.5], dtype=torch.float64)


def by_layer(params):
    state = {magnitude: params[:1].view(1, 1), direction: params[1:].view(1, 2)}
    return functional_call(layer, state, (row,)).pow(2).sum()


def by_formula(params):
    weight = params[0] * params[1:] / params[1:].norm()
    return (row @ weight).pow(2).sum()


def differences(function, size=1e-5):
    """Return the Hessian by central differences of the gradient."""
    moves = size * torch.eye(3, dtype=torch.float64)
    slope = grad(function)
    rows = [(slope(point + move) - slope(point - move)) / (2 * size) for move in moves]
    return torch.stack(rows)


hessian = torch.autograd.functional.hessian
wrong, right = hessian(by_layer, point), hessian(by_formula, point)
print("value and gradient agree:", by_layer(point).item(), grad(by_layer)(point).tolist())
assert torch.allclose(by_layer(point), by_formula(point), rtol=1e-12)
assert torch.allclose(grad(by_layer)(point), grad(by_formula)(point), rtol=1e-12)
print("Hessian of the layer:     ", wrong.tolist())
print("Hessian of the formula:   ", right.tolist())
print("layer, by differences:    ", differences(by_layer).tolist())
print("asymmetry of the layer's: ", (wrong - wrong.T).abs().max().item())
assert torch.allclose(differences(by_layer), right, rtol=1e-6)
assert (wrong - right).abs().max() > 1
assert (wrong - wrong.T).abs().max() > 1
params = point.clone().requires_grad_()
first, second = (
    check(by_layer, (params,), raise_exception=False) for check in (gradcheck, gradgradcheck)
)
print("gradcheck:", first, "gradgradcheck:", second, "of the formula:", gradgradcheck(by_formula, (params,)))
assert first and not second
print("As found: a wrong second derivative, and no word.")
PYTHON
