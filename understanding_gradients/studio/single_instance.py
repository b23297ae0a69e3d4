"""One studio for a lecture.toml: a second one would overwrite what the first one edits."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from descent._files.locks import held
from descent.checks.errors import InvalidValue


@contextmanager
def single_instance(path: Path, folder: Path) -> Generator[Path]:
    """Let no other studio open `path` in the block; yield a file for the address of this one.

    Args:
        path: Of lecture.toml.
        folder: Of the locks; it is created.

    Raises:
        InvalidValue: If a running studio has opened it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:16]
    note = folder / f"{name}.address"
    note.touch(mode=0o600)
    with held(note) as is_held:
        if not is_held:
            address = note.read_text(encoding="utf-8").strip()
            repair = f"it is open at {address}" if address else "another one is just opening it."
            raise InvalidValue(str(path), "be open in one studio", repair=repair)
        try:
            yield note
        finally:
            with suppress(OSError):
                os.truncate(note, 0)
