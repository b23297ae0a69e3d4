"""A worker process as its parent sees it: started once, given one task after the other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
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
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        os.truncate(self._log_path, 0)
        path = self.scratch / "task.json"
        write_task(task, path)
        try:
            self._say(process, str(path))
            for line in process.stdout:
                event = json.loads(line)
                answer = hear(event)
                if answer is not None:
                    self._say(process, answer)
                if event["event"] == "done":
                    return
        except BrokenPipeError:
            # It ended while it was spoken to; how is said below.
            pass
        raise WorkerFailed(self._end(process))

    def stop(self) -> None:
        """End the process, whatever it does, and let no other begin."""
        with self._lock:
            self._stopped = True
            if self._process is not None:
                self._process.kill()

    def close(self) -> None:
        """End the process, which has nothing to do, and delete its scratch folder."""
        if self._process is not None:
            # Left to itself, it would take Python a quarter of a second.
            self._process.kill()
            self._end(self._process)
        self._folder.cleanup()

    def _running(self) -> subprocess.Popen[str]:
        with self._lock:
            if self._stopped:
                raise WorkerFailed("it was stopped before it began")
            if self._process is None:
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

    def _say(self, process: subprocess.Popen[str], what: Any) -> None:
        assert process.stdin is not None
        process.stdin.write(json.dumps(what) + "\n")
        process.stdin.flush()

    def _end(self, process: subprocess.Popen[str]) -> str:
        """Return what a process that ended had said, and make way for the next."""
        status = process.wait()
        with self._lock:
            self._process = None
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            try:
                pipe.close()
            except BrokenPipeError:
                pass
        said = self._log_path.read_text(encoding="utf-8", errors="replace")
        return said or f"its worker ended with status {status}"


class WorkerFailed(Exception):
    """A worker ended without having done its task; `log` is what it said."""

    def __init__(self, log: str) -> None:
        super().__init__(log)
        self.log = log
