"""Outlines of formulas kept from run to run, so that no formula is typeset twice.

Several workers read and add to the same folder at once, and any of them may be killed. So a file
is written whole or not at all, and begins with a digest of the rest: a damaged one counts as none,
and the next worker that needs the formula writes it anew. Reading one runs no code.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from safetensors.numpy import load, save

from pipeline.outputs import replacing

DIGEST_BYTES = hashlib.sha256().digest_size


class OutlineFolder:
    """Outlines in files, one a formula.

    Args:
        folder: Made when the first outline is kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, name: str) -> dict[str, NDArray[Any]] | None:
        """Return the arrays kept under `name`, or None if there are none, or damaged ones."""
        try:
            content = self._path(name).read_bytes()
        except FileNotFoundError:
            return None
        digest, arrays = content[:DIGEST_BYTES], content[DIGEST_BYTES:]
        return load(arrays) if hashlib.sha256(arrays).digest() == digest else None

    def keep(self, name: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Keep `arrays` under `name`, in place of what may be there."""
        content = save(dict(arrays))
        self._folder.mkdir(parents=True, exist_ok=True)
        with replacing(self._path(name)) as unfinished:
            unfinished.write_bytes(hashlib.sha256(content).digest() + content)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.outline"


@contextmanager
def kept_in(folder: Path) -> Iterator[None]:
    """Let formulas be drawn from outlines in `folder`, and new ones be added, for a while."""
    from scenes.outlines import kept_by

    with kept_by(OutlineFolder(folder)):
        yield
