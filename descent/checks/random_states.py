"""The random states of torch, NumPy and Python, and putting them back."""

from __future__ import annotations

import random
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import numpy as np


def random_states() -> tuple[Any, ...]:
    """Return the states of all global generators, for `set_random_states`."""
    import torch

    devices: Any = torch.cuda
    on_devices = devices.get_rng_state_all() if devices.is_initialized() else None
    return torch.get_rng_state(), np.random.get_state(), random.getstate(), on_devices  # noqa: NPY002


def comparable_random_states() -> tuple[Any, ...]:
    """Return the states on the CPU as plain numbers, which == compares."""
    import torch

    of_torch: Any = torch.get_rng_state()
    of_numpy: Any = np.random.get_state()  # noqa: NPY002
    return of_torch.tolist(), of_numpy[1].tolist(), of_numpy[2:], random.getstate()


def set_random_states(states: tuple[Any, ...]) -> None:
    """Let all global generators go on from `states`."""
    import torch

    torch.set_rng_state(states[0])
    np.random.set_state(states[1])  # noqa: NPY002
    random.setstate(states[2])
    if states[3] is not None:
        torch.cuda.set_rng_state_all(states[3])


def seed_random_states(seed: int) -> None:
    """Let all global generators begin from a seed."""
    import torch

    generator: Any = torch
    generator.manual_seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    random.seed(seed)


@contextmanager
def kept_random_states() -> Generator[Callable[[], None]]:
    """Put the random states back at the end, and when asked to."""
    before = random_states()
    try:
        yield lambda: set_random_states(before)
    finally:
        set_random_states(before)
