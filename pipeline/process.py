"""A worker process as its parent sees it: started once, given one task after the other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from pipeline.job import Task, write_task
from pipeline.sources import ROOT

# A worker's arithmetic is small; threads of its own would only fight the other workers.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


class WorkerProcess:
    """A process of `pipeline.worker`, which its first task starts, if nobody did before.

    After a failure the next task starts another.

    Attributes:
        scratch: A folder for what is of no use afterwards.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="understanding-gradients-")
        self.scratch = Path(self._folder.name)
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
            WorkerFailed: If the process ends before the task does.
        """
        path = self.scratch / "task.json"
        write_task(task, path)
        process = self._running()
        try:
            self._say(process, str(path))
            is_done = self._listen(process, hear)
        except BaseException:
            # In the middle of a task it is of no use to the next.
            process.kill()
            self._end(process)
            raise
        if not is_done:
            raise WorkerFailed(self._end(process))
        os.truncate(self._log_path, 0)

    def stop(self) -> None:
        """End the process, whatever it does, and let no other begin."""
        with self._lock:
            self._stopped = True
            if self._process is not None:
                self._process.kill()

    def close(self) -> None:
        """End the process, whatever it does, and delete its scratch folder."""
        if self._process is not None:
            # Even with nothing to do, it would take a quarter of a second to end by itself.
            self._process.kill()
            self._end(self._process)
        self._folder.cleanup()

    def _running(self) -> subprocess.Popen[str]:
        with self._lock:
            if self._stopped:
                raise WorkerFailed("it was stopped before it began")
            if self._process is None:
                # Added to, not written at a place, so that the file can be emptied meanwhile.
                self._log_path.unlink(missing_ok=True)
                with self._log_path.open("a", encoding="utf-8") as log:
                    self._process = subprocess.Popen(
                        [sys.executable, "-m", "pipeline.worker"],
                        stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE,
                        stderr=log,
                        text=True,
                        encoding="utf-8",
                        cwd=ROOT,
                        env=os.environ | ONE_THREAD,
                    )
            return self._process

    def _listen(
        self, process: subprocess.Popen[str], hear: Callable[[dict[str, Any]], Any]
    ) -> bool:
        """Let `hear` answer until the task is done; return whether it is."""
        assert process.stdout is not None
        for line in process.stdout:
            event = json.loads(line)
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

    def _end(self, process: subprocess.Popen[str]) -> str:
        """Return what a process that ended had said, and make way for the next."""
        status = process.wait()
        with self._lock:
            self._process = None
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            with suppress(BrokenPipeError):
                pipe.close()
        said = self._log_path.read_text(encoding="utf-8", errors="replace")
        return said or f"its worker ended with status {status}"


class WorkerFailed(Exception):
    """A worker ended without having done its task; `log` is what it said."""

    def __init__(self, log: str) -> None:
        super().__init__(log)
        self.log = log
