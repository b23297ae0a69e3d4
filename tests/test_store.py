import json
import os

import pytest

from pipeline.store import MANIFEST, Store, digests, remove


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
        (lambda path: path.write_text("{}"), MANIFEST, "its manifest names no file"),
    ],
)
def test_damage_is_said_once_and_the_entry_put_away(store, said, damage, file, words):
    damage(fill(store) / file)
    assert store.find("abcdef") is None
    assert store.find("abcdef") is None
    assert len(said) == 1
    assert words in said[0]
    assert fill(store, text="again").joinpath("one.txt").read_text(encoding="utf-8") == "again"


def test_two_may_find_the_same_damage(store):
    entry = fill(store)
    remove(entry)
    remove(entry)
    assert store.find("abcdef") is None
    assert not list(store.folder.glob(".damaged-*"))


def test_of_two_who_add_the_same_key_at_once_the_first_stands(store):
    with store.add("abcdef") as late:
        (late / "one.txt").write_text("late", encoding="utf-8")
        fill(store, text="first")
    assert (store.find("abcdef") / "one.txt").read_text(encoding="utf-8") == "first"


def test_what_a_killed_process_left_is_swept_away_after_a_day(store):
    fill(store)
    old, new = store.folder / ".unfinished-old", store.folder / ".unfinished-new"
    for folder in (old, new):
        folder.mkdir()
    os.utime(old, (0, 0))
    os.utime(store.folder / "ab", (0, 0))
    fill(store, "abcdefg")
    assert (old.exists(), new.exists()) == (False, True)
    assert store.find("abcdef")


@pytest.mark.parametrize("key", ["", "../out", "a/b", ".hidden"])
def test_a_key_cannot_lead_out_of_the_store(store, key):
    with pytest.raises(ValueError, match="A key must be a plain file name; got"):
        store.find(key)


def test_the_manifest_is_plain_json(store):
    manifest = json.loads((fill(store) / MANIFEST).read_text(encoding="utf-8"))
    assert manifest["two.bin"]["bytes"] == 256
