"""A connection to a scheduler of dask.distributed."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
import uuid
import warnings
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing import resource_tracker
from queue import Empty, SimpleQueue
from typing import Any

import dask.config
from distributed import Client, LocalCluster
from distributed.security import Security
from distributed.versions import VersionMismatchWarning

from understanding_gradients.cluster.address import ClusterRefused, Scheduler
from understanding_gradients.cluster.cleanup import ClientCleanup
from understanding_gradients.cluster.fingerprint import difference, fingerprint, protocol_versions
from understanding_gradients.cluster.tasks import WorkerProcessPlugin, worker_fingerprint
from understanding_gradients.spec.errors import OperationFailed

# All in seconds.
CONNECT_TIMEOUT = 10.0
RESPONSE_TIMEOUT = 60.0
NO_WORKERS_TIMEOUT = 60.0
POLL_INTERVAL = 2.0
# Every scheduler and worker has a web server; these options leave it without pages. How often a
# lost task is tried again is left to dask's own distributed.scheduler.allowed-failures.
NO_PAGES = {f"distributed.{kind}.http.routes": [] for kind in ("scheduler", "worker")}


class ClusterClient:
    """A client of a scheduler, with its plugins and its submitted tasks.

    Args:
        scheduler: It may have no workers yet: some start them only when there are tasks.
        processes: The number of worker processes of a scheduler that is started here.
        limit: How many seconds a task may take; there is no limit by default.
        say: Receives a sentence if the first worker is waited for.

    Raises:
        ClusterRefused: If the scheduler does not answer, or the scheduler or a worker differs from
            this machine in versions or source.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        processes: int,
        limit: float | None = None,
        say: Callable[[str], object] = print,
    ) -> None:
        silence_distributed()
        self.address = scheduler.address
        self._say = say
        self._had_workers = self._is_awaiting = False
        self.plugin = f"understanding-gradients-{uuid.uuid4().hex}"
        # distributed cancels a task when its future is garbage-collected.
        self._futures: set[Any] = set()
        self._done: SimpleQueue[Any] = SimpleQueue()
        self._fetched: SimpleQueue[Any] = SimpleQueue()
        self._stack = ExitStack()
        with ExitStack() as unfinished:
            unfinished.callback(self._stack.close)
            # Whether its methods are coroutines depends on the calling thread.
            self._client: Any = self._connect(scheduler, processes)
            self._check_scheduler()
            self.check_workers(())
            self._client.register_plugin(ClientCleanup(self._client.id, self.plugin))
            self._client.register_plugin(WorkerProcessPlugin(self.plugin, limit))
            unfinished.pop_all()

    def check_workers(self, scene_modules: Collection[str]) -> dict[str, str]:
        """Compare every worker's fingerprint with this machine's, and return it.

        A worker that joins later compares it before it draws.
        """
        self._note_workers()
        ours = fingerprint(scene_modules)
        with self._explain_errors():
            # An import error on a worker is returned like a result.
            found = self._client.run(worker_fingerprint, tuple(scene_modules), on_error="return")
        for address, theirs in sorted(found.items()):
            worker = f"the worker {address}"
            if isinstance(theirs, Exception):
                raise cannot_import(worker, theirs)
            error = difference(worker, theirs, ours)
            if error is not None:
                raise error
        return ours

    def threads(self) -> int:
        """Return the number of tasks that run at once."""
        return max(1, self._count_threads())

    def submit(self, task: Callable[..., Any], *args: Any) -> Any:
        """Submit a task, and return its future; `next_result` will return the future's key.

        The arguments are sent with the task: a shared result would attract all tasks to the one
        worker that holds it.
        """
        with self._explain_errors():
            future = self._client.submit(task, *args, pure=False)
        self._futures.add(future)
        future.add_done_callback(self._done.put)
        return future

    def next_result(self) -> tuple[str, Any]:
        """Wait for a task to be done, and fetch its result.

        Results are fetched one at a time: the others wait in the workers' memory, not here. A
        result that is lost with its worker is computed again by another worker.

        Returns:
            The key of the future, and the task's result or the exception that it raised.

        Raises:
            OperationFailed: If the scheduler is gone or does not answer, or has no workers.
        """
        future = self._wait_for(self._done)
        loop = self._client.loop.asyncio_loop
        fetching = asyncio.run_coroutine_threadsafe(result_or_error(future), loop)
        fetching.add_done_callback(self._fetched.put)
        fetched = self._wait_for(self._fetched)
        self._futures.discard(future)
        with self._explain_errors():
            return future.key, fetched.result()

    def close(self) -> None:
        """Disconnect; the scheduler then cancels what is not done and removes the plugin."""
        self._stack.close()

    def _wait_for(self, queue: SimpleQueue[Any]) -> Any:
        """Wait for an item in `queue`, and for the first worker; then as long as there are some."""
        without_workers_since: float | None = None
        while True:
            with suppress(Empty):
                return queue.get(timeout=POLL_INTERVAL)
            if self._note_workers() or not self._had_workers:
                without_workers_since = None
                continue
            without_workers_since = without_workers_since or time.monotonic()
            if time.monotonic() - without_workers_since >= NO_WORKERS_TIMEOUT:
                raise self._lost("has no workers any more", "start some, and render it again")

    def _note_workers(self) -> bool:
        """Return whether there are workers now; say it if there never were any."""
        if self._count_threads():
            self._had_workers = True
            return True
        if not (self._had_workers or self._is_awaiting):
            self._is_awaiting = True
            self._say(
                f"The scheduler at {self.address} has no workers yet; what it is to do waits for "
                "one, started on any machine in the project's folder."
            )
        return False

    def _connect(self, scheduler: Scheduler, processes: int) -> Client:
        address: Any = scheduler.address
        if scheduler.is_local:
            address = self._stack.enter_context(local_cluster(processes))
        try:
            client = Client(
                address,
                timeout=CONNECT_TIMEOUT,
                security=tls_security(scheduler),
                set_as_default=False,
            )
        except (OSError, ValueError, TypeError) as error:
            raise ClusterRefused(
                "--cluster",
                "name a scheduler that answers",
                self.address,
                got=f"'{self.address}': {first_line(error).removesuffix('.')}",
            ) from error
        self._stack.callback(client.close, timeout=2)
        return client

    def _check_scheduler(self) -> None:
        scheduler = f"the scheduler {self.address}"
        try:
            with self._explain_errors():
                theirs = self._client.run_on_scheduler(protocol_versions)
        except ImportError as error:
            raise cannot_import(scheduler, error) from error
        error = difference(scheduler, theirs, protocol_versions())
        if error is not None:
            raise error

    def _count_threads(self) -> int:
        with self._explain_errors():
            return sum(self._client.nthreads(callback_timeout=RESPONSE_TIMEOUT).values())

    @contextmanager
    def _explain_errors(self) -> Iterator[None]:
        """Turn the many errors of a lost connection into one."""
        try:
            yield
        except TimeoutError as error:
            raise self._lost("does not answer any more") from error
        except Exception as error:
            is_lost = isinstance(error, OSError | CancelledError)
            if is_lost or self._client.status != "running":
                raise self._lost("is gone") from error
            raise

    def _lost(self, reason: str, repair: str = "render it again") -> OperationFailed:
        return OperationFailed(
            f"The scheduler at {self.address} {reason}; what was finished is kept: {repair}."
        )


