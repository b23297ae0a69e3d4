import os
import re
import sys
from pathlib import Path

import pytest

from understanding_gradients.export.targets import writable_file, writable_folder
from understanding_gradients.installation import MEDIA_VARIABLE, ROOT, media_folder


def test_a_missing_folder_is_created(tmp_path):
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
def test_a_folder_that_cannot_be_created_is_refused():
    with pytest.raises(ValueError, match="must go into a folder that can be written; got '/proc"):
        writable_folder(Path("/proc/nowhere"))


def test_a_file_must_have_the_right_extension(tmp_path):
    with pytest.raises(ValueError, match=r"must end in \.mp4; got 'film\.avi'"):
        writable_file(tmp_path / "film.avi", ".mp4")


def test_a_folder_is_not_replaced_by_a_file(tmp_path):
    with pytest.raises(ValueError, match="must be a file name; got the folder"):
        writable_file(tmp_path, ".mp4")


@pytest.mark.parametrize("lock", [".~lock.talk.pptx#", "~$talk.pptx"])
def test_a_file_that_a_program_has_open_is_not_replaced(tmp_path, lock):
    path = tmp_path / "talk.pptx"
    (tmp_path / lock).touch()
    # There is nothing yet that the program could write over.
    assert writable_file(path, ".pptx") == path
    path.touch()
    with pytest.raises(ValueError, match=f"close it there, or delete '{re.escape(lock)}' beside"):
        writable_file(path, ".pptx")
    (tmp_path / lock).unlink()
    assert writable_file(path, ".pptx") == path


def test_the_media_folder_is_relative_to_the_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(MEDIA_VARIABLE, "mine")
    assert media_folder() == tmp_path / "mine"
    monkeypatch.setenv(MEDIA_VARIABLE, "")
    assert media_folder() == ROOT / "media"
