"""The studio under load: many moves, many pages, processes killed in the middle of their work."""

from __future__ import annotations

import json
import os
import signal
import threading
from contextlib import ExitStack, contextmanager, suppress

import httpx
import pytest

from tests.processes import children_of, ps_field, wait_until
from tests.studio.running import CLIP, Studio, small_lecture

pytestmark = pytest.mark.render
RATE = "learning_rates.very_large"
MEGABYTE = 1024  # ps counts kilobytes


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    folder = tmp_path_factory.mktemp("studio")
    with Studio(small_lecture(folder), folder / "media") as studio:
        studio.post("look", page="test", clip=CLIP, beat="start")
        studio.clip(1)
        yield studio


class Page:
    """An open page that remembers the rate it heard of last."""

    def __init__(self, client):
        self._client = client
        self.rate = None
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self):
        with suppress(httpx.HTTPError), self._client.stream("GET", "events") as stream:
            kind = ""
            for line in stream.iter_lines():
                field, _, value = line.partition(": ")
                kind = value if field == "event" else kind
                if field == "data" and kind == "document":
                    rates = json.loads(value)["values"]["learning_rates"]
                    self.rate = rates["very_large"]


@contextmanager
def open_pages(studio, count):
    """Open pages, and close them at the end."""
    with ExitStack() as stack:
        clients = [httpx.Client(base_url=studio.address, timeout=None) for _ in range(count)]
        for client in clients:
            stack.callback(client.close)
        pages = [Page(client) for client in clients]
        wait_until(lambda: all(page.rate for page in pages))
        yield pages


def move(studio, gesture, count):
    """Move the slider of the very large rate, wait until all is drawn, and return its last rate."""
    for number in range(count):
        rate = round(0.3 + 0.05 * gesture + 1e-5 * number, 6)
        values = {RATE: rate}
        assert studio.post("edit", values=values, gesture=f"drag {gesture}").status_code == 200
    document = studio.wait_for(
        "document", lambda one: one["values"]["learning_rates"]["very_large"] == rate
    )
    assert studio.clip(document["revision"])["film"]
    return rate


def processes_of(studio):
    return {pid: ps_field("args", pid) for pid in children_of(studio.process.pid)}


def memory_of(*pids):
    return sum(int(ps_field("rss", pid)) for pid in pids)


@pytest.mark.parametrize(
    ("moves", "count"), [(60, 5), pytest.param(1_000, 50, marks=pytest.mark.slow)]
)
def test_many_moves_and_pages_end_with_the_last_rate_everywhere(studio, moves, count):
    before = processes_of(studio)
    with open_pages(studio, count) as pages:
        last = move(studio, 0, moves)
        wait_until(lambda: all(page.rate == last for page in pages))
    studio.post("undo")
    studio.wait_for("document", lambda one: not one["can_undo"])
    assert len(processes_of(studio)) == len(before)


@pytest.mark.slow
def test_thousands_of_moves_take_no_memory_for_good(studio):
    move(studio, 0, 1_000)
    workers = [pid for pid, args in processes_of(studio).items() if ".workers" in args]
    server, drawing = memory_of(studio.process.pid), memory_of(*workers)
    for gesture in (1, 2):
        move(studio, gesture, 1_000)
    assert memory_of(studio.process.pid) < server + 5 * MEGABYTE
    assert memory_of(*workers) < 1.15 * drawing
    assert set(workers) <= set(processes_of(studio))


def test_a_recording_process_that_is_killed_is_replaced(studio):
    (recorder,) = (pid for pid, args in processes_of(studio).items() if "studio.recorder" in args)
    os.kill(recorder, signal.SIGSTOP)  # so that it is at work when it is killed
    revision = studio.edit(learning_rates__very_large=0.29).json()["revision"]
    studio.wait_for("preview", lambda one: one["status"].startswith("Drawing"))
    os.kill(recorder, signal.SIGKILL)
    assert studio.clip(revision)["film"]
    assert studio.heard["preview"]["problem"] is None
