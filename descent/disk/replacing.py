"""Files are written whole or not at all; what was there stays until the new one is finished."""

from __future__ import annotations

import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager, suppress
from functools import partial
from glob import escape
from pathlib import Path

from descent.disk.claims import begun, delete_abandoned
from descent.disk.room import check_room, explaining

MARK = ".unfinished"


@contextmanager
def replacing(path: Path, needed: int = 0) -> Generator[Path]:
    """Give a temporary path beside `path`, which takes its place if nothing was raised.

    What a killed process left unfinished of the same file is deleted.

    Args:
        path: Where the finished file goes; its folder must exist.
        needed: How many bytes it will have, as far as that is known.

    Yields:
        The path to write to; its suffix is that of `path`.

    Raises:
        CannotWrite: If its folder has no room for it, or must not be written.
    """
    left = path.parent.glob(f".{escape(path.stem)}-*{MARK}{escape(path.suffix)}")
    delete_abandoned(left, Path.unlink)
    with explaining(path.parent, needed):
        check_room(path.parent, needed)
        with begun(partial(unfinished_beside, path)) as unfinished:
            try:
                yield unfinished
                write_through(unfinished)
                unfinished.replace(path)
            finally:
                unfinished.unlink(missing_ok=True)


def unfinished_beside(path: Path) -> Path:
    """Make an empty file beside `path`, with its suffix, to be written first."""
    while True:
        name = f".{path.stem}-{secrets.token_hex(4)}{MARK}{path.suffix}"
        # The file that it becomes is one like any other, so its mode is the usual one.
        with suppress(FileExistsError):
            (path.parent / name).touch(exist_ok=False)
            return path.parent / name


def write_through(path: Path) -> None:
    """Have what was written on the disk: a new name may be there before, where power fails."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())
