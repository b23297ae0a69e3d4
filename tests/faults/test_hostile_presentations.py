"""Presentations that somebody made to be opened by us."""

from __future__ import annotations

import os
import struct
import zipfile
import zlib
from io import BytesIO

import pytest
from PIL import Image

from tests.faults import seeds
from tests.faults.inputs import refusal, told_in_little_memory, tree
from tests.faults.seeds import MAIN, OFFICE, forged, presentation, relations
from tests.small_lecture import move_to, run, write_settings
from understanding_gradients.decks.presentation import read_presentation
from understanding_gradients.export.comments import comment_in_image, comment_in_video
from understanding_gradients.export.provenance import Provenance

ENTITIES = "".join(
    f'<!ENTITY e{number} "{f"&e{number - 1};" * 10 if number else "ha" * 10}">'
    for number in range(12)
)
LAUGHS = f'<!DOCTYPE x [{ENTITIES}]><p:sld xmlns:p="{MAIN}">&e11;</p:sld>'


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder two folders deep to work in, on the small lecture."""
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    move_to(folder, monkeypatch)
    write_settings(folder)
    return folder


def written(folder, content):
    (folder / "talk.pptx").write_bytes(content)
    return folder / "talk.pptx"


def declaring(content: bytes, name: str, size: int) -> bytes:
    """Return an archive that declares `size` bytes of the entry `name`, and has what it has."""
    place = content.rindex(b"PK\x01\x02", 0, content.rindex(name.encode()))
    return content[: place + 24] + struct.pack("<I", size) + content[place + 28 :]


def bomb(count: int, name: str, size: int = 100_000_000) -> bytes:
    """Return a presentation with `count` entries called `name` that are `size` zeros each."""
    made = BytesIO(presentation(("media1.png", seeds.picture("x"))))
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as archive:
        for number in range(count):
            with archive.open(name.format(number + 11), "w") as entry:
                for _ in range(size // 1_000_000):
                    entry.write(bytes(1_000_000))
    return made.getvalue()


def slides_twice(notes: str) -> bytes:
    """Return a presentation that shows one slide a hundred thousand times."""
    listed = '<p:sldId id="256" r:id="rId1"/>' * 100_000
    main = f'<p:p xmlns:p="{MAIN}" xmlns:r="{OFFICE}"><p:sldIdLst>{listed}</p:sldIdLst></p:p>'
    return presentation(more={"ppt/presentation.xml": main, "ppt/notes.xml": notes})


WRONG_PRESENTATIONS = {
    "1 TB of text": lambda: declaring(presentation(), "ppt/notes.xml", 0xFFFFFFF0),
    "a bomb of text": lambda: bomb(1, "ppt/slides/slide9.xml"),
    "many bombs of text": lambda: bomb(5, "ppt/slides/slide{}.xml", 49_000_000),
    "a slide many times": lambda: slides_twice("<p>" + "x" * 1_000_000 + "</p>"),
    "deep XML": lambda: presentation(more={"ppt/notes.xml": "<x>" * 500_000}),
    "relations of nothing": lambda: presentation(more={"_rels/.rels": relations()}),
    "a directory before the file": lambda: (
        presentation()[:-6] + struct.pack("<I", 0xFFFFFFF0) + b"\0\0"
    ),
}


@pytest.mark.parametrize("wrong", WRONG_PRESENTATIONS)
def test_a_wrong_presentation_is_refused_in_one_sentence(here, wrong):
    written(here, WRONG_PRESENTATIONS[wrong]())
    before = tree(here.parent.parent)
    said = refusal(run("deck", "--update", "talk.pptx"))
    assert "The presentation must be undamaged; got 'talk.pptx'" in said
    assert tree(here.parent.parent) == before


def test_bombs_are_told_by_what_they_declare_before_memory_is_taken(tmp_path):
    (tmp_path / "text.pptx").write_bytes(bomb(4, "ppt/slides/slide{}.xml"))
    (tmp_path / "film.pptx").write_bytes(bomb(4, "ppt/media/film{}.mp4"))
    (tmp_path / "laughs.pptx").write_bytes(presentation(more={"ppt/slides/slide1.xml": LAUGHS}))
    (tmp_path / "notes.pptx").write_bytes(presentation(more={"ppt/notes.xml": LAUGHS}))
    told = told_in_little_memory(
        f"""
