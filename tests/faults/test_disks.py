"""Disks that are full or must not be written: a sentence, nothing damaged, and it heals."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from descent._files.atomic_write import atomic_write
from descent._files.disk_space import CannotWrite
from tests.faults.lecture_process import SmallLecture, digest

PAGE = 4096
FULL = Path("/dev/full")
ROOM = re.compile(r"'(.+)' must have room for ([\d.,]+ [kM]B|more); got ([\d.,]+ [kM]B) free: ")


def mounted(folder, *options):
    """Return whether a small disk of memory could be put at `folder`."""
    command = ["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", str(folder)]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def remount(folder, *options):
    """Change the disk at `folder`."""
    command = ["mount", "-o", ",".join(["remount", *options]), str(folder)]
    subprocess.run(command, capture_output=True, check=True)


@pytest.fixture
def disk(tmp_path):
    """The folder of a disk that has room for almost nothing."""
    folder = tmp_path / "a small disk"
    folder.mkdir()
    if not mounted(folder, "size=16k"):
        pytest.skip("only the administrator can mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.parametrize("pages", [4, 8, 14, 20])
def test_a_full_store_is_said_and_heals(disk, tmp_path, clean, pages):
    lecture = SmallLecture(tmp_path / "lecture", media=disk / "media")
    remount(disk, f"size={pages * PAGE}")
    output = ("-o", str(tmp_path / "lecture.mp4"))
    status, said = lecture.run("lecture", "-q", "draft", "--jobs", "2", *output)
    assert status == 1
    assert "Traceback" not in said
    assert {match[0] for match in ROOM.findall(said)} == {str(lecture.store)}, said
    remount(disk, "size=16m")
    assert lecture.run("lecture", "-q", "draft", "--jobs", "2", *output) == (0, "")
    assert digest(tmp_path / "lecture.mp4") == digest(clean.film)
    assert lecture.unfinished() == []


def test_a_film_that_does_not_fit_says_how_much_it_needs_and_leaves_the_old_one(disk, clean):
    lecture = SmallLecture(clean.folder, clean.clips)
    film = disk / "lecture.mp4"
    film.write_bytes(b"an earlier film")
    (disk / "large.bin").write_bytes(bytes(2 * PAGE))
    status, said = lecture.run("lecture", "-q", "draft", "-o", str(film))
    assert status == 1
    ((where, needed, free),) = ROOM.findall(said)
    assert (where, free) == (str(disk), "4.1 kB")
    assert needed.endswith("kB") and float(needed[:-3]) * 1e3 < clean.film.stat().st_size
    assert film.read_bytes() == b"an earlier film"
    assert {path.name for path in disk.iterdir()} == {"lecture.mp4", "large.bin"}
    (disk / "large.bin").unlink()
    remount(disk, "size=16m")
    assert lecture.run("lecture", "-q", "draft", "-o", str(film)) == (0, "")
    assert digest(film) == digest(clean.film)


def test_a_disk_that_has_room_but_for_no_other_file_says_so(disk):
    remount(disk, "size=16m", "nr_inodes=4")
    for number in range(3):
        (disk / str(number)).touch()
    with pytest.raises(OSError, match="No space"):
        (disk / "another").touch()
    with pytest.raises(CannotWrite, match="must have room for another file; its disk has as many"):
        with atomic_write(disk / "film.mp4"):
            pass


def test_a_disk_that_fills_in_the_middle_of_a_film_leaves_the_old_one(disk, clean):
    lecture = SmallLecture(clean.folder, clean.clips)
    remount(disk, "size=16m")
    film = disk / "lecture.mp4"
    film.write_bytes(b"an earlier film")
    process = lecture.start("lecture", "-q", "draft", "-o", str(film), FILLED_AT_JOINING=str(disk))
    _, said = process.communicate(timeout=300)
    assert process.returncode == 1
    assert "Traceback" not in said and str(disk) in said
    assert film.read_bytes() == b"an earlier film"
    assert not [path for path in disk.iterdir() if path.name.startswith(".")]


def test_a_disk_that_must_not_be_written_is_said_and_what_is_finished_can_be_used(
    disk, tmp_path, clean
):
    lecture = SmallLecture(tmp_path / "lecture", media=disk / "media")
    remount(disk, "size=16m,ro")
    status, said = lecture.run("lecture", "-q", "draft", "-o", str(tmp_path / "lecture.mp4"))
    assert status == 1
    assert "Traceback" not in said
    assert f"'{lecture.store}' must be a folder that may be written; got 'Read-only" in said
    status, said = lecture.run("lecture", "-q", "draft")
    assert status == 2 and "The output must go into a folder that can be written" in said
    remount(disk, "rw")
    assert lecture.run() == (0, "")
    remount(disk, "ro")
    output = tmp_path / "lecture.mp4"
    assert lecture.run("lecture", "-q", "draft", "-o", str(output)) == (0, "")
    assert digest(output) == digest(clean.film)


@pytest.mark.skipif(os.getuid() == 0, reason="root may write anywhere")
def test_a_store_without_permission_is_said(tmp_path):
    lecture = SmallLecture(tmp_path / "lecture")
    lecture.store.mkdir(parents=True)
    lecture.store.chmod(0o500)
    status, said = lecture.run()
    lecture.store.chmod(0o700)
    assert status == 1 and "must be a folder that may be written" in said


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has a device that is always full")
def test_what_no_device_takes_gets_one_sentence_from_every_command(lecture):
    lecture.clips = "STANDING"
    into = ("-o", str(lecture.folder / "out"))
    assert lecture.run("clip", "standing", "-q", "draft", *into) == (0, "")
    for words in (
        ("list",),
        ("list", "standing"),
        ("lecture", "-q", "draft"),
        ("clip", "standing", "-q", "draft", *into),
        ("clip", "--help"),
        ("sheet", *into),
        ("gallery", *into),
        ("deck", "--to", "pptx", "-q", "draft"),
        ("record", "-o", str(lecture.folder / "run.safetensors"), "--loss", "bowl"),
    ):
        with FULL.open("w", encoding="utf-8") as full:
            process = lecture.start(*words, stdout=full)
            said = process.communicate(timeout=300)[1]
        assert process.returncode == 1, words
        assert said == (
            "Error: Standard output must take what is said; got 'No space left on device': "
            "send it elsewhere.\n"
        )
    assert lecture.film.exists()


def test_who_hears_no_more_is_told_no_more(lecture):
    heard, told = os.pipe()
    os.close(heard)
    process = lecture.start("list", "--help", stdout=told)
    os.close(told)
    assert (process.communicate(timeout=300)[1], process.returncode) == ("", 1)
