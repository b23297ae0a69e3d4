"""Which worker starts, joins or retries which clip."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.conftest import TINY
from tests.fixtures.clips import ENDING, SLIDING, STANDING
from understanding_gradients.spec.job import Job, Output
from understanding_gradients.spec.timeline import Timeline
from understanding_gradients.workers.events import Decision
from understanding_gradients.workers.schedule import ClipTask, Schedule

WHOLE = Timeline(15, 0, ())
DRAW, SKIP, STOP = Decision.DRAW, Decision.SKIP, Decision.STOP


def clip_task(clip, expected=None, output=Output.CLIP):
    return ClipTask(Job(clip, TINY), "key", output, expected)


@pytest.fixture
def other_worker():
    """Runs a call in a thread; a future tells its result."""
    with ThreadPoolExecutor(1) as executor:
        yield executor.submit


def test_the_longest_clips_are_started_first_and_those_of_unknown_length_before_them():
    tasks = [clip_task(SLIDING, 10), clip_task(STANDING, 30), clip_task(ENDING)]
    schedule = Schedule(tasks)
    assert [schedule.next() for _ in tasks] == [tasks[2], tasks[1], tasks[0]]


def test_an_idle_worker_joins_the_clip_with_most_frames_left():
    tasks = [clip_task(SLIDING, 100), clip_task(STANDING, 90)]
    schedule = Schedule(tasks)
    schedule.next(), schedule.next()
    schedule.claim(tasks[0]).add_frames(50)
    assert schedule.next() is tasks[1]
    assert [task.workers for task in tasks] == [1, 2]


@pytest.mark.parametrize("drawn", [15, 16, 1000])
def test_an_idle_worker_joins_a_clip_that_is_longer_than_last_time(drawn):
    task = clip_task(SLIDING, expected=15)
    schedule = Schedule([task])
    schedule.next()
    schedule.claim(task).add_frames(drawn)
    assert schedule.next() is task


def test_every_segment_is_claimed_once():
    task = clip_task(SLIDING)
    decisions = [task.try_claim(number) for number in (0, 1, 0, 2, 1)]
    assert decisions == [DRAW, DRAW, SKIP, DRAW, SKIP]


def test_a_worker_stops_where_another_has_claimed_the_rest():
    task = clip_task(SLIDING)
    schedule = Schedule([task])
    schedule.next(), schedule.next()
    slow, fast = schedule.claim(task), schedule.claim(task)
    assert [slow.try_claim(0), fast.try_claim(0), fast.try_claim(1)] == [DRAW, SKIP, DRAW]
    assert not schedule.done(task, WHOLE)
    assert slow.try_claim(1) == STOP


@pytest.mark.parametrize("ended", ["failed", "done", "stills"])
def test_no_worker_joins_or_waits_where_there_is_nothing_to_share(ended):
    task = clip_task(SLIDING, output=Output.STILLS if ended == "stills" else Output.CLIP)
    schedule = Schedule([task])
    assert schedule.next() is task
    if ended == "failed":
        schedule.fail(task)
    elif ended == "done":
        assert schedule.done(task, WHOLE)
    assert schedule.next() is None


def test_an_idle_worker_waits_for_a_segment_that_is_released(other_worker):
    task = clip_task(SLIDING)
    schedule = Schedule([task])
    schedule.next(), schedule.next()
    claim = schedule.claim(task)
    claim.try_claim(0)
    schedule.done(task, WHOLE)
    joined = other_worker(schedule.next)
    claim.release()
    assert joined.result(60) is task
    assert schedule.claim(task).try_claim(0) == DRAW


def test_an_idle_worker_leaves_once_the_last_clip_is_done(other_worker):
    task = clip_task(SLIDING)
    schedule = Schedule([task])
    schedule.next(), schedule.next()
    schedule.done(task, WHOLE)
    idle = other_worker(schedule.next)
    schedule.done(task)
    assert idle.result(60) is None


def test_released_frames_count_as_not_drawn():
    task = clip_task(SLIDING, expected=30)
    claim = Schedule([task]).claim(task)
    claim.try_claim(0)
    claim.add_frames(10)
    claim.finish(0, "key", 10)
    claim.try_claim(1)
    assert claim.add_frames(5) == 15
    claim.release()
    assert (task.frames, task.segments) == (10, {0: ("key", 10)})


def test_one_worker_counts_frames_and_none_does_where_the_number_is_known():
    unknown, known = clip_task(SLIDING), clip_task(STANDING, 30)
    schedule = Schedule([unknown, known])
    assert [schedule.should_count(unknown), schedule.should_count(unknown)] == [True, False]
    assert not schedule.should_count(known)


def test_no_segment_of_a_failed_clip_is_drawn():
    task = clip_task(SLIDING)
    task.failed = True
    assert task.try_claim(0) == STOP


def test_a_clip_is_retried_once_and_not_if_it_has_failed_otherwise():
    task, failed = clip_task(SLIDING), clip_task(SLIDING)
    schedule = Schedule([task, failed])
    assert [schedule.may_retry(task), schedule.may_retry(task)] == [True, False]
    schedule.fail(failed)
    assert not schedule.may_retry(failed)


def test_cores_that_no_worker_and_no_waiting_clip_uses_are_lent_to_children():
    long, short = clip_task(SLIDING, 100), clip_task(STANDING, 50)
    schedule = Schedule([long, short], cores=3)
    assert schedule.next() is long
    claim = schedule.claim(long)
    assert claim.max_children(0) == 0  # the other clip needs a worker first
    assert schedule.next() is short
    assert schedule.next() is None  # none joins
    other = schedule.claim(short)
    assert [claim.max_children(0), other.max_children(0)] == [1, 0]
    assert claim.max_children(1) == 1
    schedule.done(short, WHOLE)
    assert claim.max_children(1) == 2
    assert claim.max_children(0) == 2  # both have ended


def test_cores_are_given_back_by_a_worker_that_failed():
    task = clip_task(SLIDING)
    schedule = Schedule([task], cores=2)
    schedule.next()
    claim = schedule.claim(task)
    claim.try_claim(0)
    assert claim.max_children(0) == 1
    claim.release()
    again = schedule.claim(task)
    assert again.try_claim(0) == DRAW
    assert again.max_children(0) == 1
