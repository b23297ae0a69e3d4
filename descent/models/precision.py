"""Computing in float64, whatever precision and on whatever device the parts were made."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch
    from torch import Tensor

_lock = threading.Lock()
_inside = 0  # how many evaluations, of all threads, need float64 as the default now
_outside: Any = None  # the default to return to when the last of them ends


@contextmanager
def float64_by_default() -> Generator[None]:
    """Make float64, on the CPU, what torch.zeros and its siblings return; restore it afterwards.

    torch's default dtype belongs to the process: threads that overlap share one change of it, and
    the last of them restores it.
    """
    import torch

    global _inside, _outside
    with _lock:
        if _inside == 0:
            _outside = torch.get_default_dtype()
            torch.set_default_dtype(torch.float64)
        _inside += 1
    try:
        is_elsewhere = torch.get_default_device().type != "cpu"
        with torch.device("cpu") if is_elsewhere else nullcontext():
            yield
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0:
                torch.set_default_dtype(_outside)


def in_double(tensor: Tensor) -> Tensor:
    """Return a copy of `tensor` on the CPU, in float64 or complex128 unless of whole numbers."""
    import torch

    return in_precision(tensor, torch.float64)


def in_precision(tensor: Tensor, dtype: torch.dtype) -> Tensor:
    """Return a copy of `tensor` on the CPU, in a floating dtype unless it is of whole numbers."""
    # Apple's GPU has no float64: to the CPU first.
    values = tensor.detach().cpu()
    if values.is_complex():
        return values.to(dtype.to_complex(), copy=True)
    if values.is_floating_point():
        return values.to(dtype, copy=True)
    return values.clone()
