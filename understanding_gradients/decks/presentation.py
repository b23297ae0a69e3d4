"""A presentation that somebody else edited: our files in it, found by what they say of themselves.

A PPTX is a ZIP archive, and the files on its slides are entries of it as they are. So clips are
found wherever they were moved, and swapped without touching what the slides say about them.
"""

from __future__ import annotations

import posixpath
import shutil
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

from descent._files.atomic_write import atomic_write
from descent.checks.errors import InvalidValue
from understanding_gradients.export.provenance import KINDS, Provenance, provenance_of

SUFFIXES = (".pptx", ".pptm")
# What an encrypted or an old presentation begins with: it is no ZIP archive.
OLE = bytes.fromhex("d0cf11e0a1b11ae1")
# Larger entries are not ours; to look into them would only fill the memory.
LARGEST, LARGEST_TEXT = 500_000_000, 50_000_000
# Of all entries, and of those that are texts; the time to read them is bounded, too.
ALL_TOGETHER, TEXTS_TOGETHER = 16_000_000_000, 200_000_000
# What takes so much less room in an archive is neither film nor picture: those are packed already.
DENSEST = 100
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
PRESENTATION = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
FILMS = (".avi", ".gif", ".m4v", ".mov", ".mp4", ".mpg", ".webm", ".wmv")


@dataclass(frozen=True)
class EmbeddedFile:
    """A file of ours in a talk.

    Attributes:
        entry: Its name in the archive.
        identity: What it says of itself.
        slides: The numbers, from 1, of the slides that show it.
    """

    entry: str
    identity: Provenance
    slides: tuple[int, ...]

    @property
    def kind(self) -> str:
        """Its kind, as in `understanding_gradients.export.files.FORMATS`."""
        return KINDS[PurePosixPath(self.entry).suffix.lower()]


@dataclass(frozen=True)
class Presentation:
    """What is in a presentation.

    Attributes:
        path: Where it lies.
        ours: The files that we made, in the order of the slides.
        strange: The names of films that are none of ours, with the slides that show them.
        notes: What the speaker's notes of a slide say, by its number.
    """

    path: Path
    ours: tuple[EmbeddedFile, ...]
    strange: Mapping[str, tuple[int, ...]]
    notes: Mapping[int, str]


def read_presentation(path: Path) -> Presentation:
    """Return what is in the presentation at `path`.

    Raises:
        ValueError: If it is no presentation that can be read.
    """
    if path.suffix.lower() not in SUFFIXES or not path.is_file():
        constraint = f"be a file ending in {' or '.join(SUFFIXES)}"
        raise InvalidValue("A talk", constraint, got=f"'{path}'")
    with path.open("rb") as file:
        if file.read(len(OLE)) == OLE:
            got = f"'{path.name}', which a password protects or an old PowerPoint wrote"
            repair = "save it anew, without a password."
            raise InvalidValue("A talk", "be readable", got=got, repair=repair)
        # A file from elsewhere can be wrong in any way.
        try:
            with zipfile.ZipFile(file) as archive:
                check_sizes(archive)
                return found_in(archive, path)
        except Exception as error:
            got = f"'{path.name}', which cannot be read"
            repair = "open it in PowerPoint or Impress and save it again."
            constraint = "be an undamaged presentation"
            raise InvalidValue("A talk", constraint, got=got, repair=repair) from error


def check_sizes(archive: zipfile.ZipFile) -> None:
    """Refuse an archive that would fill the memory.

    Raises:
        ValueError: If it is one.
    """
    texts = {
        entry.filename: entry.file_size
        for entry in archive.infolist()
        if entry.filename.endswith((".xml", ".rels"))
    }
    if max(texts.values(), default=0) > LARGEST_TEXT or sum(texts.values()) > TEXTS_TOGETHER:
        raise ValueError("its texts are too large")
    if sum(entry.file_size for entry in archive.infolist()) > ALL_TOGETHER:
        raise ValueError("it is too large")


def found_in(archive: zipfile.ZipFile, path: Path) -> Presentation:
    """Return what is in an archive, which lies at `path`."""
    shown, notes = read_slides(archive)
    ours: list[EmbeddedFile] = []
    strange: dict[str, tuple[int, ...]] = {}
    for entry in archive.infolist():
        suffix = PurePosixPath(entry.filename).suffix.lower()
        slides = tuple(shown.get(entry.filename, ()))
        largest = min(LARGEST, DENSEST * max(entry.compress_size, 1_000))
        is_readable = suffix in KINDS and entry.file_size <= largest
        identity = provenance_of(entry.filename, archive.read(entry)) if is_readable else None
        if identity is not None:
            ours.append(EmbeddedFile(entry.filename, identity, slides))
        elif suffix in FILMS:
            strange[entry.filename] = slides
    last = (len(notes) + 1,)
    ours.sort(key=lambda found: (found.slides or last, found.entry))
    return Presentation(path, tuple(ours), strange, notes)


