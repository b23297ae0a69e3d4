"""What is said of folders that cannot take what is to be written."""

from __future__ import annotations

import errno
import os
import stat
import threading

import pytest

from descent._files.atomic_write import atomic_write
from descent._files.disk_space import CannotWrite, explain_write_errors


def test_what_cannot_fit_is_refused_before_a_byte_of_it_is_written(tmp_path):
    seen = []
    with pytest.raises(CannotWrite, match=r"must have room for 1,152,921,504,606\.8 MB; got "):
        with atomic_write(tmp_path / "film.mp4", needed=1 << 60) as unfinished:
            seen.append(unfinished)
    assert seen == [] and list(tmp_path.iterdir()) == []


def test_another_disk_that_is_full_is_not_taken_for_this_one(tmp_path):
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/elsewhere/scratch.bin")
    with pytest.raises(OSError, match="elsewhere") as raised, explain_write_errors(tmp_path):
        raise full
    assert raised.value is full


def test_a_finished_file_is_like_any_other_whoever_else_writes_meanwhile(tmp_path):
    old = os.umask(0o027)
    try:

        def write(number):
            for again in range(200):
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
    assert len(written) == 800
    assert {stat.S_IMODE(path.stat().st_mode) for path in written} == {0o640}


def test_bytes_are_on_the_disk_before_they_take_an_earlier_files_name(tmp_path, monkeypatch):
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
