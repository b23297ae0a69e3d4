"""Wait for several works at once, and for what cannot be ended."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


async def together(*works: Awaitable[None]) -> None:
    """Do works at the same time, and wait for all to end, even if one fails."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        if tasks:
            await asyncio.wait(tasks)


async def finished(work: Awaitable[T]) -> T:
    """Wait for `work` to its end, even if the wait is cancelled: no thread can be ended."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
