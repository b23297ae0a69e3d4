"""See when lecture.toml, or a file that it names, is changed in somebody's own editor."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from watchfiles import Change, awatch

DEBOUNCE_MS = 50


class FileWatch:
    """Tells of changes of some files; their folders are watched, since editors replace files.

    Args:
        on_change: Called in the event loop with the files that were changed.
    """

    def __init__(self, on_change: Callable[[set[Path]], object]) -> None:
        self._on_change = on_change
        self._files: frozenset[Path] = frozenset()
        self._are_others = asyncio.Event()

    def set_files(self, files: Iterable[Path]) -> None:
        """Watch these files, in place of those before."""
        files = frozenset(resolved(files))
        if files != self._files:
            self._files = files
            self._are_others.set()

    async def run(self) -> None:
        """Watch until this is cancelled."""
        while True:
            self._are_others.clear()
            folders = {file.parent for file in self._files if is_folder(file.parent)}
            if not folders:
                await self._are_others.wait()
                continue
            async for changes in awatch(
                *folders,
                watch_filter=self._is_watched,
                debounce=DEBOUNCE_MS,
                recursive=False,
                stop_event=self._are_others,
            ):
                self._on_change(resolved(Path(path) for _, path in changes))

    def _is_watched(self, _: Change, path: str) -> bool:
        return not self._files.isdisjoint(resolved([Path(path)]))


def named_files(loss: str, model: str, runs: Iterable[str]) -> set[Path]:
    """Return the files that the settings of a descent name."""
    python = [Path(one.rpartition(":")[0]) for one in (loss, model) if ":" in one]
    return resolved((*python, *map(Path, runs)))


def resolved(files: Iterable[Path]) -> set[Path]:
    """Return where files lie, without those that no disk can have."""
    found = set()
    for file in files:
        # As of a link that leads to itself, or of a name with a null character.
        with suppress(OSError, RuntimeError, ValueError):
            found.add(file.resolve())
    return found


def is_folder(path: Path) -> bool:
    """Return whether there is a folder; a name that is too long names none."""
    try:
        return path.is_dir()
    except OSError:
        return False
