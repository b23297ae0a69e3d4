"""Read a presentation that its owner edited, find the exported files in it, and swap them.

A PPTX is a ZIP archive, and the files on its slides are entries of it. So clips are found wherever
they were moved, and swapped without touching the slides' own XML.
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
from understanding_gradients.export.provenance import Provenance, format_of, provenance_of
from understanding_gradients.spec.errors import OperationFailed

SUFFIXES = (".pptx", ".pptm")
# How an encrypted presentation or one in an old format begins: it is not a ZIP archive.
OLE = bytes.fromhex("d0cf11e0a1b11ae1")
# Bytes of one entry; larger ones are not exported files, and reading them would fill the memory.
MAX_FILE, MAX_XML = 500_000_000, 50_000_000
# Bytes of all entries, and of all XML entries, which also bounds the time to read them.
MAX_TOTAL, MAX_TOTAL_XML = 16_000_000_000, 200_000_000
# Videos and images are compressed already; an entry that shrinks more is neither.
MAX_COMPRESSION = 100
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
PRESENTATION = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
VIDEOS = (".avi", ".gif", ".m4v", ".mov", ".mp4", ".mpg", ".webm", ".wmv")
KEY = "The presentation"


@dataclass(frozen=True)
class EmbeddedFile:
    """An exported file in a presentation, and the numbers of the slides that show it, from 1."""

    entry: str
    provenance: Provenance
    slides: tuple[int, ...]

    @property
    def kind(self) -> str:
        """The name of its format."""
        return format_of(self.entry)


@dataclass(frozen=True)
class Presentation:
    """The contents of a presentation.

    Attributes:
        path: The file.
        ours: The files that this project exported, in the order of the slides.
        foreign: The names of other videos, with the slides that show them.
        notes: The speaker notes of each slide, by its number.
    """

    path: Path
    ours: tuple[EmbeddedFile, ...]
    foreign: Mapping[str, tuple[int, ...]]
    notes: Mapping[int, str]


def read_presentation(path: Path) -> Presentation:
    """Return the contents of the presentation at `path`."""
    if path.suffix.lower() not in SUFFIXES or not path.is_file():
        constraint = f"be a file ending in {' or '.join(SUFFIXES)}"
        raise InvalidValue(KEY, constraint, path, got=f"'{path}'")
    with path.open("rb") as file:
        if file.read(len(OLE)) == OLE:
            raise InvalidValue(
                KEY,
                "be readable",
                path,
                got=f"'{path.name}', which a password protects or an old PowerPoint wrote",
                repair="save it anew, without a password.",
            )
        # A file from outside can be damaged in any way.
        try:
            with zipfile.ZipFile(file) as archive:
                check_sizes(archive)
                return read_archive(archive, path)
        except Exception as error:
            raise InvalidValue(
                KEY,
                "be undamaged",
                path,
                got=f"'{path.name}', which cannot be read",
                repair="open it in PowerPoint or Impress and save it again.",
            ) from error


def check_sizes(archive: zipfile.ZipFile) -> None:
    """Refuse an archive that would fill the memory."""
    xml_sizes = [
        entry.file_size
        for entry in archive.infolist()
        if entry.filename.endswith((".xml", ".rels"))
    ]
    if max(xml_sizes, default=0) > MAX_XML or sum(xml_sizes) > MAX_TOTAL_XML:
        raise ValueError("its texts are too large")
    if sum(entry.file_size for entry in archive.infolist()) > MAX_TOTAL:
        raise ValueError("it is too large")


def read_archive(archive: zipfile.ZipFile, path: Path) -> Presentation:
    """Return the contents of a presentation, given its archive."""
    shown_on, notes = read_slides(archive)
    ours: list[EmbeddedFile] = []
    foreign: dict[str, tuple[int, ...]] = {}
    for entry in archive.infolist():
        slides = tuple(shown_on.get(entry.filename, ()))
        limit = min(MAX_FILE, MAX_COMPRESSION * max(entry.compress_size, 1_000))
        is_readable = bool(format_of(entry.filename)) and entry.file_size <= limit
        provenance = provenance_of(entry.filename, archive.read(entry)) if is_readable else None
        if provenance is not None:
            ours.append(EmbeddedFile(entry.filename, provenance, slides))
        elif PurePosixPath(entry.filename).suffix.lower() in VIDEOS:
            foreign[entry.filename] = slides
    on_no_slide = (len(notes) + 1,)
    ours.sort(key=lambda file: (file.slides or on_no_slide, file.entry))
    return Presentation(path, tuple(ours), foreign, notes)


def read_slides(archive: zipfile.ZipFile) -> tuple[dict[str, list[int]], dict[int, str]]:
    """Return the numbers of the slides that show each entry, and the notes of each slide."""
    (main,) = relations(archive, "", "officeDocument").values()
    by_id = relations(archive, main, "slide")
    shown_on: dict[str, list[int]] = {}
    notes: dict[int, str] = {}
    # Each notes page is parsed once, however many slides refer to it.
    texts: dict[str, str] = {}
    slides: set[str] = set()
    listed = parse_xml(archive, main).iterfind(f"{PRESENTATION}sldIdLst/{PRESENTATION}sldId")
    for number, item in enumerate(listed, start=1):
        slide = archive.getinfo(by_id[item.attrib[f"{RELATION}id"]]).filename
        if slide in slides:
            raise ValueError(f"{slide} is listed twice")
        slides.add(slide)
        for entry in set(relations(archive, slide).values()):
            shown_on.setdefault(entry, []).append(number)
        pages = set(relations(archive, slide, "notesSlide").values())
        texts |= {page: text_of(parse_xml(archive, page)) for page in pages - texts.keys()}
        notes[number] = "\n".join(texts[page] for page in sorted(pages))
    return shown_on, notes


def relations(archive: zipfile.ZipFile, entry: str, kind: str = "") -> dict[str, str]:
    """Return the entries that the relations of `entry` name, by relation id.

    The presentation itself is called "". `kind` is the last word of the relations' type; all types
    if "".
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
        for relation in parse_xml(archive, path)
        if relation.get("TargetMode") != "External" and relation.attrib["Type"].endswith(kind)
    }