async def result_or_error(future: Any) -> Any:
    """Return a task's result, or the exception that it raised.

    Raises:
        Exception: If neither is known, because the scheduler is gone.
    """
    try:
        return await future
    except Exception as error:
        if future.status != "error":
            raise
        return error


@contextmanager
def local_cluster(processes: int) -> Iterator[LocalCluster]:
    """Run a scheduler and workers on loopback, with certificates that exist only in memory."""
    with ExitStack() as stack:
        # Their web servers ask for no certificate.
        with dask.config.set(NO_PAGES), terminal_signals_blocked():
            cluster = LocalCluster(
                n_workers=processes,
                threads_per_worker=1,
                host="127.0.0.1",
                security=True,
                dashboard_address="127.0.0.1:0",
                scheduler_kwargs={"dashboard": False},
                silence_logs=logging.CRITICAL,
            )
            stack.enter_context(cluster)
        yield cluster


@contextmanager
def terminal_signals_blocked() -> Iterator[None]:
    """Block signals of a terminal, also for all processes that are started meanwhile.

    A terminal sends them to every process that it runs, but this process ends the others itself.
    """
    signals = {signal.SIGINT, signal.SIGHUP}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        # The first worker would start the tracker, which unblocks signals in its parent.
        resource_tracker.ensure_running()
        signal.pthread_sigmask(signal.SIG_BLOCK, signals)
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def tls_security(scheduler: Scheduler) -> Security | None:
    """Return the TLS options of a connection; None for a connection without TLS."""
    if scheduler.ca is None:
        return None
    return Security(
        tls_ca_file=str(scheduler.ca),
        tls_client_cert=str(scheduler.cert),
        tls_client_key=str(scheduler.key),
        require_encryption=True,
    )


def cannot_import(machine: str, error: Exception) -> ClusterRefused:
    """Return the error about a machine that cannot import this project."""
    return ClusterRefused(
        "All machines",
        "have this project",
        got=f"{machine}, which cannot import it: {first_line(error)}",
        repair="start it in the project's folder, with the extras [render,cluster].",
    )


def first_line(error: Exception) -> str:
    """Return the first line of an error's text."""
    return (str(error).strip().splitlines() or [repr(error)])[0]


def silence_distributed() -> None:
    """Silence the logs and warnings of `distributed`: this project reports its errors itself."""
    warnings.filterwarnings("ignore", category=VersionMismatchWarning)
    warnings.filterwarnings("ignore", message="Sending large graph")
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in ("distributed", "tornado"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
