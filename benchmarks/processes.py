"""How long a command takes, what it costs, and how much memory its largest process needs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
# Of ru_maxrss: kilobytes, but bytes on macOS.
UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Cost:
    """What a command cost.

    Attributes:
        seconds: From its start to its end.
        cpu_seconds: Of it and all processes that it started.
        peak_mb: Of the largest of these processes, in millions of bytes.
    """

    seconds: float
    cpu_seconds: float
    peak_mb: float


def cost_of(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Cost:
    """Run `command` in the project's folder and return what it cost.

    Args:
        command: A Python module or script and its arguments.
        environment: Added to this process's own.

    Raises:
        RuntimeError: If it fails.
    """
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with status {process.returncode}.")
    return Cost(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss * UNIT / 1e6)
