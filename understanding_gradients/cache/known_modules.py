"""What earlier runs read of the project's source files, kept beside Python's bytecode.

To parse every module takes half a second, which is as long as a small clip. As in a hash-based
.pyc file, what is kept is found by the file's content, so that none of it can be out of date.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

import msgspec

from descent._files.atomic_write import atomic_write
from descent._files.disk_space import CannotWrite
from understanding_gradients.cache import reading, statements
from understanding_gradients.cache.reading import Module, parse_module
from understanding_gradients.installation import is_checkout

MOST_KEPT = 2_000
FILE = Path(importlib.util.cache_from_source(__file__)).with_suffix(".modules")
READERS = (reading.__file__, statements.__file__, __file__)


class Kept(msgspec.Struct):
    """The content of the file: modules by the SHA-256 of their source, and who read them."""

    readers: bytes
    modules: dict[bytes, Module]


class KnownModules:
    """Modules that were read, now or in an earlier run.

    Args:
        path: The file that keeps them. One that is missing, damaged or of other readers counts as
            empty, and one that cannot be written is not.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._readers = digest_of_files(READERS)
        self._kept = self._load()
        self._is_new = False

    def read(self, path: Path) -> Module:
        """Return what the file at `path` imports and states."""
        content = path.read_bytes()
        key = hashlib.sha256(path.suffix.encode() + b"\0" + content).digest()
        module = self._kept.pop(key, None)
        if module is None:
            self._is_new = True
            module = parse_module(path, content)
        self._kept[key] = module  # at the end: what is not used any more is dropped first
        return module

    def save(self) -> None:
        """Write the file, if there is something new."""
        if not self._is_new or not is_checkout():
            return
        self._is_new = False
        kept = dict(list(self._kept.items())[-MOST_KEPT:])
        with suppress(OSError, CannotWrite):
            self._path.parent.mkdir(exist_ok=True)
            with atomic_write(self._path) as unfinished:
                unfinished.write_bytes(msgspec.msgpack.encode(Kept(self._readers, kept)))

    def _load(self) -> dict[bytes, Module]:
        with suppress(OSError, msgspec.MsgspecError):
            kept = msgspec.msgpack.decode(self._path.read_bytes(), type=Kept)
            if kept.readers == self._readers:
                return kept.modules
        return {}


def digest_of_files(paths: Sequence[str]) -> bytes:
    """Return a SHA-256 of files, one after the other."""
    return hashlib.sha256(b"\0".join(Path(path).read_bytes() for path in paths)).digest()


@cache
def known_modules() -> KnownModules:
    """Return the modules that are known in this checkout."""
    return KnownModules(FILE)
