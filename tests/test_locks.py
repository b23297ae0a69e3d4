"""Locks on files in the making, and on names in use."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from descent._files import locks
from descent._files.locks import delete_abandoned, exclusive, locked_new, name_locks

ROOT = Path(__file__).parents[1]


def test_a_folder_that_is_deleted_before_it_is_locked_is_created_again(tmp_path):
    created = []

    def create():
        path = tmp_path / str(len(created))
        created.append(path)
        # The first one is deleted as abandoned before it is opened.
        if len(created) > 1:
            path.mkdir()
        return path

    with locked_new(create) as path:
        assert path == created[1]
    assert len(created) == 2


@pytest.fixture
def replaced(monkeypatch):
    """A list of paths; the last is replaced by another folder just before it is locked."""
    flock = locks.fcntl.flock
    paths = []

    def replace_and_lock(handle, operation):
        if paths:
            path = paths.pop()
            path.rename(path.with_name("deleted"))
            path.mkdir()
        return flock(handle, operation)

    monkeypatch.setattr(locks.fcntl, "flock", replace_and_lock)
    return paths


def test_a_folder_that_is_replaced_before_it_is_locked_is_created_again(tmp_path, replaced):
    created = []

    def create():
        path = tmp_path / str(len(created))
        path.mkdir()
        created.append(path)
        if len(created) == 1:
            replaced.append(path)
        return path

    with locked_new(create) as path:
        assert path == created[1]


def test_a_new_folder_under_an_abandoned_name_stays(tmp_path, replaced):
    path = tmp_path / "abandoned"
    path.mkdir()
    replaced.append(path)
    delete_abandoned([path], Path.rmdir)
    assert path.exists()
    delete_abandoned([path], Path.rmdir)
    assert not path.exists()


def test_without_locks_nothing_counts_as_abandoned_and_everything_as_held(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(locks.fcntl, "flock", refuse)
    monkeypatch.setattr(locks.fcntl, "lockf", refuse)
    path = tmp_path / "folder"
    path.mkdir()
    delete_abandoned([path], Path.rmdir)
    assert path.exists()
    with locked_new(lambda: path) as given, exclusive(tmp_path, pytest.fail):
        assert given == path
    with name_locks(tmp_path / "locks").unless_held("a") as is_free:
        assert not is_free


HOLDER = """
import sys
from pathlib import Path
from descent._files.locks import name_locks
held = name_locks(Path(sys.argv[1]))
held.hold("a")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.mark.render
def test_a_name_is_held_until_its_process_ends(tmp_path):
    file = tmp_path / "locks"
    command = [sys.executable, "-c", HOLDER, str(file)]
    ours = name_locks(file)
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout.readline() == b"held\n"
        with ours.unless_held("a") as is_free, ours.unless_held("b") as other_is_free:
            assert (is_free, other_is_free) == (False, True)
        holder.kill()
        holder.wait()
    with ours.unless_held("a") as is_free:
        assert is_free


def test_a_process_holds_a_name_while_any_user_of_it_exists(tmp_path):
    file = tmp_path / "locks"
    one, other = name_locks(file), name_locks(file)
    one.hold("a")
    del one
    with other.unless_held("a") as is_free:
        assert not is_free
    del other
    with name_locks(file).unless_held("a") as is_free:
        assert is_free
