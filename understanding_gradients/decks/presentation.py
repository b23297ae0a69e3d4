"""Read a presentation that its owner edited, and find the exported files in it.

The files on slides are entries of a package. So clips are found wherever they were moved, by what
they say of themselves.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from descent.checks.errors import InvalidValue
from understanding_gradients.decks.package import Package, no_longer_readable
from understanding_gradients.decks.pages import VIDEOS, Page, Picture, read_pages
from understanding_gradients.export.provenance import (
    Provenance,
    format_in,
    format_of,
    provenance_in,
)
from understanding_gradients.spec.errors import OperationFailed

SUFFIXES = (".pptx", ".pptm", ".ppsx", ".ppsm", ".potx", ".potm")
OTHER_SUFFIXES = (".fodp", ".key", ".odp", ".otp", ".pot", ".pps", ".ppt")
# How an encrypted presentation or one in an old format begins: it is not a ZIP archive.
OLE = bytes.fromhex("d0cf11e0a1b11ae1")
KEY = "The presentation"


@dataclass(frozen=True)
class EmbeddedFile:
    """An exported file in a presentation, or one that stands for it.

    Attributes:
        entry: Its name in the package.
        provenance: What it says of itself, or what the film says whose poster it is.
        slides: The numbers of the slides that show it, from 1.
        uses: The pictures that show it in this role; () if it is the same wherever it is shown.
        frame: The position of the frame of its film that it shows, from 0, or from -1 backwards;
            None for an exported file.
        own: Why it is not a picture of the film before which it stands; "" if it is.
        written_as: The format of its content, whatever its name says.
    """

    entry: str
    provenance: Provenance
    slides: tuple[int, ...]
    uses: tuple[Picture, ...] = ()
    frame: int | None = None
    own: str = ""
    written_as: str = ""

    @property
    def is_still(self) -> bool:
        """Whether it is a poster that stands for the still of a beat."""
        return bool(self.uses) and self.frame is None and not self.own

    @property
    def kind(self) -> str:
        """The name of its format."""
        return "png" if self.uses else self.written_as or format_of(self.entry)


@dataclass(frozen=True)
class Presentation:
    """The contents of a presentation.

    Attributes:
        path: The file.
        ours: The files that this project exported, in the order of the slides.
        foreign: The names of other videos.
        pages: The slides, layouts and masters.
        stamp: By which a change of the file is seen.
        is_signed: Whether it has a digital signature.
    """

    path: Path
    ours: tuple[EmbeddedFile, ...]
    foreign: tuple[str, ...]
    pages: tuple[Page, ...]
    stamp: tuple[int, ...] = ()
    is_signed: bool = False

    @property
    def links(self) -> list[tuple[Page, str]]:
        """The films and pictures that are not inside, with the pages that link them."""
        return [(page, name) for page in self.pages for name in page.links]

    @property
    def pictures(self) -> list[tuple[Page, Picture]]:
        """The pictures on all pages."""
        return [(page, picture) for page in self.pages for picture in page.pictures]


def read_presentation(path: Path) -> Presentation:
    """Return the contents of the presentation at `path`."""
    check_name(path)
    stamp = stamp_of(path)
    with opened(path) as package:
        pages = tuple(read_pages(package))
        # An "origin" is where the signatures of a package begin.
        is_signed = bool(package.relations("", "origin"))
        return with_files(Presentation(path, (), (), pages, stamp, is_signed), package)


@contextmanager
def reopened(presentation: Presentation) -> Iterator[Package]:
    """Open the package of a presentation that was read before.

    Raises:
        OperationFailed: If it is not what it was.
    """
    path = presentation.path
    try:
        if stamp_of(path) != presentation.stamp:
            raise OperationFailed(
                f"'{path.name}' was saved meanwhile; nothing was written: update again."
            )
        with zipfile.ZipFile(path) as archive:
            yield Package(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise no_longer_readable(path) from error


def stamp_of(path: Path) -> tuple[int, ...]:
    """Return the size and the time of a file, which another program changes when it saves it."""
    status = path.stat()
    return status.st_size, status.st_mtime_ns, status.st_ino


def check_name(path: Path) -> None:
    """Check that `path` is a file that may be a presentation, by its name."""
    if path.suffix.lower() in SUFFIXES and path.is_file():
        return
    is_other = path.suffix.lower() in OTHER_SUFFIXES
    raise InvalidValue(
        KEY,
        f"be a file ending in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}",
        path,
        got=f"'{path}'",
        repair="open it in the program that wrote it and save as .pptx." if is_other else "",
    )


@contextmanager
def opened(path: Path) -> Iterator[Package]:
    """Open the package of a presentation, which may be damaged in any way."""
    with path.open("rb") as file:
        if file.read(len(OLE)) == OLE:
            raise InvalidValue(
                KEY,
                "be readable",
                path,
                got=f"'{path.name}', which a password protects or an old PowerPoint wrote",
                repair="save it anew, without a password.",
            )
        try:
            with zipfile.ZipFile(file) as archive:
                yield Package(archive)
        except Exception as error:
            raise InvalidValue(
                KEY,
                "be undamaged",
                path,
                got=f"'{path.name}', which cannot be read",
                repair="open it in PowerPoint or Impress and save as .pptx.",
            ) from error


def with_files(presentation: Presentation, package: Package) -> Presentation:
    """Return a presentation of the same pages with the files that they show."""
    shown_on = slides_by_entry(presentation.pages)
    # Programs give media any name; what a picture shows is looked into whatever it is called.
    media = {entry for _, one in presentation.pictures for entry in (one.film, one.image)}
    played = {one.film for _, one in presentation.pictures}
    ours: list[EmbeddedFile] = []
    foreign: list[str] = []
    for entry in [one.filename for one in package.entries]:
        is_media = bool(format_of(entry)) or entry in media
        content = (package.content(entry) if is_media else None) or b""
        kind = format_in(content) or format_of(entry)
        provenance = provenance_in(kind, content) if kind and content else None
        if provenance is not None:
            slides = shown_on.get(entry, ())
            ours.append(EmbeddedFile(entry, provenance, slides, written_as=kind))
        elif PurePosixPath(entry).suffix.lower() in VIDEOS or entry in played:
            foreign.append(entry)
    on_no_slide = (len(presentation.pages) + 1,)
    ours.sort(key=lambda file: (file.slides or on_no_slide, file.entry))
    return replace(presentation, ours=tuple(ours), foreign=tuple(foreign))


def slides_by_entry(pages: tuple[Page, ...]) -> dict[str, tuple[int, ...]]:
    """Return the numbers of the slides that show each entry themselves."""
    shown_on: dict[str, list[int]] = {}
    for page in pages:
        if page.kind == "slide":
            for entry in page.shown:
                shown_on.setdefault(entry, []).extend(page.slides)
    return {entry: tuple(slides) for entry, slides in shown_on.items()}
