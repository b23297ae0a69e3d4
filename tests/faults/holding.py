"""Hold a process at a place where a test wants it, so that no test depends on timing.

The environment says where: HELD_AT is the name of a place, HELD_IN a folder. The first process that
comes to the place writes its number into a file of that name and stays until it is killed; later
ones find the file and continue.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

MAX_SECONDS = 600


def note(place: str, number: int) -> None:
    """Write the number of a process, whole or not at all."""
    path = Path(os.environ["HELD_IN"]) / place
    path.with_suffix(".part").write_text(str(number), encoding="utf-8")
    path.with_suffix(".part").replace(path)


def hold(place: str) -> None:
    """Stay here if the environment says so and no process was held here before."""
    if os.environ.get("HELD_AT") != place or (Path(os.environ["HELD_IN"]) / place).exists():
        return
    note(place, os.getpid())
    time.sleep(MAX_SECONDS)


def held_after(place: str, calls: int, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return `function`, which holds its process at `place` after a number of calls."""
    count = 0

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        nonlocal count
        result = function(*args, **kwargs)
        count += 1
        if count == calls:
            hold(place)
        return result

    return wrapped


def held_before(place: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return `function`, which first holds its process at `place`."""

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        hold(place)
        return function(*args, **kwargs)

    return wrapped
