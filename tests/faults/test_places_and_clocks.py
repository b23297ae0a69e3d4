"""The same film from several runs at once, moved projects, odd names and wrong clocks."""

from __future__ import annotations

import os
import shutil
import time

import pytest

from tests.faults.lecture_process import SmallLecture, copy_of_the_project, digest
from understanding_gradients.encode.packets import PACKETS_FILE

pytestmark = pytest.mark.render

NAMES = ("two arguments", "an apostrophe's", "100% %20 %s", "🎓 schön", "#$&;(x)[y]*?", "-dash")
EVERY_NAME = (*NAMES, "".join(reversed(NAMES)))
FUTURE = time.time() + 10 * 365 * 86400


@pytest.mark.slow
@pytest.mark.parametrize("held_at", ["", "muxing"])
def test_two_renders_into_one_folder_are_both_right(lecture, clean, held_at):
    first = lecture.start(held_at=held_at)
    if held_at:
        lecture.held(held_at)
    second = lecture.start()
    if held_at:
        # The second waits until the first has ended.
        stderr = second.stderr.readline()
        assert stderr == f"Another run is writing into {lecture.media}; this one waits for it.\n"
        first.kill()
    outcomes = [process.communicate(timeout=300)[1] for process in (first, second)]
    assert second.returncode == 0 and "Traceback" not in "".join(outcomes)
    assert held_at or first.returncode == 0
    assert lecture.film_digests == clean.film_digests
    assert lecture.unfinished() == []


@pytest.mark.slow
def test_two_renders_of_other_settings_leave_the_files_of_one_of_them(lecture, tmp_path, clean):
    other = SmallLecture(tmp_path / "other", media=lecture.media)
    other.write_settings("light")
    arguments = ("lecture", "-q", "draft", "--jobs", "1")
    both = [one.start(*arguments) for one in (lecture, other)]
    for process in both:
        process.communicate(timeout=300)
    assert [process.returncode for process in both] == [0, 0]
    alone = SmallLecture(tmp_path / "alone")
    alone.write_settings("light")
    assert alone.run(*arguments)[0] == 0
    assert lecture.film_digests in (clean.film_digests, alone.film_digests)


@pytest.mark.slow
@pytest.mark.parametrize("name", EVERY_NAME)
def test_the_project_can_be_in_a_folder_of_any_name(tmp_path, clean, name):
    root = copy_of_the_project(tmp_path / name)
    lecture = SmallLecture(root / "small", root=root)
    assert lecture.run() == (0, "")
    assert lecture.film_digests == clean.film_digests


def test_a_moved_project_draws_nothing_again(tmp_path, clean):
    root = copy_of_the_project(tmp_path / "before")
    shutil.copytree(clean.store, root / "media" / "store")
    moved = root.rename(tmp_path / "".join(reversed(NAMES)))
    lecture = SmallLecture(moved, root=moved)
    made = sorted(path for path in lecture.store.rglob("*"))
    assert lecture.run() == (0, "")
    assert sorted(path for path in lecture.store.rglob("*")) == made
    assert lecture.film_digests == clean.film_digests


@pytest.mark.slow
def test_file_times_in_the_future_do_not_matter(tmp_path, clean):
    root = copy_of_the_project(tmp_path / "project")
    lecture = SmallLecture(root, root=root)
    assert lecture.run() == (0, "")
    # As after the clock was set back: source and output are from the future.
    for path in [root, *root.rglob("*")]:
        os.utime(path, (FUTURE, FUTURE))
    made = sorted(lecture.store.rglob("manifest.json"))
    assert lecture.run() == (0, "")
    assert sorted(lecture.store.rglob("manifest.json")) == made
    assert lecture.film_digests == clean.film_digests


@pytest.mark.slow
@pytest.mark.parametrize("compiled_by", ["a render", "Python"])
def test_another_source_of_the_same_size_and_time_is_noticed(tmp_path, clean, compiled_by):
    root = copy_of_the_project(tmp_path / "project")
    lecture = SmallLecture(root, root=root)
    scenes = root / "tests" / "fixtures" / "plain_scenes.py"
    before = scenes.stat()
    if compiled_by == "a render":
        assert lecture.run() == (0, "")
        assert lecture.film_digests == clean.film_digests
    else:
        import py_compile

        by_time = py_compile.PycInvalidationMode.TIMESTAMP
        py_compile.compile(str(scenes), doraise=True, invalidation_mode=by_time)
    text = scenes.read_text(encoding="utf-8")
    scenes.write_text(text.replace("#56B4E9", "#E69F00"), encoding="utf-8")
    os.utime(scenes, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert scenes.stat().st_size == before.st_size
    assert lecture.run() == (0, "")
    other = copy_of_the_project(tmp_path / "other")
    shutil.copy2(scenes, other / "tests" / "fixtures" / "plain_scenes.py")
    untouched = SmallLecture(other, root=other)
    assert untouched.run() == (0, "")
    assert lecture.film_digests == untouched.film_digests
    assert digest(lecture.film) != digest(clean.film)


@pytest.mark.slow
def test_the_film_has_the_same_bytes_whatever_the_number_of_workers(tmp_path, clean):
    # One undisturbed worker has drawn the clean one.
    lecture = SmallLecture(tmp_path / "lecture")
    assert lecture.run("lecture", "-q", "draft", "--jobs", "3") == (0, "")
    assert lecture.film_digests == clean.film_digests
    assert segments(lecture) == segments(clean)


def segments(lecture):
    """The digest of each segment, by key."""
    return {path.parent.name: digest(path) for path in lecture.store.rglob(PACKETS_FILE)}
