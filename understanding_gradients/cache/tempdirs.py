"""Folders for what is of no use afterwards; what killed processes left of them is deleted."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from descent._files.locks import delete_abandoned, locked_new

PREFIX = "understanding-gradients-scratch-"
# What a scratch folder has in it, so that no other is taken for one.
MARK = ".scratch"


@contextmanager
def scratch(parent: Path | None = None) -> Generator[Path]:
    """Give a folder that is deleted afterwards.

    Args:
        parent: Where it is made; the system's place for such folders unless given.
    """
    place = parent or Path(tempfile.gettempdir())
    delete_abandoned_in(place)
    with locked_new(partial(new_marked_folder, place)) as folder:
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def delete_abandoned_in(place: Path) -> None:
    """Delete the scratch folders in `place` that killed processes left."""
    delete_abandoned(marked_folders(place), partial(shutil.rmtree, ignore_errors=True))


def new_marked_folder(place: Path) -> Path:
    """Make a folder that only this user may look into, and mark it."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
    with suppress(FileNotFoundError):
        (folder / MARK).touch()
    return folder


def marked_folders(place: Path) -> list[Path]:
    """Return the scratch folders of this user in `place`, of living and of dead processes."""
    mine: list[Path] = []
    for mark in place.glob(f"{PREFIX}*/{MARK}"):
        with suppress(OSError):
            if mark.parent.stat().st_uid == os.getuid():
                mine.append(mark.parent)
    return mine