from pathlib import Path
from understanding_gradients.decks.presentation import read_presentation
LIMIT()
for path in sorted(Path({str(tmp_path)!r}).glob("*.pptx")):
    try: print(path.stem, len(read_presentation(path).foreign))
    except ValueError as error: print(path.stem, "undamaged" in str(error))
""",
        more=100_000_000,
    )
    # What shows no clip of ours is harmless, and is only counted.
    assert told[0] == "film 4"
    assert told[1:] in (
        ["laughs 0", "notes 0", "text True"],
        ["laughs True", "notes True", "text True"],
        ["laughs 0", "notes True", "text True"],
    )


def png(width: int, height: int, text: bytes = b"comment\0x") -> bytes:
    """Return a PNG that declares a size and has no pixels."""

    def chunk(kind, content):
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(bytes(100)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"tEXt", text) + pixels


def of_size(content: bytes, width: int, height: int) -> bytes:
    """Return an MP4 that declares frames of another size."""
    place = content.rindex(b"avc1") + 28
    return content[:place] + struct.pack(">HH", width, height) + content[place + 4 :]


def test_frames_of_100000_pixels_in_a_presentation_take_no_memory(tmp_path):
    said = Provenance("sliding", "", "0" * 64, "", seeds.OWN).text()
    film = of_size(seeds.video(said), 65535, 65535)
    assert comment_in_video(film, "mp4") == said, "it is still read, or this shows nothing"
    gif = seeds.picture(said, "gif")
    gif = gif[:6] + b"\xff\xff\xff\xff" + gif[10:]
    picture = png(100_000, 100_000, b"comment\0" + said.encode())
    assert comment_in_image(png(10, 10), "PNG") == "x"
    pressed = png(10, 10, b"")[:33] + png_text_bomb()
    media = ("a.mp4", film), ("b.gif", gif), ("c.png", picture), ("d.png", pressed)
    written(tmp_path, presentation(*media))
    told = told_in_little_memory(
        f"""
from pathlib import Path
import av, PIL.PngImagePlugin, PIL.GifImagePlugin
from understanding_gradients.decks.presentation import read_presentation
LIMIT()
print([one.entry for one in read_presentation(Path({str(tmp_path / "talk.pptx")!r})).ours])
""",
        more=100_000_000,
    )
    assert "a.mp4" in told[0]
    assert "d.png" not in told[0]


def test_posters_that_would_fill_the_memory_or_start_a_program_are_not_decoded(tmp_path):
    film = seeds.video("x", (64, 48))
    bitmap = BytesIO()
    Image.new("RGB", (4, 4)).save(bitmap, "bmp")
    huge = bitmap.getvalue()[:18] + struct.pack("<ii", 60_000, 60_000) + bitmap.getvalue()[26:]
    playlist = b"#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:1,\nfile:///etc/passwd\n"
    pairs = {
        "fits": (film, seeds.picture("x")),
        "poster": (film, huge),
        "png": (film, png(100_000, 100_000)),
        "film": (of_size(film, 65535, 65535), seeds.picture("x")),
        "postscript": (film, b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n"),
        "playlist": (playlist, seeds.picture("x")),
        "nothing": (b"", b""),
    }
    for name, contents in pairs.items():
        for part, content in zip(("film", "image"), contents, strict=True):
            (tmp_path / f"{name}.{part}").write_bytes(content)
    told = told_in_little_memory(
        f"""
from pathlib import Path
import av, numpy, PIL.Image
from understanding_gradients.decks.frames import CannotCompare, frame_shown
PIL.Image.init()
LIMIT()
for film in sorted(Path({str(tmp_path)!r}).glob("*.film")):
    image = film.with_suffix(".image").read_bytes()
    try: print(film.stem, frame_shown(film.read_bytes(), image, "mp4"))
    except CannotCompare: print(film.stem, "cannot")
