"""The fonts of the film are the same on every machine, and cover what they are asked to draw."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from descent.checks.errors import InvalidValue
from scenes.typesetting.fonts import (
    FALLBACK_FONT,
    check_characters,
    fonts,
    fonts_digest,
    missing_characters,
)
from scenes.typesetting.labels import Label
from tests.faults.inputs import ROOT

OUTLINES = """
import hashlib
from scenes.typesetting.typst_svg import shapes_of
shapes = shapes_of("Gradient $theta^2$ Größe Рус שלום")
print(hashlib.sha256(b"".join(shape.points.tobytes() for shape in shapes)).hexdigest())
"""


def outlines_with(home: Path) -> str:
    """Return a digest of some text as a process draws it whose home folder is `home`."""
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


def test_a_font_in_the_home_folder_changes_no_glyph(tmp_path):
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


def test_a_text_with_a_missing_glyph_is_refused_in_one_sentence():
    check_characters([("data.x_name", "size"), ("data.y_name", "Größe")])
    with pytest.raises(
        InvalidValue,
        match=r"^data\.y_name must consist of characters that the film's fonts have; "
        r"got '汉' in '汉字': write it in another script\.$",
    ):
        check_characters([("data.x_name", "size"), ("data.y_name", "汉字")])


@pytest.mark.parametrize("markup", ["汉字", '$upright("汉字")$', "about *汉*"])
def test_no_label_draws_an_empty_box(markup):
    with pytest.raises(ValueError, match="characters that the film's fonts have; got '汉"):
        Label(markup)
