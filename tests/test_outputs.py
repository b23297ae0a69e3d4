import os
import stat
import sys
from pathlib import Path

import pytest

from descent._files.atomic_write import atomic_write
from understanding_gradients.cache.sources import ROOT
from understanding_gradients.export.targets import writable_file, writable_folder
from understanding_gradients.installation import media_folder


def test_a_file_appears_whole_under_its_name(tmp_path):
    path = tmp_path / "film.mp4"
    with atomic_write(path) as unfinished:
        assert (unfinished.parent, unfinished.suffix) == (tmp_path, ".mp4")
        unfinished.write_text("whole", encoding="utf-8")
        assert not path.exists()
    assert path.read_text(encoding="utf-8") == "whole"
    assert list(tmp_path.iterdir()) == [path]


def test_what_was_there_stays_if_the_work_fails(tmp_path):
    path = tmp_path / "film.mp4"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(RuntimeError, match="half way"), atomic_write(path) as unfinished:
        unfinished.write_text("half", encoding="utf-8")
        raise RuntimeError("half way")
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_finished_file_is_readable_by_others_as_the_umask_says(tmp_path):
    with atomic_write(tmp_path / "film.mp4"):
        pass
    plain = tmp_path / "plain"
    plain.touch()
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert len(modes) == 1


def test_a_folder_is_made_where_there_is_none(tmp_path):
    assert writable_folder(tmp_path / "a" / "b").is_dir()


def test_a_folder_below_a_file_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match=r"must go into a folder that can be written; got '.*deep"):
        writable_folder(tmp_path / "file" / "deep")


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_refused(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(ValueError, match="Permission denied"):
        writable_folder(tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_a_folder_that_no_one_can_write_is_refused():
    with pytest.raises(ValueError, match="must go into a folder that can be written; got '/proc"):
        writable_folder(Path("/proc/nowhere"))


def test_a_file_must_have_the_right_suffix(tmp_path):
    with pytest.raises(ValueError, match=r"must end in \.mp4; got 'film\.avi'"):
        writable_file(tmp_path / "film.avi", ".mp4")


def test_a_file_cannot_take_the_place_of_a_folder(tmp_path):
    with pytest.raises(ValueError, match="must be a file name; got the folder"):
        writable_file(tmp_path, ".mp4")


def test_the_folder_of_all_that_is_made_is_asked_for_from_where_one_stands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("UNDERSTANDING_GRADIENTS_MEDIA", "mine")
    assert media_folder() == tmp_path / "mine"
    monkeypatch.setenv("UNDERSTANDING_GRADIENTS_MEDIA", "")
    assert media_folder() == ROOT / "media"
