"""Requests that follow each other faster than they can be shown."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from itertools import count

import pytest

from understanding_gradients.cache.store import Store
from understanding_gradients.lecture.settings import Settings
from understanding_gradients.studio.preview import Preview, _Request
from understanding_gradients.studio.recorder import RecordReply
from understanding_gradients.studio.shown import Look
from understanding_gradients.workers.results import RenderResult

CLIP = "very-large-learning-rate"
LOOKS = [Look(CLIP)]


class SlowPool:
    """Draws nothing for a while, and notes how many requests it was given at once."""

    def __init__(self):
        self.most, self.count, self._running = 0, 0, 0
        self._lock = threading.Lock()

    def render(self, *_, **__):
        with self._lock:
            self._running += 1
            self.count += 1
            self.most = max(self.most, self._running)
        time.sleep(0.05)
        with self._lock:
            self._running -= 1
        return RenderResult({}, (), ())

    def close(self):
        """Nothing was started."""


class QuickRecorder:
    """Records nothing."""

    async def record(self, request):
        return RecordReply(recordings={slug: {} for slug in request.clips})

    async def close(self):
        """Nothing was started."""


@pytest.fixture
def preview(tmp_path, monkeypatch):
    preview = Preview(Store(tmp_path, pytest.fail), lambda _: None)
    monkeypatch.setattr(preview, "_recorder", QuickRecorder())
    for pool in ("_stills", "_films"):
        monkeypatch.setattr(preview, pool, SlowPool())
    turns = {preview._stills: asyncio.Lock(), preview._films: asyncio.Lock()}
    monkeypatch.setattr(preview, "_pool_turns", turns)
    return preview


def test_a_pool_draws_for_one_request_at_a_time_and_no_request_is_kept(preview):
    async def scenario():
        for revision in count():
            preview.show(Settings().replace(steps=1 + revision % 99), revision, LOOKS)
            await asyncio.sleep(0.01)
            if revision >= 40 and preview._stills.count > 2:
                break
        gc.collect()
        kept = sum(type(one) is _Request for one in gc.get_objects())
        await asyncio.wait([preview._task])
        await preview.close()
        return kept

    kept = asyncio.run(scenario())
    assert preview._stills.most == preview._films.most == 1
    assert kept <= 3


def test_a_preview_is_closed_where_nothing_draws_any_more(preview):
    async def scenario():
        preview.show(Settings(), 1, LOOKS)
        while not preview._stills.count:
            await asyncio.sleep(0)
        preview.show(Settings(), 2, LOOKS)
        await asyncio.sleep(0)
        await preview.close()
        return preview._stills._running, preview._films._running

    assert asyncio.run(scenario()) == (0, 0)
