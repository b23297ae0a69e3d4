"""Files on their way from one machine to another: bytes, each with its SHA-256."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePosixPath

from understanding_gradients.cache.store import MANIFEST

FileBundle = dict[str, tuple[str, bytes]]


def pack(folder: Path) -> FileBundle:
    """Return the SHA-256 and the bytes of every file in `folder`, by name.

    The manifest of a store's entry stays behind: the store that receives the files writes its own.
    """
    found: FileBundle = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != MANIFEST:
            content = path.read_bytes()
            name = path.relative_to(folder).as_posix()
            found[name] = hashlib.sha256(content).hexdigest(), content
    return found


def unpack(parcel: FileBundle, folder: Path) -> None:
    """Write the files of `parcel` into `folder`, all of them verified before the first is written.

    Raises:
        ValueError: If a file is not what its SHA-256 says, or would lie elsewhere.
    """
    for name, (digest, content) in parcel.items():
        place = PurePosixPath(name)
        if place.is_absolute() or ".." in place.parts or place.as_posix() != name or "\\" in name:
            raise ValueError(f"A file that is sent must lie in its folder; got '{name}'.")
        if hashlib.sha256(content).hexdigest() != digest:
            raise ValueError(f"{name} did not arrive as it was sent; render it again.")
    for name, (_, content) in parcel.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def weight(parcel: FileBundle) -> int:
    """Return how many bytes the files of `parcel` have."""
    return sum(len(content) for _, content in parcel.values())
