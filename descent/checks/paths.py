"""What must be a path, and where a file can be written; one sentence where it is not."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any


def check_path(path: Any) -> Path:
    """Return `path` as a Path.

    Raises:
        TypeError: If it is none.
        ValueError: If no file can be called so.
    """
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"path must be a path; got {path!r}.")
    found: Path = Path(path)  # pyright: ignore[reportUnknownArgumentType]
    if "\0" in str(found):
        raise ValueError(f"path must be one that a file can have; got {str(found)!r}.")
    return found


def check_target(path: Any) -> Path:
    """Return as a Path where a file is to be written.

    Raises:
        TypeError: If it is no path.
        ValueError: If it is a folder, or no file can be called so.
        FileNotFoundError: If its own folder does not exist.
    """
    found = check_path(path)
    if found.is_dir():
        raise ValueError(f"{found} must be a file; got a folder.")
    if not found.parent.is_dir():
        raise FileNotFoundError(f"{found.parent} must be an existing folder; there is none.")
    return found
