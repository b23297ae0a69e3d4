"""Documents of drawings, set by Typst: a handout with a page a beat, and a figure of one beat.

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

HANDOUT = """\
#let clip = json(bytes(sys.inputs.clip))
#set document(title: clip.title)
#set page(paper: "a4", flipped: true, margin: 1.5cm, numbering: "1 / 1")
#set text(size: 15pt, lang: "en")
#for (number, page) in clip.pages.enumerate() [
  #if number > 0 { pagebreak() }
  #text(size: 10pt, fill: luma(45%))[#clip.title · #page.beat]
  #box(
    stroke: 0.5pt + luma(80%), clip: true, image(page.drawing, width: 100%, alt: page.caption)
  )
  #page.caption
]
"""
# As wide as a slide of Beamer in 16:9.
FIGURE = """\
#let clip = json(bytes(sys.inputs.clip))
#set document(title: clip.title)
#set page(width: 16cm, height: auto, margin: 0cm)
#for page in clip.pages { image(page.drawing, width: 100%, alt: page.caption) }
"""


class Page(NamedTuple):
    """A page of a document.

    Attributes:
        beat: Its name.
        caption: What is said; may be empty.
        drawing: The SVG of its last frame.
    """

    beat: str
    caption: str
    drawing: Path


def write_handout(title: str, pages: Iterable[Page], path: Path) -> None:
    """Write a PDF with one page of paper for each of `pages`, under the title of their clip."""
    compile_document(HANDOUT, title, pages, path)


def write_figure(title: str, page: Page, path: Path) -> None:
    """Write a PDF with the drawing alone, which papers and slides include."""
    compile_document(FIGURE, title, [page], path)


def compile_document(source: str, title: str, pages: Iterable[Page], path: Path) -> None:
    """Write the PDF of a Typst source, which finds the title and the pages in its inputs."""
    with temporary_folder() as folder:
        # Typst reads files only below its root.
        found = []
        for number, page in enumerate(pages):
            name = f"{number}.svg"
            shutil.copyfile(page.drawing, folder / name)
            found.append({"beat": page.beat, "caption": page.caption, "drawing": name})
        document = folder / "document.typ"
        document.write_text(source, encoding="utf-8")
        clip = json.dumps({"title": title, "pages": found}, ensure_ascii=False)
        typst.compile(
            document,
            output=path,
            root=folder,
            format="pdf",
            sys_inputs={"clip": clip},
            ignore_system_fonts=True,
            font_paths=fonts(),
        )
