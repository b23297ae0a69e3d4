#!/bin/sh
# Guess: torch.compile of one function changes nothing about code that is not compiled.
# Found: torch.compile of any function, even if it is never called, switches the argument checks of torch.distributions off for
# the whole process.
# A normal distribution with a negative scale, refused with a ValueError before, is accepted afterwards in plain code, and its
# log_prob is nan. The default backend is not needed for it: backend="eager" does the same.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet torch==2.13.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import platform

import torch
from torch.distributions import Normal

print("Python", platform.python_version(), "torch", torch.__version__)


def negative_scale():
    """Return what plain code gets for a scale of -1."""
    try:
        return Normal(0.0, -1.0).log_prob(torch.tensor(0.5)).item()
    except ValueError:
        return "ValueError"


before = negative_scale()
compiled = torch.compile(lambda x: x + 1, backend="eager")
made = negative_scale()
compiled(torch.ones(2))
after = negative_scale()
print("a scale of -1, before anything is compiled:      ", before)
print("... after torch.compile of another function:     ", made)
print("... after the first call of that other function: ", after)
assert before == "ValueError" and made != "ValueError" and made != made and after != after
print("As found: a compiled function elsewhere switches the checks off.")
PYTHON
