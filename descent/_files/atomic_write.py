"""Write a file whole or not at all; an earlier file stays until the new one is complete."""

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

UNFINISHED = ".unfinished"


def delete_unfinished(folder: Path) -> None:
    """Delete the files that killed processes left unfinished in `folder`."""
    delete_abandoned(folder.glob(f".*{UNFINISHED}*"), Path.unlink)


@contextmanager
def atomic_write(path: Path, needed: int = 0) -> Generator[Path]:
    """Yield a temporary path that replaces `path` if the block raises nothing.

    Temporary files that killed processes left of the same file are deleted.

    Args:
        path: Destination; its folder must exist.
        needed: Expected size in bytes; 0 if unknown.

    Yields:
        The path to write to; it has the suffix of `path`.

    Raises:
        CannotWrite: If the folder has no room or must not be written.
    """
    leftovers = path.parent.glob(f".{escape(path.stem)}-*{UNFINISHED}{escape(path.suffix)}")
    delete_abandoned(leftovers, Path.unlink)
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
    """Create an empty file beside `path` with the same suffix, and return it."""
    while True:
        name = f".{path.stem}-{secrets.token_hex(4)}{UNFINISHED}{path.suffix}"
        # Not tempfile: the finished file must have the usual mode.
        with suppress(FileExistsError):
            (path.parent / name).touch(exist_ok=False)
            return path.parent / name


def fsync(path: Path) -> None:
    """Flush a file to disk: after a power failure a rename may survive without its content."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())
