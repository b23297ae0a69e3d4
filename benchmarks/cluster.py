"""Measure the overhead of a cluster, with a scheduler and one or two workers on loopback.

    .venv/bin/python -m benchmarks.cluster [-o cluster.json] [--rounds N] [-q hd] [SLUG ...]

Every round measures each variant once, with an empty store and with processes that have loaded what
they need, so that a machine whose speed drifts favours none. The scheduler, the workers and the
client share the cores, as they would not on several machines. Compare ratios: seconds depend on the
machine.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import click

from benchmarks.lecture import QUALITY, ROUNDS, SLUGS, jobs, output
from benchmarks.processes import ROOT, machine, median_of
from understanding_gradients.cache.store import Store
from understanding_gradients.cluster.address import Scheduler
from understanding_gradients.cluster.bundle import pack, size_of
from understanding_gradients.cluster.client import ClusterClient
from understanding_gradients.cluster.pool import ClusterPool
from understanding_gradients.cluster.run import ClusterRun
from understanding_gradients.encode.packets import PACKETS_FILE, SIZES_FILE
from understanding_gradients.spec.job import Job
from understanding_gradients.spec.timeline import CLIP_FILE
from understanding_gradients.workers.pool import Pool

THREE = ("very-small-learning-rate", "very-large-learning-rate", "just-right-learning-rate")
EMPTY_TASKS = 1000
LOADING_SECONDS = 5.0  # until worker processes have loaded what they need


@contextmanager
def running_cluster(folder: Path, workers: int) -> Iterator[str]:
    """Run a scheduler and workers of one thread on loopback; yield the scheduler's address."""
    from distributed import Client

    description = folder / "scheduler.json"
    with ExitStack() as stack:

        def start(program: str, *options: object) -> None:
            command = [sys.executable, "-m", f"distributed.cli.dask_{program}"]
            process = subprocess.Popen(
                [*command, *map(str, options), "--dashboard-address", "127.0.0.1:0"],
                cwd=ROOT,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            stack.callback(process.wait)
            stack.callback(process.kill)

        start("scheduler", "--host", "127.0.0.1", "--port", 0, "--scheduler-file", description)
        while not (description.exists() and description.read_text().endswith("}")):
            time.sleep(0.1)
        address = json.loads(description.read_text(encoding="utf-8"))["address"]
        for _ in range(workers):
            start("worker", address, "--no-nanny", "--nthreads", 1, "--local-directory", folder)
        with Client(address, set_as_default=False) as client:
            client.wait_for_workers(workers)
        yield address


class ReceiveTimer:
    """Measures the time that this process spends on received results.

    Attributes:
        seconds: The time so far.
    """

    def __init__(self) -> None:
        self.seconds = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Measure every `ClusterRun` of the block."""
        receive = ClusterRun.receive

        def timed(cluster_run: ClusterRun, *args: Any) -> None:
            self.seconds += seconds_of(lambda: receive(cluster_run, *args))

        with patch.object(ClusterRun, "receive", timed):
            yield


def local(folder: Path, clips: Sequence[Job], workers: int) -> dict[str, float]:
    """Draw with processes of this machine."""
    with Pool(Store(folder), workers) as pool:
        pool.start()
        time.sleep(LOADING_SECONDS)
        return {"seconds": seconds_of(lambda: render_all(pool, clips))}


def cluster(folder: Path, clips: Sequence[Job], workers: int) -> dict[str, float]:
    """Draw with workers of a cluster; then name the segments of clips that have them all."""
    folder.mkdir()
    store = folder / "store"
    with (
        running_cluster(folder, workers) as address,
        ClusterPool(Store(store), Scheduler(address), workers) as pool,
    ):
        found = {"connecting": seconds_of(pool.start)}
        time.sleep(LOADING_SECONDS)
        timer = ReceiveTimer()
        with timer.running():
            found["seconds"] = seconds_of(lambda: render_all(pool, clips))
        found["receiving"] = timer.seconds
        for path in list(store.rglob(CLIP_FILE)):
            shutil.rmtree(path.parent)
        found["naming"] = seconds_of(lambda: render_all(pool, clips))
        found["empty_task"] = seconds_of(lambda: run_empty_tasks(pool.connect())) / EMPTY_TASKS
        return found


def seconds_of(action: Callable[[], object]) -> float:
    """Return the seconds that `action` takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def render_all(pool: Pool, clips: Sequence[Job]) -> None:
    """Render `clips`.

    Raises:
        RuntimeError: If one fails, or was in the store.
    """
    result = pool.render(clips)
    if result.failures or len(result.rendered) != len(clips):
        raise RuntimeError(f"All clips must be rendered; got {result.failures or result.rendered}.")


def run_empty_tasks(client: ClusterClient) -> None:
    """Run many tasks that do nothing."""
    for number in range(EMPTY_TASKS):
        client.submit(abs, number)
    for _ in range(EMPTY_TASKS):
        client.next_result()


def contents(store: Path, clips: Sequence[Job]) -> dict[str, float]:
    """Return the number of drawn segments and frames, and of bytes sent and received."""
    segments = [path.parent for path in store.rglob(PACKETS_FILE)]
    return {
        "segments": len(segments),
        "frames": sum(len(json.loads((one / SIZES_FILE).read_text())) for one in segments),
        "bytes_received": sum(size_of(pack(segment)) for segment in segments),
        "bytes_sent": sum(size_of(pack(one)) for job in clips for one in job.inputs.values()),
    }


def measure(clips: Sequence[Job], rounds: int) -> dict[str, Any]:
    """Measure `clips` in `rounds` rounds."""
    costs: dict[str, list[dict[str, float]]] = {}
    found: dict[str, Any] = {"clips": [job.clip.slug for job in clips], "load": []}
    for number in range(rounds):
        with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
            for workers in (1, 2):
                for variant in (local, cluster):
                    name = f"{variant.__name__}-{workers}"
                    click.echo(f"round {number + 1}: {name}", err=True)
                    found["load"].append(os.getloadavg()[0])
                    costs.setdefault(name, []).append(variant(Path(folder) / name, clips, workers))
            found |= contents(Path(folder) / "cluster-1" / "store", clips)
    return found | {"costs": costs}


def table(found: dict[str, Any]) -> str:
    """Return the main figures as text."""
    clips, segments, costs = len(found["clips"]), found["segments"], found["costs"]
    alone, one = median_of(costs["local-1"]), costs["cluster-1"]
    overhead = (median_of(one) - alone) / segments
    lines = [f"{clips} clips, {segments} segments, {found['frames']} frames", ""]
    lines.append(f"{'':20}{'seconds':>10}{'efficiency':>12}")
    for name, measured in costs.items():
        seconds = median_of(measured)
        lines.append(f"{name:20}{seconds:10.1f}{alone / seconds / int(name[-1]):12.2f}")
    return "\n".join(
        [
            *lines,
            "",
            f"overhead per segment    {overhead * 1e3:8.0f} ms, {overhead * segments / alone:.1%}",
            f"  of which naming       {median_of(one, 'naming') / segments * 1e3:8.0f} ms",
            f"  of which receiving    {median_of(one, 'receiving') / segments * 1e3:8.1f} ms",
            f"an empty task           {median_of(one, 'empty_task') * 1e3:8.2f} ms",
            f"connecting              {median_of(one, 'connecting'):8.2f} s",
            f"sent to the workers     {found['bytes_sent'] / clips / 1e6:8.2f} MB per clip",
            f"received                {found['bytes_received'] / clips / 1e6:8.2f} MB per clip",
        ]
    )


@click.command()
@SLUGS
@ROUNDS
@QUALITY
@output("cluster.json")
def main(slugs: tuple[str, ...], rounds: int, quality: str, output: Path) -> None:
    """Measure the three clips of learning rates, or those called SLUGS."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        # Recorded beforehand, so that it is not measured.
        found = measure(jobs(Path(folder), slugs or THREE, quality), rounds)
    found["machine"] = machine()
    output.write_text(json.dumps(found, indent=1), encoding="utf-8")
    click.echo(table(found))


if __name__ == "__main__":
    main()
