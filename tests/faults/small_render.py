"""`python -m tests.faults.small_render ...`: render.py with a small lecture and faults.

CLIPS names the clips of the lecture, separated by commas.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from scenes import registry
from tests.faults.holding import held_after, held_before
from tests.fixtures import clips
from understanding_gradients.cli import main as run_command_line
from understanding_gradients.encode import packets
from understanding_gradients.export import film
from understanding_gradients.workers.process import WorkerProcess


def fill(folder: Path) -> None:
    """Leave no byte free on the disk of `folder`."""
    with suppress(OSError), (folder / "filled.bin").open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


def after(first: Callable[[], None], function: Callable[..., Any]) -> Callable[..., Any]:
    """Return `function`, which calls `first` before it starts."""

    def wrapped(*args: Any) -> Any:
        first()
        return function(*args)

    return wrapped


def main() -> None:
    """Run the command line on the small lecture."""
    registry.CLIPS = tuple(getattr(clips, name) for name in os.environ["CLIPS"].split(","))
    film.copy_packets = held_after("muxing", 1, film.copy_packets)
    if disk := os.environ.get("FILLED_AT_MUXING"):
        film.add_text_track = after(partial(fill, Path(disk)), film.add_text_track)
    WorkerProcess.stop = held_before("stopping", WorkerProcess.stop)
    packets.mux_segments = held_after("concatenating", 1, packets.mux_segments)
    # The process that started the test may have ignored signals, as nohup does.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    is_ignored = os.environ.get("IGNORED") == "SIGHUP"
    signal.signal(signal.SIGHUP, signal.SIG_IGN if is_ignored else signal.SIG_DFL)
    run_command_line()


if __name__ == "__main__":
    main()
