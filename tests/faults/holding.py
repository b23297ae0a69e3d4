"""A process is held where a test wants it, so that what the test does to it meets it there.

The environment says where: HELD_AT is the name of a place, HELD_IN a folder. The process that comes
there writes its number into a file of the place's name, and stays until it is ended. Only the first
is held: whoever comes later finds the file and goes on.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PATIENCE = 600


def note(place: str, number: int) -> None:
    """Write down the number of a process, whole or not at all."""
    path = Path(os.environ["HELD_IN"]) / place
    path.with_suffix(".part").write_text(str(number), encoding="utf-8")
    path.with_suffix(".part").replace(path)


def hold(place: str) -> None:
    """Stay here if the environment says so and nobody was held here before."""
    if os.environ.get("HELD_AT") != place or (Path(os.environ["HELD_IN"]) / place).exists():
        return
    note(place, os.getpid())
    time.sleep(PATIENCE)


def held_after(place: str, calls: int, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return `function`, which holds its process at `place` after so many calls."""
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
