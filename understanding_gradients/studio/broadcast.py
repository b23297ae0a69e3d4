"""Tell every open page what has changed: only the newest of each thing, however slow a page is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable

MOST_LISTENERS = 100


class Broadcast:
    """What pages show, each thing by its name, and who listens.

    A listener that is slow finds one entry for each name that has changed since it last looked, so
    that no queue grows.

    Args:
        current: Returns what is shown under a name.
    """

    def __init__(self, current: Callable[[str], object]) -> None:
        self._current = current
        self._listeners: list[_Listener] = []
        self._is_closed = False

    @property
    def listeners(self) -> int:
        """How many pages listen."""
        return len(self._listeners)

    def close(self) -> None:
        """Let every listener come to its end."""
        self._is_closed = True
        for listener in self._listeners:
            listener.wake()

    def changed(self, name: str) -> None:
        """Let every listener hear what is shown under `name` now."""
        for listener in self._listeners:
            listener.add(name)

    async def listen(self, names: Iterable[str]) -> AsyncIterator[tuple[str, object]]:
        """Yield what is shown under `names`, and then whatever changes, with its name."""
        listener = _Listener(names)
        self._listeners.append(listener)
        try:
            while not self._is_closed:
                for name in await listener.next():
                    yield name, self._current(name)
        finally:
            self._listeners.remove(listener)


class _Listener:
    def __init__(self, names: Iterable[str]) -> None:
        self._names = dict.fromkeys(names)
        self._has_some = asyncio.Event()
        self._has_some.set()

    def add(self, name: str) -> None:
        self._names[name] = None
        self.wake()

    def wake(self) -> None:
        self._has_some.set()

    async def next(self) -> list[str]:
        await self._has_some.wait()
        names, self._names = list(self._names), {}
        self._has_some.clear()
        return names
