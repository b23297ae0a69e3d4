"""What a computation by torch does on its way: the numbers it makes, the functions it calls."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any


def counting_numbers() -> Any:
    """Return a mode of torch's whose `numbers` are those of all tensors made within it."""
    import torch

    class Counting(dispatch_mode()):
        numbers = 0

        def __torch_dispatch__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            made = func(*args, **(kwargs or {}))
            several: Any = made if type(made) in (list, tuple) else (made,)
            self.numbers += sum(one.numel() for one in several if isinstance(one, torch.Tensor))
            return made

    return Counting()


def dispatch_mode() -> Any:
    """Return the class from which modes are derived that see every kernel.

    One of PyTorch's own loads its compiler when it sees the first, in order to tell it not to
    compile the mode. Where the compiler is not in memory, nothing is being compiled.
    """
    from torch.utils._python_dispatch import TorchDispatchMode

    class DispatchMode(TorchDispatchMode):
        @classmethod
        def _should_skip_dynamo(cls) -> bool:
            return "torch._dynamo" in sys.modules

    return DispatchMode


def calls_of(action: Callable[[], Any]) -> tuple[list[Any], Any]:
    """Return the functions of torch's that `action` calls, and the one in which it failed.

    The latter is None if it did not fail, or outside of them.
    """
    import torch
    from torch.overrides import TorchFunctionMode

    called, running = list[Any](), list[Any]()

    class Watching(TorchFunctionMode):
        def __torch_function__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            called.append(func)
            running.append(func)
            returned = func(*args, **(kwargs or {}))
            running.pop()
            return returned

    try:
        with torch.enable_grad(), Watching():
            action()
    except Exception:
        return called, running[0] if running else None
    return called, None