def read_slides(archive: zipfile.ZipFile) -> tuple[dict[str, list[int]], dict[int, str]]:
    """Return the slides that show each entry of a presentation, and the notes of each slide."""
    (main,) = relations(archive, "", "officeDocument").values()
    by_id = relations(archive, main, "slide")
    shown: dict[str, list[int]] = {}
    notes: dict[int, str] = {}
    # By page: however many slides name one, it is read once.
    said: dict[str, str] = {}
    slides: set[str] = set()
    listed = parsed(archive, main).iterfind(f"{PRESENTATION}sldIdLst/{PRESENTATION}sldId")
    for number, item in enumerate(listed, start=1):
        slide = archive.getinfo(by_id[item.attrib[f"{RELATION}id"]]).filename
        if slide in slides:
            raise ValueError(f"{slide} is listed twice")
        slides.add(slide)
        for entry in set(relations(archive, slide).values()):
            shown.setdefault(entry, []).append(number)
        pages = set(relations(archive, slide, "notesSlide").values())
        said |= {page: text_of(parsed(archive, page)) for page in pages - said.keys()}
        notes[number] = "\n".join(said[page] for page in sorted(pages))
    return shown, notes


def relations(archive: zipfile.ZipFile, entry: str, kind: str = "") -> dict[str, str]:
    """Return the entries that `entry` names in its relations, of one `kind` or all, by their ids.

    Args:
        archive: The presentation.
        entry: One of its entries; "" for the presentation itself.
        kind: The last word of the relations' type.
    """
    folder, _, name = entry.rpartition("/")
    path = posixpath.join(folder, "_rels", f"{name}.rels")
    try:
        archive.getinfo(path)
    except KeyError:
        return {}
    return {
        relation.attrib["Id"]: posixpath.normpath(
            posixpath.join("/", folder, relation.attrib["Target"])
        ).lstrip("/")
        for relation in parsed(archive, path)
        if relation.get("TargetMode") != "External" and relation.attrib["Type"].endswith(kind)
    }


def parsed(archive: zipfile.ZipFile, entry: str) -> Any:
    """Return the XML in an entry; nothing that it names elsewhere is read."""
    return etree.fromstring(
        archive.read(entry), etree.XMLParser(resolve_entities=False, no_network=True)
    )


def text_of(page: Any) -> str:
    """Return the words on a page, a paragraph a line."""
    paragraphs = page.iter(f"{DRAWING}p")
    return "\n".join("".join(p.itertext(f"{DRAWING}t")) for p in paragraphs)


def write_with(swaps: Mapping[str, Path], talk: Path, path: Path) -> None:
    """Write the presentation `talk` to `path`, with some entries replaced.

    Every other entry keeps its content, its name, its date and its place.

    Args:
        swaps: The file that takes the place of each entry.
        talk: Where the presentation lies; it is only read, unless `path` is the same.
        path: What is written, whole or not at all.

    Raises:
        RuntimeError: If the presentation was damaged meanwhile.
    """
    mode = talk.stat().st_mode
    try:
        copy_with(swaps, talk, path)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise RuntimeError(f"'{talk.name}' can no longer be read; nothing was written.") from error
    path.chmod(mode)


def copy_with(swaps: Mapping[str, Path], talk: Path, path: Path) -> None:
    """Write the archive `talk` to `path`, entry by entry, `swaps` in place of some."""
    with (
        atomic_write(path) as unfinished,
        zipfile.ZipFile(talk) as before,
        zipfile.ZipFile(unfinished, "w") as after,
    ):
        after.comment = before.comment
        for entry in before.infolist():
            swap = swaps.get(entry.filename)
            with swap.open("rb") if swap else before.open(entry) as content:
                size = swap.stat().st_size if swap else entry.file_size
                with after.open(like(entry, size), "w") as place:
                    shutil.copyfileobj(content, place)


def like(entry: zipfile.ZipInfo, size: int) -> zipfile.ZipInfo:
    """Return an entry like `entry`, for a content of `size` bytes."""
    new = zipfile.ZipInfo(entry.filename, entry.date_time)
    new.compress_type, new.external_attr = entry.compress_type, entry.external_attr
    new.create_system, new.comment, new.file_size = entry.create_system, entry.comment, size
    return new
