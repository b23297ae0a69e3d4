"""An Open XML package: a ZIP archive whose entries name one another by relations.

Strict and transitional Open XML differ in their namespaces, so elements are found by their local
names. Names of entries are compared as the standard does, without case and percent signs.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

from understanding_gradients.spec.errors import OperationFailed

# Bytes of one entry; larger ones are not exported files, and reading them would fill the memory.
MAX_FILE, MAX_XML = 500_000_000, 50_000_000
# Bytes of all entries, and of all XML entries, which also bounds the time to read them.
MAX_TOTAL, MAX_TOTAL_XML = 16_000_000_000, 200_000_000
# Videos and images are compressed already; an entry that shrinks more is neither.
MAX_COMPRESSION = 100


@dataclass(frozen=True)
class Relation:
    """What one entry says of another.

    Attributes:
        id: Unique among the relations of an entry.
        kind: The last word of its type: "slide", "video", "image".
        target: The name of the other entry; an address if that is not in the package.
        is_external: Whether it is not in the package.
    """

    id: str
    kind: str
    target: str
    is_external: bool


class Package:
    """A package that is open for reading.

    Raises:
        ValueError: If it would fill the memory.
    """

    def __init__(self, archive: zipfile.ZipFile) -> None:
        check_sizes(archive)
        self._archive = archive
        self._names = {comparable(name): name for name in archive.namelist()}

    @property
    def entries(self) -> list[zipfile.ZipInfo]:
        """All entries, in the order of the archive."""
        return self._archive.infolist()

    def named(self, name: str) -> str:
        """Return the entry that `name` means; `name` itself if there is none."""
        return self._names.get(comparable(name), name)

    def has(self, entry: str) -> bool:
        """Return whether `entry` is in the package."""
        return entry in self._archive.NameToInfo

    def content(self, entry: str) -> bytes | None:
        """Return the content of a media file; None if it is too large to be one, or missing."""
        if not self.has(entry):
            return None
        info = self._archive.getinfo(entry)
        limit = min(MAX_FILE, MAX_COMPRESSION * max(info.compress_size, 1_000))
        return self._archive.read(info) if info.file_size <= limit else None

    def xml(self, entry: str) -> Any:
        """Return the root element of an entry; external entities are not read."""
        return etree.fromstring(
            self._archive.read(entry), etree.XMLParser(resolve_entities=False, no_network=True)
        )

    def relations(self, entry: str, kind: str = "") -> list[Relation]:
        """Return what `entry` says of others; of one `kind`, or of all.

        The package itself is called "".
        """
        path = self.named(relations_entry(entry))
        if not self.has(path):
            return []
        found = (self._relation(one, entry) for one in self.xml(path))
        return [one for one in found if kind in ("", one.kind)]

    def _relation(self, element: Any, entry: str) -> Relation:
        kind = element.attrib["Type"].rpartition("/")[2]
        target, is_external = element.attrib["Target"], element.get("TargetMode") == "External"
        if not is_external:
            folder = posixpath.dirname(entry)
            target = self.named(posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/"))
        return Relation(element.attrib["Id"], kind, target, is_external)


def no_longer_readable(path: Path) -> OperationFailed:
    """Return the error that a package which was read before cannot be read again."""
    return OperationFailed(
        f"'{path.name}' can no longer be read; nothing was written: see whether it opens in "
        "PowerPoint or Impress, and update again."
    )


def check_sizes(archive: zipfile.ZipFile) -> None:
    """Refuse an archive that would fill the memory."""
    xml_sizes = [
        entry.file_size
        for entry in archive.infolist()
        if entry.filename.lower().endswith((".xml", ".rels"))
    ]
    if max(xml_sizes, default=0) > MAX_XML or sum(xml_sizes) > MAX_TOTAL_XML:
        raise ValueError("its texts are too large")
    if sum(entry.file_size for entry in archive.infolist()) > MAX_TOTAL:
        raise ValueError("it is too large")


def comparable(name: str) -> str:
    """Return the name of an entry as the standard compares it."""
    return unquote(name).replace("\\", "/").lstrip("/").casefold()


def relations_entry(entry: str) -> str:
    """Return the name of the entry with the relations of `entry`."""
    folder, _, name = entry.rpartition("/")
    return posixpath.join(folder, "_rels", f"{name}.rels")


def local_name(name: Any) -> str:
    """Return the name of an element or attribute without its namespace."""
    return etree.QName(name).localname if isinstance(name, str) else ""


def references(root: Any) -> Counter[str]:
    """Return the relation ids that occur in an XML document, and how often each does."""
    return Counter(
        str(value)
        for element in root.iter()
        for key, value in element.attrib.items()
        if "relationships" in str(etree.QName(key).namespace)
    )


def reference(element: Any, name: str) -> str:
    """Return the relation id in the attribute `name`, such as ``r:embed``; "" if it has none."""
    return next(
        (
            str(value)
            for key, value in ({} if element is None else element.attrib).items()
            if local_name(key) == name and "relationships" in str(etree.QName(key).namespace)
        ),
        "",
    )
