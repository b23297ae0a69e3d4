"""Finished work, kept under a key and verified before it is used again.

An entry is a folder of files with a manifest of their SHA-256s. It is built under a temporary name,
its manifest is written last, and it takes its name by one rename: an entry is whole or absent,
whatever is killed when. What is found is verified; a damaged entry is said once, put away and
made again. Nothing in it is ever executed or unpickled.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MANIFEST = "manifest.json"
ABANDONED_SECONDS = 24 * 3600


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
        if not entry.is_dir():
            return None
        damage = damage_of(entry)
        if damage is None:
            return entry
        self.warn(f"The stored {entry.name[:12]} is damaged ({damage}); it is made again.")
        remove(entry)
        return None

    @contextmanager
    def add(self, key: str) -> Iterator[Path]:
        """Give a folder to be filled; keep it as the entry `key` if nothing was raised.

        Args:
            key: A file name; everything that the content depends on, digested.

        Yields:
            The temporary folder.

        Raises:
            OSError: If the store cannot be written.
        """
        entry = self._path(key)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._sweep()
        unfinished = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=self.folder))
        try:
            yield unfinished
            write_manifest(unfinished)
            publish(unfinished, entry)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)

    def _sweep(self) -> None:
        """Delete what a process left that was killed at least a day ago."""
        for left in self.folder.glob(".*-*"):
            # Another process may be sweeping too, or finishing its work just now.
            with suppress(FileNotFoundError):
                if time.time() - left.stat().st_mtime > ABANDONED_SECONDS:
                    shutil.rmtree(left, ignore_errors=True)

    def _path(self, key: str) -> Path:
        if not key or Path(key).name != key or key.startswith("."):
            raise ValueError(f"A key must be a plain file name; got {key!r}.")
        return self.folder / key[:2] / key


def write_manifest(folder: Path) -> None:
    """Write the size and SHA-256 of every file in `folder` into its manifest."""
    files = {
        path.relative_to(folder).as_posix(): {"bytes": path.stat().st_size, "sha256": sha256(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    unfinished = folder / f".{MANIFEST}"
    with unfinished.open("w", encoding="utf-8") as file:
        json.dump(files, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
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
        # A pipe in its place would never end.
        if not (entry / MANIFEST).is_file():
            return "its manifest cannot be read"
        manifest = json.loads((entry / MANIFEST).read_text(encoding="utf-8"))
        expected = {name: (facts["bytes"], facts["sha256"]) for name, facts in manifest.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return "its manifest cannot be read"
    if not expected:
        return "its manifest names no file"
    for name, (size, digest) in expected.items():
        path = entry / name
        if leads_out(path, entry):
            return f"{name} leads out of it"
        if not path.is_file():
            return f"{name} is missing"
        if path.stat().st_size != size:
            return f"{name} has {path.stat().st_size} bytes instead of {size}"
        if sha256(path) != digest:
            return f"{name} has changed"
    return None


def leads_out(path: Path, entry: Path) -> bool:
    """Return whether a file that a manifest names is not inside its entry, be it by a link."""
    try:
        return not path.resolve().is_relative_to(entry.resolve())
    except (OSError, RuntimeError, ValueError):
        return True


def digests(entry: Path) -> dict[str, str]:
    """Return the SHA-256 of every file of a verified entry, by name."""
    manifest = json.loads((entry / MANIFEST).read_text(encoding="utf-8"))
    return {name: facts["sha256"] for name, facts in manifest.items()}


def remove(entry: Path) -> None:
    """Take an entry out of use at once, then delete it."""
    away = Path(tempfile.mkdtemp(prefix=".damaged-", dir=entry.parent.parent))
    # Another process may have found the same damage, and been first.
    with suppress(FileNotFoundError):
        entry.replace(away / entry.name)
    shutil.rmtree(away, ignore_errors=True)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
