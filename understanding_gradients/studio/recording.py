"""The recording process as the server sees it: always one loaded, so that none is waited for."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress

import msgspec

from understanding_gradients.studio.recorder import RecordReply, RecordRequest
from understanding_gradients.workers.environment import python_path

MODULE = "understanding_gradients.studio.recorder"
# What is recorded without a file of the lecturer's ends by itself; to load torch takes longer.
PATIENCE = 3  # seconds
LONGEST_REPLY = 1 << 24  # bytes in a line


class Recorder:
    """Records in a process that has torch loaded.

    A process that ran a file of the lecturer's is not used again: such a file may change what later
    ones see. The next one is loaded in the meantime.
    """

    def __init__(self) -> None:
        self._loaded: asyncio.subprocess.Process | None = None
        self._lock = asyncio.Lock()

    async def load(self) -> None:
        """Start a process that waits for a request, unless one does."""
        if self._loaded is None or self._loaded.returncode is not None:
            self._loaded = await start()

    async def record(self, request: RecordRequest) -> RecordReply:
        """Return what came of `request`; if this is cancelled, so is what runs for it.

        A process that ended by itself is replaced, and asked again unless it ran a file of the
        lecturer's, which may have ended it.
        """
        found = await self._ask(request)
        if isinstance(found, int) and not request.settings.descent.is_of_a_file:
            found = await self._ask(request)
        if isinstance(found, RecordReply):
            return found
        sentence = f"The recording ended with status {found} before it was finished."
        return RecordReply(sentence=sentence)

    async def _ask(self, request: RecordRequest) -> RecordReply | int:
        """Return the reply of a process, or the status with which it ended."""
        async with self._lock:
            await self.load()
            process, self._loaded = self._loaded, None
            assert process is not None
            answer = asyncio.ensure_future(exchange(process, request))
            runs_a_file = request.settings.descent.is_of_a_file
            try:
                return await asyncio.shield(answer)
            finally:
                if not runs_a_file:
                    await asyncio.wait([answer], timeout=PATIENCE)
                if answer.done() and process.returncode is None and not runs_a_file:
                    self._loaded = process
                else:
                    await end(process)
                    self._loaded = await start()

    async def close(self) -> None:
        """End the process that waits."""
        process, self._loaded = self._loaded, None
        if process is not None:
            await end(process)


async def start() -> asyncio.subprocess.Process:
    """Start a recording process."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        MODULE,
        str(os.getpid()),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": python_path()},
        process_group=0,
        limit=LONGEST_REPLY,
    )


async def exchange(
    process: asyncio.subprocess.Process, request: RecordRequest
) -> RecordReply | int:
    """Send `request`, and return the reply, or the status with which the process ended."""
    assert process.stdin is not None and process.stdout is not None
    with suppress(ConnectionError):
        process.stdin.write(msgspec.json.encode(request) + b"\n")
        await process.stdin.drain()
    line = await process.stdout.readline()
    return msgspec.json.decode(line, type=RecordReply) if line else await process.wait()


async def end(process: asyncio.subprocess.Process) -> None:
    """Kill a process and what it has started, and reap it."""
    # Its number is not reused until it is reaped.
    if process.returncode is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
