"""Files that are not what they say: of arrays, of settings, of the store, of a loss."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from descent.serialization import FORMAT, Saveable
from tests.faults import seeds
from tests.faults.inputs import ROOT, Canary, pickles, refusal, told_in_little_memory, tree
from tests.small_lecture import move_to, run, write_settings
from understanding_gradients.cache.recordings import recording_key
from understanding_gradients.cache.store import MANIFEST, Store
from understanding_gradients.decks.html import PAGE, is_deck
from understanding_gradients.lecture.recordings import RECORDINGS, load_recordings, recording_path
from understanding_gradients.lecture.settings_file import read_settings
from understanding_gradients.lecture.toml_file import MAX_BYTES

GOOD = {type(one).__name__: one for one in seeds.saveables()}
TERABYTE = 1 << 40


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder to work in, on the small lecture."""
    move_to(tmp_path, monkeypatch)
    write_settings(tmp_path)
    return tmp_path


def changed(content: bytes, change) -> bytes:
    """Return a file of arrays with another header, its length as it is then."""
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    change(header)
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + content[8 + size :]


def to_each_array(**entry):
    """Return a change of a header that says `entry` of every array."""

    def change(header):
        for name in header.keys() - {"__metadata__"}:
            header[name] |= entry

    return change


def in_tree(change):
    """Return a change of a header that changes the text which says what the file holds."""

    def whole(header):
        inside = json.loads(header["__metadata__"][FORMAT])
        change(inside)
        header["__metadata__"][FORMAT] = json.dumps(inside)

    return whole


def to_each_field(value):
    """Return a change of what a file holds that puts `value` in place of every field."""

    def change(inside):
        inside["fields"] = dict.fromkeys(inside["fields"], value)

    return in_tree(change)


def named_by_all(inside):
    """Let every field name one array."""
    first = next(one for one in inside["fields"].values() if "array" in str(one))
    if "tuple" in first:
        first["tuple"] *= 2
    inside["fields"] = dict.fromkeys(inside["fields"], first)


