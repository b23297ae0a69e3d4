"""Files are written whole or not at all; what was there stays until the new one is finished."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
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
                # mkstemp keeps the file from everyone else; a finished one is like any other.
                unfinished.chmod(0o666 & ~current_umask())
                unfinished.replace(path)
            finally:
                unfinished.unlink(missing_ok=True)


def unfinished_beside(path: Path) -> Path:
    """Make an empty file beside `path`, with its suffix, to be written first."""
    handle, name = tempfile.mkstemp(
        prefix=f".{path.stem}-", suffix=f"{MARK}{path.suffix}", dir=path.parent
    )
    os.close(handle)
    return Path(name)


def current_umask() -> int:
    """Return the process's umask, which can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
