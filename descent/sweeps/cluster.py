"""A sweep in chunks of rates, each run by a worker of a dask.distributed cluster.

Nothing here imports `distributed`: the caller's client brings it.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import hashlib
import platform
import threading
import warnings
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.checks.errors import InvalidType, RecordingFailed
from descent.sweeps.results import Results

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.sweeps.execution import Descents

CHUNKS_PER_THREAD = 4  # so that no thread waits long for the last
ASSUMED_THREADS = 16  # of a cluster that starts workers when there are tasks
SENT_WITH_EVERY_CHUNK = 1_000_000  # bytes of a loss and its data
ALIGNMENT = 64  # rates: chunks begin at multiples of a processor's vector size
PACKAGES = ("torch", "numpy")
# Tasks are threads, but PyTorch traces in one thread at a time.
_LOCK = threading.Lock()


def check_cluster(cluster: Any) -> None:
    """Check that `cluster` is a synchronous client.

    Raises:
        InvalidType: If it is not.
    """
    is_client = all(callable(getattr(cluster, name, None)) for name in ("submit", "nthreads"))
    if not is_client or getattr(cluster, "asynchronous", False):
        raise InvalidType(
            "cluster", "be a dask.distributed.Client that is not asynchronous", cluster
        )


def run_on(
    cluster: Any,
    descents: Descents,
    rates: NDArray[np.float64],
    on_progress: Callable[[int], None] | None,
) -> Results:
    """Descend with each of `rates` on the workers of `cluster`.

    Args:
        cluster: A dask.distributed.Client.
        descents: What descends.
        rates: Shape (runs, groups).
        on_progress: Called after each chunk with the number of run-steps done.

    Raises:
        ValueError: As `Descents.run` does.
        RecordingFailed: If a worker's versions differ from this machine's, or the cluster is lost.
    """
    size = _chunk_size(len(rates), threads_of(cluster))
    sent = sent_once(descents, cluster)
    begins = range(0, len(rates), size)
    chunks = [
        cluster.submit(run_here, sent, rates[begin : begin + size], pure=False) for begin in begins
    ]
    results = Results(len(rates))
    try:
        for begin, chunk in zip(begins, chunks, strict=True):
            part, versions = chunk.result()
            _check_versions(versions)
            _put(part, results, begin)
            if on_progress is not None:
                on_progress(min(begin + size, len(rates)) * descents.steps)
    except (asyncio.CancelledError, concurrent.futures.CancelledError) as error:
        raise RecordingFailed(
            "The sweep's cluster is gone, or has cancelled it: sweep again."
        ) from error
    finally:
        for chunk in chunks:
            chunk.cancel()
    return results


def threads_of(cluster: Any) -> int:
    """Return the number of threads; a guess if no worker has started yet, which is said."""
    threads = sum(cluster.nthreads().values())
    if not threads:
        warnings.warn("The cluster has no worker yet: the sweep waits for one.", stacklevel=4)
    return threads or ASSUMED_THREADS


def sent_once(descents: Descents, cluster: Any) -> Any:
    """Return what stands for `descents` in a task: their future if the loss has much data.

    They are the result of a task, which another worker repeats if the first is lost. A small loss
    is sent with every chunk: a future attracts few chunks to the one worker that holds it.
    """
    cloudpickle: Any = import_module("cloudpickle")  # `distributed` brings it
    content = cloudpickle.dumps(descents)
    if len(content) < SENT_WITH_EVERY_CHUNK:
        return descents
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Sending large graph")
        return cluster.submit(cloudpickle.loads, content, pure=False)


def run_here(descents: Descents, rates: NDArray[np.float64]) -> tuple[Results, dict[str, str]]:
    """Descend with each of `rates` on a worker; return the results and the worker's versions."""
    with _LOCK:
        return descents.run(rates, None), versions_here()


def versions_here() -> dict[str, str]:
    """Return the versions that the numbers of a run depend on, and the machine's name."""
    source = hashlib.sha256()
    for path in sorted(Path(__file__).parent.parent.rglob("*.py")):
        source.update(path.read_bytes())
    found = {package: version(package) for package in PACKAGES}
    return found | {"descent": source.hexdigest()[:12], "machine": platform.node()}


def _chunk_size(rates: int, threads: int) -> int:
    """Return the number of rates per chunk, equal in all but the last."""
    even = -(-rates // (threads * CHUNKS_PER_THREAD))
    return -(-even // ALIGNMENT) * ALIGNMENT


def _check_versions(theirs: dict[str, str]) -> None:
    ours = versions_here()
    for name in (*PACKAGES, "descent"):
        if theirs[name] != ours[name]:
            raise RecordingFailed(
                f"All machines of a sweep must have the same {name}; {theirs['machine']} has "
                f"{theirs[name]} and this one {ours[name]}: install one of them on both."
            )


def _put(part: Results, results: Results, begin: int) -> None:
    """Copy the results of a chunk into those of the sweep."""
    for name, array in vars(part).items():
        getattr(results, name)[begin : begin + len(array)] = array
