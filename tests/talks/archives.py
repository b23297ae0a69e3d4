"""A presentation as a ZIP archive of XML, read and changed without our reader."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from lxml import etree

PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


class Archive(dict[str, bytes]):
    """The entries of a presentation by name, in their order."""

    @classmethod
    def read(cls, path: Path) -> Archive:
        """Return the entries of a file, each of which must be whole."""
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            names = archive.namelist()
            assert len(set(names)) == len(names)
            return cls((name, archive.read(name)) for name in names)

    def write(self, path: Path) -> Path:
        """Write the entries into a file."""
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in self.items():
                archive.writestr(zipfile.ZipInfo(name), content)
        return path

    def edit_xml(self, name: str, edit: Callable[[Any], None]) -> None:
        """Change the XML of an entry in place."""
        root = etree.fromstring(self[name])
        edit(root)
        self[name] = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)

    def replace(self, old: str, new: str, where: str = r"\.(xml|rels)$") -> None:
        """Replace a text in all entries whose name matches."""
        for name in self:
            if re.search(where, name):
                self[name] = self[name].replace(old.encode(), new.encode())

    def rename(self, old: str, new: str) -> None:
        """Give an entry another name, as its relations have it."""
        entries = {new if name == old else name: content for name, content in self.items()}
        self.clear()
        self.update(entries)
        self.replace(posixpath.basename(old), posixpath.basename(new), r"\.rels$")

    def targets(self, entry: str) -> dict[str, str]:
        """Return the entries or addresses that an entry's relations name, by id."""
        folder, name = posixpath.split(entry)
        rels = f"{folder}/_rels/{name}.rels"
        if rels not in self:
            return {}
        return {
            one.get("Id"): one.get("Target")
            if one.get("TargetMode") == "External"
            else self.meant(posixpath.normpath(posixpath.join("/", folder, one.get("Target")))[1:])
            for one in etree.fromstring(self[rels])
        }

    def meant(self, name: str) -> str:
        """Return the entry that a name in a relation means."""
        names = {unquote(one).lower(): one for one in self}
        return names.get(unquote(name).lower(), name)

    def slides(self) -> list[str]:
        """Return the slides in the order in which they are shown."""
        main = etree.fromstring(self["ppt/presentation.xml"])
        targets = self.targets("ppt/presentation.xml")
        return [targets[related(one, "id")] for one in main.iterfind("{*}sldIdLst/{*}sldId")]


def related(element: Any, name: str) -> str:
    """Return the relation id in an attribute, whatever the flavor of Open XML."""
    found = [
        value for key, value in element.attrib.items() if key.endswith(f"relationships}}{name}")
    ]
    return found[0] if found else ""


@dataclass(frozen=True)
class Shown:
    """A film on a slide as a viewer has it."""

    slide: int
    film: bytes | None
    image: bytes
    alt: str
    title: str
    milliseconds: int | None


def films(archive: Archive) -> Iterator[Shown]:
    """Yield the films on all slides."""
    for number, slide in enumerate(archive.slides(), start=1):
        root, targets = etree.fromstring(archive[slide]), archive.targets(slide)
        for picture in root.iter("{*}pic"):
            player = next(picture.iter("{*}videoFile"), None)
            if player is None:
                continue
            film = targets.get(related(player, "link"), "")
            image = targets[related(next(picture.iter("{*}blip")), "embed")]
            properties = next(picture.iter("{*}cNvPr"))
            lengths = [
                int(command.find(".//{*}cTn").get("dur"))
                for command in root.iter("{*}cmd")
                if command.find(".//{*}spTgt").get("spid") == properties.get("id")
            ]
            yield Shown(
                number,
                archive.get(film),
                archive[image],
                " ".join(properties.get("descr", "").split()),
                " ".join(properties.get("title", "").split()),
                lengths[0] if lengths else None,
            )
