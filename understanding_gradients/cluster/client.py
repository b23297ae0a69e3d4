"""A connection to a scheduler, from its first check to its end."""

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

from understanding_gradients.cluster import tasks as remote
from understanding_gradients.cluster.address import ClusterRefused, Scheduler
from understanding_gradients.cluster.cleanup import ClientCleanup
from understanding_gradients.cluster.fingerprint import difference, facts, spoken

# Seconds until a scheduler has answered, or it is taken for absent.
ANSWERS_WITHIN = 10.0
# Seconds that a scheduler may be silent, or be without any worker, before the work is given up.
SILENCE = 60.0
PATIENCE = 60.0
# Seconds between two looks at whether there are workers, while nothing arrives.
LOOKS_EVERY = 2.0
# Web servers without a page.
UNSERVED = {f"distributed.{whose}.http.routes": [] for whose in ("scheduler", "worker")}


class Session:
    """A client of a scheduler, and what belongs to it.

    Args:
        scheduler: Where it is.
        processes: How many draw, where the scheduler is started here.
        limit: How many seconds a task may take; none if not given.

    Raises:
        ClusterRefused: If the scheduler does not answer, or has no workers, or their versions or
            source are others.
    """

    def __init__(self, scheduler: Scheduler, processes: int, limit: float | None = None) -> None:
        be_quiet()
        self.address = scheduler.address
        self.workshop = f"understanding-gradients-{uuid.uuid4().hex}"
        # The client lets go of a task whose future nobody holds.
        self._futures: set[Any] = set()
        self._done: SimpleQueue[Any] = SimpleQueue()
        self._fetched: SimpleQueue[Any] = SimpleQueue()
        self._stack = ExitStack()
        with ExitStack() as unfinished:
            unfinished.callback(self._stack.close)
            # Its methods wait or return coroutines, depending on where they are called.
            self._client: Any = self._connected(scheduler, processes)
            self._check_scheduler()
            self.check(())
            self._client.register_plugin(ClientCleanup(self._client.id, self.workshop))
            self._client.register_plugin(remote.WorkerProcessPlugin(self.workshop, limit))
            unfinished.pop_all()

    def check(self, modules: Collection[str]) -> dict[str, str]:
        """Return this machine's `facts`, after comparing those of every worker with them.

        Args:
            modules: Of the scenes that are to be drawn.

        Raises:
            ClusterRefused: If there is no worker, or one is different.
        """
        if not self._threads():
            raise ClusterRefused(
                f"A cluster must have workers; the scheduler at {self.address} has none: start "
                "one on each machine, in the project's folder."
            )
        ours = facts(modules)
        # What cannot even be loaded there comes back as an error.
        with self._speaking():
            found = self._client.run(remote.loaded, tuple(modules), on_error="return")
        for address, theirs in sorted(found.items()):
            if isinstance(theirs, Exception):
                raise ClusterRefused(cannot_load(f"the worker {address}", theirs))
            differs = difference(f"the worker {address}", theirs, ours)
            if differs is not None:
                raise ClusterRefused(differs)
        return ours

    def threads(self) -> int:
        """Return how many tasks run at once."""
        return max(1, self._threads())

    def submit(self, task: Callable[..., Any], *words: Any) -> Any:
        """Have a task done; `arrival` will return the key of its future.

        What it needs goes with it. Sent once, as a result that tasks share, it would draw all of
        them to the one worker that has it.

        Raises:
            RuntimeError: If the scheduler is gone.
        """
        with self._speaking():
            future = self._client.submit(task, *words, pure=False)
        self._futures.add(future)
        future.add_done_callback(self._done.put)
        return future

    def arrival(self) -> tuple[str, Any]:
        """Wait for a task that is done, and fetch what came of it.

        Only one is fetched at a time: the others wait with the workers, not in memory here. What
        is lost with its worker is made again by another.

        Returns:
            The key of its future, and what it returned or the exception that it ended with.

        Raises:
            RuntimeError: If the scheduler is gone, or is silent or without workers for a while.
        """
        future = self._next(self._done)
        loop = self._client.loop.asyncio_loop
        fetching = asyncio.run_coroutine_threadsafe(outcome(future), loop)
        fetching.add_done_callback(self._fetched.put)
        fetched = self._next(self._fetched)
        self._futures.discard(future)
        with self._speaking():
            return future.key, fetched.result()

    def _next(self, queue: SimpleQueue[Any]) -> Any:
        """Wait for what is put into `queue`, unless nobody is left who could bring it about."""
        alone_since: float | None = None
        while True:
            with suppress(Empty):
                return queue.get(timeout=LOOKS_EVERY)
            if self._threads():
                alone_since = None
                continue
            alone_since = alone_since or time.monotonic()
            if time.monotonic() - alone_since >= PATIENCE:
                raise self._given_up("has no workers any more", "start some, and render it again")

    def close(self) -> None:
        """Leave: the scheduler then lets go of all that is not done, and of the workshop."""
        self._stack.close()

    def _connected(self, scheduler: Scheduler, processes: int) -> Client:
        address: Any = scheduler.address
        if scheduler.is_local:
            address = self._stack.enter_context(cluster_here(processes))
        try:
            client = Client(
                address,
                timeout=ANSWERS_WITHIN,
                security=security(scheduler),
                set_as_default=False,
            )
        except (OSError, ValueError, TypeError) as error:
            reason = str(error).strip().splitlines() or [repr(error)]
            raise ClusterRefused(
                f"--cluster must name a scheduler that answers; got '{self.address}': {reason[0]}."
            ) from error
        self._stack.callback(client.close, timeout=2)
        return client

    def _check_scheduler(self) -> None:
        scheduler = f"the scheduler at {self.address}"
        try:
            with self._speaking():
                theirs = self._client.run_on_scheduler(spoken)
        except ImportError as error:
            raise ClusterRefused(cannot_load(scheduler, error)) from error
        differs = difference(scheduler, theirs, spoken())
        if differs is not None:
            raise ClusterRefused(differs)

    def _threads(self) -> int:
        with self._speaking():
            return sum(self._client.nthreads(callback_timeout=SILENCE).values())

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        """Say what a client's errors mean whose scheduler is gone: there are many kinds of them."""
        try:
            yield
        except TimeoutError as error:
            raise self._given_up("does not answer any more") from error
        except Exception as error:
            is_lost = isinstance(error, OSError | CancelledError)
            if is_lost or self._client.status != "running":
                raise self._given_up("is gone") from error
            raise

    def _given_up(self, reason: str, repair: str = "render it again") -> RuntimeError:
        return RuntimeError(
            f"The scheduler at {self.address} {reason}. What was finished is kept: {repair}."
        )


