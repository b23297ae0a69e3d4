"""Processes that tests start, wait for and look at."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from typing import Any


def wait_until(condition: Callable[[], Any], seconds: float = 120.0) -> Any:
    """Wait for `condition`, and return what it gave."""
    for _ in range(int(seconds / 0.05)):
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError("waited in vain")


def is_alive(pid: int) -> bool:
    """Whether a process is still running (a finished one may wait to be collected)."""
    return words_of_ps("stat", pid)[:1] not in ("", "Z")


def parent_of(pid: int) -> int:
    """Return who started a process."""
    return int(words_of_ps("ppid", pid))


def children_of(pid: int) -> list[int]:
    """Return the numbers of the processes that a process has started."""
    told = subprocess.run(["ps", "-axo", "pid=,ppid="], capture_output=True, text=True, check=True)
    pairs = (map(int, line.split()) for line in told.stdout.splitlines())
    return [child for child, parent in pairs if parent == pid]


def words_of_ps(what: str, pid: int) -> str:
    """Return what ps says of a process; nothing if there is none."""
    told = subprocess.run(
        ["ps", "-o", f"{what}=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return told.stdout.strip()
