"""A pool whose workers stay loaded between requests, and requests that are given up."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from tests.conftest import TINY
from tests.fixtures.clips import FAILING, REPEATING, SLIDING, STANDING
from tests.marks import slow_except
from tests.processes import is_alive, wait_until
from understanding_gradients.cache.store import Store
from understanding_gradients.spec.job import Job, Output
from understanding_gradients.workers.cancellation import Cancellation
from understanding_gradients.workers.pool import CANCELLED, Pool
from understanding_gradients.workers.progress import ProgressReporter

pytestmark = pytest.mark.render


class Stills(ProgressReporter):
    """Keeps the beats of the stills in the order in which they are drawn."""

    def __init__(self):
        self.beats = []

    def still_drawn(self, slug, position, beat, path):
        assert path.read_bytes().startswith(b"\x89PNG")
        self.beats.append((slug, position, beat))


@pytest.fixture
def pool(tmp_path):
    with Pool(Store(tmp_path / "store"), 1, stays_loaded=True) as pool:
        yield pool


def pids(pool):
    return [worker._process.pid for worker in pool._workers if worker._process]


def test_workers_stay_loaded_until_the_pool_is_closed(tmp_path, small_film):
    with Pool(Store(tmp_path), 1, stays_loaded=True) as pool:
        pool.render([Job(STANDING, TINY)], Output.STILLS)
        (first,) = pids(pool)
        result = pool.render([Job(SLIDING, TINY)])
        assert pids(pool) == [first]
    assert not is_alive(first)
    drawn, known = (one.entries["sliding"] / "clip.mp4" for one in (result, small_film))
    assert drawn.read_bytes() == known.read_bytes()


def test_the_still_of_the_beat_that_is_looked_at_comes_first_and_is_the_same(pool, tmp_path):
    stills = Stills()
    result = pool.render([Job(SLIDING, TINY)], Output.STILLS, stills, first_beat="stand")
    assert stills.beats == [("sliding", 1, "stand"), ("sliding", 0, "slide")]
    files = {path.name for path in result.entries["sliding"].glob("*.png")}
    assert files == {"01-slide.png", "02-stand.png"}
    other = Pool(Store(tmp_path / "other"), 1).render([Job(SLIDING, TINY)], Output.STILLS)
    for path in result.entries["sliding"].glob("*.png"):
        assert path.read_bytes() == (other.entries["sliding"] / path.name).read_bytes()


def test_a_failure_costs_a_pool_its_process_and_no_more(pool):
    failed = pool.render([Job(FAILING, TINY)], Output.STILLS)
    assert [failure.slug for failure in failed.failures] == ["failing"]
    assert pool.render([Job(STANDING, TINY)], Output.STILLS).rendered == ("standing",)


@pytest.mark.parametrize("output", slow_except([Output.STILLS, Output.CLIP], Output.CLIP))
def test_a_request_that_is_given_up_ends_its_scene_and_keeps_the_worker(
    pool, output, tmp_path, monkeypatch
):
    monkeypatch.setenv("ENDLESS_PID_FILE", str(tmp_path / "pid"))
    cancellation, results = Cancellation(), []
    request = ([Job(REPEATING, TINY)], output)
    thread = threading.Thread(
        target=lambda: results.append(pool.render(*request, cancellation=cancellation))
    )
    thread.start()
    wait_until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
    cancellation.cancel()
    thread.join(60)
    assert results[0].failures[0].log == CANCELLED
    (kept,) = pids(pool)
    assert str(kept) == (tmp_path / "pid").read_text()
    assert pool.render([Job(STANDING, TINY)], output).rendered == ("standing",)
    assert pids(pool) == [kept]


def test_a_request_that_was_given_up_before_it_began_draws_nothing(pool):
    cancellation = Cancellation()
    cancellation.cancel()
    result = pool.render([Job(STANDING, TINY)], cancellation=cancellation)
    assert (result.entries, [failure.log for failure in result.failures]) == ({}, [CANCELLED])


def test_workers_that_were_killed_while_they_waited_are_replaced(tmp_path):
    with Pool(Store(tmp_path), 2, stays_loaded=True) as pool:
        pool.start()
        before = pids(pool)
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not any(map(is_alive, before)))
        assert pool.render([Job(SLIDING, TINY)]).rendered == ("sliding",)
        # One of them plays the clip, and the other is asked for nothing.
        assert set(pids(pool)) - set(before)
