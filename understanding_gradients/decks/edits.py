"""Edits of the pages of a presentation: a few attributes, and which entry a picture shows."""

from __future__ import annotations

import posixpath
from pathlib import Path, PurePosixPath
from typing import Any

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

from understanding_gradients.decks.package import Package, local_name, reference, relations_entry
from understanding_gradients.decks.pages import Picture, film_timings

CONTENT_TYPES = "[Content_Types].xml"
ADDED = "-fresh"


class Edits:
    """Edits of a presentation, collected as the new contents of its entries.

    Args:
        package: The presentation, open for reading.
    """

    def __init__(self, package: Package) -> None:
        self._package = package
        self._documents: dict[str, Any] = {}
        self._files: dict[str, Path | bytes] = {}

    @property
    def changes(self) -> dict[str, Path | bytes]:
        """The new contents, by entry."""
        return self._files | {
            entry: etree.tostring(
                root.getroottree(), xml_declaration=True, encoding="UTF-8", standalone=True
            )
            for entry, root in self._documents.items()
        }

    def replace(self, entry: str, content: Path) -> None:
        """Give an entry another content, wherever it is shown."""
        self._files[entry] = content

    def replaced(self, entry: str) -> Path | None:
        """Return the other content of an entry; None if it has its own."""
        content = self._files.get(entry)
        return content if isinstance(content, Path) else None

    def describe(self, picture: Picture, text: str) -> None:
        """Give a picture another alternative text."""
        self._properties(picture).set("descr", text)

    def play_for(self, picture: Picture, milliseconds: float) -> None:
        """Let the animation of a page play a film for this long."""
        shape = self._properties(picture).get("id")
        for one, timing in film_timings(self._document(picture.page)):
            if one == shape and timing.get("dur", "").replace(".", "").isdigit():
                timing.set("dur", str(round(milliseconds)))

    def advance_after(self, page: str, milliseconds: float) -> None:
        """Let the next slide follow after this long."""
        for transition in self._document(page).iter("{*}transition"):
            if transition.get("advTm") is not None:
                transition.set("advTm", str(round(milliseconds)))

    def show(self, picture: Picture, content: Path | None) -> None:
        """Let one picture show a new entry, with its old content if None is given."""
        entry = self._new_entry(picture.image)
        self._files[entry] = content or self._package.content(picture.image) or b""
        blip = next(self._picture(picture).iter("{*}blip"))
        before = reference(blip, "embed")
        name = next(key for key in blip.attrib if local_name(key) == "embed")
        blip.set(name, self._related(picture.page, before, entry))
        self._declare(picture.image, entry)

    def _document(self, entry: str) -> Any:
        """Return the root element of an entry, in which it is edited."""
        if entry not in self._documents:
            self._documents[entry] = self._package.xml(entry)
        return self._documents[entry]

    def _picture(self, picture: Picture) -> Any:
        return list(self._document(picture.page).iter("{*}pic"))[picture.number]

    def _properties(self, picture: Picture) -> Any:
        return next(self._picture(picture).iter("{*}cNvPr"))

    def _new_entry(self, entry: str) -> str:
        """Return a name like that of `entry` that no entry has."""
        path = PurePosixPath(entry)
        number = 1
        while True:
            name = str(path.with_stem(f"{path.stem}{ADDED}{number}"))
            if name not in self._files and not self._package.has(self._package.named(name)):
                return name
            number += 1

    def _related(self, page: str, before: str, entry: str) -> str:
        """Return the id of a new relation of a page to `entry`, like the one called `before`."""
        root = self._document(self._package.named(relations_entry(page)))
        ids = {one.get("Id") for one in root}
        number = next(n for n in range(1, len(ids) + 2) if f"rIdFresh{n}" not in ids)
        old = next(one for one in root if one.get("Id") == before)
        target = posixpath.relpath(entry, posixpath.dirname(page) or ".")
        new = etree.SubElement(root, old.tag, Id=f"rIdFresh{number}", Type=old.get("Type"))
        new.set("Target", target)
        return new.get("Id")

    def _declare(self, before: str, entry: str) -> None:
        """Give a new entry the content type of another, if that one has one of its own."""
        names = self._package.named(CONTENT_TYPES)
        if not self._package.has(names):
            return
        for one in self._package.xml(names):
            if local_name(one.tag) == "Override" and one.get("PartName") == f"/{before}":
                root = self._document(names)
                new = etree.SubElement(root, one.tag, PartName=f"/{entry}")
                new.set("ContentType", one.get("ContentType"))
