import json
import os
import shutil
import signal
import stat
import subprocess
import sys

import pytest

from understanding_gradients.cache.sources import ROOT
from understanding_gradients.cache.store import MANIFEST, Store, digests, remove


@pytest.fixture
def said():
    return []


@pytest.fixture
def store(tmp_path, said):
    return Store(tmp_path / "store", said.append)


def fill(store, key="abcdef", text="content"):
    with store.add(key) as folder:
        (folder / "one.txt").write_text(text, encoding="utf-8")
        (folder / "two.bin").write_bytes(bytes(range(256)))
    return store.find(key)


def test_what_was_added_is_found_with_its_content(store):
    assert store.find("abcdef") is None
    entry = fill(store)
    assert (entry / "one.txt").read_text(encoding="utf-8") == "content"
    assert set(digests(entry)) == {"one.txt", "two.bin"}


def test_nothing_is_kept_of_work_that_failed(store):
    with pytest.raises(RuntimeError, match="half way"), store.add("abcdef") as folder:
        (folder / "one.txt").write_text("half", encoding="utf-8")
        raise RuntimeError("half way")
    assert store.find("abcdef") is None
    assert list(store.folder.iterdir()) == []


def truncate(path):
    path.write_bytes(path.read_bytes()[:-1])


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "file", "words"),
    [
        (truncate, "two.bin", "two.bin has 255 bytes instead of 256"),
        (flip, "two.bin", "two.bin has changed"),
        (lambda path: path.unlink(), "one.txt", "one.txt is missing"),
        (truncate, MANIFEST, "its manifest cannot be read"),
        (lambda path: path.unlink(), MANIFEST, "its manifest cannot be read"),
        (lambda path: path.write_text("[1]"), MANIFEST, "its manifest cannot be read"),
        (
            lambda path: path.write_text('{"key": "abcdef", "files": {}}'),
            MANIFEST,
            "its manifest names no file",
        ),
    ],
)
def test_damage_is_said_once_and_the_entry_put_away(store, said, damage, file, words):
    damage(fill(store) / file)
    assert store.find("abcdef") is None
    assert store.find("abcdef") is None
    assert len(said) == 1
    assert words in said[0]
    assert fill(store, text="again").joinpath("one.txt").read_text(encoding="utf-8") == "again"


@pytest.mark.parametrize("lost", ["entry", "parent"])
@pytest.mark.parametrize("kind", ["file", "link"])
def test_what_lies_where_an_entry_belongs_is_put_away(store, said, lost, kind):
    entry = fill(store)
    place = entry if lost == "entry" else entry.parent
    shutil.rmtree(place)
    place.write_text("x") if kind == "file" else place.symlink_to(store.folder / "nowhere")
    assert store.find("abcdef") is None
    assert len(said) == 1
    assert fill(store) == entry == store.find("abcdef")


def test_a_manifest_that_is_larger_than_any_of_ours_is_not_read(store, said):
    manifest = fill(store) / MANIFEST
    manifest.write_text(manifest.read_text(encoding="utf-8") + " " * (1 << 20), encoding="utf-8")
    assert store.find("abcdef") is None
    assert "its manifest cannot be read" in said[0]


def test_a_link_in_place_of_an_entry_is_put_away_and_what_it_leads_to_is_left_alone(store):
    entry = fill(store)
    shutil.rmtree(entry)
    theirs = store.folder.parent / "theirs"
    theirs.mkdir(mode=0o755)
    entry.symlink_to(theirs)
    assert store.find("abcdef") is None
    assert not entry.is_symlink()
    assert stat.S_IMODE(theirs.stat().st_mode) == 0o755


def test_two_may_find_the_same_damage(store):
    entry = fill(store)
    flip(entry / "two.bin")
    remove(entry, store.folder)
    remove(entry, store.folder)
    assert store.find("abcdef") is None
    assert not list(store.folder.glob(".damaged-*"))


def test_what_another_made_again_before_it_was_put_away_stays(store, said):
    entry = fill(store)
    remove(entry, store.folder)  # as if it had been found damaged a moment ago
    assert store.find("abcdef") == entry
    assert said == [] and not list(store.folder.glob(".damaged-*"))


def test_of_two_who_add_the_same_key_at_once_the_first_stands(store):
    with store.add("abcdef") as late:
        (late / "one.txt").write_text("late", encoding="utf-8")
        fill(store, text="first")
    assert (store.find("abcdef") / "one.txt").read_text(encoding="utf-8") == "first"


KILLED = """
import os, signal, sys
from pathlib import Path
from understanding_gradients.cache.store import Store
with Store(Path(sys.argv[1])).add("abcdef") as folder:
    (folder / "half.txt").write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_process_left_is_swept_away_and_what_a_living_one_does_is_not(store):
    command = [sys.executable, "-c", KILLED, str(store.folder)]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    (left,) = store.folder.glob(".unfinished-*")
    with store.add("abcdefg") as mine:
        assert not left.exists()
        # As old as may be: a clock that was put forward is no reason to take somebody's work.
        os.utime(mine, (0, 0))
        fill(store, "abcdefh")
        assert mine.exists()
        (mine / "one.txt").write_text("mine", encoding="utf-8")
    assert store.find("abcdefg") and store.find("abcdefh")


BUSY = """
import sys
from pathlib import Path
from understanding_gradients.cache.store import Store
store, mine = Store(Path(sys.argv[1])), sys.argv[2]
for number in range(400):
    with store.add(f"{mine}{number:04d}") as folder:
        (folder / "one.txt").write_text(mine)
"""


def test_those_who_tidy_up_never_take_what_another_has_just_begun(store):
    command = [sys.executable, "-c", BUSY, str(store.folder)]
    busy = [subprocess.Popen([*command, mine], cwd=ROOT) for mine in ("aa", "bb", "cc")]
    assert [one.wait() for one in busy] == [0, 0, 0]
    assert all(store.find(f"{mine}0399") for mine in ("aa", "bb", "cc"))
    assert not list(store.folder.glob(".*"))


def test_an_entry_that_lies_under_another_key_is_not_taken(store, said):
    one, other = fill(store), fill(store, "abcdeg")
    aside = store.folder / "aside"
    one.rename(aside)
    other.rename(one)
    aside.rename(other)
    assert store.find("abcdef") is None and store.find("abcdeg") is None
    assert [sentence.count("it belongs to another key") for sentence in said] == [1, 1]


def test_a_file_that_cannot_be_read_is_damage(store, said):
    entry = fill(store)
    (entry / "one.txt").unlink()
    (entry / "one.txt").symlink_to("one.txt")
    assert store.find("abcdef") is None
    assert "leads out of it" in said[0]
    entry = fill(store)
    (entry / MANIFEST).unlink()
    os.mkfifo(entry / MANIFEST)
    assert store.find("abcdef") is None


@pytest.mark.parametrize("key", ["", "../out", "a/b", ".hidden"])
def test_a_key_cannot_lead_out_of_the_store(store, key):
    with pytest.raises(ValueError, match="A key must be a plain file name; got"):
        store.find(key)


def test_the_manifest_is_plain_json(store):
    manifest = json.loads((fill(store) / MANIFEST).read_text(encoding="utf-8"))
    assert (manifest["key"], manifest["files"]["two.bin"]["bytes"]) == ("abcdef", 256)
