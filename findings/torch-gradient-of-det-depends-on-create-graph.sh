#!/bin/sh
# Guess: create_graph=True keeps the graph of the gradient and leaves the gradient's value alone.
# Found: for torch.linalg.det of a singular matrix it decides the value. Without it the gradient is 0; with it the gradient
# is the right one, the transposed matrix of cofactors. So loss.backward() stands still where torch.func.grad, or whoever
# asks for second derivatives too, sees a slope.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet torch==2.13.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import platform

import torch

print("Python", platform.python_version(), "torch", torch.__version__)
singular = torch.tensor([[1.0, 2.0], [2.0, 4.0]], dtype=torch.float64, requires_grad=True)
(without,) = torch.autograd.grad(torch.linalg.det(singular), singular)
(with_graph,) = torch.autograd.grad(torch.linalg.det(singular), singular, create_graph=True)
composed = torch.func.grad(torch.linalg.det)(singular.detach())
print("det:", torch.linalg.det(singular).item())
print("gradient:                      ", without.tolist())
print("gradient with create_graph:    ", with_graph.tolist())
print("gradient by torch.func.grad:   ", composed.tolist())
cofactors = torch.tensor([[4.0, -2.0], [-2.0, 1.0]], dtype=torch.float64)
assert torch.equal(without.abs(), torch.zeros(2, 2, dtype=torch.float64))
for right in (with_graph, composed):
    assert torch.allclose(right, cofactors, rtol=1e-12, atol=0)
print("As found: 0 without create_graph, the cofactors with it.")
PYTHON
