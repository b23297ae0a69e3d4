"""How an edit of a talk is made: by python-pptx, of its entries, of its slides, of its media."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from lxml import etree
from pptx import Presentation

from tests.talks.archives import Archive


def with_pptx(edit: Callable[[Any], None]) -> Callable[[Path], Path]:
    """Return an edit by python-pptx."""

    def make(path: Path) -> Path:
        deck = Presentation(str(path))
        edit(deck)
        deck.save(str(path))
        return path

    return make


def with_archive(edit: Callable[[Archive], None], suffix: str = ".pptx") -> Callable[[Path], Path]:
    """Return an edit of the entries of a talk."""

    def make(path: Path) -> Path:
        archive = Archive.read(path)
        edit(archive)
        return archive.write(path.with_suffix(suffix))

    return make


def each_slide(edit: Callable[[Any], None]) -> Callable[[Archive], None]:
    """Return an edit of the XML of every slide."""

    def make(archive: Archive) -> None:
        for slide in archive.slides():
            archive.edit_xml(slide, edit)

    return make


def on_slides(edit: Callable[[Any], None], *slides: int) -> Callable[[Path], Path]:
    """Return an edit of the XML of some slides."""

    def make(archive: Archive) -> None:
        for slide in slides:
            archive.edit_xml(archive.slides()[slide - 1], edit)

    return with_archive(make)


def media_of(archive: Archive, slide: int) -> tuple[str, str]:
    """Return the entries of the film and of the poster of a slide."""
    entry = archive.slides()[slide - 1]
    found = set(archive.targets(entry).values())
    (film,) = [one for one in found if one.endswith(".mp4")]
    (image,) = [one for one in found if one.endswith((".png", ".jpg"))]
    return film, image


def on_films(change: Callable[[bytes], bytes], *slides: int) -> Callable[[Path], Path]:
    """Return an edit of the films of some slides."""

    def edit(archive: Archive) -> None:
        for slide in slides:
            film, _ = media_of(archive, slide)
            archive[film] = change(archive[film])

    return with_archive(edit)


def on_posters(
    change: Callable[[bytes, bytes], bytes], suffix: str = "png", *slides: int
) -> Callable[[Path], Path]:
    """Return an edit of the posters of some slides; `change` gets the poster and the film."""

    def edit(archive: Archive) -> None:
        for slide in slides or range(1, 8):
            film, image = media_of(archive, slide)
            archive[image] = change(archive[image], archive[film])
            archive.rename(image, image.replace("png", suffix))
        archive.edit_xml("[Content_Types].xml", partial(declare, suffix))

    return with_archive(edit)


def declare(suffix: str, types: Any) -> None:
    """Declare the content type of files with this suffix."""
    if suffix not in {one.get("Extension") for one in types}:
        kind = {"jpg": "image/jpeg", "emf": "image/x-emf"}.get(suffix, "application/octet-stream")
        one = etree.SubElement(types, types[0].tag, Extension=suffix, ContentType=kind)
        types.insert(0, one)


def movie(page: Any) -> Any:
    """Return the film on a slide."""
    return next(one for one in page.shapes if one.shape_type == 16)
