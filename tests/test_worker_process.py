"""A worker process as its parent sees it: how it ends, and what that is called."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from tests.conftest import TINY
from tests.fixtures.clips import ENDLESS
from tests.processes import wait_until
from understanding_gradients.cache.keys import WORKER
from understanding_gradients.cache.sources import Sources
from understanding_gradients.spec.job import Job, Task
from understanding_gradients.workers.process import WorkerFailed, WorkerProcess


@pytest.fixture
def endless(tmp_path, monkeypatch):
    """A worker that draws without end, and what its task has raised."""
    told = tmp_path / "pid"
    monkeypatch.setenv("ENDLESS_PID_FILE", str(told))
    worker, raised = WorkerProcess(), []
    made = tmp_path / "made"
    made.mkdir()
    task = Task(
        job=Job(ENDLESS, TINY),
        makes="takes",
        folder=made,
        store=tmp_path / "store",
        scratch=worker.scratch,
        source=Sources().digest([WORKER]),
    )

    def perform():
        try:
            worker.perform(task, lambda event: True if event["event"] == "asks" else None)
        except WorkerFailed as failed:
            raised.append(failed)

    thread = threading.Thread(target=perform)
    thread.start()
    try:
        pid = wait_until(lambda: told.exists() and told.read_text(encoding="utf-8"))
        yield worker, int(pid), thread, raised
    finally:
        worker.stop()
        thread.join(60)
        worker.close()


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (signal.SIGKILL, "SIGKILL, as systems do where memory runs out"),
        (signal.SIGBUS, "SIGBUS"),
        (signal.SIGRTMIN + 1, f"signal {signal.SIGRTMIN + 1}"),
    ],
)
def test_who_is_ended_from_outside_is_said_to_have_died(endless, number, name):
    _, pid, thread, raised = endless
    os.kill(pid, number)
    thread.join(60)
    (failed,) = raised
    assert failed.died
    assert failed.log.endswith(f"its worker was ended by {name}")


def test_who_was_stopped_by_us_has_not_died(endless):
    worker, _, thread, raised = endless
    worker.stop()
    thread.join(60)
    assert [failed.died for failed in raised] == [False]
    with pytest.raises(WorkerFailed, match="stopped before it began"):
        worker.start()
