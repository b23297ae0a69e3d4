"""A worker process as its parent sees it: started once, given one task after the other.

Ours, because multiprocessing and concurrent.futures neither kill what a worker has started nor
replace a single worker that was killed.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager, suppress

from understanding_gradients.cache.tempdirs import temporary_folder
from understanding_gradients.spec.job import Task
from understanding_gradients.workers.environment import worker_environment
from understanding_gradients.workers.events import (
    ChildrenRunning,
    Decision,
    TaskDone,
    TaskStarted,
    WorkerEvent,
    decode_event,
    encode_line,
)

# The answer to an event that asks for one.
Answer = Decision | int
OnEvent = Callable[[WorkerEvent], Answer | None]


class WorkerProcess:
    """A process of `workers.worker`, started by its first task at the latest.

    After a failure the next task starts another process. Each process leads a process group, and
    whatever it starts is killed with it. It has a new home folder, which is its working folder too.

    Args:
        limit: How many seconds a task may take; no limit by default.

    Attributes:
        temporary_folder: A folder for files that are not needed afterwards.
    """

    def __init__(self, limit: float | None = None) -> None:
        self._limit = limit
        self._stack = ExitStack()
        self.temporary_folder = self._stack.enter_context(temporary_folder())
        self._log_path = self.temporary_folder / "log.txt"
        self._home = self.temporary_folder / "home"
        self._home.mkdir()
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._stopped = False

    def start(self) -> None:
        """Start the process, so that it loads what any task needs."""
        self._ensure_started()

    def run_task(self, task: Task, on_event: OnEvent) -> None:
        """Run `task` to its end.

        Args:
            task: What to render.
            on_event: Called with every event; the answer to `SegmentStarted` is a decision, that to
                `ChildrenRunning` a number, 0 if there is none.

        Raises:
            WorkerFailed: If the process ends before the task does, or exceeds the time limit.
        """
        if self._process is not None and has_ended(self._process):
            self._reap(self._process)  # it was killed while it waited
        process = self._ensure_started()
        try:
            with self._time_limit(process) as (timer, is_late):
                self._send(process, task)
                is_done = self._handle_events(process, on_event, timer)
        except BaseException:
            # In the middle of a task it cannot run the next.
            kill_group(process)
            self._reap(process)
            raise
        if is_late.is_set():
            self._reap(process)
            raise WorkerFailed(f"it took longer than {self._limit:g} s, which is its time limit")
        if not is_done:
            raise self._failure(process)
        os.truncate(self._log_path, 0)

    @contextmanager
    def _time_limit(
        self, process: subprocess.Popen[bytes]
    ) -> Generator[tuple[threading.Timer, threading.Event]]:
        """Yield a timer that kills the process at the limit, and an event that says so."""
        is_late = threading.Event()

        def kill() -> None:
            is_late.set()
            kill_group(process)

        longest = threading.TIMEOUT_MAX
        timer = threading.Timer(min(self._limit or longest, longest), kill)
        timer.daemon = True
        try:
            yield timer, is_late
        finally:
            timer.cancel()

    def _failure(self, process: subprocess.Popen[bytes]) -> WorkerFailed:
        """Return why a process ended before its task."""
        status = self._reap(process)
        log = self._log_path.read_text(encoding="utf-8", errors="replace")
        if status >= 0:
            return WorkerFailed(log or f"its worker ended with status {status}")
        name = signal_name(-status)
        hint = ", as systems do where memory runs out" if name == "SIGKILL" else ""
        return WorkerFailed(f"{log}\nits worker was ended by {name}{hint}", died=not self._stopped)

    def stop(self) -> None:
        """Kill the process, and let no other start."""
        with self._lock:
            self._stopped = True
            if self._process is not None:
                kill_group(self._process)

    def close(self) -> None:
        """Kill the process, and delete its temporary folder."""
        if self._process is not None:
            # First, because nothing would delete it if this process were killed after the worker.
            shutil.rmtree(self.temporary_folder, ignore_errors=True)
            # An idle process would take a quarter of a second to end by itself.
            kill_group(self._process)
            self._reap(self._process)
        self._stack.close()

    def _ensure_started(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._stopped:
                raise WorkerFailed("it was stopped before it began")
            if self._process is None:
                # Opened to append, so that the file can be emptied after each task.
                self._log_path.unlink(missing_ok=True)
                module = "understanding_gradients.workers"
                with self._log_path.open("a", encoding="utf-8") as log:
                    self._process = subprocess.Popen(
                        [sys.executable, "-m", module, str(os.getpid()), self.temporary_folder],
                        stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE,
                        stderr=log,
                        cwd=self._home,
                        env=worker_environment(self._home),
                        process_group=0,
                    )
            return self._process

    def _handle_events(
        self, process: subprocess.Popen[bytes], on_event: OnEvent, timer: threading.Timer
    ) -> bool:
        """Pass events to `on_event` until the task is done; return whether it is.

        Start-up time does not count against the limit.
        """
        assert process.stdout is not None
        for line in process.stdout:
            event = decode_event(line)
            if isinstance(event, TaskDone):
                return True
            if isinstance(event, TaskStarted):
                timer.start()
                continue
            answer = on_event(event)
            if answer is None and isinstance(event, ChildrenRunning):
                answer = 0
            if answer is not None:
                self._send(process, answer)
        return False

    def _send(self, process: subprocess.Popen[bytes], message: Task | Answer) -> None:
        assert process.stdin is not None
        # If the process has ended, so has its standard output.
        with suppress(BrokenPipeError):
            process.stdin.write(encode_line(message))
            process.stdin.flush()

    def _reap(self, process: subprocess.Popen[bytes]) -> int:
        """Reap the process, and return its exit status."""
        # Kill what it has started. Until it is reaped, its number is not reused.
        if hasattr(os, "waitid"):
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
            kill_group(process)
        status = process.wait()
        with self._lock:
            self._process = None
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            with suppress(BrokenPipeError):
                pipe.close()
        return status


def signal_name(number: int) -> str:
    """Return the name of a signal; some have none."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Return whether a process has ended; it is not reaped, so that its number is not reused."""
    if not hasattr(os, "waitid"):
        return process.poll() is not None
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and whatever it has started."""
    with suppress(ProcessLookupError, PermissionError):
        # Its number is not reused until its status has been read.
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)


class WorkerFailed(Exception):
    """A worker ended before its task was done.

    Attributes:
        log: Its log.
        died: Whether the system killed it, so that another try may succeed.
    """

    def __init__(self, log: str, died: bool = False) -> None:
        super().__init__(log)
        self.log, self.died = log, died
