"""A scheduler and workers of dask.distributed, each in its own process, on loopback only."""

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
from understanding_gradients.cache.store import Store
from understanding_gradients.cluster.address import Scheduler
from understanding_gradients.cluster.pool import ClusterPool

HELD = Clip("held", "A clip that is held", "tests.fixtures.held_scenes:Held", (), "7")

# The tests start machines with the documented commands.
MANUAL = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
DOCUMENTED_ENVIRONMENT = dict(re.findall(r"(DASK_\w+)='(.*?)'", MANUAL))


def documented_options(program: str) -> list[str]:
    """Return the options, except addresses, with which docs/cluster.md starts a program."""
    (options,) = re.findall(rf"dask_{program} .*\\\n +(.*)", MANUAL)
    return options.split()


def installed(package: str, folder: Path) -> Path:
    """Return a folder for PYTHONPATH, made in `folder`, with version 0.0.1 of a package."""
    found = folder / "other" / f"{package}-0.0.1.dist-info"
    found.mkdir(parents=True)
    metadata = f"Metadata-Version: 2.1\nName: {package}\nVersion: 0.0.1\n"
    (found / "METADATA").write_text(metadata, encoding="utf-8")
    return found.parent


class Machines:
    """A scheduler and its workers, each a process that a test may kill.

    Args:
        folder: For their files; HELD clips wait for a file in it.
        tls: Options for TLS, of the scheduler and of the workers.
        port: The scheduler's port; any free one by default.
        environment: Added to the environment of the scheduler.
    """

    def __init__(
        self, folder: Path, tls: Sequence[str] = (), port: str = "0", **environment: str
    ) -> None:
        self.folder, self._tls = folder, tls
        self._started: list[subprocess.Popen[bytes]] = []
        description = folder / "scheduler.json"
        self._host = ["--host", f"{'tls' if tls else 'tcp'}://127.0.0.1"]
        options = [*self._host, "--port", port, "--scheduler-file", description]
        self.scheduler = self._start("scheduler", options, environment)
        wait_until(
            lambda: description.exists() and description.read_text(encoding="utf-8").endswith("}")
        )
        self.address: str = json.loads(description.read_text(encoding="utf-8"))["address"]
        self.workers: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Machines:
        return self

    def __exit__(self, *error: object) -> None:
        self.release()
        for process in self._started:
            end(process)

    def add_workers(self, count: int, root: Path = ROOT, **environment: str) -> None:
        """Start workers in the project at `root`, and wait until the scheduler knows them."""
        options = [self.address, "--no-nanny", "--nthreads", "1", "--memory-limit", "0"]
        options += ["--local-directory", self.folder, *self._host]
        for _ in range(count):
            self.workers.append(self._start("worker", options, environment, root))
        log = self.folder / "scheduler.log"
        wait_until(
            lambda: log.read_text(encoding="utf-8").count("Register worker") >= len(self.workers)
        )

    def pool(self, store: Path) -> ClusterPool:
        """Return a pool that renders on these machines."""
        return ClusterPool(Store(store), Scheduler(self.address), 1)

    def release(self) -> None:
        """Let HELD clips continue."""
        (self.folder / "open").touch()

    def held_processes(self) -> list[int]:
        """Return the processes that have come to the place where HELD clips wait."""
        return [int(path.stem) for path in self.folder.glob("*.pid")]

    def kill_drawing_worker(self) -> None:
        """Kill the worker whose process is the first to wait in a HELD clip."""
        drawing = wait_until(self.held_processes)[0]
        (worker,) = [one for one in self.workers if one.pid == parent_of(drawing)]
        end(worker)

    @contextmanager
    def meanwhile(self, act: Callable[[], object]) -> Iterator[None]:
        """Call `act` in a thread while the block runs; HELD clips continue afterwards."""

        def act_and_release() -> None:
            try:
                act()
            finally:
                self.release()

        with ThreadPoolExecutor(1) as executor:
            acting = executor.submit(act_and_release)
            try:
                yield
            finally:
                acting.result()

    def _start(
        self,
        program: str,
        options: Sequence[object],
        environment: Mapping[str, str],
        root: Path = ROOT,
    ) -> subprocess.Popen[bytes]:
        command = ["-m", f"distributed.cli.dask_{program}", *documented_options(program)]
        held = {"HELD_FOLDER": str(self.folder)}
        with (self.folder / f"{program}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *command, *map(str, options), *self._tls],
                cwd=root,
                env={**os.environ, **held, **DOCUMENTED_ENVIRONMENT, **environment},
                stdout=log,
                stderr=log,
            )
        self._started.append(process)
        return process


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill a process, and wait until it has ended."""
    process.send_signal(signal.SIGKILL)
    process.wait()


def files_of(entry: Path) -> dict[str, bytes]:
    """Return the files of a store's entry, except its manifest, which names its key."""
    return {
        path.name: path.read_bytes() for path in entry.iterdir() if path.name != "manifest.json"
    }
