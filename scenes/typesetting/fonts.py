"""The fonts that Typst sets text in: its embedded ones and one fallback, on every machine the same.

System fonts are ignored. They would win over Typst's own, enter no key, and make two machines draw
different films. A character that these fonts lack is refused before anything is drawn.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

from typst import Compiler, Fonts

from descent.checks.errors import InvalidValue

FALLBACK_FOLDER = Path(__file__).parent / "fallback_font"
FALLBACK_FONT = FALLBACK_FOLDER / "DejaVuSans.ttf"
SYMBOL = "{http://www.w3.org/2000/svg}symbol"
# U+0378 is not assigned, so every font draws its own mark of a missing glyph (.notdef) for it.
UNASSIGNED = "\u0378"
# Text and mathematics are set in different fonts. What is set is data to Typst, never markup.
AS_TEXT, AS_MATHEMATICS = "#sys.inputs.text", "$upright(#sys.inputs.text)$"


@cache
def fonts() -> Fonts:
    """Return Typst's embedded fonts and the fallback font, for a compiler's `font_paths`."""
    return Fonts(include_system_fonts=False, font_paths=[FALLBACK_FOLDER])


@cache
def compiler() -> Compiler:
    """Return the one compiler of this process."""
    return Compiler(ignore_system_fonts=True, font_paths=fonts())


def fonts_digest() -> str:
    """Return a SHA-256 of the shipped fonts; the embedded fonts have Typst's own version."""
    digest = hashlib.sha256()
    for font in sorted(FALLBACK_FOLDER.glob("*.ttf")):
        digest.update(font.name.encode() + b"\0" + font.read_bytes())
    return digest.hexdigest()


def missing_characters(text: str) -> str:
    """Return the characters of `text` that no font has, each once, in order."""
    characters = dict.fromkeys(text)
    return "".join(one for one in characters if not one.isascii() and _is_missing(one))


def check_characters(texts: Iterable[tuple[str, str]]) -> None:
    """Refuse texts with a character that would be drawn as an empty box.

    Args:
        texts: Pairs of a key, as the user typed it, and its text.

    Raises:
        InvalidValue: If a text has such a character.
    """
    for key, text in texts:
        missing = missing_characters(text)
        if missing:
            raise InvalidValue(
                key,
                "consist of characters that the film's fonts have",
                text,
                got=f"{missing[0]!r} in {text!r:.80}",
                repair="leave it out, or write it in another script.",
            )


@cache
def _is_missing(character: str) -> bool:
    return any(
        not _outlines(body, character).isdisjoint(_outlines(body, UNASSIGNED))
        for body in (AS_TEXT, AS_MATHEMATICS)
    )


@cache
def _outlines(body: str, text: str) -> frozenset[str]:
    """Return the outlines of the glyphs that Typst draws for `text`."""
    svg = compiler().compile(input=body.encode(), format="svg", sys_inputs={"text": text})
    assert isinstance(svg, bytes)
    symbols = ElementTree.fromstring(svg).iter(SYMBOL)
    return frozenset(path.get("d", "") for symbol in symbols for path in symbol if path.get("d"))
