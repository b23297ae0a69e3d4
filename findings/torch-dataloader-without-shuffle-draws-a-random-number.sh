#!/bin/sh
# Guess: a DataLoader that does not shuffle draws nothing at random, so a seeded loop is the same with it and with slices.
# Found: each pass over it takes a number from torch's default generator, also without shuffling and without workers, so
# that every random number after it (Dropout, initial weights, noise) differs. With a generator of its own it does not.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet torch==2.13.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import platform

import torch
from torch.utils.data import DataLoader, TensorDataset

print("Python", platform.python_version(), "torch", torch.__version__)
rows = TensorDataset(torch.arange(6.0))


def drawn_after(read):
    """Return the first random number after reading the rows in one way."""
    torch.manual_seed(0)
    read()
    return torch.rand(1).item()


slices = drawn_after(lambda: [rows[first : first + 2] for first in (0, 2, 4)])
loader = drawn_after(lambda: list(DataLoader(rows, batch_size=2, shuffle=False)))
own = drawn_after(lambda: list(DataLoader(rows, batch_size=2, generator=torch.Generator())))
torch.manual_seed(0)
torch.empty((), dtype=torch.int64).random_()
one_draw = torch.rand(1).item()
print("after slices:                       ", slices)
print("after an unshuffled loader:         ", loader)
print("after a loader with a generator:    ", own)
print("after one whole number drawn at random:", one_draw)
assert own == slices != loader == one_draw
print("As found: an unshuffled pass draws one number from the default generator.")
PYTHON
