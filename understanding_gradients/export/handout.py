"""A handout: a page a beat, its last frame with the caption as text, set by Typst.

What a lecturer wrote reaches Typst as data, never as markup.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import typst

from scenes.typesetting.fonts import fonts
from understanding_gradients.cache.tempdirs import temporary_folder

SOURCE = """\
#let clip = json(bytes(sys.inputs.clip))
#set document(title: clip.title)
#set page(paper: "a4", flipped: true, margin: 1.5cm, numbering: "1 / 1")
#set text(size: 15pt, lang: "en")
#for (number, page) in clip.pages.enumerate() [
  #if number > 0 { pagebreak() }
  #text(size: 10pt, fill: luma(45%))[#clip.title · #page.beat]
  #box(stroke: 0.5pt + luma(80%), image(page.still, width: 100%, alt: page.caption))
  #page.caption
]
"""


class Page(NamedTuple):
    """A page of a handout.

    Attributes:
        beat: Its name.
        caption: What is said; may be empty.
        still: The PNG of its last frame.
    """

    beat: str
    caption: str
    still: Path


def write_pdf(title: str, pages: Iterable[Page], path: Path) -> None:
    """Write a PDF with one page for each of `pages`.

    Args:
        title: Of the clip; stands on every page.
        pages: In order.
        path: Of the PDF.
    """
    with temporary_folder() as folder:
        # Typst reads files only below its root.
        found = []
        for number, page in enumerate(pages):
            shutil.copyfile(page.still, folder / f"{number}.png")
            found.append({"beat": page.beat, "caption": page.caption, "still": f"{number}.png"})
        source = folder / "handout.typ"
        source.write_text(SOURCE, encoding="utf-8")
        clip = json.dumps({"title": title, "pages": found}, ensure_ascii=False)
        typst.compile(
            source,
            output=path,
            root=folder,
            format="pdf",
            sys_inputs={"clip": clip},
            ignore_system_fonts=True,
            font_paths=fonts(),
        )