""",
        more=200_000_000,
    )
    told = dict(line.split() for line in told)
    assert told.pop("fits") in ("-1", "None")
    # The decoder goes by the size in the stream itself.
    assert told.pop("film") in ("-1", "cannot")
    assert set(told.values()) == {"cannot"}
    assert len(told) == len(pairs) - 2


def png_text_bomb() -> bytes:
    """Return a chunk of compressed text that would be a gigabyte."""
    packed = zlib.compressobj()
    content = b"comment\0\0" + b"".join(packed.compress(bytes(1 << 20)) for _ in range(1 << 8))
    content += packed.flush()
    kind = b"zTXt"
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )


@pytest.mark.parametrize(
    "name", ["../../../out.png", "/out.png", "..\\out.png", "a\nb.png", "C:/out.png", "nul\0.png"]
)
def test_entries_whose_names_lead_out_are_written_nowhere(here, name):
    said = Provenance(
        "sliding", "slide", "0" * 64, "", seeds.replace(seeds.OWN, learning_rate=None)
    )
    path = written(here, forged(said, settings="small.toml", start=None, steps=None))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(zipfile.ZipInfo(name), seeds.picture(said.text()))
    before = tree(here.parent.parent)
    result = run("deck", "--update", "talk.pptx", "--dry-run")
    assert result.exit_code == 0, result.output
    # The beats of a stale clip are counted, and kept in the store.
    new = {*tree(here.parent.parent)} - {*before}
    assert not [one for one in new if not f"{one}/".startswith("a/b/media/")]
    assert not [one for one in new if one.endswith(".png")]
    assert {one: tree(here.parent.parent)[one] for one in before} == before


@pytest.mark.parametrize(
    "changes",
    [
        {"slug": "../../x"},
        {"beat": "../../x"},
        {"settings": "../../etc/passwd"},
        {"settings": "$(touch canary)"},
        {"loss": "/etc/passwd:x"},
        {"loss": "a.py:b; touch canary"},
        {"quality": "../hd"},
        {"start": "1," * 30_000},
        {"start": "1" * 30_000},
        {"learning_rate": "0." + "0" * 30_000},
        {"theme": "../../x"},
        {"steps": 10**9},
        {"steps": 10**4000},
        {"caption": "x" * 30_000},
        {"slug": "\u202e\x1b[2Jx" * 9_000},
    ],
    ids=lambda changes: f"{changes!r:.30}",
)
def test_what_a_file_says_of_itself_is_refused_like_a_wrong_command(here, changes):
    options = {"settings": "small.toml", "learning_rate": None, "start": None, "steps": None}
    content = forged(None, **{**options, "beat": "slide", "slug": "sliding"} | changes)
    written(here, content)
    before = tree(here.parent.parent)
    result = run("deck", "--update", "talk.pptx", "--dry-run")
    assert "Traceback" not in result.output
    assert result.exit_code in (0, 2)
    lines = result.output.splitlines()
    assert all(line.isprintable() and len(line) < 1_000 for line in lines)
    assert "swapped" not in lines[0] or "caption" in changes or "beat" in changes
    new = {*tree(here.parent.parent)} - {*before}
    assert not [name for name in new if not name.startswith("a/b/media")]
    assert {one: tree(here.parent.parent)[one] for one in before} == before


def test_a_comment_that_is_pickled_or_nested_is_none_of_ours(tmp_path):
    for comment in ("[" * 60_000, "cos\nsystem\n(S'touch canary'\ntR.", "{" * 99, "1" * 60_000):
        assert Provenance.from_text(comment) is None
        path = written(tmp_path, presentation(("a.png", seeds.picture(comment))))
        assert read_presentation(path).ours == ()


def test_a_presentation_that_is_a_pipe_or_leads_nowhere_is_refused(here):
    os.mkfifo(here / "pipe.pptx")
    (here / "loop.pptx").symlink_to("loop.pptx")
    assert "The presentation must be a file" in refusal(run("deck", "--update", "pipe.pptx"))
    assert refusal(run("deck", "--update", "loop.pptx"))


def test_a_dangling_link_where_the_updated_presentation_would_go_is_somebodys(here):
    written(here, forged(None, settings="small.toml", learning_rate=None, start=None, steps=None))
    (here / "talk-fresh.pptx").symlink_to("../gone")
    said = refusal(run("deck", "--update", "talk.pptx"))
    assert "'talk-fresh.pptx' is there already" in said
    assert (here / "talk-fresh.pptx").is_symlink()
