"""Finished work, kept under a key and verified before it is used again.

An entry is a folder of files with a manifest of its key and their SHA-256s. It is built under a
temporary name, its manifest is written last, and it takes its name by one rename: an entry is whole
or absent, whatever is killed when. What is found is verified; a damaged entry, also by a loss of
power, is said once, put away and made again. Nothing in it is ever executed or unpickled.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from descent._files.disk_space import check_free_space, explain_write_errors
from descent._files.locks import delete_abandoned, locked_new

MANIFEST = "manifest.json"
UNFINISHED, DAMAGED = ".unfinished-", ".damaged-"
# Of an entry with a thousand files it has less; a stranger's is not read further.
MOST_MANIFEST_BYTES = 1 << 20


class Store:
    """A folder of entries.

    Args:
        folder: Where entries lie; made when the first is added.
        warn: Told, in a sentence, of an entry that is damaged.
    """

    def __init__(self, folder: Path, warn: Callable[[str], None] = print) -> None:
        self.folder = folder
        self.warn = warn

    def find(self, key: str) -> Path | None:
        """Return the folder of the entry `key` after verifying it, or None if there is none.

        Args:
            key: What `add` was given.
        """
        entry = self._path(key)
        if not os.path.lexists(entry) and not is_in_the_way(entry.parent):
            return None
        damage = damage_of(entry)
        if damage is None:
            return entry
        self.warn(f"The stored {entry.name[:12]} is damaged ({damage}); it is made again.")
        remove(entry.parent if is_in_the_way(entry.parent) else entry, self.folder)
        return None

    @contextmanager
    def add(self, key: str, needed: int = 0) -> Iterator[Path]:
        """Give a folder to be filled; keep it as the entry `key` if nothing was raised.

        What killed processes left unfinished is deleted.

        Args:
            key: A file name; everything that the content depends on, digested.
            needed: How many bytes it will have, as far as that is known.

        Yields:
            The temporary folder.

        Raises:
            CannotWrite: If the store has no room, or must not be written.
            OSError: If it cannot be written for another reason.
        """
        entry = self._path(key)
        with explain_write_errors(self.folder, needed):
            self.folder.mkdir(parents=True, exist_ok=True)
            check_free_space(self.folder, needed)
            self.sweep()
            with locked_new(partial(new_folder, UNFINISHED, self.folder)) as unfinished:
                try:
                    yield unfinished
                    write_manifest(unfinished, key)
                    publish(unfinished, entry)
                finally:
                    shutil.rmtree(unfinished, ignore_errors=True)

    def sweep(self) -> None:
        """Delete what processes left unfinished that are no more."""
        left = [path for mark in (UNFINISHED, DAMAGED) for path in self.folder.glob(f"{mark}*")]
        delete_abandoned(left, partial(shutil.rmtree, ignore_errors=True))

    def _path(self, key: str) -> Path:
        if not key or Path(key).name != key or key.startswith("."):
            raise ValueError(f"A key must be a plain file name; got {key!r}.")
        return self.folder / key[:2] / key


def new_folder(mark: str, parent: Path) -> Path:
    """Make a folder in `parent` with a new name that begins with `mark`."""
    return Path(tempfile.mkdtemp(prefix=mark, dir=parent))


def write_manifest(folder: Path, key: str) -> None:
    """Write `key` and the size and SHA-256 of every file in `folder` into its manifest."""
    files = {
        path.relative_to(folder).as_posix(): {"bytes": path.stat().st_size, "sha256": sha256(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    unfinished = folder / f".{MANIFEST}"
    with unfinished.open("w", encoding="utf-8") as file:
        json.dump({"key": key, "files": files}, file, indent=1)
    unfinished.replace(folder / MANIFEST)


def publish(unfinished: Path, entry: Path) -> None:
    """Give a finished folder its name; if another process was first, its entry stands."""
    entry.parent.mkdir(exist_ok=True)
    try:
        unfinished.replace(entry)
    except OSError:
        if not entry.is_dir():
            raise


def damage_of(entry: Path) -> str | None:
    """Return what is wrong with an entry in a few words, or None if it is as it was made."""
    try:
        manifest = read_manifest(entry)
        key = manifest["key"]
        expected = {
            name: (facts["bytes"], facts["sha256"]) for name, facts in manifest["files"].items()
        }
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return "its manifest cannot be read"
    if key != entry.name:
        return "it belongs to another key"
    if not expected:
        return "its manifest names no file"
    if any(leads_out(entry / name, entry) for name in expected):
        return "a file of it leads out of it"
    damages = (damage_of_file(entry / name, *facts) for name, facts in expected.items())
    return next(filter(None, damages), None)


def damage_of_file(path: Path, size: int, digest: str) -> str | None:
    """Return what is wrong with a file in a few words, or None if it is as it was made."""
    try:
        if not path.is_file():
            return f"{path.name} is missing"
        found = path.stat().st_size
        if found != size:
            return f"{path.name} has {found} bytes instead of {size}"
        return None if sha256(path) == digest else f"{path.name} has changed"
    except (OSError, ValueError):
        return f"{path.name} cannot be read"


def read_manifest(entry: Path) -> Any:
    """Return what the manifest of an entry says.

    Raises:
        OSError: If it cannot be read.
        ValueError: If it is no JSON, or nothing that this store wrote.
    """
    path = entry / MANIFEST
    if not path.is_file() or path.stat().st_size > MOST_MANIFEST_BYTES:
        raise ValueError("a manifest must be a small file")
    return json.loads(path.read_text(encoding="utf-8"))


def leads_out(path: Path, entry: Path) -> bool:
    """Return whether a file that a manifest names is not inside its entry, be it by a link."""
    try:
        return not path.resolve().is_relative_to(entry.resolve())
    except (OSError, RuntimeError, ValueError):
        return True


def digests(entry: Path) -> dict[str, str]:
    """Return the SHA-256 of every file of a verified entry, by name."""
    return {name: facts["sha256"] for name, facts in read_manifest(entry)["files"].items()}


def is_in_the_way(path: Path) -> bool:
    """Return whether something is at `path` that is no folder."""
    return os.path.lexists(path) and not path.is_dir()


def remove(entry: Path, folder: Path) -> None:
    """Take an entry out of use at once, then delete it.

    Args:
        entry: What is damaged.
        folder: The store's, in which it is put away.

    Raises:
        CannotWrite: If the store must not be written.
    """
    with explain_write_errors(folder), locked_new(partial(new_folder, DAMAGED, folder)) as away:
        # Another process may have found the same damage, and been first.
        with suppress(FileNotFoundError):
            # Who must not write into a folder must not move it either.
            if not entry.is_symlink():
                entry.chmod(0o700)
            moved = entry.replace(away / entry.name)
            # Another process may have made it again since it was looked at.
            if damage_of(moved) is None:
                publish(moved, entry)
        shutil.rmtree(away, ignore_errors=True)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
