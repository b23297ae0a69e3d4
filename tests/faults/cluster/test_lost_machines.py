"""What is lost when a worker, a scheduler or the client is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from tests import small_lecture
from tests.conftest import TINY
from tests.faults.cluster.machines import HELD, Machines, end, files_of
from tests.fixtures.clips import STANDING
from tests.processes import is_alive, wait_until
from understanding_gradients.cache.sources import ROOT
from understanding_gradients.cache.store import Store
from understanding_gradients.cluster import client
from understanding_gradients.cluster.address import Scheduler
from understanding_gradients.cluster.client import ClusterClient
from understanding_gradients.spec.job import Job
from understanding_gradients.spec.timeline import CLIP_FILE
from understanding_gradients.workers.pool import Pool
from understanding_gradients.workers.progress import ProgressReporter

pytestmark = pytest.mark.render


def test_a_killed_worker_loses_nothing(tmp_path, monkeypatch, fragile):
    fragile.add_workers(2)
    jobs = [Job(clip, TINY) for clip in (HELD, STANDING)]
    with fragile.meanwhile(fragile.kill_drawing_worker), fragile.pool(tmp_path / "there") as pool:
        there = pool.render(jobs)
    assert [worker.poll() for worker in fragile.workers].count(-signal.SIGKILL) == 1
    assert (set(there.entries), there.failures) == ({"held", "standing"}, ())
    monkeypatch.setenv("HELD_FOLDER", str(fragile.folder))
    here = Pool(Store(tmp_path / "here"), 1).render(jobs)
    for slug, entry in here.entries.items():
        assert files_of(entry) == files_of(there.entries[slug])


@pytest.mark.slow
def test_a_process_that_the_system_kills_is_replaced_once(tmp_path, fragile):
    fragile.add_workers(1)

    def kill_first():
        os.kill(wait_until(fragile.held_processes)[0], signal.SIGKILL)
        wait_until(lambda: len(fragile.held_processes()) == 2)

    with fragile.meanwhile(kill_first), fragile.pool(tmp_path) as pool:
        assert set(pool.render([Job(HELD, TINY)]).entries) == {"held"}


class Releasing(ProgressReporter):
    """Lets HELD clips continue when the other clip is finished."""

    def __init__(self, machines):
        self.machines = machines

    def finished(self, slug, rendered):
        if slug == "standing":
            self.machines.release()


@pytest.mark.slow
def test_a_clip_that_kills_its_workers_fails_by_name_and_the_others_finish(tmp_path):
    with Machines(tmp_path, DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0") as machines:
        machines.add_workers(2)
        (tmp_path / "fatal").touch()
        jobs = [Job(clip, TINY) for clip in (HELD, STANDING)]
        with machines.pool(tmp_path / "store") as pool:
            result = pool.render(jobs, progress=Releasing(machines))
    assert set(result.entries) == {"standing"}
    (failure,) = result.failures
    assert failure.slug == "held"
    assert failure.reason.startswith("every worker that tried to draw it was lost")


@pytest.mark.slow
def test_a_lost_scheduler_gives_one_sentence_and_finished_clips_are_kept(
    tmp_path, monkeypatch, fragile
):
    fragile.add_workers(2)
    small_lecture.move_to(tmp_path, monkeypatch)
    small_lecture.write_settings(tmp_path)
    monkeypatch.setattr("scenes.registry.CLIPS", (HELD, STANDING))

    def kill_scheduler(bar, slug, rendered):
        fragile.scheduler.kill()

    monkeypatch.setattr(
        "understanding_gradients.commands.progress_bar.ProgressBar.finished", kill_scheduler
    )
    ended = small_lecture.run("lecture", "-q", "draft", "--cluster", fragile.address)
    assert (ended.exit_code, ended.output) == (
        1,
        f"Error: The scheduler at {fragile.address} is gone; what was finished is kept: render it "
        "again.\n",
    )
    store = tmp_path / "media" / "store"
    (kept,) = (path.parent for path in store.rglob(CLIP_FILE))
    assert Store(store).find(kept.name) == kept


@pytest.fixture
def impatient(monkeypatch):
    """Clients that give up a cluster without workers at once."""
    monkeypatch.setattr(client, "NO_WORKERS_TIMEOUT", 0.0)
    monkeypatch.setattr(client, "POLL_INTERVAL", 0.2)


@pytest.mark.slow
def test_a_cluster_that_has_lost_all_workers_is_given_up(tmp_path, impatient, fragile):
    fragile.add_workers(1)
    with (
        fragile.meanwhile(fragile.kill_drawing_worker),
        fragile.pool(tmp_path) as pool,
        pytest.raises(RuntimeError, match="has no workers any more"),
    ):
        pool.render([Job(HELD, TINY)])


@pytest.fixture
def waiting(fragile):
    """A client with one worker and one task, whose result has not been fetched."""
    fragile.add_workers(1)
    waiting = ClusterClient(Scheduler(fragile.address), 1)
    try:
        waiting.task = waiting.submit(os.getpid)
        wait_until(waiting.task.done)
        yield waiting
    finally:
        waiting.close()


@pytest.mark.slow
def test_a_result_that_is_lost_with_its_worker_is_computed_by_another(fragile, waiting):
    end(fragile.workers[0])
    wait_until(lambda: not waiting.task.done())
    fragile.add_workers(1)
    assert waiting.next_result() == (waiting.task.key, fragile.workers[1].pid)


def killing(process):
    """Return a function that kills a process before it fetches a result."""
    fetch = client.result_or_error

    async def result_or_error(future):
        end(process)
        return await fetch(future)

    return result_or_error


@pytest.mark.slow
def test_a_result_that_no_worker_can_compute_again_is_given_up(
    monkeypatch, impatient, fragile, waiting
):
    monkeypatch.setattr(client, "result_or_error", killing(fragile.workers[0]))
    with pytest.raises(RuntimeError, match="has no workers any more; .* start some, and"):
        waiting.next_result()


@pytest.mark.slow
@pytest.mark.parametrize("is_late", [False, True])
def test_a_result_is_given_up_with_its_scheduler(monkeypatch, fragile, waiting, is_late):
    if is_late:
        monkeypatch.setattr(client, "result_or_error", killing(fragile.scheduler))
    else:
        end(fragile.scheduler)
        wait_until(waiting.task.cancelled)
    with pytest.raises(RuntimeError, match=f"The scheduler at {fragile.address} is gone"):
        waiting.next_result()


def has_reconnected(waiting):
    """Whether a client is connected to a scheduler, and its task is cancelled."""
    try:
        waiting.threads()
    except RuntimeError:
        return False
    return waiting.task.cancelled()


@pytest.mark.slow
def test_a_result_is_given_up_if_another_scheduler_has_taken_the_address(
    tmp_path, fragile, waiting
):
    end(fragile.scheduler)
    (tmp_path / "other").mkdir()
    with Machines(tmp_path / "other", port=fragile.address.rpartition(":")[2]):
        wait_until(lambda: has_reconnected(waiting))
        with pytest.raises(RuntimeError, match=f"The scheduler at {fragile.address} is gone"):
            waiting.next_result()


@pytest.mark.slow
def test_a_scheduler_that_does_not_respond_is_given_up(monkeypatch, fragile, waiting):
    assert waiting.next_result()[1] == fragile.workers[0].pid
    monkeypatch.setattr(client, "RESPONSE_TIMEOUT", 0.2)
    monkeypatch.setattr(client, "POLL_INTERVAL", 0.2)
    fragile.scheduler.send_signal(signal.SIGSTOP)
    with pytest.raises(RuntimeError, match=r"does not answer any more; what was finished is kept"):
        waiting.next_result()


PROGRAM = """
import signal, sys
from pathlib import Path
from understanding_gradients.cluster.pool import ClusterPool
from understanding_gradients.cluster.address import Scheduler
from understanding_gradients.spec.job import Job
from understanding_gradients.cache.store import Store
from tests.conftest import TINY
from tests.faults.cluster.machines import HELD
signal.signal(signal.SIGINT, signal.default_int_handler)
with ClusterPool(Store(Path(sys.argv[1])), Scheduler(sys.argv[2]), 1) as pool:
    pool.render([Job(HELD, TINY)])
"""


@pytest.fixture
def rendering(tmp_path, fragile):
    """A process that renders a HELD clip on a worker."""
    fragile.add_workers(1)
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "store"), fragile.address]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.slow
def test_an_interrupted_client_ends_its_processes_on_the_workers(fragile, rendering):
    (drawing,) = wait_until(fragile.held_processes)
    rendering.send_signal(signal.SIGINT)
    _, stderr = rendering.communicate(timeout=60)
    assert stderr.rstrip().endswith("KeyboardInterrupt")
    wait_until(lambda: not is_alive(drawing))
    assert fragile.workers[0].poll() is None


@pytest.mark.slow
def test_a_killed_client_ends_its_processes_on_the_workers(fragile, rendering):
    (drawing,) = wait_until(fragile.held_processes)
    rendering.kill()
    wait_until(lambda: not is_alive(drawing))
    assert fragile.workers[0].poll() is None
