"""Advisory locks that vanish with their process.

A file or folder in the making is locked itself (flock): a killed process leaves nothing locked,
whatever the clock says, and what it left unfinished can be told from what a living process writes.
What is finished and in use is locked by name (`NameLocks`). Where a system has no such locks, as
some network disks, nothing counts as abandoned and everything as in use.
"""

from __future__ import annotations

import hashlib
import os
import threading
import weakref
from collections.abc import Callable, Generator, Iterable
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

if fcntl is not None:
    SHARED, EXCLUSIVE, UNLOCK = fcntl.LOCK_SH, fcntl.LOCK_EX | fcntl.LOCK_NB, fcntl.LOCK_UN
else:
    SHARED = EXCLUSIVE = UNLOCK = 0


@contextmanager
def locked_new(create: Callable[[], Path]) -> Generator[Path]:
    """Create a file or folder and hold a lock on it for the duration of the block.

    Args:
        create: Creates it under an unused name. It is called again if another process deleted
            the first one as abandoned before it was locked.
    """
    while True:
        path = create()
        with ExitStack() as stack:
            try:
                handle = stack.enter_context(_opened(path))
            except FileNotFoundError:
                continue
            if handle is None or (_lock(handle) is not False and _is_at(path, handle)):
                yield path
                return


def delete_abandoned(paths: Iterable[Path], delete: Callable[[Path], object]) -> None:
    """Delete those of `paths` whose creator is no longer running."""
    for path in paths:
        with suppress(OSError), _opened(path) as handle:
            if handle is not None and _lock(handle) and _is_at(path, handle):
                delete(path)


@contextmanager
def exclusive(folder: Path, on_wait: Callable[[], object]) -> Generator[None]:
    """Hold `folder` exclusively among all processes that call this.

    Args:
        folder: An existing folder.
        on_wait: Called once if another process holds it, before waiting for that process.
    """
    with _opened(folder) as handle:
        if handle is not None and _lock(handle) is False:
            on_wait()
            _lock(handle, wait=True)
        yield


@contextmanager
def held(file: Path) -> Generator[bool]:
    """Hold a file exclusively in the block, if no other process does; yield whether it is held."""
    with _opened(file) as handle:
        yield handle is None or _lock(handle) is not False


class NameLocks:
    """Shared locks on names: each is a byte of one file, so that thousands need one open file.

    POSIX releases all locks of a process on a file when the process closes any handle on it. So
    each process has one object per file, which `name_locks` returns.

    Args:
        file: The lock file; created when the first name is held.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._held: set[str] = set()
        self._handle: int | None = None

    def hold(self, name: str) -> None:
        """Keep other processes from deleting `name` for as long as this object exists."""
        handle = self._open()
        if handle is not None and name not in self._held:
            with suppress(OSError):
                _lock_byte(handle, name, SHARED)
            self._held.add(name)

    @contextmanager
    def unless_held(self, name: str) -> Generator[bool]:
        """Yield whether no process holds `name`; during the block none can begin to."""
        handle = self._open()
        if handle is None or name in self._held:
            yield False
            return
        try:
            _lock_byte(handle, name, EXCLUSIVE)
        except OSError:
            yield False
            return
        try:
            yield True
        finally:
            _lock_byte(handle, name, UNLOCK)

    def _open(self) -> int | None:
        """Return a handle on the lock file; None where there can be none."""
        if self._handle is None or not _is_at(self._file, self._handle):
            self._held.clear()
            self._handle = _open_lock_file(self._file)
            if self._handle is not None:
                weakref.finalize(self, os.close, self._handle)
        return self._handle


_name_locks: weakref.WeakValueDictionary[Path, NameLocks] = weakref.WeakValueDictionary()
_name_locks_guard = threading.Lock()


def name_locks(file: Path) -> NameLocks:
    """Return this process's locks in `file`."""
    with _name_locks_guard:
        return _name_locks.setdefault(file.absolute(), NameLocks(file.absolute()))


def _open_lock_file(path: Path) -> int | None:
    if fcntl is None:
        return None
    for flags in (os.O_RDWR | os.O_CREAT, os.O_RDONLY):
        with suppress(OSError):
            return os.open(path, flags, 0o666)
    return None


def _lock_byte(handle: int, name: str, operation: int) -> None:
    """Lock or unlock the byte of `name`; only an exclusive lock does not wait.

    Raises:
        OSError: If another process has it, or this disk has no locks.
    """
    assert fcntl is not None
    offset = int.from_bytes(hashlib.sha256(name.encode()).digest()[:7], "big")
    fcntl.lockf(handle, operation, 1, offset)


@contextmanager
def _opened(path: Path) -> Generator[int | None]:
    """Yield a handle on a file or folder; None on systems without locks."""
    if fcntl is None:
        yield None
        return
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        yield handle
    finally:
        os.close(handle)


def _lock(handle: int, wait: bool = False) -> bool | None:
    """Return whether `handle` is locked now; None on a disk without locks."""
    assert fcntl is not None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _is_at(path: Path, handle: int) -> bool:
    """Return whether `path` still is the file that `handle` is open on."""
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except OSError:
        return False
