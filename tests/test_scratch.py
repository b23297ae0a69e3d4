"""Scratch folders: gone afterwards, and gone with the next one where a process was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile

import pytest

from understanding_gradients import scratch as rooms
from understanding_gradients.cache.sources import ROOT
from understanding_gradients.cache.tempdirs import MARK, PREFIX, scratch


@pytest.fixture
def place(tmp_path, monkeypatch):
    """The system's place for scratch, for this test alone."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


KILLED = """
import os, signal
from pathlib import Path
from understanding_gradients.cache.tempdirs import scratch
with scratch(Path(os.environ["PLACE"])) as folder:
    (folder / "half.txt").touch()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_scratch_folder_is_deleted_afterwards_whatever_happens(place):
    with pytest.raises(ZeroDivisionError), scratch() as folder:
        assert folder.parent == place
        (folder / "deep").mkdir()
        1 / 0  # noqa: B018
    assert list(place.iterdir()) == []


def test_what_a_killed_process_left_goes_with_the_next_one_and_a_living_one_s_stays(place):
    environment = os.environ | {"PLACE": str(place)}
    killed = subprocess.run([sys.executable, "-c", KILLED], cwd=ROOT, env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL
    (left,) = place.iterdir()
    with scratch() as mine, scratch() as other:
        assert {mine, other} == set(place.iterdir()) != {left}


def test_what_only_looks_like_it_stays(place, monkeypatch):
    theirs = place / "theirs"
    theirs.mkdir()
    (theirs / MARK).touch()
    (place / f"{PREFIX}link").symlink_to(theirs)
    (place / f"{PREFIX}notes").mkdir()
    with scratch():
        pass
    assert {path.name for path in place.iterdir()} == {"theirs", f"{PREFIX}link", f"{PREFIX}notes"}
    assert (theirs / MARK).exists()


def test_what_is_another_user_s_stays(place, monkeypatch):
    folder = place / f"{PREFIX}theirs"
    folder.mkdir()
    (folder / MARK).touch()
    monkeypatch.setattr(rooms.os, "getuid", lambda: folder.stat().st_uid + 1)
    with scratch():
        pass
    assert folder.exists()
