"""Worker processes that are kept between commands: starting one takes longer than a small clip."""

from __future__ import annotations

import atexit

import pytest

from understanding_gradients.workers.process import WorkerProcess

idle: dict[float | None, list[WarmWorker]] = {}


class WarmWorker(WorkerProcess):
    """A worker process that is idle, not ended, when its pool is closed."""

    def __init__(self, limit: float | None = None) -> None:
        super().__init__(limit)
        self.limit = limit
        atexit.register(super().close)

    def stop(self) -> None:
        """Keep the process."""

    def close(self) -> None:
        """Keep the process for the next pool."""
        if self not in idle.setdefault(self.limit, []):
            idle[self.limit].append(self)


def warm_worker(limit: float | None = None) -> WarmWorker:
    """Return an idle worker process with this limit, or a new one."""
    return idle[limit].pop() if idle.get(limit) else WarmWorker(limit)


def use_warm_workers(patch: pytest.MonkeyPatch) -> None:
    """Let pools use one worker process at a time, and keep it."""
    patch.setattr("understanding_gradients.workers.pool.WorkerProcess", warm_worker)
    patch.setattr("understanding_gradients.workers.pool.cores", lambda: 1)
