"""What a scheduler does when a client is gone."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from distributed import SchedulerPlugin


class ClientCleanup(SchedulerPlugin):
    """Closes a client's workshop on every worker when the client leaves, or is killed.

    A client that is killed cannot ask for it, but its scheduler notices the lost connection.

    Args:
        client: The scheduler's name of it.
        workshop: The name of its worker plugin.
    """

    def __init__(self, client: str, workshop: str) -> None:
        self._client, self._workshop = client, workshop
        self.name = f"departure-of-{workshop}"

    def remove_client(self, scheduler: Any, client: str) -> None:
        """Close the workshop, if it is this client that left, and stay no longer."""
        if client == self._client:
            scheduler.remove_plugin(self.name)
            scheduler.loop.add_callback(self._close_workshop, scheduler)

    async def _close_workshop(self, scheduler: Any) -> None:
        # It may have been killed before it opened one.
        with suppress(ValueError):
            await scheduler.unregister_worker_plugin(comm=None, name=self._workshop)
