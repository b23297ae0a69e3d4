"""What a process that serves another one does first: it ends with it and prints to no pipe."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from typing import BinaryIO

POLL_SECONDS = 0.5


def end_with(parent: int, tidy: Callable[[], object] = lambda: None) -> None:
    """Let this process end, with what it has started, soon after the process `parent` is gone.

    `tidy` is called before.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(POLL_SECONDS)
        tidy()
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


def take_standard_output() -> BinaryIO:
    """Return standard output; from now on, whatever is printed goes to standard error."""
    taken = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return taken
