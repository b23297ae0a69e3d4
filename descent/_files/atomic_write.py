"""Files are written whole or not at all; what was there stays until the new one is finished."""

from __future__ import annotations

import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager, suppress
from functools import partial
from glob import escape
from pathlib import Path

from descent._files.disk_space import check_free_space, explain_write_errors
from descent._files.locks import delete_abandoned, locked_new

MARK = ".unfinished"


@contextmanager
def atomic_write(path: Path, needed: int = 0) -> Generator[Path]:
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
    with explain_write_errors(path.parent, needed):
        check_free_space(path.parent, needed)
        with locked_new(partial(temporary_beside, path)) as unfinished:
            try:
                yield unfinished
                fsync(unfinished)
                unfinished.replace(path)
            finally:
                unfinished.unlink(missing_ok=True)


def temporary_beside(path: Path) -> Path:
    """Make an empty file beside `path`, with its suffix, to be written first."""
    while True:
        name = f".{path.stem}-{secrets.token_hex(4)}{MARK}{path.suffix}"
        # The file that it becomes is one like any other, so its mode is the usual one.
        with suppress(FileExistsError):
            (path.parent / name).touch(exist_ok=False)
            return path.parent / name


def fsync(path: Path) -> None:
    """Have what was written on the disk: a new name may be there before, where power fails."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())
