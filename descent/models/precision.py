"""Computing in float64, whatever precision and on whatever device the parts were made."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from descent.checks.threads import shared_by_threads

if TYPE_CHECKING:
    import torch
    from torch import Tensor


def by_default(dtype: torch.dtype) -> AbstractContextManager[None]:
    """Make `dtype` what torch.zeros and its siblings return, and restore the default afterwards.

    Threads that overlap share it; the default belongs to the process, so that threads of two
    precisions at once would change it for each other.
    """
    return _shared_default(dtype)()


@cache
def _shared_default(dtype: torch.dtype) -> Callable[[], AbstractContextManager[None]]:
    import torch

    @shared_by_threads
    @contextmanager
    def changed() -> Generator[None]:
        before = torch.get_default_dtype()
        torch.set_default_dtype(dtype)
        try:
            yield
        finally:
            torch.set_default_dtype(before)

    return changed


def float64_by_default() -> AbstractContextManager[None]:
    """Make float64 what torch.zeros and its siblings return."""
    import torch

    return by_default(torch.float64)


def in_double(tensor: Tensor) -> Tensor:
    """Return a copy of `tensor` on the CPU, in float64 or complex128 unless of whole numbers."""
    import torch

    return in_precision(tensor, torch.float64)


def in_precision(tensor: Tensor, dtype: torch.dtype, device: Any = "cpu") -> Tensor:
    """Return a copy of `tensor` in a floating dtype, or as it is if it is of whole numbers."""
    # Apple's GPU has no float64: to the CPU first.
    values = tensor.detach().cpu()
    kind = dtype if values.is_floating_point() else values.dtype
    return values.to(device, dtype.to_complex() if values.is_complex() else kind, copy=True)
