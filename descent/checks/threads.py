"""What overlapping threads share: settings of the process, and locks of objects that are copied."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any


def shared_by_threads(
    change: Callable[[], AbstractContextManager[Any]],
) -> Callable[[], AbstractContextManager[None]]:
    """Let threads that overlap share one change of a setting that belongs to the process.

    Were each to restore what it had found, the last would restore the change of another.
    """
    lock, changed, inside = threading.Lock(), ExitStack(), 0

    @contextmanager
    def shared() -> Generator[None]:
        nonlocal inside
        with lock:
            if not inside:
                changed.enter_context(change())
            inside += 1
        try:
            yield
        finally:
            with lock:
                inside -= 1
                if not inside:
                    changed.close()

    return shared


class CopyableLock:
    """A reentrant lock whose copies, also in other processes, are locks of their own."""

    def __init__(self) -> None:
        self._lock = threading.RLock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *error: object) -> None:
        self._lock.release()

    def __reduce__(self) -> Any:
        return CopyableLock, ()
