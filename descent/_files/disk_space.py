"""Whether a folder can take what is to be written, and one sentence on why it cannot."""

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
    """A folder cannot take what is to be written; the sentence says which, and how much it is."""


def check_free_space(folder: Path, needed: int) -> None:
    """Check that `folder` has room for `needed` bytes more.

    Raises:
        CannotWrite: If it has not.
    """
    if needed and needed > shutil.disk_usage(folder).free:
        raise no_space_error(folder, needed)


def no_space_error(folder: Path, needed: int) -> CannotWrite:
    """Return what is wrong with a full folder.

    Args:
        folder: Where something is to be written.
        needed: How many bytes; 0 if nobody knows.
    """
    if is_out_of_inodes(existing(folder)):
        return CannotWrite(
            f"'{folder}' must have room for another file; its disk has as many as it can have: "
            "delete some there, then start again."
        )
    free = megabytes(shutil.disk_usage(existing(folder)).free)
    much = megabytes(needed) if needed else "more"
    return CannotWrite(
        f"'{folder}' must have room for {much}; got {free} free: make room there, then start again."
    )


def is_out_of_inodes(folder: Path) -> bool:
    """Return whether a disk has room, but for no other file."""
    if not hasattr(os, "statvfs"):  # Windows
        return False
    disk = os.statvfs(folder)
    return disk.f_files > 0 and disk.f_favail == 0 and disk.f_bavail > 0


@contextmanager
def explain_write_errors(folder: Path, needed: int = 0) -> Generator[None]:
    """Say in a sentence if `folder` is full or must not be written while something is.

    Raises:
        CannotWrite: In place of the system's own errors.
    """
    try:
        yield
    except CannotWrite:
        raise
    except Exception as error:
        # Libraries that write files have errors of their own, with the system's number.
        for cause in (error, error.__cause__):
            number, place = getattr(cause, "errno", None), getattr(cause, "filename", None)
            if number in FULL and (place is None or _concerns(folder, place)):
                raise no_space_error(folder, needed) from error
            # Without a name it may be another place that was forbidden.
            if number in FORBIDDEN and _concerns(folder, place):
                raise CannotWrite(
                    f"'{folder}' must be a folder that may be written; got "
                    f"'{os.strerror(number)}': change its permissions, or choose another."
                ) from error
        raise


def existing(folder: Path) -> Path:
    """Return `folder`, or the nearest one around it that there is."""
    folder = folder.absolute()
    return next(one for one in (folder, *folder.parents) if one.is_dir())


def _concerns(folder: Path, name: object) -> bool:
    """Return whether a path lies in `folder`, or `folder` in it."""
    if not isinstance(name, str):
        return False
    one, other = folder.absolute(), Path(name).absolute()
    return one.is_relative_to(other) or other.is_relative_to(one)


def megabytes(count: int) -> str:
    """Return a number of bytes as people say it."""
    return f"{count / 1e6:,.1f} MB" if count >= 1e5 else f"{count / 1e3:,.1f} kB"
