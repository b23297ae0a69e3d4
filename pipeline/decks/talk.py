"""A presentation that somebody else edited: our files in it, found by what they say of themselves.

A PPTX is a ZIP archive, and the files on its slides are entries of it as they are. So clips are
found wherever they were moved, and swapped without touching what the slides say about them.
"""

from __future__ import annotations

import shutil
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from pipeline.identity import KINDS, Identity, identity_of
from pipeline.outputs import replacing

SUFFIXES = (".pptx", ".pptm")
# What an encrypted or an old presentation begins with: it is no ZIP archive.
OLE = bytes.fromhex("d0cf11e0a1b11ae1")
CONTENTS = "[Content_Types].xml"
# Larger entries are not ours; to look into them would only fill the memory.
LARGEST = 1_000_000_000
FILMS = (".avi", ".gif", ".m4v", ".mov", ".mp4", ".mpg", ".webm", ".wmv")


@dataclass(frozen=True)
class Found:
    """A file of ours in a talk.

    Attributes:
        entry: Its name in the archive.
        identity: What it says of itself.
        slides: The numbers, from 1, of the slides that show it.
    """

    entry: str
    identity: Identity
    slides: tuple[int, ...]

    @property
    def kind(self) -> str:
        """Its kind, as in `pipeline.exports.FORMATS`."""
        return KINDS[PurePosixPath(self.entry).suffix.lower()]


@dataclass(frozen=True)
class Talk:
    """What is in a presentation.

    Attributes:
        path: Where it lies.
        ours: The files that we made, in the order of the slides.
        strange: The names of films that are none of ours, with the slides that show them.
        notes: What the speaker's notes of a slide say, by its number.
    """

    path: Path
    ours: tuple[Found, ...]
    strange: Mapping[str, tuple[int, ...]]
    notes: Mapping[int, str]


def read_talk(path: Path) -> Talk:
    """Return what is in the presentation at `path`.

    Raises:
        ValueError: If it is no presentation that can be read.
    """
    with opened(path) as archive:
        shown, notes = read_slides(path)
        ours: list[Found] = []
        strange: dict[str, tuple[int, ...]] = {}
        for entry in archive.infolist():
            suffix = PurePosixPath(entry.filename).suffix.lower()
            if suffix not in (*KINDS, *FILMS) or entry.file_size > LARGEST:
                continue
            slides = tuple(shown.get(entry.filename, ()))
            identity = identity_of(entry.filename, archive.read(entry))
            if identity is not None:
                ours.append(Found(entry.filename, identity, slides))
            elif suffix in FILMS:
                strange[entry.filename] = slides
    last = (len(notes) + 1,)
    ours.sort(key=lambda found: (found.slides or last, found.entry))
    return Talk(path, tuple(ours), strange, notes)


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open the archive that a presentation is.

    Raises:
        ValueError: If it is none, or damaged.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise ValueError(f"A talk must end in {' or '.join(SUFFIXES)}; got '{path.name}'.")
    with path.open("rb") as file:
        if file.read(len(OLE)) == OLE:
            raise ValueError(
                f"A talk must be readable; got '{path.name}', which a password protects: "
                "save it without one."
            )
    try:
        with zipfile.ZipFile(path) as archive:
            if CONTENTS not in archive.namelist():
                raise zipfile.BadZipFile
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise ValueError(
            f"A talk must be an undamaged presentation; got '{path.name}', which cannot be read: "
            "open it in PowerPoint or Impress and save it again."
        ) from error


def read_slides(path: Path) -> tuple[dict[str, list[int]], dict[int, str]]:
    """Return the slides that show each entry of a presentation, and the notes of each slide.

    Raises:
        ValueError: If python-pptx cannot read it.
    """
    from pptx import Presentation
    from pptx.exc import PackageNotFoundError

    shown: dict[str, list[int]] = {}
    notes: dict[int, str] = {}
    try:
        for number, slide in enumerate(Presentation(str(path)).slides, start=1):
            notes[number] = notes_of(slide)
            parts = {r.target_part for r in slide.part.rels.values() if not r.is_external}
            for part in parts:
                shown.setdefault(str(part.partname).lstrip("/"), []).append(number)
    except (PackageNotFoundError, KeyError, ValueError, SyntaxError, AttributeError) as error:
        raise ValueError(
            f"A talk must be a presentation of PowerPoint's kind; got '{path.name}', "
            "whose slides cannot be read: open it there and save it again."
        ) from error
    return shown, notes


def notes_of(slide: Any) -> str:
    """Return what the speaker's notes of a slide say."""
    frame = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
    return frame.text if frame is not None else ""


def write_with(swaps: Mapping[str, Path], talk: Path, path: Path) -> None:
    """Write the presentation `talk` to `path`, with some entries replaced.

    Every other entry keeps its content, its name, its date and its place.

    Args:
        swaps: The file that takes the place of each entry.
        talk: Where the presentation lies; it is only read, unless `path` is the same.
        path: What is written, whole or not at all.

    Raises:
        ValueError: If the presentation is damaged.
    """
    with (
        replacing(path) as unfinished,
        opened(talk) as before,
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
