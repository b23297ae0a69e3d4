"""Temporary folders are deleted afterwards; after a killed process the next one deletes them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile

import pytest

from understanding_gradients.cache.sources import ROOT
from understanding_gradients.cache.tempdirs import MARKER, PREFIX, temporary_folder


@pytest.fixture
def place(tmp_path, monkeypatch):
    """The system's temporary folder, for one test."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


KILLED = """
import os, signal
from pathlib import Path
from understanding_gradients.cache.tempdirs import temporary_folder
with temporary_folder(Path(os.environ["PLACE"])) as folder:
    (folder / "half.txt").touch()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_temporary_folder_is_deleted_after_an_error_too(place):
    with pytest.raises(ZeroDivisionError), temporary_folder() as folder:
        assert folder.parent == place
        (folder / "deep").mkdir()
        1 / 0  # noqa: B018
    assert list(place.iterdir()) == []


@pytest.mark.render
def test_the_folder_of_a_killed_process_is_deleted_and_that_of_a_running_one_stays(place):
    environment = os.environ | {"PLACE": str(place)}
    killed = subprocess.run([sys.executable, "-c", KILLED], cwd=ROOT, env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL
    (left,) = place.iterdir()
    with temporary_folder() as first, temporary_folder() as second:
        assert {first, second} == set(place.iterdir()) != {left}


def test_folders_of_a_similar_name_stay(place):
    theirs = place / "theirs"
    theirs.mkdir()
    (theirs / MARKER).touch()
    (place / f"{PREFIX}link").symlink_to(theirs)
    (place / f"{PREFIX}notes").mkdir()
    with temporary_folder():
        pass
    assert {path.name for path in place.iterdir()} == {"theirs", f"{PREFIX}link", f"{PREFIX}notes"}
    assert (theirs / MARKER).exists()


def test_the_folders_of_another_user_stay(place, monkeypatch):
    folder = place / f"{PREFIX}theirs"
    folder.mkdir()
    (folder / MARKER).touch()
    monkeypatch.setattr(os, "getuid", lambda: folder.stat().st_uid + 1)
    with temporary_folder():
        pass
    assert folder.exists()
