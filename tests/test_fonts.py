"""The fonts of the film are the same on every machine, and cover what they are asked to draw."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from descent import LOSSES, record
from descent.checks.errors import InvalidValue
from scenes.typesetting.fonts import (
    FALLBACK_FONT,
    fonts,
    fonts_digest,
    missing_characters,
)
from scenes.typesetting.labels import Label
from tests.faults.inputs import ROOT
from understanding_gradients import film
from understanding_gradients.cache.recordings import find_or_record
from understanding_gradients.cache.store import Store
from understanding_gradients.commands.request import resolve_request
from understanding_gradients.export.exporter import exporters
from understanding_gradients.lecture.settings import Settings
from understanding_gradients.spec.options import RenderOptions

BOWL = LOSSES["bowl"]

OUTLINES = """
import hashlib
from pathlib import Path
from pypdf import PdfReader
from understanding_gradients.export.handout import Page, write_handout
from scenes.typesetting.typst_svg import shapes_of
shapes = shapes_of("Gradient $theta^2$ Größe Рус שלום")
print(hashlib.sha256(b"".join(shape.points.tobytes() for shape in shapes)).hexdigest())
home = Path.home()
(home / "still.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 9"/>')
write_handout("A title", [Page("beat", "Größe", home / "still.svg")], home / "handout.pdf")
(page,) = PdfReader(home / "handout.pdf").pages
print([font.get_object()["/BaseFont"] for font in page["/Resources"]["/Font"].values()])
"""


def outlines_with(home: Path) -> str:
    """Return what a process draws and what fonts its handout has, if `home` is its home folder."""
    done = subprocess.run(
        [sys.executable, "-c", OUTLINES],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env=os.environ | {"HOME": str(home), "XDG_DATA_HOME": str(home / ".local" / "share")},
    )
    return done.stdout


def install_other_serif(home: Path) -> None:
    """Install a font in `home` that has the name of the film's text font."""
    folder = home / ".local" / "share" / "fonts"
    folder.mkdir(parents=True)
    with TTFont(FALLBACK_FONT) as font:
        for record in font["name"].names:
            if record.nameID in (1, 4, 16):
                record.string = "Libertinus Serif"
        font.save(folder / "other.ttf")


@pytest.mark.render
def test_a_font_in_the_home_folder_changes_neither_a_glyph_nor_a_handout(tmp_path):
    (tmp_path / "with").mkdir()
    (tmp_path / "without").mkdir()
    install_other_serif(tmp_path / "with")
    assert outlines_with(tmp_path / "with") == outlines_with(tmp_path / "without")


def test_typst_has_its_embedded_fonts_and_the_fallback_only():
    embedded = {"DejaVu Sans Mono", "Libertinus Serif"}
    embedded |= {"New Computer Modern", "New Computer Modern Math"}
    assert set(fonts().families()) == embedded | {"DejaVu Sans"}


def test_the_fallback_font_comes_with_its_licence():
    assert "Bitstream Vera" in (FALLBACK_FONT.parent / "LICENSE").read_text(encoding="utf-8")


def test_the_digest_is_that_of_the_fallback_font():
    assert len(fonts_digest()) == 64
    assert fonts_digest() == fonts_digest()


@pytest.mark.parametrize(
    "text", ["size in m²", "Größe", "Ελλάδα", "Рус", "שלום", "مرحبا", "ŷ θ̂ ₁ ≈ → ½", "e\u0301"]
)
def test_scripts_that_the_fonts_cover_are_drawn(text):
    assert missing_characters(text) == ""


@pytest.mark.parametrize(
    ("text", "missing"), [("汉字 m", "汉字"), ("한국", "한국"), ("x 🙂 y 🙂", "🙂")]
)
def test_characters_that_no_font_has_are_named(text, missing):
    assert missing_characters(text) == missing


def ask_for_a_name_of_the_data(folder: Path) -> None:
    path = folder / "lecture.toml"
    path.write_text('[data]\ny_name = "汉字"\n', encoding="utf-8")
    resolve_request(RenderOptions(settings=str(path)))


def ask_for_a_caption_in_a_handout(folder: Path) -> None:
    exporters()["pdf"].check_captions({"title.name": "汉字"})


def ask_for_a_title(folder: Path) -> None:
    film(record(BOWL, BOWL.start, learning_rate=0.1, steps=1), BOWL, title="汉字", folder=folder)


def ask_for_a_film_of_named_parameters(folder: Path) -> None:
    names = ("汉字", "b")
    run = record(BOWL, BOWL.start, learning_rate=0.1, steps=1, names=names)
    film(run, BOWL, folder=folder)


def ask_for_a_loss_file(folder: Path) -> None:
    (folder / "own.py").write_text(
        "def loss(params): return (params**2).sum()\nloss.names = ('汉字', 'b')\n", encoding="utf-8"
    )
    settings = Settings().replace(loss=f"{folder}/own.py:loss", start=(1, 2))
    find_or_record(settings, ["just_right"], Store(folder / "store"))


@pytest.mark.parametrize(
    ("ask", "key"),
    [
        (ask_for_a_name_of_the_data, r"data\.y_name"),
        (ask_for_a_caption_in_a_handout, r'captions\."title\.name"'),
        (ask_for_a_title, "title"),
        (ask_for_a_film_of_named_parameters, r"run\.names"),
        (ask_for_a_loss_file, r"a parameter's name in \S*own\.py:loss"),
    ],
)
def test_a_text_that_the_fonts_lack_is_refused_in_one_sentence(tmp_path, ask, key):
    with pytest.raises(
        InvalidValue,
        match=rf"^{key} must consist of characters that the film's fonts have; "
        r"got '汉' in '汉字': leave it out, or write it in another script\.$",
    ):
        ask(tmp_path)


@pytest.mark.parametrize("markup", ["汉字", '$upright("汉字")$', "about *汉*"])
def test_no_label_draws_an_empty_box(markup):
    with pytest.raises(ValueError, match="characters that the film's fonts have; got '汉"):
        Label(markup)
