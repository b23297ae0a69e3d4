import pytest

from tests.conftest import TINY
from tests.fixtures.clips import ENDING, SLIDING, STANDING
from understanding_gradients.spec.job import Job, Timeline
from understanding_gradients.workers.schedule import ClipTask, Schedule


def work(clip, expected=None, makes="clip"):
    return ClipTask(Job(clip, TINY), "key", makes, expected)


def test_the_longest_clips_are_begun_first_and_those_of_unknown_length_before_them():
    works = [work(SLIDING, 10), work(STANDING, 30), work(ENDING)]
    schedule = Schedule(works)
    assert [schedule.next() for _ in works] == [works[2], works[1], works[0]]


def test_who_is_idle_helps_where_most_is_left():
    works = [work(SLIDING, 100), work(STANDING, 90)]
    schedule = Schedule(works)
    schedule.next(), schedule.next()
    works[0].frames = 50
    assert schedule.next() is works[1]
    assert [one.workers for one in works] == [1, 2]


def test_every_take_is_begun_once():
    one = work(SLIDING)
    assert [one.begins(take) for take in (0, 1, 0, 2, 1)] == [True, True, False, True, False]


@pytest.mark.parametrize("ended", ["finished", "failed", "left", "stills"])
def test_nobody_helps_where_there_is_nothing_to_do(ended):
    one = work(SLIDING, makes="stills" if ended == "stills" else "clip")
    schedule = Schedule([one])
    assert schedule.next() is one
    if ended == "finished":
        one.timelines.append(Timeline(15, 0, ()))
    elif ended == "failed":
        one.failed = True
    elif ended == "left":
        assert schedule.leave(one)
    assert schedule.next() is None


def test_one_counts_and_nobody_does_where_the_length_is_known():
    unknown, known = work(SLIDING), work(STANDING, 30)
    schedule = Schedule([unknown, known])
    assert [schedule.counts(unknown), schedule.counts(unknown)] == [True, False]
    assert not schedule.counts(known)


def test_nobody_helps_where_all_is_drawn():
    one = work(SLIDING, 15)
    schedule = Schedule([one])
    schedule.next()
    one.frames = 15
    assert schedule.next() is None


def test_a_failed_clip_draws_no_further_take():
    one = work(SLIDING)
    one.failed = True
    assert not one.begins(0)


def test_the_last_to_leave_knows_it():
    one = work(SLIDING)
    schedule = Schedule([one])
    schedule.next(), schedule.next()
    assert [schedule.leave(one), schedule.leave(one)] == [False, True]


def test_a_clip_is_tried_again_once_and_not_where_it_has_failed_otherwise():
    one, other = work(SLIDING), work(SLIDING)
    schedule = Schedule([one, other])
    assert [schedule.may_retry(one), schedule.may_retry(one)] == [True, False]
    other.failed = True
    assert not schedule.may_retry(other)
