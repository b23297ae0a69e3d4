#!/bin/sh
# Guess: under a GradScaler, a hook before the step sees the gradient that the step uses, and no hook runs for a step that
# is skipped because a gradient overflowed, whatever the implementation of the optimizer.
# Found: true of an ordinary optimizer. A fused one divides by the scale within the step: its hook sees the gradient times
# the scale, and both hooks run also for a step that is skipped, with the parameters as they were.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet torch==2.13.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import platform

import torch

print("Python", platform.python_version(), "torch", torch.__version__)


def hooked(fused, factor):
    """Return what the hooks of one scaled step see: the gradient before it, the parameters after it."""
    params = torch.tensor([1.0, -2.0], requires_grad=True)
    optimizer = torch.optim.Adam([params], lr=0.1, fused=fused)
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    seen = []
    optimizer.register_step_pre_hook(lambda *_: seen.append(params.grad.tolist()))
    optimizer.register_step_post_hook(lambda *_: seen.append(params.tolist()))
    scaler.scale(factor * (params**2).sum()).backward()
    scaler.step(optimizer)
    scaler.update()
    return seen


found = {}
for fused in (False, True):
    for case, factor in (("taken", 1.0), ("skipped", float("inf"))):
        found[fused, case] = hooked(fused, factor)
        print("fused" if fused else "plain", case, "->", found[fused, case] or "no hook ran")
assert found[False, "taken"][0] == [2.0, -4.0] and found[True, "taken"][0] == [2048.0, -4096.0]
assert found[False, "taken"][1] == found[True, "taken"][1]
assert found[False, "skipped"] == []
assert found[True, "skipped"] == [[float("inf"), -float("inf")], [1.0, -2.0]]
print("As found: the hooks of a fused optimizer see scaled gradients, and run for skipped steps too.")
PYTHON
