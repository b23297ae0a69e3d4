"""Stored files that were changed: reported once, and made again with the same bytes."""

from __future__ import annotations

import os
import shutil
from itertools import product

import pytest

from tests.faults.lecture_process import SmallLecture, digest
from tests.marks import slow_except
from understanding_gradients.cache.store import MANIFEST
from understanding_gradients.encode.packets import PACKETS_FILE
from understanding_gradients.spec.timeline import BEATS_FILE, CLIP_FILE

pytestmark = pytest.mark.render


@pytest.fixture
def lecture(tmp_path, clean):
    """A small lecture of which only the film is missing."""
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
    if os.getuid() == 0:  # root can read any file, but not a folder as one
        (entry / file).unlink()
        (entry / file).mkdir()
    else:
        (entry / file).chmod(0)


def locked(entry, file, other):
    (entry / MANIFEST).chmod(0)
    entry.chmod(0)
    if os.getuid() == 0:
        entry.chmod(0o700)
        (entry / MANIFEST).unlink()


FILES = (CLIP_FILE, PACKETS_FILE, BEATS_FILE, MANIFEST)
DAMAGES = (truncated, flipped, emptied, swapped, unreadable, locked)
QUICK = ((locked, MANIFEST),)


@pytest.mark.parametrize("case", slow_except(product(DAMAGES, FILES), *QUICK))
def test_damage_is_reported_once_and_the_film_is_the_same(lecture, clean, case):
    damage, file = case
    # A clip is read before its segments, which are then not needed.
    one, other = entries(lecture, CLIP_FILE if file == MANIFEST else file)[:2]
    damage(one, file, other)
    if file == PACKETS_FILE:
        for entry in entries(lecture, CLIP_FILE):
            shutil.rmtree(entry)
    status, stderr = lecture.run()
    assert status == 0, stderr
    count = 2 if damage is swapped else 1
    assert len(stderr.splitlines()) == stderr.count("is damaged (") == count
    assert digest(lecture.film) == digest(clean.film)
    assert lecture.run() == (0, "")
    assert lecture.unfinished() == []
