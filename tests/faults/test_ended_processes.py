"""Processes that are killed or interrupted: what is finished stays, and nothing else does."""

from __future__ import annotations

import os
import signal
from itertools import product

import pytest

from tests.faults.lecture_process import FILM_SUFFIXES
from tests.marks import slow_except
from tests.processes import children_of, is_alive, wait_until
from understanding_gradients.cache.tempdirs import PREFIX
from understanding_gradients.commands.signals import SIGNALS

pytestmark = pytest.mark.render

PLACES = ("encoding", "saving", "concatenating", "muxing")
INTERRUPTED = product(("encoding", "saving", "muxing"), SIGNALS)
QUICK = (("encoding", SIGNALS[0]),)


def put_earlier_film(lecture, clean):
    """Put another finished film in the place of this one, and return the digests of its files."""
    lecture.media.mkdir()
    for suffix in FILM_SUFFIXES:
        lecture.film.with_suffix(suffix).write_bytes(b"earlier " + suffix.encode())
    return lecture.film_digests


@pytest.mark.parametrize("place", slow_except(PLACES, "concatenating"))
def test_a_killed_render_damages_nothing_and_the_next_one_finishes_it(lecture, clean, place):
    earlier = put_earlier_film(lecture, clean)
    process = lecture.start(held_at=place)
    held = lecture.held(place)
    workers = children_of(process.pid)
    assert workers or place == "muxing"
    process.kill()
    process.communicate()
    wait_until(lambda: not any(map(is_alive, [held, *workers])))
    assert lecture.film_digests == earlier
    assert list(lecture.temporary.iterdir()) == []
    assert lecture.run() == (0, "")
    assert lecture.film_digests == clean.film_digests
    assert lecture.unfinished() == []


@pytest.mark.parametrize("place", slow_except(["encoding", "saving"]))
def test_a_worker_that_is_killed_is_replaced_and_the_film_is_the_same(lecture, clean, place):
    process = lecture.start(held_at=place)
    os.kill(lecture.held(place), signal.SIGKILL)
    _, stderr = process.communicate(timeout=300)
    assert process.returncode == 0, stderr
    assert stderr.count("was ended by SIGKILL, as systems do where memory runs out") == 1
    assert "it is tried again" in stderr
    assert lecture.film_digests == clean.film_digests


@pytest.mark.parametrize("interrupt", slow_except(INTERRUPTED, *QUICK))
def test_an_interrupt_ends_everything_and_leaves_nothing_unfinished(lecture, clean, interrupt):
    place, number = interrupt
    earlier = put_earlier_film(lecture, clean)
    process = lecture.start(held_at=place)
    held = lecture.held(place)
    workers = children_of(process.pid)
    process.send_signal(number)
    stderr = process.communicate(timeout=60)[1]
    assert process.returncode == 128 + number
    assert stderr == "Ended before the work was done; what was finished is kept.\n"
    assert not any(map(is_alive, [held, *workers]))
    assert lecture.unfinished() == []
    assert lecture.film_digests == earlier


@pytest.mark.slow
def test_an_interrupt_has_its_status_without_standard_error_too(lecture):
    process = lecture.start(held_at="encoding")
    lecture.held("encoding")
    process.stderr.close()  # as if the terminal had been closed
    process.send_signal(signal.SIGHUP)
    assert process.wait(60) == 129


def test_an_interrupt_while_a_loss_file_runs_is_not_reported_as_an_error_of_that_file(lecture):
    lecture.clips = "ARRIVING"
    file = lecture.folder / "odd.py"
    file.write_text("from tests.faults.holding import hold\nhold('importing')\n", encoding="utf-8")
    arguments = ("clip", "arriving", "-q", "draft", "--loss", f"{file}:f", "--start", "1,2")
    process = lecture.start(*arguments, held_at="importing")
    lecture.held("importing")
    process.send_signal(signal.SIGINT)
    stderr = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert stderr == "Ended before the work was done; what was finished is kept.\n"
    file.write_text("import sys\nsys.exit(130)\n", encoding="utf-8")
    status, stderr = lecture.run(*arguments)
    assert status == 2
    assert "odd.py must run without an error; got SystemExit: 130." in stderr


ENDLESS_LOSS = """
from tests.faults.holding import hold
def f(params):
    hold("recording")
    return params @ params
"""


@pytest.mark.slow
def test_an_interrupt_ends_a_loss_that_never_returns(lecture):
    lecture.clips = "ARRIVING"
    file = lecture.folder / "odd.py"
    file.write_text(ENDLESS_LOSS, encoding="utf-8")
    arguments = ("clip", "arriving", "-q", "draft", "--loss", f"{file}:f", "--start", "1,2")
    process = lecture.start(*arguments, held_at="recording")
    lecture.held("recording")
    workers = children_of(process.pid)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert not any(map(is_alive, workers))
    assert lecture.unfinished() == []


def test_a_folder_with_a_name_like_that_of_a_temporary_one_stays(lecture):
    lecture.clips = "STANDING"
    similar = [lecture.temporary / name for name in ("understanding-gradients", f"{PREFIX}notes")]
    for folder in similar:
        folder.mkdir()
    assert lecture.run() == (0, "")
    assert sorted(lecture.temporary.iterdir()) == sorted(similar)


@pytest.mark.slow
def test_a_second_signal_kills_a_process_that_is_held_up_while_it_ends(lecture):
    lecture.clips = "HANGING"
    process = lecture.start(held_at="stopping")
    started = lecture.held("hanging")
    workers = children_of(process.pid)
    process.send_signal(signal.SIGINT)
    lecture.held("stopping")
    assert all(map(is_alive, workers))
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGTERM
    wait_until(lambda: not any(map(is_alive, [started, *workers])))


@pytest.mark.slow
def test_two_signals_at_once_end_the_render(lecture):
    process = lecture.start(held_at="encoding")
    lecture.held("encoding")
    workers = children_of(process.pid)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode in (130, 143, -signal.SIGTERM)
    wait_until(lambda: not any(map(is_alive, workers)))


@pytest.mark.slow
def test_a_render_that_ignores_hangups_continues_without_a_terminal(lecture):
    process = lecture.start(held_at="encoding", IGNORED="SIGHUP")
    lecture.held("encoding")
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 143
