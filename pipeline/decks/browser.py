"""A presentation for the browser: one folder, which plays from a USB stick with no network."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from PIL import Image

from pipeline.decks import reveal
from pipeline.decks.slide import Slide, is_dark
from pipeline.identity import MADE_BY
from pipeline.outputs import writable_folder

PAGE = "index.html"
CLIPS = "clips"
MARK = f'<meta name="generator" content="{MADE_BY}">'


def place(output: Path | None, media: Path) -> Path:
    """Return the folder that a presentation goes to, and see that there is reveal.js.

    Raises:
        RuntimeError: If reveal.js cannot be fetched.
        ValueError: If it is anything but new, empty, or a presentation of ours.
    """
    folder = (output or media / "deck").absolute()
    if folder.suffix in (".html", ".pptx"):
        raise ValueError(
            f"deck --to html must get a folder; got '{folder.name}': leave out its end."
        )
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"deck --to html must get a folder; got the file '{folder}'.")
    if folder.is_dir() and any(folder.iterdir()) and not is_deck(folder):
        raise ValueError(
            f"deck --to html must get a new folder, or one that it wrote; got '{folder}': "
            "name another with -o."
        )
    writable_folder(folder.parent)
    reveal.install()
    return folder


def write(write_slides: Callable[[Path], Iterable[Slide]], folder: Path, title: str) -> Path:
    """Write a presentation into `folder`, replaced as a whole, and return the page to open.

    Args:
        write_slides: Writes the slides' files into the folder that it is given.
        folder: As `place` returned it.
        title: Of the whole.
    """
    with replacing_folder(folder) as unfinished:
        clips = unfinished / CLIPS
        clips.mkdir()
        slides = list(write_slides(clips))
        reveal.copy_into(unfinished / "reveal")
        (unfinished / PAGE).write_text(page(slides, title), encoding="utf-8")
    return folder / PAGE


def page(slides: list[Slide], title: str) -> str:
    """Return the HTML of a presentation of `slides`; no text in it is taken for markup."""
    with Image.open(slides[0].still) as image:
        width, height = image.size
    ground = slides[0].ground
    templates = Environment(
        loader=PackageLoader("pipeline.decks", "."), autoescape=True, undefined=StrictUndefined
    )
    return templates.get_template("page.html").render(
        made_by=MADE_BY,
        folder=CLIPS,
        title=title,
        clips=[list(beats) for _, beats in groupby(slides, key=attrgetter("clip"))],
        width=width,
        height=height,
        ground="#{:02x}{:02x}{:02x}".format(*ground),
        # The frame around the slide that is chosen in the overview has it.
        ink="white" if is_dark(ground) else "black",
    )


def is_deck(folder: Path) -> bool:
    """Return whether we wrote the presentation in `folder`."""
    try:
        return MARK in (folder / PAGE).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return False


@contextmanager
def replacing_folder(folder: Path) -> Iterator[Path]:
    """Give an empty folder beside `folder`, which takes its place if nothing was raised."""
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as beside:
        unfinished, old = Path(beside) / "new", Path(beside) / "old"
        unfinished.mkdir()
        yield unfinished
        if folder.exists():
            folder.rename(old)
        try:
            unfinished.rename(folder)
        except OSError:
            if old.exists():
                old.rename(folder)
            raise
