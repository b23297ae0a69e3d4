"""Stored files that changed behind our back: noticed, said once, and made again as they were."""

from __future__ import annotations

import os
import shutil

import pytest

from tests.faults.lecture_process import SmallLecture, digest


@pytest.fixture
def lecture(tmp_path, clean):
    """A small lecture that is finished, but for its film."""
    shutil.copytree(clean.store, tmp_path / "lecture" / "media" / "store")
    return SmallLecture(tmp_path / "lecture")


def entries(lecture, file):
    """Return the entries of the store that have a `file`."""
    return sorted(path.parent for path in lecture.store.rglob(file))


def truncated(entry, file, other):
    (entry / file).write_bytes((entry / file).read_bytes()[:-3])


def flipped(entry, file, other):
    content = bytearray((entry / file).read_bytes())
    content[len(content) // 2] ^= 16
    (entry / file).write_bytes(content)


def emptied(entry, file, other):
    (entry / file).write_bytes(b"")


def swapped(entry, file, other):
    aside = entry.with_name("aside")
    entry.rename(aside)
    other.rename(entry)
    aside.rename(other)


def unreadable(entry, file, other):
    if os.getuid() == 0:  # who may read anything cannot read a folder as a file
        (entry / file).unlink()
        (entry / file).mkdir()
    else:
        (entry / file).chmod(0)


def locked(entry, file, other):
    (entry / "manifest.json").chmod(0)
    entry.chmod(0)
    if os.getuid() == 0:
        entry.chmod(0o700)
        (entry / "manifest.json").unlink()


@pytest.mark.parametrize("file", ["clip.mp4", "take.h264", "beats.json", "manifest.json"])
@pytest.mark.parametrize("damage", [truncated, flipped, emptied, swapped, unreadable, locked])
def test_damage_is_said_once_and_the_film_is_the_same(lecture, clean, damage, file):
    # What is finished is read before what it was made of, which then need not be.
    one, other = entries(lecture, "clip.mp4" if file == "manifest.json" else file)[:2]
    damage(one, file, other)
    # Takes are read only to join them to a clip, so let the clips be missing.
    if file == "take.h264":
        for entry in entries(lecture, "clip.mp4"):
            shutil.rmtree(entry)
    status, said = lecture.run()
    assert status == 0, said
    count = 2 if damage is swapped else 1
    assert len(said.splitlines()) == said.count("is damaged (") == count
    assert digest(lecture.film) == digest(clean.film)
    assert lecture.run() == (0, "")
    assert lecture.unfinished() == []
