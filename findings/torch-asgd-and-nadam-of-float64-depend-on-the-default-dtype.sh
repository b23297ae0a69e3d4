#!/bin/sh
# Guess: an optimizer computes in the dtype of its parameters; the default dtype concerns new tensors only, so that it
# changes nothing for float64 parameters that exist already.
# Found: NAdam and ASGD keep numbers of theirs (the product of momenta; rate and weight of the average) as tensors of the
# default dtype. Under float32, float64 parameters come out wrong from about the ninth digit on. Adam and others do not.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet torch==2.13.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import platform

import torch

print("Python", platform.python_version(), "torch", torch.__version__)


def trained(name, default):
    """Return two float64 parameters after 20 steps on a bowl, and the dtypes of the optimizer's state."""
    torch.set_default_dtype(default)
    params = torch.tensor([1.0, -2.0], dtype=torch.float64, requires_grad=True)
    optimizer = getattr(torch.optim, name)([params], lr=0.1)
    for _ in range(20):
        optimizer.zero_grad()
        (params**2).sum().backward()
        optimizer.step()
    torch.set_default_dtype(torch.float32)
    return params.detach(), {key: value.dtype for key, value in optimizer.state[params].items()}


differing = {}
for name in ("Adadelta", "Adagrad", "Adam", "Adamax", "AdamW", "ASGD", "NAdam", "RAdam", "Rprop"):
    (single, dtypes), (double, _) = (trained(name, one) for one in (torch.float32, torch.float64))
    differing[name] = (single - double).abs().max().item()
    singles = sorted(key for key, dtype in dtypes.items() if dtype == torch.float32)
    print(f"{name:9} differs by {differing[name]:.1e}; float32 in its state: {', '.join(singles)}")
assert {name for name, by in differing.items() if by} == {"ASGD", "NAdam"}
assert all(1e-11 < differing[name] < 1e-7 for name in ("ASGD", "NAdam"))
print("As found: the steps of ASGD and NAdam on float64 parameters depend on the default dtype.")
PYTHON
