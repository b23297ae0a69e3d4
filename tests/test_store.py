import json
import os
import shutil
import signal
import stat
import subprocess
import sys

import pytest

from understanding_gradients.cache.sources import ROOT
from understanding_gradients.cache.store import LOCKS, MANIFEST, Store, StoreSize, digests, remove


@pytest.fixture
def warnings():
    return []


@pytest.fixture
def store(tmp_path, warnings):
    return Store(tmp_path / "store", warnings.append)


def fill(store, key="abcdef", text="content"):
    with store.add(key) as folder:
        (folder / "one.txt").write_text(text, encoding="utf-8")
        (folder / "two.bin").write_bytes(bytes(range(256)))
    return store.find(key)


def test_an_entry_is_found_with_its_content(store):
    assert store.find("abcdef") is None
    entry = fill(store)
    assert (entry / "one.txt").read_text(encoding="utf-8") == "content"
    assert set(digests(entry)) == {"one.txt", "two.bin"}


def test_an_entry_whose_content_could_not_be_made_is_not_kept(store):
    with pytest.raises(RuntimeError, match="half way"), store.add("abcdef") as folder:
        (folder / "one.txt").write_text("half", encoding="utf-8")
        raise RuntimeError("half way")
    assert store.find("abcdef") is None
    assert [path.name for path in store.folder.iterdir()] == [LOCKS]


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
def test_damage_is_reported_once_and_the_entry_deleted(store, warnings, damage, file, words):
    damage(fill(store) / file)
    assert store.find("abcdef") is None
    assert store.find("abcdef") is None
    assert len(warnings) == 1
    assert words in warnings[0]
    assert fill(store, text="again").joinpath("one.txt").read_text(encoding="utf-8") == "again"


@pytest.mark.parametrize("lost", ["entry", "parent"])
@pytest.mark.parametrize("kind", ["file", "link"])
def test_a_file_or_link_in_place_of_an_entry_is_deleted(store, warnings, lost, kind):
    entry = fill(store)
    place = entry if lost == "entry" else entry.parent
    shutil.rmtree(place)
    place.write_text("x") if kind == "file" else place.symlink_to(store.folder / "nowhere")
    assert store.find("abcdef") is None
    assert len(warnings) == 1
    assert fill(store) == entry == store.find("abcdef")


def test_a_huge_manifest_is_not_read(store, warnings):
    manifest = fill(store) / MANIFEST
    manifest.write_text(manifest.read_text(encoding="utf-8") + " " * (1 << 20), encoding="utf-8")
    assert store.find("abcdef") is None
    assert "its manifest cannot be read" in warnings[0]


def test_the_target_of_a_link_in_place_of_an_entry_stays_as_it_was(store):
    entry = fill(store)
    shutil.rmtree(entry)
    theirs = store.folder.parent / "theirs"
    theirs.mkdir(mode=0o755)
    entry.symlink_to(theirs)
    assert store.find("abcdef") is None
    assert not entry.is_symlink()
    assert stat.S_IMODE(theirs.stat().st_mode) == 0o755


def test_two_processes_may_find_the_same_damage(store):
    entry = fill(store)
    flip(entry / "two.bin")
    remove(entry, store.folder, only_if_damaged=True)
    remove(entry, store.folder, only_if_damaged=True)
    assert store.find("abcdef") is None
    assert not list(store.folder.glob(".removed-*"))


def test_an_entry_that_another_process_has_made_again_stays(store, warnings):
    entry = fill(store)
    remove(entry, store.folder, only_if_damaged=True)  # as if it had just been found damaged
    assert store.find("abcdef") == entry
    assert warnings == [] and not list(store.folder.glob(".removed-*"))


def test_of_two_processes_that_add_the_same_key_the_first_wins(store):
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


@pytest.mark.render
def test_unfinished_entries_of_killed_processes_are_deleted_and_those_of_running_ones_stay(store):
    command = [sys.executable, "-c", KILLED, str(store.folder)]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    (left,) = store.folder.glob(".unfinished-*")
    with store.add("abcdefg") as mine:
        assert not left.exists()
        # Its age does not matter: a clock may have been set forward.
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
for number in range(150):
    with store.add(f"{mine}{number:04d}") as folder:
        (folder / "one.txt").write_text(mine)
