#!/bin/sh
# Guess: an ordinary optimizer, stepped eagerly, needs nothing of the compiler; constructing SGD for two numbers takes no
# time beside `import torch`.
# Found: the first optimizer of a process imports torch._dynamo, with hundreds of modules, before it has taken a step. The
# decorator that keeps the compiler out of add_param_group asks the compiler to be kept out.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet torch==2.13.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import platform
import sys
import time

start = time.process_time()
import torch

imported = time.process_time() - start
print("Python", platform.python_version(), "torch", torch.__version__)
params = torch.nn.Parameter(torch.zeros(2))
before = set(sys.modules)
assert "torch._dynamo" not in before
start = time.process_time()
torch.optim.SGD([params], lr=0.1)
constructed = time.process_time() - start
new = set(sys.modules) - before
print(f"import torch: {imported:.2f} CPU s; SGD([two numbers]): {constructed:.2f} CPU s")
print(f"{len(new)} modules loaded by it, {sum(name.startswith('torch._dynamo') for name in new)} of torch._dynamo")
assert "torch._dynamo" in new and len(new) > 100
print("As found: the first optimizer of a process loads the compiler.")
PYTHON
