"""A file says which clip it is; whatever else comes from outside says nothing."""

import json
from dataclasses import asdict
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.conftest import TINY
from tests.fixtures.clips import SLIDING
from understanding_gradients.cache.store import Store
from understanding_gradients.export.files import FORMATS, export, sections
from understanding_gradients.export.provenance import (
    KINDS,
    Provenance,
    provenance_of,
)
from understanding_gradients.spec.job import Job
from understanding_gradients.spec.options import RenderOptions
from understanding_gradients.workers.pool import Pool

WISHES = RenderOptions(
    settings="kurs-ä.toml",
    theme="light",
    loss="bowl.py:küche",
    start="2,1",
    steps=3,
    learning_rate="0.02",
    max_mb=2.5,
)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(tmp_path_factory.mktemp("store"))


@pytest.mark.parametrize("kind", sorted(set(KINDS.values())))
@pytest.mark.parametrize("beat", ["", "stand"])
def test_every_file_says_what_it_is(store, tmp_path, kind, beat):
    job = Job(SLIDING, TINY, transparent=FORMATS[kind].transparent)
    entries = Pool(store, 1).render([job], FORMATS[kind].makes).entries
    parts = sections([SLIDING], entries, beat or None, WISHES)
    for path in export(parts, tmp_path, kind):
        content = path.read_bytes()
        shown = "slide" if not beat and "slide" in path.name else beat
        if kind == "png" and not beat:
            shown = "slide" if "slide" in path.name else "stand"
        key = entries["sliding"].name
        caption = {"slide": "A square slides.", "stand": "It {stands} & <waits>."}.get(shown, "")
        assert provenance_of(path.name, content) == Provenance(
            "sliding", shown, key, caption, WISHES
        )
        assert provenance_of("renamed" + path.suffix.upper(), content) is not None
        # The very same bytes each time: what did not change is not swapped.
        (again, *_) = [p for p in export(parts, tmp_path, kind) if p == path]
        assert again.read_bytes() == content


def test_clips_that_were_asked_for_otherwise_have_other_names():
    assert RenderOptions(quality="hd").file_name_suffix == ""
    assert RenderOptions(quality="draft").file_name_suffix == "_draft"
    assert RenderOptions(learning_rate="0.75").file_name_suffix == "_learning-rate-0.75"
    options = RenderOptions(loss="../my losses.py:valley", start="-2,2", theme="light")
    assert options.file_name_suffix == "_loss-..-my-losses.py-valley_start--2,2_light"
    assert RenderOptions(steps=3, transparent=True).file_name_suffix == "_steps-3_transparent"


def test_a_comment_survives_as_text():
    one = Provenance("clip", "beat", "00ff", "Größer \u202e\n", WISHES)
    assert one.text().isascii()
    assert Provenance.from_text(one.text()) == one


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
        changed(slug=3),
        changed(beat=None),
        changed(caption=7),
        changed(more="x"),
        changed(wishes=None),
        changed(wishes={}),
        changed(wishes=asdict(RenderOptions()) | {"steps": "3"}),
        changed(wishes=asdict(RenderOptions()) | {"quality": None}),
        changed(wishes=asdict(RenderOptions()) | {"run": "this"}),
        changed(key="0" * 70000),
    ],
)
def test_a_strangers_comment_is_none_of_ours(text):
    assert Provenance.from_text(text) is None


@given(st.text())
def test_no_comment_at_all_raises(text):
    Provenance.from_text(text)


@given(st.binary(max_size=200), st.sampled_from([*KINDS, ".txt", ""]))
def test_no_content_at_all_raises(content, suffix):
    assert provenance_of(f"file{suffix}", content) is None


@pytest.mark.parametrize("kind", ["png", "gif"])
def test_a_strangers_picture_is_none_of_ours(kind):
    file = BytesIO()
    Image.new("P", (4, 4)).save(file, format=kind, comment=b"\xff\xfe")
    assert provenance_of(f"x.{kind}", file.getvalue()) is None
    assert provenance_of(f"x.{kind}", file.getvalue()[:40]) is None
