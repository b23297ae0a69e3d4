"""A presentation for the browser: one folder, which plays from a USB stick without network."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable, Iterable
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from PIL import Image

from descent._files.atomic_write import atomic_write
from descent.checks.errors import InvalidValue
from understanding_gradients.cache.tempdirs import delete_abandoned_in, temporary_folder
from understanding_gradients.decks import reveal
from understanding_gradients.decks.slide import Slide, is_dark
from understanding_gradients.export.targets import check_printable, writable_folder
from understanding_gradients.installation import PROJECT

PAGE = "index.html"
DIGITS = 12
CONTENT = re.compile(rf"slides-[0-9a-f]{{{DIGITS}}}")
MARKER = f'<meta name="generator" content="{PROJECT}">'
KEY = "deck --to html"


def place(output: Path | None, media: Path) -> Path:
    """Return the folder that a presentation is written into, and install reveal.js.

    It must be new, empty, or a presentation of this project.
    """
    folder = (output or media / "deck").absolute()
    check_printable(folder)
    if folder.suffix in (".html", ".pptx"):
        raise InvalidValue(
            KEY, "get a folder", folder, got=f"'{folder.name}'", repair="leave out its end."
        )
    if folder.exists() and not folder.is_dir():
        raise InvalidValue(KEY, "get a folder", folder, got=f"the file '{folder}'")
    delete_abandoned_in(folder)
    if folder.is_dir() and any(folder.iterdir()) and not is_deck(folder):
        raise InvalidValue(
            KEY,
            "get a new folder, or one that it wrote",
            folder,
            got=f"'{folder}'",
            repair="name another with -o.",
        )
    reveal.install()
    return writable_folder(folder)


def write(write_slides: Callable[[Path], Iterable[Slide]], folder: Path, title: str) -> Path:
    """Write a presentation into the folder that `place` returned, and return the page to open.

    The files of the page are in a folder beside it, named by a digest. So an earlier page stays
    whole until the new one replaces it, and nothing else in the folder is touched.
    """
    with temporary_folder(folder) as beside:
        new, old = beside / "new", beside / "old"
        (new / "clips").mkdir(parents=True)
        slides = list(write_slides(new / "clips"))
        reveal.copy_into(new / "reveal")
        content = folder / f"slides-{digest_of(new)}"
        text = page(slides, title, content.name)
        if content.exists():
            content.rename(old)
        new.rename(content)
        with atomic_write(folder / PAGE) as unfinished:
            unfinished.write_text(text, encoding="utf-8")
    for other in folder.iterdir():
        if CONTENT.fullmatch(other.name) and other != content:
            shutil.rmtree(other, ignore_errors=True)
    return folder / PAGE


def digest_of(folder: Path) -> str:
    """Return the beginning of the SHA-256 of all files in `folder`, in the order of their names."""
    content = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content.update(f"{path.relative_to(folder)}\n".encode() + path.read_bytes())
    return content.hexdigest()[:DIGITS]


def page(slides: list[Slide], title: str, content: str) -> str:
    """Return the HTML of a presentation of `slides`, whose files are in the folder `content`.

    Every text is escaped.
    """
    with Image.open(slides[0].still) as image:
        width, height = image.size
    background = slides[0].background
    templates = Environment(
        loader=PackageLoader("understanding_gradients.decks", "."),
        autoescape=True,
        undefined=StrictUndefined,
    )
    return templates.get_template("page.html").render(
        made_by=PROJECT,
        content=content,
        title=title,
        clips=[list(beats) for _, beats in groupby(slides, key=attrgetter("clip"))],
        width=width,
        height=height,
        background="#{:02x}{:02x}{:02x}".format(*background),
        # The frame around the selected slide of the overview.
        text_color="white" if is_dark(background) else "black",
    )


def is_deck(folder: Path) -> bool:
    """Return whether this project wrote the presentation in `folder`."""
    page = folder / PAGE
    try:
        # The marker is near the beginning; a pipe is not read at all.
        if not page.is_file():
            return False
        with page.open(encoding="utf-8") as file:
            return MARKER in file.read(4096)
    except (OSError, ValueError):
        return False
