"""Files are written whole or not at all; what was there stays until the new one is finished."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Generator[Path]:
    """Give a temporary path beside `path`, which takes its place if nothing was raised.

    Args:
        path: Where the finished file goes; its folder must exist.

    Yields:
        The path to write to; its suffix is that of `path`.
    """
    unfinished = unfinished_beside(path)
    try:
        yield unfinished
        # mkstemp keeps the file from everyone else; a finished one is like any other.
        unfinished.chmod(0o666 & ~current_umask())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def unfinished_beside(path: Path) -> Path:
    """Make an empty file beside `path`, with its suffix, to be written first."""
    handle, name = tempfile.mkstemp(
        prefix=f".{path.stem}-", suffix=f".unfinished{path.suffix}", dir=path.parent
    )
    os.close(handle)
    return Path(name)


def current_umask() -> int:
    """Return the process's umask, which can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
