"""Evaluating a loss without a trace: random states and buffers are put back afterwards."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from descent.checks.random_states import kept_random_states

if TYPE_CHECKING:
    from torch import Tensor


@contextmanager
def kept_state() -> Generator[None]:
    """Put back the random states, and the buffers of the modules that are called meanwhile.

    In training, BatchNorm writes into its buffers.
    """
    from torch.nn.modules.module import register_module_forward_pre_hook

    before: dict[tuple[Any, str], tuple[Tensor, Tensor]] = {}
    here = threading.get_ident()

    def keep(module: Any, _: Any) -> None:
        if threading.get_ident() != here:  # another thread trains a module of its own
            return
        for name, buffer in module._buffers.items():
            if buffer is not None and (module, name) not in before:
                before[module, name] = buffer, buffer.detach().clone()

    hook = register_module_forward_pre_hook(keep)
    try:
        with kept_random_states():
            yield
    finally:
        hook.remove()
        for (module, name), (buffer, values) in before.items():
            # Others were lent to the module for a call, by torch.func.functional_call.
            if module._buffers.get(name) is buffer:
                # Past autograd, which may still want to go back through what wrote into it.
                buffer.data.copy_(values)
