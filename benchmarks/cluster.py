"""What handing the work to a cluster costs, with a scheduler and one or two workers on loopback.

    .venv/bin/python -m benchmarks.cluster [-o cluster.json] [--rounds N] [-q hd] [SLUG ...]

In every round each way draws the same clips once, with an empty store and with processes that have
loaded what they need: a machine that grows slower or faster meanwhile does not decide. Scheduler,
workers and this process share the cores, as they would not on several machines. Ratios are what to
believe; seconds belong to the machine.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import click

from benchmarks.processes import ROOT
from scenes.registry import CLIPS
from understanding_gradients.cache.store import Store
from understanding_gradients.cluster.address import Scheduler
from understanding_gradients.cluster.bundle import pack, weight
from understanding_gradients.cluster.client import Session
from understanding_gradients.cluster.pool import ClusterPool
from understanding_gradients.cluster.run import ClusterRun
from understanding_gradients.commands.jobs import jobs_for
from understanding_gradients.commands.request import select_clips
from understanding_gradients.encode.packets import PACKETS_FILE, SIZES_FILE
from understanding_gradients.lecture.settings import read_settings
from understanding_gradients.spec.job import Job
from understanding_gradients.spec.quality import QUALITIES
from understanding_gradients.workers.pool import Pool, RenderResult, cores

THREE = ("very-small-learning-rate", "very-large-learning-rate", "just-right-learning-rate")
EMPTY_TASKS = 1000


@contextmanager
def machines(folder: Path, workers: int) -> Iterator[str]:
    """Run a scheduler and workers of one thread on loopback; yield the scheduler's address."""
    told = folder / "scheduler.json"
    with ExitStack() as stack:

        def start(kind: str, *words: object) -> None:
            command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", *map(str, words)]
            command += ["--dashboard-address", "127.0.0.1:0"]
            process = subprocess.Popen(
                command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            stack.callback(process.wait)
            stack.callback(process.kill)

        start("scheduler", "--host", "127.0.0.1", "--port", 0, "--scheduler-file", told)
        while not (told.exists() and told.read_text(encoding="utf-8").endswith("}")):
            time.sleep(0.1)
        address = json.loads(told.read_text(encoding="utf-8"))["address"]
        for _ in range(workers):
            start("worker", address, "--no-nanny", "--nthreads", 1, "--local-directory", folder)
        wait_for(address, workers)
        yield address


def wait_for(address: str, workers: int) -> None:
    """Wait until the scheduler at `address` knows so many workers."""
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        client.wait_for_workers(workers)


class Watch:
    """How long this process is at work on what comes home, and how many bytes that is."""

    def __init__(self) -> None:
        self.seconds = 0.0

    @contextmanager
    def attached(self) -> Iterator[None]:
        """Measure whatever an errand receives meanwhile."""
        receive = ClusterRun._receive

        def timed(errand: ClusterRun, *words: Any) -> None:
            began = time.perf_counter()
            receive(errand, *words)
            self.seconds += time.perf_counter() - began

        ClusterRun._receive = timed
        try:
            yield
        finally:
            ClusterRun._receive = receive


class Bench:
    """One round of measurements, in a folder that is empty at first."""

    def __init__(self, folder: Path, jobs: Sequence[Job]) -> None:
        self.folder, self.jobs = folder, list(jobs)

    def local(self, workers: int) -> dict[str, float]:
        """Draw with processes of this machine."""
        store = Store(self.folder / f"local-{workers}")
        with Pool(store, workers) as pool:
            pool.start()
            # What they load takes them about as long as a cluster's take to answer.
            time.sleep(5)
            return seconds_of(pool, self.jobs)

    def cluster(self, workers: int) -> dict[str, float]:
        """Draw with workers of a cluster, then only survey the clips: their takes are there."""
        here = self.folder / f"cluster-{workers}"
        here.mkdir()
        with (
            machines(here, workers) as address,
            ClusterPool(Store(here / "store"), Scheduler(address), workers) as pool,
        ):
            began = time.perf_counter()
            pool.start()
            found = {"connecting": time.perf_counter() - began}
            time.sleep(5)
            watch = Watch()
            with watch.attached():
                found |= seconds_of(pool, self.jobs)
            said = [replace(job, captions={"a beat": "another caption"}) for job in self.jobs]
            found |= {"home": watch.seconds, "survey": seconds_of(pool, said)["seconds"]}
            return found | {"empty_task": seconds_of_empty_tasks(pool._connected())}


def seconds_of(pool: Pool, jobs: Sequence[Job]) -> dict[str, float]:
    """Return how long `pool` takes for all of `jobs`.

    Raises:
        RuntimeError: If one fails, or was there already.
    """
    began = time.perf_counter()
    made: RenderResult = pool.render(jobs)
    seconds = time.perf_counter() - began
    if made.failures or len(made.rendered) != len(jobs):
        raise RuntimeError(f"All clips must be drawn anew; got {made.failures or made.rendered}.")
    return {"seconds": seconds}


def seconds_of_empty_tasks(session: Session) -> float:
    """Return how long a task takes that does nothing, one of many."""
    began = time.perf_counter()
    for number in range(EMPTY_TASKS):
        session.submit(abs, number)
    for _ in range(EMPTY_TASKS):
        session.arrival()
    return (time.perf_counter() - began) / EMPTY_TASKS


def contents(store: Path, jobs: Sequence[Job]) -> dict[str, float]:
    """Return how many takes and frames were drawn, and how many bytes travelled."""
    takes = [path.parent for path in store.rglob(PACKETS_FILE)]
    frames = sum(len(json.loads((take / SIZES_FILE).read_text())) for take in takes)
    return {
        "takes": len(takes),
        "frames": frames,
        "bytes_home": sum(weight(pack(take)) for take in takes),
        "bytes_there": sum(weight(pack(at)) for job in jobs for at in job.inputs.values()),
    }


def measure(jobs: Sequence[Job], rounds: int) -> dict[str, Any]:
    """Measure `jobs` in `rounds` rounds, and return all that was found."""
    costs: dict[str, list[dict[str, float]]] = {}
    found: dict[str, Any] = {"clips": [job.clip.slug for job in jobs], "load": []}
    for number in range(rounds):
        with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
            bench = Bench(Path(folder), jobs)
            for workers in (1, 2):
                for way in ("local", "cluster"):
                    click.echo(f"round {number + 1}: {way}, {workers}", err=True)
                    found["load"].append(os.getloadavg()[0])
                    cost = getattr(bench, way)(workers)
                    costs.setdefault(f"{way}-{workers}", []).append(cost)
            found |= contents(Path(folder) / "cluster-1" / "store", jobs)
    return found | {"costs": costs}


def middle(found: dict[str, Any], way: str, what: str = "seconds") -> float:
    """Return the median over all rounds."""
    return median(cost[what] for cost in found["costs"][way])


def table(found: dict[str, Any]) -> str:
    """Return the figures that matter, for a person."""
    clips, takes = len(found["clips"]), found["takes"]
    alone = middle(found, "local-1")
    home, survey = middle(found, "cluster-1", "home"), middle(found, "cluster-1", "survey")
    overhead = (middle(found, "cluster-1") - alone) / takes
    empty = middle(found, "cluster-1", "empty_task")
    lines = [f"{clips} clips, {takes} takes, {found['frames']} frames", ""]
    lines.append(f"{'':20}{'seconds':>10}{'efficiency':>12}")
    for way in ("local-1", "local-2", "cluster-1", "cluster-2"):
        seconds = middle(found, way)
        lines.append(f"{way:20}{seconds:10.1f}{alone / seconds / int(way[-1]):12.2f}")
    return "\n".join(
        [
            *lines,
            "",
            f"overhead per play       {overhead * 1e3:8.0f} ms, {overhead * takes / alone:.1%}",
            f"  of it surveying       {survey / takes * 1e3:8.0f} ms",
            f"  and here, at home     {home / takes * 1e3:8.1f} ms",
            f"a task that does nothing{empty * 1e3:8.2f} ms",
            f"connecting              {middle(found, 'cluster-1', 'connecting'):8.2f} s",
            f"sent to the workers     {found['bytes_there'] / clips / 1e6:8.2f} MB a clip",
            f"sent home               {found['bytes_home'] / clips / 1e6:8.2f} MB a clip",
        ]
    )


@click.command()
@click.argument("slugs", nargs=-1)
@click.option("--rounds", type=click.IntRange(1), default=1, show_default=True)
@click.option("-q", "--quality", type=click.Choice(list(QUALITIES)), default="hd")
@click.option("-o", "--output", type=click.Path(path_type=Path), default="cluster.json")
def main(slugs: tuple[str, ...], rounds: int, quality: str, output: Path) -> None:
    """Measure the three clips of learning rates, or those called SLUGS."""
    clips = select_clips(slugs or THREE, CLIPS)
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        # Recorded beforehand: no way is charged for it.
        settings = read_settings(ROOT / "lecture.toml")
        jobs = jobs_for(settings, clips, QUALITIES[quality], Store(Path(folder)))
        found = measure(jobs, rounds)
    found["machine"] = {
        "processor": platform.processor() or platform.machine(),
        "cores": cores(),
        "python": platform.python_version(),
    }
    output.write_text(json.dumps(found, indent=1), encoding="utf-8")
    click.echo(table(found))


if __name__ == "__main__":
    main()
