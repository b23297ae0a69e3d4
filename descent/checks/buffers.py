"""The buffers of the modules that a loss calls, put back afterwards."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor


@contextmanager
def kept_buffers() -> Generator[None]:
    """Put back what modules write into their buffers meanwhile, as BatchNorm does in training."""
    import torch
    from torch.nn.modules.module import register_module_forward_pre_hook

    before: dict[int, tuple[Tensor, Tensor]] = {}

    def keep(module: Any, _: Any) -> None:
        for buffer in module.buffers(recurse=False):
            if id(buffer) not in before:
                before[id(buffer)] = buffer, buffer.detach().clone()

    hook = register_module_forward_pre_hook(keep)
    try:
        yield
    finally:
        hook.remove()
        with torch.no_grad():
            for buffer, values in before.values():
                buffer.copy_(values)
