"""Whether a folder can take what is to be written, and one sentence on why it cannot."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

FULL = (errno.ENOSPC, errno.EDQUOT)
FORBIDDEN = (errno.EROFS, errno.EACCES, errno.EPERM)


class CannotWrite(OSError):
    """A folder cannot take what is to be written; the sentence says which, and how much it is."""


def check_room(folder: Path, needed: int) -> None:
    """Check that `folder` has room for `needed` bytes more.

    Raises:
        CannotWrite: If it has not.
    """
    if needed and needed > shutil.disk_usage(folder).free:
        raise no_room(folder, needed)


def no_room(folder: Path, needed: int) -> CannotWrite:
    """Return what is wrong with a full folder.

    Args:
        folder: Where something is to be written.
        needed: How many bytes; 0 if nobody knows.
    """
    free = megabytes(shutil.disk_usage(folder).free)
    much = megabytes(needed) if needed else "more"
    return CannotWrite(
        f"'{folder}' must have room for {much}; got {free} free: make room there, then start again."
    )


@contextmanager
def explaining(folder: Path, needed: int = 0) -> Generator[None]:
    """Say in a sentence if `folder` is full or must not be written while something is.

    Raises:
        CannotWrite: In place of the system's own errors.
    """
    try:
        yield
    except CannotWrite:
        raise
    except OSError as error:
        if error.errno in FULL:
            raise no_room(folder, needed) from error
        # Without a name it may be another place that was forbidden.
        if error.errno in FORBIDDEN and _is_in(folder, error.filename):
            raise CannotWrite(
                f"'{folder}' must be a folder that may be written; got '{error.strerror}': "
                "change its permissions, or choose another."
            ) from error
        raise


def _is_in(folder: Path, name: object) -> bool:
    return isinstance(name, str) and Path(name).absolute().is_relative_to(folder.absolute())


def megabytes(count: int) -> str:
    """Return a number of bytes as people say it."""
    return f"{count / 1e6:,.1f} MB" if count >= 1e5 else f"{count / 1e3:,.1f} kB"
