"""Finished work, kept under a key and verified before every use.

An entry is a folder of files with a manifest of its key and their SHA-256s. It is built under a
temporary name, its manifest is written last, and one rename gives it its name: an entry is whole
or absent, whatever is killed when. A damaged entry is reported once, deleted and made again.
Nothing in an entry is executed or unpickled.

Ours, because diskcache and joblib unpickle what they find, and neither verifies it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

from descent._files.disk_space import check_free_space, explain_write_errors
from descent._files.locks import delete_abandoned, locked_new, name_locks
from descent.checks.errors import InvalidValue

MANIFEST = "manifest.json"
LOCKS = "locks"
UNFINISHED, REMOVED = ".unfinished-", ".removed-"
# The manifest of a thousand files is smaller; a larger one is not ours and is not read.
MAX_MANIFEST_BYTES = 1 << 20


@dataclass(frozen=True)
class FileRecord:
    """What a manifest says about a file."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """The key of an entry, and its files by name."""

    key: str
    files: dict[str, FileRecord]


@dataclass(frozen=True)
class StoreSize:
    """A number of entries and their size in bytes."""

    entries: int
    bytes: int


class StoredEntry(NamedTuple):
    """An entry with its time of last use and its size."""

    last_used: float
    folder: Path
    bytes: int


class Store:
    """A folder of entries.

    Entries that a store has found or added are safe from `prune` in other processes for as long
    as the store object exists.

    Args:
        folder: Where entries are kept; created when the first is added.
        warn: Called with a sentence about each damaged entry.
    """

    def __init__(self, folder: Path, warn: Callable[[str], None] = print) -> None:
        # Workers have another working folder.
        self.folder = folder.absolute()
        self.warn = warn
        self._locks = name_locks(self.folder / LOCKS)

    def find(self, key: str) -> Path | None:
        """Return the verified folder of the entry `key`, or None if there is none."""
        entry = self._path(key)
        if not self.folder.is_dir():
            return None
        self.hold(key)
        if not os.path.lexists(entry) and not is_in_the_way(entry.parent):
            return None
        damage = damage_of(entry)
        if damage is None:
            with suppress(OSError):  # a disk that must not be written
                os.utime(entry)
            return entry
        self.warn(f"The stored {entry.name[:12]} is damaged ({damage}); it is made again.")
        damaged = entry.parent if is_in_the_way(entry.parent) else entry
        remove(damaged, self.folder, only_if_damaged=True)
        return None

    @contextmanager
    def add(self, key: str, needed: int = 0) -> Iterator[Path]:
        """Yield a folder to fill; it becomes the entry `key` if the block raises nothing.

        What killed processes left unfinished is deleted.

        Args:
            key: A file name: the digest of all that the content depends on.
            needed: Expected size in bytes; 0 if unknown.

        Yields:
            The temporary folder.

        Raises:
            CannotWrite: If the store has no room or must not be written.
            OSError: If it cannot be written for another reason.
        """
        entry = self._path(key)
        with explain_write_errors(self.folder, needed):
            self.folder.mkdir(parents=True, exist_ok=True)
            check_free_space(self.folder, needed)
            self.delete_unfinished()
            self.hold(key)
            with locked_new(partial(new_folder, UNFINISHED, self.folder)) as unfinished:
                try:
                    yield unfinished
                    write_manifest(unfinished, key)
                    publish(unfinished, entry)
                finally:
                    shutil.rmtree(unfinished, ignore_errors=True)

    def hold(self, key: str) -> None:
        """Keep the entry `key` safe from `prune` for as long as this store exists."""
        self._locks.hold(key)

    def delete_unfinished(self) -> None:
        """Delete what killed processes left unfinished."""
        leftovers = [
            path for mark in (UNFINISHED, REMOVED) for path in self.folder.glob(f"{mark}*")
        ]
        delete_abandoned(leftovers, partial(shutil.rmtree, ignore_errors=True))

    def size(self) -> StoreSize:
        """Return the number of entries and their total size."""
        entries = self._entries()
        return StoreSize(len(entries), sum(entry.bytes for entry in entries))

    def prune(self, max_bytes: int) -> StoreSize:
        """Delete the least recently used entries until the others are at most `max_bytes` large.

        Entries that a running process uses are kept.

        Returns:
            What was deleted.

        Raises:
            InvalidValue: If the limit is negative.
            CannotWrite: If the store must not be written.
        """
        if max_bytes < 0:
            raise InvalidValue("max_bytes", "not be negative", max_bytes)
        self.delete_unfinished()
        entries = sorted(self._entries())
        left = sum(entry.bytes for entry in entries)
        deleted = freed = 0
        for entry in entries:
            if left <= max_bytes:
                break
            if self._delete_unused(entry):
                left -= entry.bytes
                freed += entry.bytes
                deleted += 1
        return StoreSize(deleted, freed)

    def _delete_unused(self, entry: StoredEntry) -> bool:
        """Delete an entry unless a process uses it or has used it meanwhile."""
        with self._locks.unless_held(entry.folder.name) as is_unused:
            if not is_unused or last_used(entry.folder) != entry.last_used:
                return False
            remove(entry.folder, self.folder)
            return True

    def _entries(self) -> list[StoredEntry]:
        found: list[StoredEntry] = []
        for folder in self.folder.glob("*/*"):
            is_entry = folder.parent.name == folder.name[:2] and not folder.is_symlink()
            if is_entry and folder.is_dir() and (used := last_used(folder)) is not None:
                found.append(StoredEntry(used, folder, size_of(folder)))
        return found

    def _path(self, key: str) -> Path:
        if not key or Path(key).name != key or key.startswith("."):
            raise ValueError(f"A key must be a plain file name; got {key!r}.")
        return self.folder / key[:2] / key


def last_used(entry: Path) -> float | None:
    """Return when an entry was last found or added, in seconds since 1970; None if it is gone."""
    try:
        return entry.stat().st_mtime
    except OSError:
        return None


def size_of(entry: Path) -> int:
    """Return the size of all files of an entry in bytes."""
    total = 0
    for path in entry.rglob("*"):
        with suppress(OSError):  # deleted meanwhile
            total += path.lstat().st_size if path.is_file() else 0
    return total


def new_folder(prefix: str, parent: Path) -> Path:
    """Create a folder in `parent` whose unused name begins with `prefix`."""
    return Path(tempfile.mkdtemp(prefix=prefix, dir=parent))


def write_manifest(folder: Path, key: str) -> None:
    """Write `key` and the size and SHA-256 of every file in `folder` into its manifest."""
    import msgspec  # only with the extra [render]

    files = {
        path.relative_to(folder).as_posix(): FileRecord(path.stat().st_size, sha256(path))
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    unfinished = folder / f".{MANIFEST}"
    unfinished.write_bytes(msgspec.json.encode(Manifest(key, files)))
    unfinished.replace(folder / MANIFEST)


def publish(unfinished: Path, entry: Path) -> None:
    """Give a finished folder its name; if another process was first, its entry stays."""
    entry.parent.mkdir(exist_ok=True)
    try:
        unfinished.replace(entry)
    except OSError:
        if not entry.is_dir():
            raise


def damage_of(entry: Path) -> str | None:
    """Return what is wrong with an entry in a few words, or None if it is intact."""
    try:
        manifest = read_manifest(entry)
    except (OSError, ValueError, RecursionError):
        return "its manifest cannot be read"
    if manifest.key != entry.name:
        return "it belongs to another key"
    if not manifest.files:
        return "its manifest names no file"
    if any(leads_out(entry / name, entry) for name in manifest.files):
        return "a file of it leads out of it"
    damages = (damage_of_file(entry / name, record) for name, record in manifest.files.items())
    return next(filter(None, damages), None)


def damage_of_file(path: Path, expected: FileRecord) -> str | None:
    """Return what is wrong with a file in a few words, or None if it is intact."""
    try:
        if not path.is_file():
            return f"{path.name} is missing"
        size = path.stat().st_size
        if size != expected.bytes:
            return f"{path.name} has {size} bytes instead of {expected.bytes}"
        return None if sha256(path) == expected.sha256 else f"{path.name} has changed"
    except (OSError, ValueError):
        return f"{path.name} cannot be read"


def read_manifest(entry: Path) -> Manifest:
    """Return the manifest of an entry, or raise an OSError or a ValueError if it has none."""
    import msgspec  # only with the extra [render]

    path = entry / MANIFEST
    if not path.is_file() or path.stat().st_size > MAX_MANIFEST_BYTES:
        raise ValueError("a manifest must be a small file")
    return msgspec.json.decode(path.read_bytes(), type=Manifest)


def leads_out(path: Path, entry: Path) -> bool:
    """Return whether a file that a manifest names is outside its entry, also by a link."""
    try:
        return not path.resolve().is_relative_to(entry.resolve())
    except (OSError, RuntimeError, ValueError):
        return True


def digests(entry: Path) -> dict[str, str]:
    """Return the SHA-256 of every file of a verified entry, by name."""
    return {name: record.sha256 for name, record in read_manifest(entry).files.items()}


def is_in_the_way(path: Path) -> bool:
    """Return whether something other than a folder is at `path`."""
    return os.path.lexists(path) and not path.is_dir()


def remove(entry: Path, folder: Path, only_if_damaged: bool = False) -> None:
    """Take an entry out of use at once, then delete it; no error if it is gone already.

    With `only_if_damaged`, an intact entry is put back.
    """
    with explain_write_errors(folder), locked_new(partial(new_folder, REMOVED, folder)) as trash:
        # Another process may have found the same damage and been faster.
        with suppress(FileNotFoundError):
            # A folder that must not be written must not be moved either.
            if not entry.is_symlink():
                entry.chmod(0o700)
            moved = entry.replace(trash / entry.name)
            if only_if_damaged and damage_of(moved) is None:
                publish(moved, entry)
        shutil.rmtree(trash, ignore_errors=True)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
