"""Who is at work on a file or folder: the system knows, and forgets it when that process ends.

A claim is an advisory lock on the very file or folder. So a process that is killed leaves nothing
claimed, whatever clocks say, and what it left unfinished can be told from what somebody is at work
on. Where a system has no such locks, as on some network disks, nothing is taken for abandoned.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None


@contextmanager
def locked_new(make: Callable[[], Path]) -> Generator[Path]:
    """Give a new file or folder, claimed for as long as it is worked on.

    Args:
        make: Makes it under a name that nobody else has. It is called again if who tidies up was
            faster than the claim.
    """
    while True:
        path = make()
        with ExitStack() as stack:
            try:
                handle = stack.enter_context(_opened(path))
            except FileNotFoundError:  # so fast that there is nothing left to claim
                continue
            if handle is None or (_claim(handle) is not False and _is_at(path, handle)):
                yield path
                return


def delete_abandoned(paths: Iterable[Path], delete: Callable[[Path], object]) -> None:
    """Delete those of `paths` that were begun by a process that is no more."""
    for path in paths:
        with suppress(OSError), _opened(path) as handle:
            if handle is not None and _claim(handle) and _is_at(path, handle):
                delete(path)


@contextmanager
def exclusive(folder: Path, wait: Callable[[], object]) -> Generator[None]:
    """Work in `folder` while nobody else does who asks for the same.

    Args:
        folder: It must exist.
        wait: Called once if somebody else is there, who is waited for.
    """
    with _opened(folder) as handle:
        if handle is not None and _claim(handle) is False:
            wait()
            _claim(handle, patiently=True)
        yield


@contextmanager
def _opened(path: Path) -> Generator[int | None]:
    """Give a handle on a file or folder, None where there are no claims."""
    if fcntl is None:
        yield None
        return
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        yield handle
    finally:
        os.close(handle)


def _claim(handle: int, patiently: bool = False) -> bool | None:
    """Return whether `handle` is claimed now; None on a disk that knows no claims."""
    assert fcntl is not None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if patiently else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _is_at(path: Path, handle: int) -> bool:
    """Return whether `path` still is what `handle` is open on."""
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except OSError:
        return False
