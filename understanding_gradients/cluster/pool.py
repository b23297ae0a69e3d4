"""A pool whose hands are on other machines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from understanding_gradients.cache.store import Store
from understanding_gradients.cluster.address import Scheduler
from understanding_gradients.workers.pool import Failure, Pool
from understanding_gradients.workers.schedule import ClipTask

if TYPE_CHECKING:
    from understanding_gradients.cluster.client import Session


class ClusterPool(Pool):
    """Makes clips, or their stills, that the store does not have yet, on a cluster.

    As a context manager it ends what it started, and leaves the scheduler.

    Args:
        store: Where finished ones are kept.
        scheduler: Which hands the work to its workers.
        processes: How many draw, where the scheduler is started here.
        limit: How many seconds a task may take; none if not given.
    """

    def __init__(
        self, store: Store, scheduler: Scheduler, processes: int, limit: float | None = None
    ) -> None:
        super().__init__(store, processes, limit)
        self._scheduler = scheduler
        self._session: Session | None = None

    def __exit__(self, *error: object) -> None:
        """Leave the scheduler."""
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def start(self) -> None:
        """Connect, and have the workers get ready.

        Raises:
            ClusterRefused: If the scheduler or its workers cannot be used.
        """
        self._connected()

    def _connected(self) -> Session:
        if self._session is None:
            # Loaded only where it is used: it takes a second.
            from understanding_gradients.cluster.client import Session

            self._session = Session(self._scheduler, self._processes, self._limit)
        return self._session

    def _render_tasks(self, tasks: Sequence[ClipTask]) -> list[Failure]:
        session = self._connected()
        from understanding_gradients.cluster.run import ClusterRun

        return ClusterRun(self._store, session, self._progress, self._finish, tasks).run()
