"""The time, the CPU time and the memory that a command needs."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from understanding_gradients.workers.pool import cores

ROOT = Path(__file__).parent.parent
# The unit of ru_maxrss in bytes: a kilobyte, but a byte on macOS.
UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Cost:
    """The cost of a command.

    Attributes:
        seconds: From its start to its end.
        cpu_seconds: Of the command and all processes that it started.
        peak_mb: Memory of the largest of these processes, in millions of bytes.
    """

    seconds: float
    cpu_seconds: float
    peak_mb: float


def cost_of(
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
    checkout: Path = ROOT,
) -> Cost:
    """Run `command`, and return its cost.

    Args:
        command: A Python module or script with its arguments.
        environment: Added to the environment of this process.
        checkout: The project's folder in which it is run.

    Raises:
        RuntimeError: If the command fails.
    """
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=checkout,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with status {process.returncode}.")
    return Cost(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss * UNIT / 1e6)


def machine() -> dict[str, Any]:
    """Return what is measured on."""
    return {
        "processor": platform.processor() or platform.machine(),
        "cores": cores(),
        "python": platform.python_version(),
    }


def median_of(costs: Sequence[Mapping[str, float]], figure: str = "seconds") -> float:
    """Return the median of a figure over all rounds."""
    return median(cost[figure] for cost in costs)
