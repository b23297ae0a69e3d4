"""Files are written whole or not at all; folders that cannot be written are named."""

from __future__ import annotations

import errno
import os
import stat
import threading

import pytest

from descent._files.atomic_write import atomic_write
from descent._files.disk_space import CannotWrite, explain_write_errors


def test_a_file_that_cannot_fit_is_refused_before_its_first_byte(tmp_path):
    with pytest.raises(CannotWrite, match=r"must have room for 1,152,921,504\.61 GB; got "):
        with atomic_write(tmp_path / "film.mp4", needed=1 << 60):
            pytest.fail("nothing is to be written")
    assert list(tmp_path.iterdir()) == []


def test_an_error_of_another_full_disk_is_not_explained_as_this_one(tmp_path):
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/elsewhere/large.bin")
    with pytest.raises(OSError, match="elsewhere") as raised, explain_write_errors(tmp_path):
        raise full
    assert raised.value is full


def test_finished_files_have_the_usual_mode_also_of_threads_that_write_at_once(tmp_path):
    old = os.umask(0o027)
    try:

        def write(number):
            for again in range(50):
                with atomic_write(tmp_path / f"{number}-{again}.txt") as unfinished:
                    unfinished.write_text("whole", encoding="utf-8")

        threads = [threading.Thread(target=write, args=[number]) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(old)
    written = list(tmp_path.iterdir())
    assert len(written) == 200
    assert {stat.S_IMODE(path.stat().st_mode) for path in written} == {0o640}


def test_bytes_are_flushed_to_disk_before_they_replace_an_earlier_file(tmp_path, monkeypatch):
    path = tmp_path / "film.mp4"
    path.write_bytes(b"an earlier film")
    synced = []
    sync = os.fsync

    def seen(handle):
        synced.append((os.fstat(handle).st_size, path.read_bytes()))
        sync(handle)

    monkeypatch.setattr(os, "fsync", seen)
    with atomic_write(path) as unfinished:
        unfinished.write_bytes(b"a later one")
    assert synced == [(len(b"a later one"), b"an earlier film")]
    assert path.read_bytes() == b"a later one"


def test_a_file_appears_whole_under_its_name(tmp_path):
    path = tmp_path / "film.mp4"
    with atomic_write(path) as unfinished:
        assert (unfinished.parent, unfinished.suffix) == (tmp_path, ".mp4")
        unfinished.write_text("whole", encoding="utf-8")
        assert not path.exists()
    assert path.read_text(encoding="utf-8") == "whole"
    assert list(tmp_path.iterdir()) == [path]


def test_an_earlier_file_stays_if_the_block_raises(tmp_path):
    path = tmp_path / "film.mp4"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(RuntimeError, match="half way"), atomic_write(path) as unfinished:
        unfinished.write_text("half", encoding="utf-8")
        raise RuntimeError("half way")
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]