"""


@pytest.mark.render
def test_processes_never_delete_what_another_has_just_started(store):
    command = [sys.executable, "-c", BUSY, str(store.folder)]
    busy = [subprocess.Popen([*command, mine], cwd=ROOT) for mine in ("aa", "bb", "cc")]
    assert [process.wait() for process in busy] == [0, 0, 0]
    assert all(store.find(f"{mine}0149") for mine in ("aa", "bb", "cc"))
    assert not list(store.folder.glob(".*"))


def test_an_entry_under_another_key_is_not_used(store, warnings):
    one, other = fill(store), fill(store, "abcdeg")
    aside = store.folder / "aside"
    one.rename(aside)
    other.rename(one)
    aside.rename(other)
    assert store.find("abcdef") is None and store.find("abcdeg") is None
    assert [sentence.count("it belongs to another key") for sentence in warnings] == [1, 1]


def test_a_file_that_cannot_be_read_is_damaged(store, warnings):
    entry = fill(store)
    (entry / "one.txt").unlink()
    (entry / "one.txt").symlink_to("one.txt")
    assert store.find("abcdef") is None
    assert "leads out of it" in warnings[0]
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


def filled(folder, **last_used):
    """Add entries that were last used at a time in seconds, and return the size of each."""
    store = Store(folder)
    for key, seconds in last_used.items():
        os.utime(fill(store, key), (seconds, seconds))
    return store.size().bytes // len(last_used)


def keys(folder):
    return sorted(path.parent.name for path in folder.rglob(MANIFEST))


def test_the_size_of_a_store_is_that_of_its_entries(tmp_path):
    assert Store(tmp_path).size() == StoreSize(0, 0)
    entry = fill(Store(tmp_path))
    assert Store(tmp_path).size() == StoreSize(1, sum(p.stat().st_size for p in entry.iterdir()))


def test_the_least_recently_used_entries_are_pruned_until_the_others_fit(tmp_path):
    size = filled(tmp_path, aaaa=3000, bbbb=1000, cccc=2000)
    assert Store(tmp_path).prune(max_bytes=3 * size) == StoreSize(0, 0)
    assert Store(tmp_path).prune(max_bytes=3 * size - 1) == StoreSize(1, size)
    assert keys(tmp_path) == ["aaaa", "cccc"]
    assert Store(tmp_path).prune(max_bytes=size) == StoreSize(1, size)
    assert keys(tmp_path) == ["aaaa"]


def test_finding_an_entry_counts_as_its_use(tmp_path):
    size = filled(tmp_path, aaaa=2000, bbbb=1000)
    assert Store(tmp_path).find("bbbb")
    assert Store(tmp_path).prune(max_bytes=size) == StoreSize(1, size)
    assert keys(tmp_path) == ["bbbb"]


USER = """
import sys
from pathlib import Path
from understanding_gradients.cache.store import Store
store = Store(Path(sys.argv[1]))
print(store.find("aaaa").name, flush=True)
sys.stdin.read()
"""


@pytest.mark.render
def test_an_entry_that_a_running_process_uses_is_not_pruned(tmp_path):
    filled(tmp_path, aaaa=1000, bbbb=2000)
    with subprocess.Popen(
        [sys.executable, "-c", USER, str(tmp_path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as user:
        assert user.stdout.readline() == b"aaaa\n"
        assert Store(tmp_path).prune(max_bytes=0).entries == 1
        assert keys(tmp_path) == ["aaaa"]
        user.kill()
        user.wait()
    assert Store(tmp_path).prune(max_bytes=0).entries == 1
    assert keys(tmp_path) == []


def test_an_entry_that_this_process_uses_is_not_pruned(tmp_path):
    filled(tmp_path, aaaa=1000, bbbb=2000)
    user = Store(tmp_path)
    assert user.find("aaaa")
    assert Store(tmp_path).prune(max_bytes=0).entries == 1
    assert user.find("aaaa")


def test_pruning_deletes_unfinished_entries_and_nothing_else_but_entries(tmp_path):
    filled(tmp_path, aaaa=1000)
    (tmp_path / "durations").mkdir()
    (tmp_path / "durations" / "title").write_text("12.0", encoding="ascii")
    (tmp_path / ".unfinished-x").mkdir()
    Store(tmp_path).prune(max_bytes=0)
    assert {path.name for path in tmp_path.iterdir() if path.name != "aa"} == {"durations", LOCKS}
    assert (tmp_path / "durations" / "title").exists()


def test_a_store_is_not_pruned_below_nothing(tmp_path):
    with pytest.raises(ValueError, match="max_bytes must not be negative; got -1"):
        Store(tmp_path).prune(max_bytes=-1)
