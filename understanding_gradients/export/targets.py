"""Output paths, checked before any work begins."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path
from typing import NamedTuple
from unicodedata import category

from descent._files.atomic_write import temporary_beside
from descent.checks.errors import InvalidValue

WRITABLE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
OUTPUT = "The output"
# The files that programs keep beside one that they have open.
LOCKS = {"LibreOffice": ".~lock.{}#", "PowerPoint": "~${}"}


class Lock(NamedTuple):
    """A file that says that a program has another one open.

    Attributes:
        program: The program.
        name: The name of the lock.
    """

    program: str
    name: str

    @property
    def repair(self) -> str:
        """What to do about it."""
        return f"close it there, or delete '{self.name}' beside it if it is open nowhere"


def writable_folder(folder: Path) -> Path:
    """Create `folder` if it is missing, check that it can be written, and return it absolute."""
    check_printable(folder)
    folder = folder.absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except FileExistsError as error:
        what = "a file" if folder.is_file() else "not a folder"
        got = f"'{folder}', which is {what}"
        repair = "name another with -o."
        raise InvalidValue(OUTPUT, "go into a folder", folder, got=got, repair=repair) from error
    except OSError as error:
        got = f"'{folder}' ({error.strerror})"
        raise InvalidValue(
            OUTPUT, "go into a folder that can be written", folder, got=got
        ) from error
    return folder


def check_printable(path: Path) -> None:
    """Check that a list of files can show the name."""
    if any(category(character) in ("Cc", "Cs") for character in str(path)):
        raise InvalidValue(OUTPUT, "have a name without control characters", str(path))


def new_file(path: Path) -> Path:
    """Return `path`, which no option names, if nothing exists there."""
    # A link that leads nowhere is the user's too.
    if path.exists() or path.is_symlink():
        raise InvalidValue(
            OUTPUT,
            f"be a new file; '{path.name}' is there already",
            repair=f"move it, name another with -o, or write over it with -o {path}.",
        )
    return path


def writable_file(path: Path, suffix: str) -> Path:
    """Check that a file that ends in `suffix` can be written at `path`, and return it absolute."""
    check_printable(path)
    if path.is_dir():
        raise InvalidValue(OUTPUT, "be a file name", path, got=f"the folder '{path}'")
    # Root may write it all the same, but its owner made it read-only.
    if path.exists() and not path.stat().st_mode & WRITABLE:
        raise InvalidValue(
            OUTPUT,
            "be a file that may be written",
            path,
            got=f"'{path.name}', which is read-only",
            repair="name another with -o.",
        )
    lock = lock_of(path) if path.exists() else None
    if lock is not None:
        raise InvalidValue(
            OUTPUT,
            "be a file that no program has open",
            path,
            got=f"'{path.name}', which is open in {lock.program}",
            repair=f"{lock.repair}.",
        )
    if path.suffix.lower() != suffix:
        raise InvalidValue(OUTPUT, f"end in {suffix}", path, got=f"'{path.name}'")
    path = writable_folder(path.parent) / path.name
    try:
        # The temporary file has a longer name than the file itself.
        temporary_beside(path).unlink()
    except OSError as error:
        got = f"'{path.name}' ({error.strerror})"
        raise InvalidValue(OUTPUT, "be a name that can be written", path, got=got) from error
    return path


def lock_of(path: Path) -> Lock | None:
    """Return the lock beside a file that a program has open; None if there is none."""
    for place in dict.fromkeys((path, path.resolve())):
        for program, name in LOCKS.items():
            lock = place.with_name(name.format(place.name))
            if os.path.lexists(lock):
                return Lock(program, lock.name)
    return None
