"""Checks of paths, and of where a file can be written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from descent.checks.errors import InvalidType, InvalidValue

MAX_FILE_BYTES = 1 << 30
MAX_HEADER_BYTES = 1 << 24  # of these, what is not arrays


def check_path(path: Any) -> Path:
    """Return `path` as a Path."""
    if not isinstance(path, str | os.PathLike):
        raise InvalidType("path", "be a path", path)
    found: Path = Path(path)  # pyright: ignore[reportUnknownArgumentType]
    if "\0" in str(found):
        raise InvalidValue("path", "be one that a file can have", str(found))
    return found


def check_target(path: Any) -> Path:
    """Return `path` as a Path to write to; raise FileNotFoundError if it has no folder."""
    found = check_path(path)
    if found.is_dir():
        raise InvalidValue(str(found), "be a file", found, got="a folder")
    if not found.parent.is_dir():
        raise FileNotFoundError(f"{found.parent} must be an existing folder; there is none.")
    return found
