"""Check free disk space, and explain in one sentence why a folder cannot be written."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

FULL = (errno.ENOSPC, errno.EDQUOT)
FORBIDDEN = (errno.EROFS, errno.EACCES, errno.EPERM)


class CannotWrite(OSError):
    """A folder cannot be written; the message names the folder and the missing space."""


def check_free_space(folder: Path, needed: int) -> None:
    """Check that `folder` has room for `needed` more bytes.

    Raises:
        CannotWrite: If there is too little space.
    """
    if needed and needed > shutil.disk_usage(folder).free:
        raise no_space_error(folder, needed)


def no_space_error(folder: Path, needed: int) -> CannotWrite:
    """Return the error for a full folder.

    Args:
        folder: The folder to be written.
        needed: Size in bytes; 0 if unknown.
    """
    if is_out_of_inodes(existing_ancestor(folder)):
        return CannotWrite(
            f"'{folder}' must have room for another file; its disk has as many as it can have: "
            "delete some there, then start again."
        )
    free = size_text(shutil.disk_usage(existing_ancestor(folder)).free)
    size = size_text(needed) if needed else "more"
    return CannotWrite(
        f"'{folder}' must have room for {size}; got {free} free: make room there, then start again."
    )


def is_out_of_inodes(folder: Path) -> bool:
    """Return whether the disk of `folder` has free bytes but no free inode."""
    if not hasattr(os, "statvfs"):  # Windows
        return False
    disk = os.statvfs(folder)
    return disk.f_files > 0 and disk.f_favail == 0 and disk.f_bavail > 0


@contextmanager
def explain_write_errors(folder: Path, needed: int = 0) -> Generator[None]:
    """Turn errors of a full or write-protected `folder` into one sentence.

    Raises:
        CannotWrite: In place of the system's error.
    """
    try:
        yield
    except CannotWrite:
        raise
    except Exception as error:
        # Libraries that write files raise their own errors and chain the system's.
        for cause in (error, error.__cause__):
            number, name = getattr(cause, "errno", None), getattr(cause, "filename", None)
            if number in FULL and (name is None or _is_related(folder, name)):
                raise no_space_error(folder, needed) from error
            # Without a file name another folder may be the forbidden one.
            if number in FORBIDDEN and _is_related(folder, name):
                raise CannotWrite(
                    f"'{folder}' must be a folder that may be written; got "
                    f"'{os.strerror(number)}': change its permissions, or choose another."
                ) from error
        raise


def existing_ancestor(folder: Path) -> Path:
    """Return `folder` or its nearest parent that exists."""
    folder = folder.absolute()
    return next(path for path in (folder, *folder.parents) if path.is_dir())


def size_text(count: int) -> str:
    """Return a number of bytes as text, such as "4.1 kB", "2.0 MB" or "1.25 GB"."""
    if count >= 1e9:
        return f"{count / 1e9:,.2f} GB"
    return f"{count / 1e6:,.1f} MB" if count >= 1e5 else f"{count / 1e3:,.1f} kB"


def _is_related(folder: Path, name: object) -> bool:
    """Return whether the path `name` lies inside `folder` or contains it."""
    if not isinstance(name, str):
        return False
    ours, theirs = folder.absolute(), Path(name).absolute()
    return ours.is_relative_to(theirs) or theirs.is_relative_to(ours)
