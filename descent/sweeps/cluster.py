"""A sweep cut into chunks of rates, each run by a worker of a dask.distributed cluster.

Nothing here imports `distributed`: whoever has a client of it has it.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import hashlib
import platform
import threading
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from descent.sweeps.batch import Results

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from descent.sweeps.execution import Descents

CHUNKS_A_THREAD = 4  # so that none waits long for the last
ALIGNED = 64  # rates: chunks begin where a processor's vectors of numbers do
PACKAGES = ("torch", "numpy")
# Tasks are threads, but PyTorch writes an operation down for one thread at a time.
_LOCK = threading.Lock()


def check_cluster(cluster: Any) -> None:
    """Check that `cluster` is a client that runs tasks while its caller waits.

    Raises:
        TypeError: If it is something else.
        ValueError: If it has no workers.
    """
    is_client = all(callable(getattr(cluster, name, None)) for name in ("submit", "nthreads"))
    if not is_client or getattr(cluster, "asynchronous", False):
        raise TypeError(
            f"cluster must be a dask.distributed.Client that is not asynchronous; got {cluster!r}."
        )
    if not cluster.nthreads():
        raise ValueError("cluster must have workers; got a scheduler that has none: start some.")


def run_on(
    cluster: Any,
    descents: Descents,
    rates: NDArray[np.float64],
    tell: Callable[[int], None] | None,
) -> Results:
    """Descend with each of `rates`, shape (runs, groups), on the workers of `cluster`.

    Raises:
        ValueError: As `Descents.run` does.
        RuntimeError: If a worker has other versions than this machine, or the cluster is lost.
    """
    size = _chunk_size(len(rates), sum(cluster.nthreads().values()))
    begins = range(0, len(rates), size)
    # The loss goes with every chunk: a result that they shared would draw all of them to the one
    # worker that has it.
    chunks = [
        cluster.submit(run_here, descents, rates[begin : begin + size], pure=False)
        for begin in begins
    ]
    results = Results(len(rates))
    try:
        for begin, chunk in zip(begins, chunks, strict=True):
            part, versions = chunk.result()
            _check_versions(versions)
            _put(part, results, begin)
            if tell is not None:
                tell(min(begin + size, len(rates)) * descents.steps)
    except (asyncio.CancelledError, concurrent.futures.CancelledError) as error:
        raise RuntimeError(
            "The sweep's cluster is gone, or has let go of it: sweep again."
        ) from error
    finally:
        for chunk in chunks:
            chunk.cancel()
    return results


def run_here(descents: Descents, rates: NDArray[np.float64]) -> tuple[Results, dict[str, str]]:
    """Descend with each of `rates` on a worker; return what came of it, and with which versions."""
    with _LOCK:
        return descents.run(rates, None), versions_here()


def versions_here() -> dict[str, str]:
    """Return what the numbers of a run depend on besides its loss, and the machine's name."""
    source = hashlib.sha256()
    for path in sorted(Path(__file__).parent.parent.rglob("*.py")):
        source.update(path.read_bytes())
    found = {package: version(package) for package in PACKAGES}
    return found | {"descent": source.hexdigest()[:12], "machine": platform.node()}


def _chunk_size(rates: int, threads: int) -> int:
    """Return how many rates a chunk has: the same in all but the last."""
    even = -(-rates // (max(1, threads) * CHUNKS_A_THREAD))
    return -(-even // ALIGNED) * ALIGNED


def _check_versions(theirs: dict[str, str]) -> None:
    ours = versions_here()
    for name in (*PACKAGES, "descent"):
        if theirs[name] != ours[name]:
            raise RuntimeError(
                f"All machines of a sweep must have the same {name}; {theirs['machine']} has "
                f"{theirs[name]} and this one {ours[name]}: install one of them on both."
            )


def _put(part: Results, results: Results, begin: int) -> None:
    """Write what came of some runs where they belong."""
    for name, array in vars(part).items():
        getattr(results, name)[begin : begin + len(array)] = array
