"""Disks that are full or must not be written: one sentence, and nothing is damaged."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from descent._files.atomic_write import atomic_write
from descent._files.disk_space import CannotWrite
from tests.faults.lecture_process import OF_SHORT_FILMS, SmallLecture, digest
from tests.marks import slow_except

pytestmark = pytest.mark.render

PAGE = 4096
FULL = Path("/dev/full")
ROOM = re.compile(r"'(.+)' must have room for ([\d.,]+ [kM]B|more); got ([\d.,]+ [kM]B) free: ")


def mounted(folder, *options):
    """Mount a small disk in memory at `folder`, and return whether that was possible."""
    command = ["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", str(folder)]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def remount(folder, *options):
    """Change the mount options of `folder`."""
    command = ["mount", "-o", ",".join(["remount", *options]), str(folder)]
    subprocess.run(command, capture_output=True, check=True)


@pytest.fixture
def disk(tmp_path):
    """The folder of a disk with 16 kB."""
    folder = tmp_path / "a small disk"
    folder.mkdir()
    if not mounted(folder, "size=16k"):
        pytest.skip("only root can mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.slow
@pytest.mark.parametrize("pages", (4, 8, 14, 20))
def test_a_full_store_is_reported_and_finished_once_there_is_room(disk, tmp_path, clean, pages):
    lecture = SmallLecture(tmp_path / "lecture", media=disk / "media")
    remount(disk, f"size={pages * PAGE}")
    output = ("-o", str(tmp_path / "lecture.mp4"))
    status, stderr = lecture.run("lecture", "-q", "draft", "--jobs", "2", *output)
    assert status == 1
    assert "Traceback" not in stderr
    assert {match[0] for match in ROOM.findall(stderr)} == {str(lecture.store)}, stderr
    remount(disk, "size=16m")
    assert lecture.run("lecture", "-q", "draft", "--jobs", "2", *output) == (0, "")
    assert digest(tmp_path / "lecture.mp4") == digest(clean.film)
    assert lecture.unfinished() == []


@pytest.mark.slow
def test_a_film_that_does_not_fit_reports_its_size_and_leaves_the_old_one(disk, clean):
    lecture = SmallLecture(clean.folder, clean.clips)
    film = disk / "lecture.mp4"
    film.write_bytes(b"an earlier film")
    (disk / "large.bin").write_bytes(bytes(2 * PAGE))
    status, stderr = lecture.run("lecture", "-q", "draft", "-o", str(film))
    assert status == 1
    ((where, needed, free),) = ROOM.findall(stderr)
    assert (where, free) == (str(disk), "4.1 kB")
    assert needed.endswith("kB") and float(needed[:-3]) * 1e3 < clean.film.stat().st_size
    assert film.read_bytes() == b"an earlier film"
    assert {path.name for path in disk.iterdir()} == {"lecture.mp4", "large.bin"}
    (disk / "large.bin").unlink()
    remount(disk, "size=16m")
    assert lecture.run("lecture", "-q", "draft", "-o", str(film)) == (0, "")
    assert digest(film) == digest(clean.film)


def test_a_disk_without_free_inodes_is_reported(disk):
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
    process = lecture.start("lecture", "-q", "draft", "-o", str(film), FILLED_AT_MUXING=str(disk))
    _, stderr = process.communicate(timeout=300)
    assert process.returncode == 1
    assert "Traceback" not in stderr and str(disk) in stderr
    assert film.read_bytes() == b"an earlier film"
    assert not [path for path in disk.iterdir() if path.name.startswith(".")]


@pytest.mark.slow
def test_a_write_protected_store_is_reported_and_can_be_read(disk, tmp_path, clean):
    lecture = SmallLecture(tmp_path / "lecture", media=disk / "media")
    remount(disk, "size=16m,ro")
    status, stderr = lecture.run("lecture", "-q", "draft", "-o", str(tmp_path / "lecture.mp4"))
    assert status == 1
    assert "Traceback" not in stderr
    assert f"'{lecture.store}' must be a folder that may be written; got 'Read-only" in stderr
    status, stderr = lecture.run("lecture", "-q", "draft")
    assert status == 2 and "The output must go into a folder that can be written" in stderr
    remount(disk, "rw")
    shutil.copytree(clean.store, lecture.store)
    remount(disk, "ro")
    output = tmp_path / "lecture.mp4"
    assert lecture.run("lecture", "-q", "draft", "-o", str(output)) == (0, "")
    assert digest(output) == digest(clean.film)


@pytest.mark.skipif(os.getuid() == 0, reason="root may write anywhere")
def test_a_store_without_permission_is_reported(tmp_path):
    lecture = SmallLecture(tmp_path / "lecture")
    lecture.store.mkdir(parents=True)
    lecture.store.chmod(0o500)
    status, stderr = lecture.run()
    lecture.store.chmod(0o700)
    assert status == 1 and "must be a folder that may be written" in stderr


COMMANDS = {
    "list": ("list",),
    "lecture": ("lecture", "-q", "draft"),
    "help": ("clip", "--help"),
    "list SLUG": ("list", "standing"),
    "clip": ("clip", "standing", "-q", "draft", "-o", "{out}"),
    "sheet": ("sheet", "-o", "{out}"),
    "gallery": ("gallery", "-o", "{out}"),
    "deck": ("deck", "--to", "pptx", "-q", "draft"),
    "record": ("record", "-o", "{out}.safetensors", "--loss", "bowl"),
}


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize("command", slow_except(COMMANDS, "list"))
def test_output_that_a_full_device_refuses_is_reported_in_one_sentence(lecture, command):
    lecture.clips = "STANDING"
    arguments = [word.format(out=lecture.folder / "out") for word in COMMANDS[command]]
    with FULL.open("w", encoding="utf-8") as full:
        process = lecture.start(*arguments, stdout=full)
        stderr = process.communicate(timeout=300)[1]
    assert process.returncode == 1
    assert OF_SHORT_FILMS.sub("", stderr) == (
        "Error: Standard output must take what is said; got 'No space left on device': "
        "send it elsewhere.\n"
    )
    if command == "lecture":
        assert lecture.film.exists()


def test_a_closed_pipe_ends_a_command_without_a_message(lecture):
    reader, writer = os.pipe()
    os.close(reader)
    process = lecture.start("list", "--help", stdout=writer)
    os.close(writer)
    assert (process.communicate(timeout=300)[1], process.returncode) == ("", 1)
