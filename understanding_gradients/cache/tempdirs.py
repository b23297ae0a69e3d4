"""Temporary folders that are deleted even if their process is killed.

`tempfile` leaves the folders of killed processes behind; here the next process deletes them.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from descent._files.locks import delete_abandoned, locked_new

PREFIX = "understanding-gradients-tmp-"
# A file in every temporary folder: no other folder of a similar name is deleted.
MARKER = ".temporary"


@contextmanager
def temporary_folder(parent: Path | None = None) -> Generator[Path]:
    """Yield a new folder, and delete it afterwards.

    Args:
        parent: Where to create it; the system's temporary folder by default.
    """
    place = parent or Path(tempfile.gettempdir())
    delete_abandoned_in(place)
    with locked_new(partial(new_marked_folder, place)) as folder:
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def delete_abandoned_in(place: Path) -> None:
    """Delete the temporary folders that killed processes left in `place`."""
    delete_abandoned(marked_folders(place), partial(shutil.rmtree, ignore_errors=True))


def new_marked_folder(place: Path) -> Path:
    """Create a folder that only this user may read, with a marker in it."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
    with suppress(FileNotFoundError):
        (folder / MARKER).touch()
    return folder


def marked_folders(place: Path) -> list[Path]:
    """Return this user's temporary folders in `place`, of running and of killed processes."""
    mine: list[Path] = []
    for marker in place.glob(f"{PREFIX}*/{MARKER}"):
        with suppress(OSError):
            if marker.parent.stat().st_uid == os.getuid():
                mine.append(marker.parent)
    return mine
