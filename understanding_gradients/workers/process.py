"""A worker process as its parent sees it: started once, given one task after the other."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from descent._files.disk_space import explain_write_errors
from understanding_gradients.cache.sources import ROOT
from understanding_gradients.cache.tempdirs import scratch
from understanding_gradients.spec.job import Task, write_task

# A worker's arithmetic is small; threads of its own would only fight the other workers.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


class WorkerProcess:
    """A process of `workers.worker`, which its first task starts, if nobody did before.

    After a failure the next task starts another. Whatever the process starts is of its group, and
    ends with it.

    Args:
        limit: How many seconds a task may take; none if not given.

    Attributes:
        scratch: A folder for what is of no use afterwards.
    """

    def __init__(self, limit: float | None = None) -> None:
        self._limit = limit
        self._stack = ExitStack()
        self.scratch = self._stack.enter_context(scratch())
        self._log_path = self.scratch / "log.txt"
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()
        self._stopped = False

    def start(self) -> None:
        """Start the process, so that it loads what any task needs."""
        self._running()

    def perform(self, task: Task, hear: Callable[[dict[str, Any]], Any]) -> None:
        """Have `task` done.

        Args:
            task: What to do.
            hear: Is told what happens; what it returns, unless None, is the answer.

        Raises:
            WorkerFailed: If the process ends before the task does, or takes longer than it may.
            OSError: If the task cannot be written.
        """
        path = self.scratch / "task.json"
        with explain_write_errors(self.scratch):
            write_task(task, path)
        process = self._running()
        try:
            with self._limited(process) as (timer, is_late):
                self._say(process, str(path))
                is_done = self._listen(process, hear, timer)
        except BaseException:
            # In the middle of a task it is of no use to the next.
            kill_group(process)
            self._end(process)
            raise
        if is_late.is_set():
            self._end(process)
            raise WorkerFailed(f"it took longer than {self._limit:g} s, which is its time limit")
        if not is_done:
            raise self._failure(process)
        os.truncate(self._log_path, 0)

    @contextmanager
    def _limited(
        self, process: subprocess.Popen[str]
    ) -> Generator[tuple[threading.Timer, threading.Event]]:
        """Give a timer that ends the process after its time, and what tells whether it did."""
        is_late = threading.Event()

        def end() -> None:
            is_late.set()
            kill_group(process)

        longest = threading.TIMEOUT_MAX
        timer = threading.Timer(min(self._limit or longest, longest), end)
        timer.daemon = True
        try:
            yield timer, is_late
        finally:
            timer.cancel()

    def _failure(self, process: subprocess.Popen[str]) -> WorkerFailed:
        """Return why a process ended before its task."""
        status, said = self._end(process)
        if status >= 0:
            return WorkerFailed(said or f"its worker ended with status {status}")
        name = name_of(-status)
        hint = ", as systems do where memory runs out" if name == "SIGKILL" else ""
        died = not self._stopped
        return WorkerFailed(f"{said}\nits worker was ended by {name}{hint}", died)

    def stop(self) -> None:
        """End the process, whatever it does, and let no other begin."""
        with self._lock:
            self._stopped = True
            if self._process is not None:
                kill_group(self._process)

    def close(self) -> None:
        """End the process, whatever it does, and delete its scratch folder."""
        if self._process is not None:
            # Even with nothing to do, it would take a quarter of a second to end by itself.
            kill_group(self._process)
            self._end(self._process)
        self._stack.close()

    def _running(self) -> subprocess.Popen[str]:
        with self._lock:
            if self._stopped:
                raise WorkerFailed("it was stopped before it began")
            if self._process is None:
                # Added to, not written at a place, so that the file can be emptied meanwhile.
                self._log_path.unlink(missing_ok=True)
                with self._log_path.open("a", encoding="utf-8") as log:
                    self._process = subprocess.Popen(
                        [
                            sys.executable,
                            "-m",
                            "understanding_gradients.workers.worker",
                            str(os.getpid()),
                            str(self.scratch),
                        ],
                        stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE,
                        stderr=log,
                        text=True,
                        encoding="utf-8",
                        cwd=ROOT,
                        env=os.environ | ONE_THREAD,
                        process_group=0,
                    )
            return self._process

    def _listen(
        self,
        process: subprocess.Popen[str],
        hear: Callable[[dict[str, Any]], Any],
        timer: threading.Timer,
    ) -> bool:
        """Let `hear` answer until the task is done; return whether it is.

        Time counts from when the task is begun: to load what it needs is not its own affair.
        """
        assert process.stdout is not None
        for line in process.stdout:
            event = json.loads(line)
            if event["event"] == "begun":
                timer.start()
                continue
            answer = hear(event)
            if answer is not None:
                self._say(process, answer)
            if event["event"] == "done":
                return True
        return False

    def _say(self, process: subprocess.Popen[str], what: Any) -> None:
        assert process.stdin is not None
        # If it has ended, there is nothing more to hear from it either.
        with suppress(BrokenPipeError):
            process.stdin.write(json.dumps(what) + "\n")
            process.stdin.flush()

    def _end(self, process: subprocess.Popen[str]) -> tuple[int, str]:
        """Return the status of a process that ended and what it had said; make way for the next."""
        # What it has started goes with it. Until it is collected, its number is nobody else's.
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
        return status, self._log_path.read_text(encoding="utf-8", errors="replace")


def name_of(number: int) -> str:
    """Return what a signal is called; not every one has a name."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def kill_group(process: subprocess.Popen[str]) -> None:
    """End a process and whatever it has started."""
    with suppress(ProcessLookupError, PermissionError):
        # Its number is nobody else's, as long as nobody has asked for its status.
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)


class WorkerFailed(Exception):
    """A worker ended without having done its task.

    Attributes:
        log: What it said.
        died: Whether the system ended it, which may go well another time.
    """

    def __init__(self, log: str, died: bool = False) -> None:
        super().__init__(log)
        self.log, self.died = log, died
