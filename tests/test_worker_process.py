"""A worker process as its parent sees it: how it ends, and how that is reported."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from dataclasses import replace

import pytest

from tests.conftest import TINY
from tests.fixtures.clips import BESIDE, ENDLESS
from tests.marks import slow_except
from tests.processes import is_alive, parent_of, wait_until
from understanding_gradients.cache.keys import WORKER
from understanding_gradients.cache.sources import Sources
from understanding_gradients.render.forking import CAN_FORK
from understanding_gradients.spec.job import Job, Output, Task
from understanding_gradients.workers.events import ChildrenRunning, Decision, SegmentStarted
from understanding_gradients.workers.process import WorkerFailed, WorkerProcess
from understanding_gradients.workers.worker import DELETING, delete

pytestmark = pytest.mark.render
ANSWERS = {SegmentStarted: Decision.DRAW, ChildrenRunning: 1}


@pytest.fixture(params=[ENDLESS])
def endless(tmp_path, monkeypatch, request):
    """A worker with a task that never ends, the process that is at it, and the task's errors."""
    pid_file = tmp_path / "pid"
    monkeypatch.setenv("ENDLESS_PID_FILE", str(pid_file))
    worker, errors = WorkerProcess(), []
    folder = tmp_path / "made"
    folder.mkdir()
    task = Task(
        job=Job(request.param, TINY),
        output=Output.SEGMENTS,
        folder=folder,
        store=tmp_path / "store",
        temporary_folder=worker.temporary_folder,
        source=Sources().digest([WORKER]),
    )

    def run():
        try:
            worker.run_task(task, lambda event: ANSWERS.get(type(event)))
        except WorkerFailed as failed:
            errors.append(failed)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        pid = wait_until(lambda: pid_file.exists() and pid_file.read_text(encoding="utf-8"))
        yield worker, int(pid), thread, errors
    finally:
        worker.stop()
        thread.join(60)
        worker.close()


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (signal.SIGKILL, "SIGKILL, as systems do where memory runs out"),
        pytest.param(signal.SIGBUS, "SIGBUS", marks=pytest.mark.slow),
        pytest.param(signal.SIGRTMIN + 1, f"signal {signal.SIGRTMIN + 1}", marks=pytest.mark.slow),
    ],
)
def test_a_worker_that_another_process_kills_has_died(endless, number, name):
    _, pid, thread, errors = endless
    os.kill(pid, number)
    thread.join(60)
    (failed,) = errors
    assert failed.died
    assert failed.log.endswith(f"its worker was ended by {name}")


def test_a_worker_that_its_parent_stops_has_not_died(endless):
    worker, _, thread, errors = endless
    worker.stop()
    thread.join(60)
    assert [failed.died for failed in errors] == [False]
    with pytest.raises(WorkerFailed, match="stopped before it began"):
        worker.start()


@pytest.mark.skipif(not CAN_FORK, reason="processes are not forked here")
@pytest.mark.parametrize("endless", [replace(BESIDE, title="hang")], indirect=True)
@pytest.mark.parametrize("is_killed", slow_except([True, False], True))
def test_a_child_ends_with_its_worker(endless, is_killed):
    worker, child, thread, _ = endless
    if is_killed:
        os.kill(parent_of(child), signal.SIGKILL)
    else:
        worker.stop()
    thread.join(60)
    assert not thread.is_alive()
    wait_until(lambda: not is_alive(child))


def test_a_workers_folder_is_deleted_by_one_thread_at_a_time_though_another_writes_into_it(
    tmp_path, monkeypatch
):
    folder, tries, rmtree = tmp_path / "its own", [], shutil.rmtree
    folder.mkdir()

    def delete_while_something_is_written(path, **_):
        tries.append(DELETING.locked())
        rmtree(path)
        if len(tries) == 1:
            folder.mkdir()

    monkeypatch.setattr("shutil.rmtree", delete_while_something_is_written)
    delete(str(folder))
    assert tries == [True, True]
    assert not folder.exists()
