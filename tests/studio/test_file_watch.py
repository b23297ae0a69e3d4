"""What the watching of files does with what else lies in their folders."""

from __future__ import annotations

import asyncio

import pytest
from watchfiles import Change

from understanding_gradients.studio.file_watch import FileWatch, named_files


def test_a_link_that_leads_to_itself_is_no_watched_file(tmp_path):
    watch = FileWatch(lambda _: None)
    watch.set_files([tmp_path / "lecture.toml"])
    (tmp_path / "loop").symlink_to("loop")
    assert not watch._is_watched(Change.modified, str(tmp_path / "loop"))
    assert watch._is_watched(Change.modified, str(tmp_path / "lecture.toml"))


@pytest.mark.parametrize("name", ["x\0.py", "x" * 300 + "/mine.py"])
def test_a_name_that_no_file_can_have_stops_no_watching(tmp_path, name):
    async def scenario():
        changed = asyncio.Event()
        watch = FileWatch(lambda _: changed.set())
        lecture = tmp_path / "lecture.toml"
        watch.set_files([lecture, *named_files(f"{tmp_path}/{name}:hill", "", ())])
        watching = asyncio.create_task(watch.run())
        for _ in range(200):
            lecture.write_text("# again", encoding="utf-8")
            if changed.is_set() or watching.done():
                break
            await asyncio.sleep(0.05)
        watching.cancel()
        return changed.is_set()

    assert asyncio.run(scenario())