async def outcome(future: Any) -> Any:
    """Return what a task returned, or the exception that it ended with.

    Raises:
        Exception: If it is not known: the scheduler is gone.
    """
    try:
        return await future
    except Exception as error:
        if future.status != "error":
            raise
        return error


@contextmanager
def cluster_here(processes: int) -> Iterator[LocalCluster]:
    """Have a scheduler and workers that nobody else can speak to, on this machine or another.

    They listen on loopback, and take a certificate that is made for them and kept in memory.
    """
    with ExitStack() as stack:
        # Each has a web server besides, which asks for no certificate: it has nothing to serve.
        with dask.config.set(UNSERVED), unheard():
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
def unheard() -> Iterator[None]:
    """Let signals of a terminal wait, and have what is started meanwhile never hear of them.

    It gives them to all processes that it runs; but to end the others is this one's business.
    """
    given = {signal.SIGINT, signal.SIGHUP}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, given)
    try:
        # Whoever starts it hears again afterwards: so it is not left to the first worker.
        resource_tracker.ensure_running()
        signal.pthread_sigmask(signal.SIG_BLOCK, given)
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def security(scheduler: Scheduler) -> Security | None:
    """Return what TLS needs to know; None without it."""
    if scheduler.ca is None:
        return None
    return Security(
        tls_ca_file=str(scheduler.ca),
        tls_client_cert=str(scheduler.cert),
        tls_client_key=str(scheduler.key),
        require_encryption=True,
    )


def cannot_load(whose: str, error: Exception) -> str:
    """Return in a sentence that another machine does not have this project."""
    said = (str(error).strip().splitlines() or [repr(error)])[0]
    return (
        f"All machines must have this project; {whose} cannot load it: {said}: "
        "start it in the project's folder, with the extras [render,cluster]."
    )


def be_quiet() -> None:
    """Let `distributed` say nothing by itself: what matters is said in a sentence here."""
    warnings.filterwarnings("ignore", category=VersionMismatchWarning)
    warnings.filterwarnings("ignore", message="Sending large graph")
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in ("distributed", "tornado"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