def parse_xml(archive: zipfile.ZipFile, entry: str) -> Any:
    """Return the XML of an entry; external entities are not read."""
    return etree.fromstring(
        archive.read(entry), etree.XMLParser(resolve_entities=False, no_network=True)
    )


def text_of(page: Any) -> str:
    """Return the text of a page, one line per paragraph."""
    paragraphs = page.iter(f"{DRAWING}p")
    return "\n".join("".join(p.itertext(f"{DRAWING}t")) for p in paragraphs)


def write_swapped(swaps: Mapping[str, Path], presentation: Path, path: Path) -> None:
    """Write a presentation to `path`, which may be its own, with some entries replaced by files.

    Every other entry keeps its content, its name, its date and its position.
    """
    mode = presentation.stat().st_mode
    try:
        copy_archive(swaps, presentation, path)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise OperationFailed(
            f"'{presentation.name}' can no longer be read; nothing was written."
        ) from error
    path.chmod(mode)


def copy_archive(swaps: Mapping[str, Path], archive: Path, path: Path) -> None:
    """Copy an archive entry by entry, with the files of `swaps` in place of some."""
    with (
        atomic_write(path) as unfinished,
        zipfile.ZipFile(archive) as before,
        zipfile.ZipFile(unfinished, "w") as after,
    ):
        after.comment = before.comment
        for entry in before.infolist():
            swap = swaps.get(entry.filename)
            with swap.open("rb") if swap else before.open(entry) as content:
                size = swap.stat().st_size if swap else entry.file_size
                with after.open(like(entry, size), "w") as target:
                    shutil.copyfileobj(content, target)


def like(entry: zipfile.ZipInfo, size: int) -> zipfile.ZipInfo:
    """Return the header of an entry like `entry`, for `size` bytes."""
    new = zipfile.ZipInfo(entry.filename, entry.date_time)
    new.compress_type, new.external_attr = entry.compress_type, entry.external_attr
    new.create_system, new.comment, new.file_size = entry.create_system, entry.comment, size
    return new
