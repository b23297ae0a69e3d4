"""Export from the page: the commands of the command line, one after the other, in their words."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Literal

from understanding_gradients.commands.progress_bar import LINES, PREFIX, VARIABLE
from understanding_gradients.installation import program
from understanding_gradients.workers.environment import python_path

MOST_KEPT = 20
LONGEST_LINE = 1 << 20  # bytes

State = Literal["waiting", "running", "done", "failed", "cancelled"]


@dataclass
class Export:
    """A command, and what came of it so far.

    Attributes:
        number: Counts the exports of a studio.
        words: The command without the program's name.
        state: "waiting", "running", "done", "failed" or "cancelled".
        completed: How much of `total` is done, in `unit`.
        total: 0 while unknown.
        unit: "frames" or "clips".
        lines: What the command said.
        files: The files that it wrote, of those that it named.
    """

    number: int
    words: list[str]
    state: State = "waiting"
    completed: int = 0
    total: int = 0
    unit: str = ""
    lines: list[str] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)

    @property
    def command(self) -> str:
        """The command as one would type it."""
        return " ".join([program(), *self.words])

    def hear(self, line: str) -> None:
        """Take in a line of what the command says."""
        if line.startswith(PREFIX):
            told: dict[str, Any] = json.loads(line.removeprefix(PREFIX))
            self.completed, self.total = told["completed"], told["total"]
            self.unit = told["unit"]
            return
        self.lines.append(line)
        named = Path(line.partition(": ")[0])
        with suppress(OSError):
            if named.is_file():
                self.files.append(named.resolve())


class Exports:
    """Runs exports one after the other, each in a process of its own.

    Args:
        changed: Called in the event loop when there is something new to show.
    """

    def __init__(self, changed: Callable[[], object]) -> None:
        self._changed = changed
        self._numbers = count(1)
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self.all: dict[int, Export] = {}

    def start(self, words: Sequence[str]) -> Export:
        """Start a command, after those that wait, and return what is to be seen of it."""
        export = Export(next(self._numbers), list(words))
        self.all[export.number] = export
        for number in list(self.all)[:-MOST_KEPT]:
            if self.all[number].state not in ("waiting", "running"):
                del self.all[number]
        task = asyncio.get_running_loop().create_task(self._run(export))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._changed()
        return export

    def cancel(self, number: int) -> None:
        """End an export; what it had finished of its work is kept in the store."""
        export = self.all.get(number)
        if export is None or export.state not in ("waiting", "running"):
            return
        if export.state == "running" and self._process is not None:
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGINT)
        export.state = "cancelled"
        self._changed()

    async def close(self) -> None:
        """End all exports."""
        for number in list(self.all):
            self.cancel(number)
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _run(self, export: Export) -> None:
        async with self._turn:
            if export.state != "waiting":
                return
            export.state = "running"
            self._changed()
            status = await self._say(export)
            if export.state == "running":
                export.state = "done" if status == 0 else "failed"
            self._changed()

    async def _say(self, export: Export) -> int:
        """Run the command, take in what it says, and return its exit status."""
        environment = {**os.environ, VARIABLE: LINES, "PYTHONPATH": python_path()}
        self._process = process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "understanding_gradients",
            *export.words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=environment,
            limit=LONGEST_LINE,
        )
        assert process.stdout is not None
        try:
            async for line in process.stdout:
                export.hear(line.decode(errors="replace").rstrip())
                self._changed()
            return await process.wait()
        finally:
            self._process = None
