"""A scheduler and workers of dask.distributed as processes of their own, on loopback only."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from scenes.registry import Clip
from tests.processes import parent_of, wait_until
from understanding_gradients.cache.sources import ROOT

HELD = Clip("held", "A clip that is held", "tests.fixtures.held_scenes:Held", (), "7")
TWIN = Clip("twin", "A sliding square", "tests.fixtures.small_scenes:Sliding", (), "1")

# How people are told to start these.
MANUAL = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
SET = dict(re.findall(r"(DASK_\w+)='(.*?)'", MANUAL))


def installed(package: str, folder: Path) -> Path:
    """Return a folder in `folder` for Python's path, in which a package has the version 0.0.1."""
    found = folder / "other" / f"{package}-0.0.1.dist-info"
    found.mkdir(parents=True)
    said = f"Metadata-Version: 2.1\nName: {package}\nVersion: 0.0.1\n"
    (found / "METADATA").write_text(said, encoding="utf-8")
    return found.parent


def documented(kind: str) -> list[str]:
    """Return the manual's options for a "scheduler" or a "worker", besides its addresses."""
    (options,) = re.findall(rf"dask_{kind} .*\\\n +(.*)", MANUAL)
    return options.split()


class Machines:
    """A scheduler and its workers, each a process that a test may kill.

    Args:
        folder: For their files; HELD clips look in it for what lets them go on.
        tls: Options of both for TLS.
        port: Of the scheduler; any that is free, if not given.
    """

    def __init__(
        self, folder: Path, tls: Sequence[str] = (), port: str = "0", **environment: str
    ) -> None:
        self.folder, self._tls = folder, tls
        self._started: list[subprocess.Popen[bytes]] = []
        told = folder / "scheduler.json"
        self._host = ["--host", f"{'tls' if tls else 'tcp'}://127.0.0.1"]
        words = [*self._host, "--port", port, "--scheduler-file", told]
        self.scheduler = self._start("scheduler", words, environment)
        wait_until(lambda: told.exists() and told.read_text(encoding="utf-8").endswith("}"))
        self.address: str = json.loads(told.read_text(encoding="utf-8"))["address"]
        self.workers: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Machines:
        return self

    def __exit__(self, *error: object) -> None:
        # What waits there goes on, and finds that nobody is left to tell.
        (self.folder / "open").touch()
        for process in self._started:
            process.kill()
            process.wait()

    def add_workers(self, count: int, root: Path = ROOT, **environment: str) -> None:
        """Start so many workers more where the project lies, until the scheduler knows them."""
        words = [self.address, "--no-nanny", "--nthreads", "1", "--memory-limit", "0"]
        words += ["--local-directory", self.folder, *self._host]
        for _ in range(count):
            self.workers.append(self._start("worker", words, environment, root))
        log = self.folder / "scheduler.log"
        wait_until(
            lambda: log.read_text(encoding="utf-8").count("Register worker") >= len(self.workers)
        )

    def processes(self) -> list[int]:
        """Return which processes have come to the place where HELD clips wait."""
        return [int(path.stem) for path in self.folder.glob("*.pid")]

    def kill_drawing_worker(self) -> None:
        """Kill the worker of whoever is first where HELD clips wait."""
        drawing = wait_until(self.processes)[0]
        (worker,) = [one for one in self.workers if one.pid == parent_of(drawing)]
        worker.send_signal(signal.SIGKILL)
        worker.wait()

    @contextmanager
    def meanwhile(self, act: Callable[[], object]) -> Iterator[None]:
        """Do something beside what stands inside, and then let HELD clips go on.

        They go on whatever happens, or who draws them would wait for ever.
        """

        def act_and_open() -> None:
            try:
                act()
            finally:
                (self.folder / "open").touch()

        with ThreadPoolExecutor(1) as pool:
            acting = pool.submit(act_and_open)
            try:
                yield
            finally:
                acting.result()

    def _start(
        self,
        kind: str,
        words: Sequence[object],
        environment: Mapping[str, str],
        root: Path = ROOT,
    ) -> subprocess.Popen[bytes]:
        command = ["-m", f"distributed.cli.dask_{kind}", *documented(kind)]
        with (self.folder / f"{kind}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *command, *map(str, words), *self._tls],
                cwd=root,
                env={**os.environ, "HELD_FOLDER": str(self.folder), **SET, **environment},
                stdout=log,
                stderr=log,
            )
        self._started.append(process)
        return process
