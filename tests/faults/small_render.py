"""`python -m tests.faults.small_render ...`: render.py with a small lecture, to be mistreated.

CLIPS names what the lecture consists of, with commas between.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import render
from scenes import registry
from tests.faults.holding import held_after, held_before
from tests.fixtures import clips
from understanding_gradients.encode import packets
from understanding_gradients.export import film as joining
from understanding_gradients.workers.process import WorkerProcess


def fill(folder: Path) -> None:
    """Leave no byte free on the disk of `folder`."""
    with suppress(OSError), (folder / "filled.bin").open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


def after(first: Callable[[], None], function: Callable[..., Any]) -> Callable[..., Any]:
    """Return `function`, which does something else `first`."""

    def wrapped(*args: Any) -> Any:
        first()
        return function(*args)

    return wrapped


def main() -> None:
    """Run the command line on the small lecture."""
    registry.CLIPS = tuple(getattr(clips, name) for name in os.environ["CLIPS"].split(","))
    joining.copy_packets = held_after("joining", 1, joining.copy_packets)
    if disk := os.environ.get("FILLED_AT_JOINING"):
        joining.add_text_track = after(partial(fill, Path(disk)), joining.add_text_track)
    WorkerProcess.stop = held_before("stopping", WorkerProcess.stop)
    packets.write_clip = held_after("assembling", 1, packets.write_clip)
    # Who started the test may have had signals ignored, as nohup does; only IGNORED counts here.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    is_ignored = os.environ.get("IGNORED") == "SIGHUP"
    signal.signal(signal.SIGHUP, signal.SIG_IGN if is_ignored else signal.SIG_DFL)
    render.end_in_order()
    render.cli()


if __name__ == "__main__":
    main()
