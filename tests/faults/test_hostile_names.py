"""Names that would lead out of a folder, or that no list of files shows as they are."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.faults.inputs import refusal, tree
from tests.fixtures.clips import FAILING
from tests.small_lecture import drawn_in, move_to, run, write_settings
from understanding_gradients.cache.store import MANIFEST, write_manifest
from understanding_gradients.cli import cli
from understanding_gradients.decks import html as browser
from understanding_gradients.export.targets import writable_file, writable_folder
from understanding_gradients.spec.options import RenderOptions
from understanding_gradients.spec.timeline import BEATS_FILE, Beat

UNSEEN = ["two\nlines", "escape\x1b[31m", "bell\x07", "delete\x7f", "half\udcff", "\r"]
OUT = "../../../out"
WAYS_OUT = ["../../x", "/etc/passwd", "..", "a/b", "\\\\host\\x", "-rf", "\n", "~/x", "C:\\x", "\0"]


@pytest.fixture(scope="module")
def drawn_before(tmp_path_factory):
    """The store after the small lecture was drawn once."""
    lecture, stills = ("lecture", "-q", "draft"), ("clip", "sliding", "--format", "png")
    drawn = lecture, (*stills, "-q", "draft"), ("sheet", "sliding")
    return drawn_in(tmp_path_factory.mktemp("drawn"), *drawn) / "store"


@pytest.fixture
def here(tmp_path, monkeypatch, drawn_before):
    """A folder two folders deep to work in, on a lecture that was drawn before."""
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    move_to(folder, monkeypatch)
    write_settings(folder)
    shutil.copytree(drawn_before, folder / "media" / "store")
    return folder


@pytest.mark.parametrize("name", UNSEEN)
@pytest.mark.parametrize(
    ("words", "suffix"),
    [
        (["lecture"], ".mp4"),
        (["clip", "sliding"], ""),
        (["sheet"], ""),
        (["gallery"], ""),
        (["deck", "--to", "pptx"], ".pptx"),
        (["deck", "--to", "html"], ""),
        (["record", "--loss", "bowl"], ".safetensors"),
    ],
    ids=lambda value: value[-1] if isinstance(value, list) else "",
)
def test_an_output_with_control_characters_is_refused(here, words, suffix, name):
    before = tree(here.parent.parent)
    said = refusal(run(*words, "-o", f"{name}{suffix}"))
    assert "must have a name without control characters; got" in said
    assert tree(here.parent.parent) == before


@pytest.mark.parametrize("command", ["lecture", "clip", "deck"])
def test_an_output_of_300_characters_is_refused(here, command):
    words = {"lecture": ("lecture",), "clip": ("clip", "sliding"), "deck": ("deck", "--to", "pptx")}
    suffix = {"lecture": ".mp4", "clip": "/x", "deck": ".pptx"}[command]
    before = tree(here.parent.parent)
    assert "File name too long" in refusal(run(*words[command], "-o", "x" * 300 + suffix))
    assert tree(here.parent.parent) == before


@pytest.mark.render
@pytest.mark.parametrize(
    "name", ["../../x.mp4", "absolute", "-x.mp4", "--help.mp4", "$(id);`id`.mp4"]
)
def test_an_output_goes_where_its_owner_says_and_nowhere_else(here, name):
    top = here.parent.parent
    path = top / "deep" / "x.mp4" if name == "absolute" else here / name
    before = tree(top)
    result = run("lecture", "-q", "draft", "-o", path if name == "absolute" else name)
    assert result.exit_code == 0, result.output
    path = path.resolve()
    beside = {path.with_suffix(suffix) for suffix in (".mp4", ".srt", ".vtt", ".chapters.txt")}
    new = {top / one for one in tree(top).keys() - before.keys()}
    assert new - {path.parent} == beside
    assert {one: tree(top)[one] for one in before} == before


def test_a_link_in_place_of_an_output_is_replaced_and_what_it_leads_to_stays(here):
    precious = here.parent / "precious"
    precious.write_bytes(b"mine")
    for suffix in (".mp4", ".srt", ".vtt", ".chapters.txt"):
        (here / f"film{suffix}").symlink_to(precious)
    assert run("lecture", "-q", "draft", "-o", "film.mp4").exit_code == 0
    assert precious.read_bytes() == b"mine"
    assert not any(path.is_symlink() for path in here.iterdir())


@pytest.mark.parametrize("suffix", [".mp4", ".srt", ".vtt", ".chapters.txt"])
@pytest.mark.parametrize("what", ["a folder", "read-only"])
def test_a_film_of_which_a_file_cannot_be_written_is_refused_whole(here, suffix, what):
    path = here / f"film{suffix}"
    path.mkdir() if what == "a folder" else path.touch(0o444)
    before = tree(here)
    said = refusal(run("lecture", "-q", "draft", "-o", "film.mp4"))
    assert {"a folder": "got the folder", "read-only": "which is read-only"}[what] in said
    assert f"film{suffix}'" in said
    assert tree(here) == before


def test_captions_that_a_film_has_none_of_may_be_read_only(here):
    (here / "small.toml").write_text("[film]\ncaptions = false\n", encoding="utf-8")
    (here / "film.srt").touch(0o444)
    assert run("lecture", "-q", "draft", "-o", "film.mp4").exit_code == 0
    assert (here / "film.srt").read_bytes() == b""


def test_a_link_in_place_of_a_log_is_not_followed(here, monkeypatch):
    precious = here.parent / "precious"
    precious.write_bytes(b"mine")
    (here / "media" / "logs").mkdir()
    (here / "media" / "logs" / "failing.txt").symlink_to(precious)
    monkeypatch.setattr("scenes.registry.CLIPS", (FAILING,))
    assert run("clip", "failing", "-q", "draft").exit_code == 1
    assert precious.read_bytes() == b"mine"


def test_links_among_the_files_of_a_page_for_the_browser_are_not_followed(tmp_path, monkeypatch):
    monkeypatch.setattr(browser.reveal, "install", lambda: None)
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "mine").write_bytes(b"mine")
    folder = tmp_path / "deck"
    folder.mkdir()
    (folder / "index.html").write_text(browser.MARKER, encoding="utf-8")
    (folder / f"slides-{'0' * browser.DIGITS}").symlink_to(tmp_path / "precious")
    assert browser.place(folder, tmp_path) == folder
    assert (tmp_path / "precious" / "mine").read_bytes() == b"mine"


@pytest.mark.parametrize("name", WAYS_OUT)
def test_a_slug_or_a_beat_that_leads_out_names_no_clip(here, name):
    (here / "media" / "clips").mkdir()
    before = tree(here.parent.parent)
    for words in (
        ["clip", "--", name],
        ["gallery", "--", name],
        ["clip", "--beat", name, "sliding"],
    ):
        words[1:1] = ["--settings", "small.toml"]
        assert "must be one of" in refusal(CliRunner().invoke(cli, words))
    assert tree(here.parent.parent) == before


LONG = "1" + "0" * 10_000


@pytest.mark.parametrize("key", ["loss", "start", "learning_rate", "theme"])
@pytest.mark.parametrize("value", [*WAYS_OUT, LONG, "\u202e", "é" * 300, "." * 300])
def test_what_a_file_was_asked_for_becomes_a_plain_and_short_part_of_its_name(key, value):
    marks = replace(RenderOptions(), **{key: value}).suffix
    assert Path(f"clip{marks}.mp4").name == f"clip{marks}.mp4"
    assert marks.startswith("_")
    assert marks.isprintable()
    assert len(marks.encode()) <= 120


def test_long_options_that_differ_at_their_end_are_files_that_differ():
    assert (
        RenderOptions(start="1," * 90 + "2").suffix != RenderOptions(start="1," * 90 + "3").suffix
    )


def test_a_clip_of_a_rate_with_300_digits_is_a_file_that_can_be_written(here):
    rate = "0.7" + "0" * 300
    result = run("clip", "arriving", "-q", "draft", "--learning-rate", rate, "-o", "out")
    assert result.exit_code == 0, result.output
    (path,) = (here / "out").iterdir()
    assert path.name.startswith("arriving_learning-rate-0.7000")


@pytest.mark.parametrize("name", ["../../out", "/etc/out", "a\nb", "\0", "a\\b", "\x1b"])
def test_a_beat_must_have_a_name_that_files_can_have(name):
    with pytest.raises(ValueError, match="A beat must have a plain name; got"):
        Beat(name, "", 0, 1)


@pytest.mark.parametrize(
    "words",
    [
        ["clip", "sliding", "--format", "png", "-q", "draft"],
        ["clip", "sliding", "-q", "draft"],
        ["lecture", "-q", "draft"],
        ["list", "sliding"],
        ["list"],
        ["sheet", "sliding"],
        ["gallery", "sliding"],
        ["deck", "sliding", "--to", "pptx", "-q", "draft"],
        ["deck", "sliding", "--to", "html", "-q", "draft"],
    ],
    ids=" ".join,
)
def test_a_stored_clip_whose_beats_lead_out_writes_nothing_there(here, words):
    rewrite_beats(here, lambda stored: [beat.update(name=OUT) for beat in stored["beats"]])
    before = tree(here.parent.parent)
    said = refusal(run(*words), status=1)
    assert f"must hold a whole clip; its {BEATS_FILE} does not: A beat must have a plain" in said
    assert f"got '{OUT}': delete that folder, and the clip is drawn again." in said
    written = {
        name
        for name, content in tree(here.parent.parent).items() - before.items()
        if content is not None
    }
    assert all(name.startswith("a/b/media/store/") for name in written)


@pytest.mark.parametrize(
    "change",
    [
        lambda stored: stored.pop("beats"),
        lambda stored: stored.update(beats=[1]),
        lambda stored: stored["beats"][0].update(name=1),
    ],
    ids=["no beats", "numbers", "a number as a name"],
)
def test_a_stored_clip_that_is_not_divided_gets_one_sentence_too(here, change):
    rewrite_beats(here, change)
    assert "its beats.json does not: " in refusal(run("list"), status=1)


def rewrite_beats(here, change):
    """Change how every stored clip is divided, with a manifest that agrees."""
    for stored in (here / "media" / "store").rglob(BEATS_FILE):
        divided = json.loads(stored.read_text(encoding="utf-8"))
        change(divided)
        stored.write_text(json.dumps(divided), encoding="utf-8")
        (stored.parent / MANIFEST).unlink()
        write_manifest(stored.parent, stored.parent.name)


@pytest.mark.parametrize("prove", [writable_folder, lambda path: writable_file(path, ".mp4")])
def test_a_nul_which_no_shell_can_pass_is_refused_too(prove, tmp_path):
    with pytest.raises(ValueError, match="without control characters; got '.*nul.x00"):
        prove(tmp_path / "nul\0.mp4")
    assert tree(tmp_path) == {}
