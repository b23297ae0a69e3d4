"""What the watching of files does with what else lies in their folders."""

from __future__ import annotations

from watchfiles import Change

from understanding_gradients.studio.file_watch import FileWatch


def test_a_link_that_leads_to_itself_is_no_watched_file(tmp_path):
    watch = FileWatch(lambda _: None)
    watch.set_files([tmp_path / "lecture.toml"])
    (tmp_path / "loop").symlink_to("loop")
    assert not watch._is_watched(Change.modified, str(tmp_path / "loop"))
    assert watch._is_watched(Change.modified, str(tmp_path / "lecture.toml"))
