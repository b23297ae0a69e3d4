"""Edits of the pages of a presentation: a few attributes, and which entry a picture shows."""

from __future__ import annotations

import posixpath
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Any

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

from understanding_gradients.decks.package import (
    Package,
    local_name,
    reference,
    references,
    relations_entry,
)
from understanding_gradients.decks.pages import Picture, film_timings

CONTENT_TYPES = "[Content_Types].xml"


class Edits:
    """Edits of a presentation, collected as the new contents of its entries.

    Args:
        package: The presentation, open for reading.
    """

    def __init__(self, package: Package) -> None:
        self._package = package
        self._documents: dict[str, Any] = {}
        self._files: dict[str, Path | bytes | None] = {}
        self._new: dict[tuple[str, Path | None], str] = {}

    @property
    def changes(self) -> dict[str, Path | bytes | None]:
        """The new contents, by entry; None for one that is left out."""
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

    def describe(self, picture: Picture, attribute: str, text: str) -> None:
        """Give a picture another alternative text: its "descr", or its "title"."""
        self._properties(picture).set(attribute, text)

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
        entry = self._added(picture.image, content)
        blip = next(self._picture(picture).iter("{*}blip"))
        before = reference(blip, "embed")
        name = next(key for key in blip.attrib if local_name(key) == "embed")
        relations = self._document(self._package.named(relations_entry(picture.page)))
        blip.set(name, add_relation(relations, before, picture.page, entry))
        if before not in references(self._document(picture.page)):
            relations.remove(next(one for one in relations if one.get("Id") == before))

    def drop(self, entry: str) -> None:
        """Leave out an entry that nothing shows any more."""
        self._files[entry] = None
        for one in list(self._types()):
            if one.get("PartName") == f"/{entry}":
                self._types().remove(one)

    def _document(self, entry: str) -> Any:
        """Return the root element of an entry, in which it is edited."""
        if entry not in self._documents:
            self._documents[entry] = self._package.xml(entry)
        return self._documents[entry]

    def _picture(self, picture: Picture) -> Any:
        return list(self._document(picture.page).iter("{*}pic"))[picture.number]

    def _properties(self, picture: Picture) -> Any:
        return next(self._picture(picture).iter("{*}cNvPr"))

    def _added(self, entry: str, content: Path | None) -> str:
        """Return a new entry like `entry`, the same for the same content."""
        if (entry, content) not in self._new:
            suffix = content.suffix if content else PurePosixPath(entry).suffix
            name = self._unused(str(PurePosixPath(entry).with_suffix(suffix)))
            self._files[name] = content or self._package.content(entry) or b""
            self._new[entry, content] = name
            self._declare(entry, name)
        return self._new[entry, content]

    def _unused(self, entry: str) -> str:
        """Return a name like that of `entry` that no entry has."""
        path = PurePosixPath(entry)
        names = (str(path.with_stem(f"{path.stem}-fresh{number}")) for number in count(1))
        return next(
            name
            for name in names
            if name not in self._files and not self._package.has(self._package.named(name))
        )

    def _declare(self, before: str, entry: str) -> None:
        """Give a new entry the content type of its suffix, or of the entry that it is like."""
        suffix = PurePosixPath(entry).suffix[1:].lower()
        types = self._types()
        known = {(one.get("Extension") or "").lower() for one in types}
        like = [one for one in types if one.get("PartName") == f"/{before}"]
        if suffix in known and not like:
            return
        kind = "image/png" if suffix == "png" else like[0].get("ContentType")
        namespace = etree.QName(types).namespace
        new = etree.SubElement(types, f"{{{namespace}}}Override", PartName=f"/{entry}")
        new.set("ContentType", kind)

    def _types(self) -> Any:
        """Return the content types of all entries."""
        return self._document(self._package.named(CONTENT_TYPES))


def add_relation(relations: Any, before: str, page: str, entry: str) -> str:
    """Add a relation of a page to `entry`, like the one whose id is `before`, and return its id."""
    ids = {one.get("Id") for one in relations}
    name = next(f"rIdFresh{number}" for number in count(1) if f"rIdFresh{number}" not in ids)
    old = next(one for one in relations if one.get("Id") == before)
    new = etree.SubElement(relations, old.tag, Id=name, Type=old.get("Type"))
    new.set("Target", posixpath.relpath(entry, posixpath.dirname(page) or "."))
    return name
