"""A pool whose worker processes are on other machines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from understanding_gradients.cache.store import Store
from understanding_gradients.cluster.address import Scheduler
from understanding_gradients.workers.cancellation import Cancellation
from understanding_gradients.workers.pool import Pool
from understanding_gradients.workers.results import Failure
from understanding_gradients.workers.schedule import ClipTask

if TYPE_CHECKING:
    from understanding_gradients.cluster.client import ClusterClient


class ClusterPool(Pool):
    """Renders on a cluster the clips, or their stills, that the store lacks.

    As a context manager it disconnects from the scheduler, and ends what it started. `processes`
    counts for a scheduler that is started here; the other arguments are those of `Pool`.
    """

    def __init__(
        self, store: Store, scheduler: Scheduler, processes: int, limit: float | None = None
    ) -> None:
        super().__init__(store, processes, limit)
        self._scheduler = scheduler
        self._client: ClusterClient | None = None

    def __exit__(self, *error: object) -> None:
        """Disconnect from the scheduler."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def start(self, clips: int | None = None) -> None:
        """Connect, and start the worker processes."""
        self.connect()

    def connect(self) -> ClusterClient:
        """Return the connected client; the first call connects."""
        if self._client is None:
            # Importing `distributed` takes a second.
            from understanding_gradients.cluster.client import ClusterClient

            self._client = ClusterClient(
                self._scheduler, self._processes, self._limit, self._store.warn
            )
        return self._client

    def _render_tasks(self, tasks: Sequence[ClipTask], cancellation: Cancellation) -> list[Failure]:
        """Render on the cluster; what it has begun is not given up."""
        client = self.connect()
        from understanding_gradients.cluster.run import ClusterRun

        return ClusterRun(self._store, client, self._progress, self._finish, tasks).run()
