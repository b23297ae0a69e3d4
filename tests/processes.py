"""Wait for processes, and look them up."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from typing import Any


def wait_until(condition: Callable[[], Any], seconds: float = 120.0) -> Any:
    """Wait until `condition` returns something true, and return that."""
    for _ in range(int(seconds / 0.05)):
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError(f"The condition did not become true within {seconds:g} s.")


def is_alive(pid: int) -> bool:
    """Return whether a process is running; a zombie is not."""
    return ps_field("stat", pid)[:1] not in ("", "Z")


def parent_of(pid: int) -> int:
    """Return the number of a process's parent."""
    return int(ps_field("ppid", pid))


def children_of(pid: int) -> list[int]:
    """Return the numbers of a process's children."""
    listing = subprocess.run(
        ["ps", "-axo", "pid=,ppid="], capture_output=True, text=True, check=True
    )
    pairs = (map(int, line.split()) for line in listing.stdout.splitlines())
    return [child for child, parent in pairs if parent == pid]


def ps_field(field: str, pid: int) -> str:
    """Return a field that ps shows for a process; empty if there is none."""
    listing = subprocess.run(
        ["ps", "-o", f"{field}=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return listing.stdout.strip()
