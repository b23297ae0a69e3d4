"""Clean up on the workers after a client has disconnected."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from distributed import SchedulerPlugin


class ClientCleanup(SchedulerPlugin):
    """Removes a client's worker plugin when the client disconnects.

    A client that is killed cannot remove it, but its scheduler notices the lost connection.
    `client` is the scheduler's identifier of the client, `plugin` the name of the client's worker
    plugin.
    """

    def __init__(self, client: str, plugin: str) -> None:
        self._client, self._plugin = client, plugin
        self.name = f"cleanup-of-{plugin}"

    def remove_client(self, scheduler: Any, client: str) -> None:
        """Remove the worker plugin, then this plugin, if `client` is the one that owns it."""
        if client == self._client:
            scheduler.remove_plugin(self.name)
            scheduler.loop.add_callback(self._remove_worker_plugin, scheduler)

    async def _remove_worker_plugin(self, scheduler: Any) -> None:
        # A client may be killed before it has registered one.
        with suppress(ValueError):
            await scheduler.unregister_worker_plugin(comm=None, name=self._plugin)
