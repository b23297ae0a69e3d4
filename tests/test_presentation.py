"""Presentations that somebody else edited, as PowerPoint and Impress would leave them."""

import re
import shutil
import tracemalloc
import zipfile
from io import BytesIO

import pytest
from pptx import Presentation
from pptx.util import Inches

from tests.fixtures.clips import SLIDING
from understanding_gradients.decks.package_copy import write_changed
from understanding_gradients.decks.presentation import read_presentation
from understanding_gradients.export.clip_part import clip_parts
from understanding_gradients.export.exporter import export


@pytest.fixture(scope="module")
def clips(small_film, tmp_path_factory):
    """The two beats of a clip, as files."""
    folder = tmp_path_factory.mktemp("clips")
    (whole,) = clip_parts([SLIDING], small_film.entries)
    return list(export(whole.each_beat, folder, "mp4"))


def movie(page, path, left=0):
    size = Inches(1)
    return page.shapes.add_movie(str(path), Inches(left), 0, size, size, mime_type="video/mp4")


@pytest.fixture
def talk(tmp_path, clips):
    """A clip on the second and the third slide, another on the third, and a stranger's film."""
    stranger = tmp_path / "holiday.mp4"
    stranger.write_bytes(b"\0\0\0\x18ftypisom" + bytes(200))
    deck = Presentation()
    pages = [deck.slides.add_slide(deck.slide_layouts[6]) for _ in range(4)]
    for number, path, left in ((1, clips[0], 0), (2, clips[0], 1), (2, clips[1], 0)):
        movie(pages[number], path, left)
    movie(pages[3], stranger)
    path = tmp_path / "talk.pptx"
    deck.save(str(path))
    return path


def contents(path):
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {entry.filename: archive.read(entry) for entry in archive.infolist()}


def test_our_files_are_found_on_the_slides_that_show_them(talk):
    found = read_presentation(talk)
    assert [(one.provenance.beat, one.slides, one.kind) for one in found.ours] == [
        ("slide", (2, 3), "mp4"),
        ("stand", (3,), "mp4"),
    ]
    (film,) = found.foreign
    assert [page.slides for page in found.pages if film in page.shown] == [(4,)]


def test_only_what_is_swapped_changes(talk, tmp_path):
    first = read_presentation(talk).ours[0]
    new = tmp_path / "new.mp4"
    new.write_bytes(b"new")
    before, copy = talk.read_bytes(), tmp_path / "copy.pptx"
    write_changed({first.entry: new}, talk, copy)
    assert talk.read_bytes() == before
    old, swapped = contents(talk), contents(copy)
    assert list(old) == list(swapped)
    assert swapped.pop(first.entry) == b"new"
    old.pop(first.entry)
    assert swapped == old
    with zipfile.ZipFile(talk) as one, zipfile.ZipFile(copy) as other:
        for a, b in zip(one.infolist(), other.infolist(), strict=True):
            assert (a.date_time, a.compress_type) == (b.date_time, b.compress_type)
    Presentation(str(copy))
    write_changed({first.entry: new}, talk, talk)
    assert talk.read_bytes() == copy.read_bytes()


def damaged_within(content):
    """Flip a byte in the middle of the largest entry."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        entry = max(archive.infolist(), key=lambda entry: entry.compress_size)
        place = entry.header_offset + 60 + entry.compress_size // 2
    return content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :]


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda content: b"", "undamaged"),
        (lambda content: content[: len(content) // 2], "undamaged"),
        (damaged_within, "undamaged"),
        (lambda content: b"PK\x03\x04" + bytes(500), "undamaged"),
        (lambda content: bytes.fromhex("d0cf11e0a1b11ae1") + bytes(500), "password"),
    ],
    ids=["empty", "half", "one byte", "no directory", "encrypted"],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(talk, damage, said):
    talk.write_bytes(damage(talk.read_bytes()))
    with pytest.raises(ValueError, match=said):
        read_presentation(talk)


def test_an_archive_that_is_no_presentation_is_refused(tmp_path):
    rels = "_rels/.rels"
    for files in ({"a.txt": ""}, {rels: "<x"}, {rels: "<x/>"}, {rels: "<x><y/></x>"}):
        path = tmp_path / "talk.pptx"
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in files.items():
                archive.writestr(name, text)
        with pytest.raises(ValueError, match="presentation"):
            read_presentation(path)


def rewritten(talk, name, change):
    """Replace one entry of a presentation."""
    entries = contents(talk)
    entries[name] = change(entries[name])
    with zipfile.ZipFile(talk, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, content in entries.items():
            archive.writestr(entry, content)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("ppt/presentation.xml", lambda text: re.sub(rb' r:id="[^"]*"', b"", text)),
        ("ppt/presentation.xml", lambda text: text.replace(b"rId", b"rIdd")),
        ("ppt/_rels/presentation.xml.rels", lambda text: text.replace(b"Target=", b"Tarquin=")),
        ("ppt/_rels/presentation.xml.rels", lambda text: text.replace(b"slides/slide1", b"gone/1")),
        ("ppt/presentation.xml", lambda text: b"<x>" * 100_000),
        ("ppt/presentation.xml", lambda text: bytes(60_000_000)),
        ("_rels/.rels", lambda text: b""),
    ],
)
def test_a_presentation_that_contradicts_itself_is_refused(talk, name, change):
    rewritten(talk, name, change)
    with pytest.raises(ValueError, match="undamaged"):
        read_presentation(talk)


def test_what_is_too_large_is_not_looked_into(talk):
    with zipfile.ZipFile(talk, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open("ppt/media/long.mp4", "w") as film:
            for _ in range(600):
                film.write(bytes(1_000_000))
    tracemalloc.start()
    found = read_presentation(talk)
    assert tracemalloc.get_traced_memory()[1] < 100_000_000
    tracemalloc.stop()
    assert "ppt/media/long.mp4" in found.foreign
    assert len(found.ours) == 2


def test_nothing_that_xml_names_elsewhere_is_read(talk, tmp_path):
    (tmp_path / "secret").write_text("secret")
    head = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{(tmp_path / "secret").as_uri()}">]>'.encode()
    name = "ppt/slides/slide2.xml"
    rewritten(talk, name, lambda text: text.replace(b"<p:sld ", head + b"<p:sld ", 1))
    assert len(read_presentation(talk).ours) == 2


def test_a_file_of_another_kind_is_refused(talk):
    with pytest.raises(ValueError, match=r"ending in \.pptx"):
        read_presentation(shutil.copyfile(talk, talk.with_suffix(".odp")))


def test_a_failure_on_the_way_leaves_the_old_file(talk, tmp_path):
    first = read_presentation(talk).ours[0]
    copy = tmp_path / "copy.pptx"
    copy.write_bytes(b"old")
    with pytest.raises(FileNotFoundError):
        write_changed({first.entry: tmp_path / "missing.mp4"}, talk, copy)
    assert copy.read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []
