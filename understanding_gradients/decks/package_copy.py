"""Copy an Open XML package entry by entry, with some entries replaced and some added."""

from __future__ import annotations

import shutil
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

from descent._files.atomic_write import atomic_write
from understanding_gradients.decks.package import no_longer_readable


def write_changed(changes: Mapping[str, Path | bytes | None], package: Path, path: Path) -> None:
    """Write a package to `path`, which may be its own.

    Every entry without a change keeps its content, its name, its date and its position.

    Args:
        changes: The new contents, by entry, also of entries that are added at the end; None for an
            entry that is left out.
        package: The package.
        path: The file to write.
    """
    mode = package.stat().st_mode
    try:
        copy_package(changes, package, path)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise no_longer_readable(package) from error
    path.chmod(mode)


def copy_package(changes: Mapping[str, Path | bytes | None], package: Path, path: Path) -> None:
    """Copy a package with its `changes`."""
    with (
        atomic_write(path) as unfinished,
        zipfile.ZipFile(package) as before,
        zipfile.ZipFile(unfinished, "w") as after,
    ):
        after.comment = before.comment
        entries = before.infolist()
        for entry in entries:
            change = changes.get(entry.filename)
            if entry.filename not in changes:
                header = like(entry, entry.file_size)
                with before.open(entry) as content, after.open(header, "w") as target:
                    shutil.copyfileobj(content, target)
            elif change is not None:
                write_entry(like(entry, size_of(change)), change, after)
        # New entries are pictures, which are compressed already.
        names = {entry.filename for entry in entries}
        for name, change in changes.items():
            if name not in names and change is not None:
                write_entry(like(entries[0], size_of(change), name), change, after)


def write_entry(header: zipfile.ZipInfo, content: Path | bytes, archive: zipfile.ZipFile) -> None:
    """Write one entry."""
    with archive.open(header, "w") as target:
        if isinstance(content, bytes):
            target.write(content)
        else:
            with content.open("rb") as file:
                shutil.copyfileobj(file, target)


def size_of(content: Path | bytes) -> int:
    """Return how many bytes the new content of an entry has."""
    return len(content) if isinstance(content, bytes) else content.stat().st_size


def like(entry: zipfile.ZipInfo, size: int, name: str = "") -> zipfile.ZipInfo:
    """Return the header of an entry like `entry`, for `size` bytes."""
    new = zipfile.ZipInfo(name or entry.filename, entry.date_time)
    new.compress_type, new.external_attr = entry.compress_type, entry.external_attr
    new.create_system, new.comment, new.file_size = entry.create_system, entry.comment, size
    return new
