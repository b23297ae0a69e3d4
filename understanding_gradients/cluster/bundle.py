"""Files in transit between machines: bytes, each with its SHA-256."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePosixPath

from understanding_gradients.cache.store import MANIFEST

FileBundle = dict[str, tuple[str, bytes]]


def pack(folder: Path) -> FileBundle:
    """Return the SHA-256 and the bytes of every file in `folder`, by name.

    The manifest of a store's entry is left out: the receiving store writes its own.
    """
    bundle: FileBundle = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != MANIFEST:
            content = path.read_bytes()
            name = path.relative_to(folder).as_posix()
            bundle[name] = hashlib.sha256(content).hexdigest(), content
    return bundle


def unpack(bundle: FileBundle, folder: Path) -> None:
    """Verify all files of `bundle`, then write them into `folder`.

    Raises:
        ValueError: If a file differs from its SHA-256, or its name leads out of `folder`.
    """
    for name, (digest, content) in bundle.items():
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or path.as_posix() != name or "\\" in name:
            raise ValueError(f"A file in transit must be named inside its folder; got '{name}'.")
        if hashlib.sha256(content).hexdigest() != digest:
            raise ValueError(f"{name} was damaged in transit; render it again.")
    for name, (_, content) in bundle.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def size_of(bundle: FileBundle) -> int:
    """Return the total size of the files of `bundle` in bytes."""
    return sum(len(content) for _, content in bundle.values())
