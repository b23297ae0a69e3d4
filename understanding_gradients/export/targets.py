"""Files for people: checked before any work begins, and written whole or not at all."""

from __future__ import annotations

import stat
import tempfile
from pathlib import Path
from unicodedata import category

from descent._files.atomic_write import temporary_beside
from descent.checks.errors import InvalidValue

OUTPUT = "The output"
WRITABLE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


def writable_folder(folder: Path) -> Path:
    """Make `folder`, prove that it can be written, and return it absolute.

    Raises:
        ValueError: If it cannot be made or written.
    """
    check_signs(folder)
    folder = folder.absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except FileExistsError as error:
        what = "a file" if folder.is_file() else "no folder"
        got, repair = f"'{folder}', which is {what}", "name another with -o."
        raise InvalidValue(OUTPUT, "go into a folder", got=got, repair=repair) from error
    except OSError as error:
        got = f"'{folder}' ({error.strerror})"
        raise InvalidValue(OUTPUT, "go into a folder that can be written", got=got) from error
    return folder


def check_signs(path: Path) -> None:
    """Refuse a name that no list of files shows as it is.

    Raises:
        ValueError: If it has a line break, another control character, or half of a character.
    """
    if any(category(sign) in ("Cc", "Cs") for sign in str(path)):
        raise InvalidValue(OUTPUT, "have a name without control characters", str(path))


def new_file(path: Path) -> Path:
    """Return `path`, which nobody asked for by name, if there is nothing yet.

    Raises:
        ValueError: If there is: somebody may have worked on it.
    """
    # A link that leads nowhere is somebody's too.
    if path.exists() or path.is_symlink():
        repair = f"move it, name another with -o, or write over it with -o {path}."
        got = f"'{path.name}', which is there already"
        raise InvalidValue(OUTPUT, "be a new file", got=got, repair=repair)
    return path


def writable_file(path: Path, suffix: str) -> Path:
    """Prove that a file can be written at `path`, and return it absolute.

    Args:
        path: What was asked for.
        suffix: What it must end in, with its dot.

    Raises:
        ValueError: If its folder cannot be written, it is a folder or read-only, or it ends
            otherwise.
    """
    check_signs(path)
    if path.is_dir():
        raise InvalidValue(OUTPUT, "be a file name", got=f"the folder '{path}'")
    # The administrator may write it all the same; its owner said that nobody should.
    if path.exists() and not path.stat().st_mode & WRITABLE:
        got, repair = f"'{path.name}', which is read-only", "name another with -o."
        raise InvalidValue(OUTPUT, "be a file that may be written", got=got, repair=repair)
    if path.suffix.lower() != suffix:
        raise InvalidValue(OUTPUT, f"end in {suffix}", got=f"'{path.name}'")
    path = writable_folder(path.parent) / path.name
    try:
        # What is written first has a longer name than the file itself.
        temporary_beside(path).unlink()
    except OSError as error:
        got = f"'{path.name}' ({error.strerror})"
        raise InvalidValue(OUTPUT, "be a name that can be written", got=got) from error
    return path
