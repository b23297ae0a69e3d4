"""An exported file says which clip it shows; files from elsewhere say nothing."""

import json
from dataclasses import asdict, replace
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.conftest import TINY
from tests.fixtures.clips import SLIDING
from tests.marks import slow_except
from understanding_gradients.cache.store import Store
from understanding_gradients.export.clip_part import clip_parts
from understanding_gradients.export.exporter import export, exporters
from understanding_gradients.export.provenance import (
    Provenance,
    format_of,
    provenance_of,
    recorded_options,
)
from understanding_gradients.spec.job import Job
from understanding_gradients.spec.options import RenderOptions
from understanding_gradients.workers.pool import Pool

pytestmark = [pytest.mark.render, pytest.mark.usefixtures("warm_workers")]

OPTIONS = RenderOptions(
    settings="kurs-ä.toml",
    theme="light",
    loss="bowl.py:küche",
    start="2,1",
    steps=3,
    learning_rate="0.02",
    max_mb=2.5,
)
CAPTIONS = {"slide": "A square slides.", "stand": "It {stands} & <waits>."}
RECOGNISED = sorted(name for name, one in exporters().items() if one.suffixes)
# Written by commit 2e342ca.
OLD = (
    '{"beat": "name", "caption": "The slope of a loss.", "key": "00ff", "made_by": '
    '"Understanding Gradients", "slug": "title", "wishes": {"learning_rate": "0.02", "loss": null, '
    '"max_mb": null, "quality": "draft", "settings": "lecture.toml", "start": "2,1", "steps": 3, '
    '"theme": null, "transparent": true}}'
)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(tmp_path_factory.mktemp("store"))


@pytest.mark.parametrize("kind", slow_except(RECOGNISED, "png", "mp4"))
def test_every_file_says_what_it_shows_with_the_same_bytes_every_time(store, tmp_path, kind):
    exporter = exporters()[kind]
    job = Job(SLIDING, TINY, transparent=exporter.is_transparent)
    entries = Pool(store, 1).render([job], exporter.output).entries
    (whole,) = clip_parts([SLIDING], entries, options=OPTIONS)
    for part in (whole, *whole.each_beat):
        paths = list(export([part], tmp_path, kind))
        for path, shown in zip(paths, exporter.parts(part), strict=True):
            name = shown.beat_name
            content = path.read_bytes()
            expected = Provenance(
                "sliding",
                name,
                entries["sliding"].name,
                CAPTIONS.get(name, ""),
                OPTIONS,
                exporter.digest_of(content),
                ("slide", "stand"),
            )
            assert expected.digest
            assert provenance_of(path.name, content) == expected
            assert provenance_of("renamed" + path.suffix.upper(), content) == expected
        before = [path.read_bytes() for path in paths]
        assert [path.read_bytes() for path in export([part], tmp_path, kind)] == before


def test_a_comment_of_the_first_format_is_read():
    options = RenderOptions(
        quality="draft", learning_rate="0.02", start="2,1", steps=3, transparent=True
    )
    expected = Provenance("title", "name", "00ff", "The slope of a loss.", options)
    assert Provenance.from_text(OLD) == expected


def test_a_comment_of_a_later_version_is_read_without_its_unknown_keys():
    later = json.loads(Provenance("clip", "beat", "00ff", "Said.", OPTIONS).text())
    later |= {"format": 9, "voice": "Ada"}
    later["options"] |= {"optimizer": "Adam", "max_mb": 2}
    expected = replace(OPTIONS, max_mb=2.0)
    assert Provenance.from_text(json.dumps(later)) == Provenance(
        "clip", "beat", "00ff", "Said.", expected
    )


def test_missing_keys_have_their_defaults():
    text = '{"made_by": "Understanding Gradients", "slug": "title", "options": {"steps": 3}}'
    assert Provenance.from_text(text) == Provenance("title", options=RenderOptions(steps=3))


def test_a_comment_survives_as_ascii():
    provenance = Provenance("clip", "beat", "00ff", "Größer \u202e\n", OPTIONS)
    assert provenance.text().isascii()
    assert Provenance.from_text(provenance.text()) == provenance


