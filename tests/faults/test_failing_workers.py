"""Workers that crash or hang: their clip is retried or named, and all others are finished."""

from __future__ import annotations

import pytest

from tests.faults.lecture_process import SmallLecture, digest
from tests.processes import is_alive, wait_until

pytestmark = pytest.mark.render


@pytest.fixture
def lecture(tmp_path):
    """A small lecture with a clip that crashes as often as the environment says."""
    crashes = tmp_path / "crashes"
    crashes.mkdir()
    found = SmallLecture(tmp_path / "lecture", clips="CRASHING,STANDING")
    found.crashes = crashes
    found.more = {"CRASHES": str(crashes), "CRASHES_WANTED": "0"}
    return found


def entries(lecture):
    """The time at which each entry of the store was made."""
    return {path.parent: path.stat().st_mtime_ns for path in lecture.store.rglob("manifest.json")}


@pytest.mark.slow
@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_clip_whose_worker_crashes_is_retried_once(lecture, tmp_path, processes):
    arguments = ("lecture", "-q", "draft", "--jobs", processes)
    status, stderr = lecture.run(*arguments, CRASHES_WANTED="1")
    assert status == 0
    assert stderr == "crashing: its worker was ended by SIGSEGV; it is tried again.\n"
    untouched = SmallLecture(tmp_path / "untouched", lecture.clips, more=lecture.more)
    assert untouched.run(*arguments) == (0, "")
    assert digest(lecture.film) == digest(untouched.film)


@pytest.mark.slow
def test_a_clip_that_always_crashes_fails_by_name_and_the_rest_is_kept(lecture):
    status, stderr = lecture.run(CRASHES_WANTED="9")
    assert status == 1
    again, failed = stderr.splitlines()
    assert again == "crashing: its worker was ended by SIGSEGV; it is tried again."
    assert failed.startswith("crashing failed: its worker was ended by SIGSEGV (more in ")
    assert not lecture.film.exists()
    started = [int(path.read_text(encoding="utf-8")) for path in lecture.crashes.iterdir()]
    assert started
    wait_until(lambda: not any(map(is_alive, started)))
    before = entries(lecture)
    assert len(before) >= 3  # the other clip, its segments, and a segment of the crashed one
    assert lecture.run() == (0, "")
    after = entries(lecture)
    assert {path: after[path] for path in before} == before
    assert len(after) == len(before) + 2  # the missing segment and its clip
    assert lecture.unfinished() == []


def test_a_clip_that_hangs_is_killed_with_all_it_started_and_the_others_are_finished(tmp_path):
    lecture = SmallLecture(tmp_path / "lecture", clips="HANGING,STANDING")
    arguments = ("lecture", "-q", "draft", "--jobs", "2", "--time-limit", "5")
    status, stderr = lecture.run(*arguments)
    assert status == 1
    assert stderr.startswith(
        "hanging failed: it took longer than 5 s, which is its time limit (more in "
    )
    assert len(stderr.splitlines()) == 1
    started = lecture.held("hanging")
    wait_until(lambda: not is_alive(started))
    assert lecture.unfinished() == []
    lecture.clips = "STANDING"
    before = entries(lecture)
    assert lecture.run(*arguments) == (0, "")
    assert entries(lecture) == before
