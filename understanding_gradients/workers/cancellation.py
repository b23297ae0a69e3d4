"""A request that can be given up, whether or not the work on it has begun."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Cancellation:
    """Tells those who work on a request that nobody waits for it any more."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_cancelled = False
        self._callbacks: list[Callable[[], object]] = []

    @property
    def is_cancelled(self) -> bool:
        """Whether the request was given up."""
        return self._is_cancelled

    def cancel(self) -> None:
        """Give the request up."""
        with self._lock:
            callbacks, self._callbacks = self._callbacks, []
            self._is_cancelled = True
        for callback in callbacks:
            callback()

    def on_cancel(self, callback: Callable[[], object]) -> None:
        """Call `callback` when the request is given up; at once if it already is."""
        with self._lock:
            if not self._is_cancelled:
                self._callbacks.append(callback)
                return
        callback()