def changed(**changes):
    return json.dumps(json.loads(Provenance("clip", "beat", "00ff").text()) | changes)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "holiday",
        "[]",
        "3",
        "[" * 4000,
        '{"made_by": "someone else"}',
        changed(made_by="Somebody"),
        changed(key="0" * 70000),
    ],
)
def test_a_comment_from_elsewhere_is_not_recognised(text):
    assert Provenance.from_text(text) is None


@pytest.mark.parametrize(
    ("text", "name", "place"),
    [
        ('{"made_by": "Understanding Gradients"}', "a clip", "content"),
        (changed(slug=3), "a clip", "slug"),
        (changed(slug=None), "a clip", "slug"),
        (changed(beat=None), "clip", "beat"),
        (changed(caption=7), "clip", "caption"),
        (changed(options=3), "clip", "options"),
        (changed(options=asdict(RenderOptions()) | {"steps": "3"}), "clip", "options.steps"),
        (changed(options=asdict(RenderOptions()) | {"steps": True}), "clip", "options.steps"),
        (changed(options=asdict(RenderOptions()) | {"quality": None}), "clip", "options.quality"),
        (changed(wishes=[]), "clip", "wishes"),
        (changed(digest=1), "clip", "digest"),
        (changed(beats=[1]), "clip", "beats[0]"),
    ],
)
def test_a_comment_of_ours_with_a_wrong_value_is_ours_and_says_which(text, name, place):
    found = Provenance.from_text(text)
    assert found is not None
    assert found.name == name
    assert found.problem.startswith(f"what it says of its {place} cannot be read: ")


@given(st.text())
def test_no_comment_raises(text):
    Provenance.from_text(text)


SUFFIXES = [suffix for one in exporters().values() for suffix in one.suffixes]


@given(st.binary(max_size=200), st.sampled_from([*SUFFIXES, ".txt", ""]))
def test_no_content_raises(content, suffix):
    assert provenance_of(f"file{suffix}", content) is None


@pytest.mark.parametrize("kind", ["png", "gif"])
def test_a_picture_from_elsewhere_is_not_recognised(kind):
    file = BytesIO()
    Image.new("P", (4, 4)).save(file, format=kind, comment=b"\xff\xfe")
    assert provenance_of(f"x.{kind}", file.getvalue()) is None
    assert provenance_of(f"x.{kind}", file.getvalue()[:40]) is None


DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg"><metadata>%s</metadata></svg>'


def test_a_drawing_from_elsewhere_is_not_recognised():
    ours = Provenance("clip", "beat", "00ff").text().encode()
    assert provenance_of("x.svg", DRAWING % ours) == Provenance("clip", "beat", "00ff")
    entity = b'<!DOCTYPE svg [<!ENTITY our SYSTEM "file:///etc/passwd">]>' + DRAWING % b"&our;"
    laughs = b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12))
    bomb = b'<!DOCTYPE svg [<!ENTITY a0 "ha">%s]>' % laughs + DRAWING % b"&a11;"
    large = DRAWING % ours + b" " * 20_000_000
    for content in (DRAWING % b"<rdf/>", DRAWING[:30], ours, entity, bomb, large):
        assert provenance_of("x.svg", content) is None
        assert provenance_of("x.png", content) is None


def test_a_format_is_known_by_every_suffix_of_its_files():
    assert [format_of(name) for name in ("a.MP4", "a.m4v", "a.pdf", "a")] == ["mp4", "mp4", "", ""]


def test_recorded_options_name_files_without_their_folders(tmp_path):
    settings = tmp_path / "my.toml"
    settings.write_text("", encoding="utf-8")
    found = recorded_options(RenderOptions(settings=str(settings), loss="deep/mine.py:bowl"))
    assert (found.settings, found.loss) == ("my.toml", "mine.py:bowl")
    assert "deep" not in Provenance("title", options=found).text()
    assert tmp_path.name not in Provenance("title", options=found).text()


def test_recorded_options_tell_settings_of_one_name_apart(tmp_path):
    found = []
    for folder, content in (("one", "steps"), ("one", "other"), ("two", "steps")):
        path = tmp_path / folder / "lecture.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
        found.append(recorded_options(RenderOptions(settings=str(path))))
    first, edited, moved = found
    assert first.settings_place == edited.settings_place != moved.settings_place
    assert first.settings_content == moved.settings_content != edited.settings_content