WRONG_FILES = {
    "cut": lambda content: content[: len(content) // 2],
    "a header of 1 TB": lambda content: TERABYTE.to_bytes(8, "little") + content[8:],
    "an array of 1 TB": lambda content: changed(content, to_each_array(shape=[TERABYTE // 8])),
    "1 TB times 1 TB": lambda content: changed(content, to_each_array(shape=[1 << 40, 1 << 40])),
    "a shape that takes hours": lambda content: changed(
        content, to_each_array(shape=[10**4000] * 40)
    ),
    "a shape of text": lambda content: changed(content, to_each_array(shape=["x" * 9, 1 << 40])),
    "below zero": lambda content: changed(content, to_each_array(shape=[-1])),
    "another type": lambda content: changed(content, to_each_array(dtype="BF16")),
    "numbers for all": lambda content: changed(content, to_each_field(10**400)),
    "texts for all": lambda content: changed(content, to_each_field("../../x")),
    "runs for all": lambda content: changed(content, to_each_field({"kind": "Trajectory"})),
    "one array for all": lambda content: changed(content, in_tree(named_by_all)),
    "nested": lambda content: changed(
        content, lambda header: header["__metadata__"].update({FORMAT: "[" * 100_000})
    ),
    "a name of many lines": lambda content: changed(
        content, in_tree(lambda inside: inside["fields"].update({"a\nb" * 9999: 1}))
    ),
}


@pytest.mark.parametrize("wrong", WRONG_FILES)
@pytest.mark.parametrize("kind", GOOD)
def test_a_wrong_file_of_any_kind_is_refused_in_a_line(kind, wrong, tmp_path):
    path = tmp_path / "odd.safetensors"
    path.write_bytes(WRONG_FILES[wrong](GOOD[kind].to_bytes()))
    with pytest.raises(ValueError, match=f"must hold a whole {kind}; .*: record it again") as told:
        type(GOOD[kind]).load(path)
    assert str(told.value).isprintable()
    assert len(str(told.value)) < 1_000


@pytest.mark.parametrize("one", GOOD.values(), ids=GOOD)
def test_a_good_file_of_any_kind_still_comes_back(one, tmp_path):
    assert type(one).load(one.save(tmp_path / "good")).to_bytes() == one.to_bytes()


def test_an_array_that_nothing_names_is_refused(tmp_path):
    content = changed(
        GOOD["Rows"].to_bytes(), in_tree(lambda inside: inside["fields"].update({"x": None}))
    )
    (tmp_path / "odd").write_bytes(content)
    with pytest.raises(ValueError, match="its x must be of type NDArray"):
        type(GOOD["Rows"]).load(tmp_path / "odd")


@pytest.mark.parametrize("where", ["pipe", "loop", "nowhere", "device", "folder", "x" * 300, "\0"])
def test_what_is_no_file_is_refused_at_once(where, here):
    os.mkfifo(here / "pipe")
    (here / "loop").symlink_to("loop")
    (here / "nowhere").symlink_to("gone")
    (here / "device").symlink_to("/dev/zero")
    (here / "folder").mkdir()
    for cls in Saveable.KINDS.values():
        with pytest.raises(
            (ValueError, FileNotFoundError),
            match=r"must be (a|an existing) file|must be one that a file can have",
        ):
            cls.load(here / where)
    with pytest.raises(FileNotFoundError, match="must be an existing settings file"):
        read_settings(here / where)
    if where != "\0":  # which no shell can pass
        said = refusal(run("clip", "sliding", settings=where))
        assert "must be an existing settings file; there is none." in said


def test_sparse_and_lying_files_are_refused_before_memory_is_taken(tmp_path):
    sizes = {"gigabyte": 1 << 30, "terabyte": 1 << 40}
    heads = {"nothing": b"", "header": (1 << 24).to_bytes(8, "little"), "good": head_of_a_run()}
    for (size, count), (head, content) in (
        (one, other) for one in sizes.items() for other in heads.items()
    ):
        with (tmp_path / f"{size}-{head}.safetensors").open("wb") as file:
            file.write(content)
            file.truncate(count)
    with (tmp_path / "lecture.toml").open("wb") as file:
        file.truncate(1 << 30)
    told = told_in_little_memory(f"""
from pathlib import Path
from descent import Landscape, Plane, Sweep, Trajectory
from understanding_gradients.lecture.settings_file import read_settings
import safetensors.numpy
LIMIT()
folder = Path({str(tmp_path)!r})
for cls in (Trajectory, Landscape, Plane, Sweep):
    for path in sorted(folder.glob("*.safetensors")):
        try: print("read", cls.load(path))
        except ValueError as error: print("refused", str(error).isprintable())
try: print("read", read_settings(folder / "lecture.toml"))
except ValueError as error: print("refused", "must not exceed" in str(error))
""")
    assert told == ["refused True"] * 25


def head_of_a_run() -> bytes:
    """Return the head of a file that declares 1 TB of iterates."""
    content = changed(GOOD["Trajectory"].to_bytes(), to_each_array(shape=[TERABYTE // 8]))
    return content[: 8 + int.from_bytes(content[:8], "little")]


def test_no_reader_of_arrays_unpickles(tmp_path):
    canary = tmp_path / "canary"
    for number, content in enumerate(pickles(canary, tmp_path)):
        disguises = [content, content.hex().encode()]
        as_array = GOOD["Rows"].to_bytes()
        disguises.append(as_array[: -len(content)] + content)
        for cls in Saveable.KINDS.values():
            for disguise in disguises:
                path = tmp_path / f"{number}.safetensors"
                path.write_bytes(disguise)
                with pytest.raises(ValueError, match="must hold a whole"):
                    cls.load(path)
        for name in RECORDINGS:
            recording_path(tmp_path, name).write_bytes(content)
            with pytest.raises(ValueError, match="must hold a whole"):
                load_recordings(tmp_path, [name])
        path = tmp_path / "lecture.toml"
        path.write_bytes(content)
        with pytest.raises(ValueError, match="must be valid TOML"):
            read_settings(path)
    assert not canary.exists()


def test_no_command_unpickles_its_settings_its_talk_its_loss_or_its_store(here):
    canary = here / "canary"
    key = recording_key(read_settings(here / "small.toml", ["standing"]), "very_large")
    for content in pickles(canary, here):
        for name in ("odd.toml", "odd.pptx", "odd.py"):
            (here / name).write_bytes(content)
        assert "must be valid TOML" in refusal(run("clip", "sliding", settings="odd.toml"))
        assert "undamaged" in refusal(run("deck", "--update", "odd.pptx"))
        assert "must run without an error" in refusal(
            run("clip", "arriving", "--loss", "odd.py:x", "--start", "1,2")
        )
        entry = here / "media" / "store" / key[:2] / key
        entry.mkdir(parents=True, exist_ok=True)
        for name in ("very_large.safetensors", MANIFEST):
            (entry / name).write_bytes(content)
        assert Store(here / "media" / "store", lambda sentence: None).find(key) is None
    assert not canary.exists()


LISTENING = """
import sys
from pathlib import Path
from understanding_gradients.lecture.settings_file import read_settings
from tests.faults import fuzz
folder = Path(sys.argv[1])
for target in fuzz.TARGETS.values(): target.seeds()
sys.addaudithook(fuzz.listen)
for name, target in fuzz.TARGETS.items():
    for seed in [*target.seeds(), *[path.read_bytes() for path in folder.iterdir()]]:
        print(name, fuzz.finding(target, seed, folder.parent / f"input{target.suffix}"))
import pickle
pickle.loads(pickle.dumps(Path("it hears")))
print(fuzz.EVENTS)
"""


@pytest.mark.render
def test_nothing_that_a_reader_does_leads_to_pickle_or_to_a_shell(tmp_path):
    (tmp_path / "odd").mkdir()
    for number, content in enumerate(pickles(tmp_path / "canary", tmp_path)):
        (tmp_path / "odd" / str(number)).write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-c", LISTENING, str(tmp_path / "odd")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    *lines, heard = done.stdout.splitlines()
    assert [line for line in lines if not line.endswith(" None")] == []
    assert len(lines) > 20
    assert "pickle.find_class" in heard, "the hook must work, or this test shows nothing"
    assert not (tmp_path / "canary").exists()


def settings_of(here, content: bytes) -> str:
    """Return what is said of a settings file with this content."""
    (here / "odd.toml").write_bytes(content)
    said = refusal(run("lecture", "-q", "draft", settings="odd.toml"))
    assert sorted(path.name for path in here.iterdir()) == ["odd.toml", "small.toml"]
    return said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a = " + b"[" * 100_000, "it is nested too deeply"),
        (b"a = " + b"{a = " * 20_000, "it is nested too deeply"),
        (b"\xff\xfe[\0f\0", "must be valid TOML; 'utf-8' codec"),
        (b"[film]\ntheme = '\0'", "must be valid TOML"),
        (b"x" * (MAX_BYTES + 1), "must not exceed 131,072 bytes"),
        (b".".join([b"a"] * 60_000) + b" = 1", "must have at most 3 dots; got 59,999"),
        (b"[captions" + b".a" * 2_000 + b"]", "line 1: a key must have at most 3 dots"),
        (b"[film]\ntheme = {a" + b".a" * 3_000 + b" = 1}", "line 2: a key must have at most 3"),
        (b"[data]\nrows = [{'a', a" + b" . 'a'" * 3_000 + b" = 1}]", "at most 3 dots; got 3,000"),
        (b"[film]\n'='" + b".a" * 60_000 + b" = 1", "at most 3 dots; got 60,000"),
        (b"x = {a = '''\"'''', b" + b'."b"' * 99 + b" = 1}", "at most 3 dots; got 99"),
        (b"[film]\ntheme = " + b"{a.b.c = " * 200 + b"1" + b"}" * 200, "is nested too deeply"),
        (b"[captions]\na.b = '''\n[" + b" " * 60_000 + b"\n'''\n[zzz]", "must be a known table"),
        (b"[film]\n" + b"t" * 60_000 + b" = 1", "must be a known key"),
        (b'[film]\n"the\\u001b[31m\\nme" = 1', "must be a known key"),
        (b"[descent]\nsteps = 1000000000", "from 1 to 100; got 1000000000"),
        (b"[descent]\nsteps = " + b"9" * 5_000, "must be valid TOML; exceeds the limit"),
        (b"[descent]\nsteps = 0x" + b"f" * 6_000, "must have numbers of at most 1,000 digits"),
        (b"[learning_rates]\nvery_large = 1e999", "must be a positive number"),
        (b"[learning_rates]\nvery_large = 0x" + b"f" * 900, "must be a positive number"),
        (b"[data]\nrows = [[0x" + b"f" * 900 + b", 1]]", "must be pairs [x, y] of numbers"),
        (b"[data]\nrows = [" + b"[1,2]," * 20_000 + b"]", "must be 1 to 1000 rows"),
        (b"[descent]\nstart = [" + b"1," * 60_000 + b"]", "must have 2 numbers (W1, b1)"),
        (b"[descent]\nloss = 1979-05-27", "must be FILE.py:NAME or one of"),
        (b"[film]\nleave_out = ['" + b"x" * 60_000 + b"']", "must name a clip"),
    ],
    ids=lambda value: value[:24].decode(errors="replace") if isinstance(value, bytes) else "",
)
def test_absurd_settings_get_one_sentence(here, content, said):
    assert said in settings_of(here, content)


def test_a_text_or_a_remark_may_have_any_number_of_dots(here):
    text = "e.g. a.b.c.d.e.f " + "." * 200
    quoted = [f'"{text}"', f"'{text}'", f'"""{text}\n{text}\\""""""', f"'''{text}\n{text}'''"]
    lines = [f'"standing.{n}" = {one} # {text}' for n, one in enumerate(quoted)]
    (here / "dots.toml").write_text("\n".join(["[captions]", *lines]), encoding="utf-8")
    assert all(text in one for one in read_settings(here / "dots.toml").captions.values())


def test_settings_may_be_a_link(here):
    (here / "link.toml").symlink_to("small.toml")
    assert read_settings(here / "link.toml") == read_settings(here / "small.toml")


def entry_of(store: Store, key: str = "abcdef") -> Path:
    """Return the folder of an entry with one file."""
    with store.add(key) as folder:
        (folder / "clip.mp4").write_bytes(b"film")
    return store.folder / key[:2] / key


@pytest.mark.parametrize("name", ["../../../secret", "link", "absolute", "loop", "\0"])
def test_an_entry_that_leads_out_of_the_store_is_damaged_and_what_it_leads_to_stays(name, tmp_path):
    said = []
    store = Store(tmp_path / "store", said.append)
    entry, secret = entry_of(store), tmp_path / "secret"
    secret.write_bytes(b"film")
    (entry / "link").symlink_to(secret)
    (entry / "loop").symlink_to("loop")
    name = str(secret) if name == "absolute" else name
    manifest = json.loads((entry / MANIFEST).read_text(encoding="utf-8"))
    manifest["files"] = {name: manifest["files"]["clip.mp4"]}
    (entry / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    assert store.find("abcdef") is None
    assert "leads out of it" in said[0]
    assert not entry.exists()
    assert secret.read_bytes() == b"film"


def test_an_entry_that_is_a_link_is_put_away_without_what_it_leads_to(tmp_path):
    store = Store(tmp_path / "store", lambda sentence: None)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "mine").write_bytes(b"mine")
    (store.folder / "ab").mkdir(parents=True)
    (store.folder / "ab" / "abcdef").symlink_to(outside)
    (store.folder / ".unfinished-old").symlink_to(outside)
    os.utime(store.folder / ".unfinished-old", (0, 0), follow_symlinks=False)
    assert store.find("abcdef") is None
    entry_of(store, "abcdeg")
    assert (outside / "mine").read_bytes() == b"mine"


@pytest.mark.parametrize("content", [b"[" * 100_000, b"\xff", b"1", b'{"a": 1}', None])
def test_a_manifest_that_is_none_is_damage(content, tmp_path):
    store = Store(tmp_path / "store", lambda sentence: None)
    manifest = entry_of(store) / MANIFEST
    manifest.unlink()
    os.mkfifo(manifest) if content is None else manifest.write_bytes(content)
    assert store.find("abcdef") is None


def test_a_store_that_is_a_link_is_a_store(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "store").symlink_to("disk")
    store = Store(tmp_path / "store", pytest.fail)
    assert entry_of(store) == store.find("abcdef")


def test_a_page_that_is_a_pipe_or_without_end_is_none_of_ours(tmp_path):
    os.mkfifo(tmp_path / PAGE)
    assert not is_deck(tmp_path)
    (tmp_path / PAGE).unlink()
    with (tmp_path / PAGE).open("wb") as file:
        file.truncate(1 << 40)
    assert not is_deck(tmp_path)


def test_loss_files_run_only_where_they_are_named(here):
    ran = here / "mine.ran"
    text = (
        "import pathlib\npathlib.Path(__file__).with_suffix('.ran').touch()\ndef bowl(p): return p"
    )
    (here / "mine.py").write_text(text, encoding="utf-8")
    own = '[descent]\nloss = "mine.py:bowl"\nstart = [1, 2]\n'
    (here / "own.toml").write_text(own, encoding="utf-8")
    read_settings(here / "own.toml")
    assert run("clip", "arriving", "--loss", "mine.so:bowl").exit_code == 2
    assert run("clip", "arriving", "--loss", "mine").exit_code == 2
    assert not ran.exists()
    assert run("clip", "sliding", settings="own.toml").exit_code == 2
    assert ran.exists()


@pytest.mark.parametrize("name", ["mine.so", "mine.pyc", "mine", "mine.toml"])
def test_a_loss_file_that_is_no_python_is_not_loaded(here, name):
    (here / name).write_bytes(b"\x7fELF" + bytes(99))
    said = refusal(run("clip", "arriving", "--loss", f"{name}:bowl", "--start", "1,2"))
    assert "must be a Python file, its name ending in .py." in said


def test_the_canary_would_sing(tmp_path):
    import pickle

    pickle.loads(pickle.dumps(Canary(tmp_path / "canary")))
    assert (tmp_path / "canary").exists(), "or the tests above show nothing"
    assert tree(tmp_path) == {"canary": b""}
