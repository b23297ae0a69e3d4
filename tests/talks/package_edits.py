"""What programs do to the entries of a talk when they save it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from lxml import etree

from tests.talks import marks_of_media as media
from tests.talks.archives import Archive
from tests.talks.edit_tools import (
    declare,
    media_of,
    with_archive,
)

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"


def rename_parts(archive: Archive) -> None:
    """Name and number all media and relations anew, as PowerPoint does when it saves."""
    for number, name in enumerate([one for one in archive if "/media/" in one], start=40):
        archive.rename(name, re.sub(r"/\w+\.", f"/media{number}.", name))
    for slide in archive.slides():
        rels = slide.replace("slides/", "slides/_rels/") + ".rels"
        for name in (slide, rels):
            archive[name] = archive[name].replace(b'"rId', b'"rId10')
    entries = sorted(archive.items(), reverse=True)
    archive.clear()
    archive.update(entries)


def make_strict(archive: Archive) -> None:
    """Save as Strict Open XML."""
    pairs = {
        f"{OFFICE}/relationships": "http://purl.oclc.org/ooxml/officeDocument/relationships",
        "http://schemas.openxmlformats.org/presentationml/2006/main": (
            "http://purl.oclc.org/ooxml/presentationml/main"
        ),
        "http://schemas.openxmlformats.org/drawingml/2006/main": (
            "http://purl.oclc.org/ooxml/drawingml/main"
        ),
    }
    for old, new in pairs.items():
        archive.replace(old, new)


def link_films(archive: Archive, *slides: int) -> None:
    """Link the films of some slides, as PowerPoint's "Link to File" does."""
    for slide in slides:
        entry = archive.slides()[slide - 1]
        film, _ = media_of(archive, slide)

        def edit(relations: Any, film: str = film) -> None:
            for one in list(relations):
                if one.get("Target").endswith(film.rpartition("/")[2]):
                    one.set("Target", f"file:///C:/talks/my%20films/{film.rpartition('/')[2]}")
                    one.set("TargetMode", "External")

        archive.edit_xml(entry.replace("slides/", "slides/_rels/") + ".rels", edit)
        del archive[film]


def to_layout(archive: Archive) -> None:
    """Move the film of slide 7 to the layout of all slides."""
    slide = archive.slides()[6]
    (layout,) = [one for one in archive.targets(slide).values() if "Layout" in one]
    targets = archive.targets(slide)
    slide_root = etree.fromstring(archive[slide])
    picture = next(slide_root.iter("{*}pic"))
    picture.getparent().remove(picture)
    slide_root.remove(slide_root.find("{*}timing"))
    archive[slide] = etree.tostring(slide_root)
    rels = etree.fromstring(archive[slide.replace("slides/", "slides/_rels/") + ".rels"])
    place = layout.replace("slideLayouts/", "slideLayouts/_rels/") + ".rels"

    def relate(relations: Any) -> None:
        for one in rels:
            if "/media/" in targets[one.get("Id")]:
                one.set("Id", f"{one.get('Id')}00")
                relations.append(one)

    def show(root: Any) -> None:
        for element in picture.iter():
            for key, value in element.attrib.items():
                if "relationships" in key and value:
                    element.set(key, f"{value}00")
        root.find("{*}cSld/{*}spTree").append(picture)

    archive.edit_xml(place, relate)
    archive.edit_xml(layout, show)


def to_master(archive: Archive) -> None:
    """Move the film of slide 7 from its layout on to the master."""
    to_layout(archive)
    (layout,) = {
        one
        for slide in archive.slides()
        for one in archive.targets(slide).values()
        if "Layout" in one
    }
    (master,) = [one for one in archive.targets(layout).values() if "Master" in one]
    root = etree.fromstring(archive[layout])
    picture = next(root.iter("{*}pic"))
    targets = archive.targets(layout)
    place = "{}/_rels/{}.rels".format
    rels = etree.fromstring(archive[place(*layout.rsplit("/", 1))])
    moved = [one for one in rels if "/media/" in targets[one.get("Id")]]
    archive.edit_xml(place(*master.rsplit("/", 1)), lambda relations: relations.extend(moved))
    picture.getparent().remove(picture)
    archive[layout] = etree.tostring(root)
    archive.edit_xml(master, lambda root: root.find("{*}cSld/{*}spTree").append(picture))


def percent_signs(archive: Archive) -> None:
    """Have media with blanks and umlauts in their names, as Keynote's export does."""
    for slide in (3, 4):
        film, _ = media_of(archive, slide)
        archive.rename(film, f"ppt/media/Mein Film ü {slide}.mp4")
        archive.replace(f"Mein Film ü {slide}", f"Mein%20Film%20%C3%BC%20{slide}", r"\.rels$")


def in_utf16(archive: Archive) -> None:
    """Write slides in UTF-16, with a comment in them."""
    for slide in archive.slides():
        root = etree.fromstring(archive[slide])
        root.append(etree.Comment("by hand"))
        archive[slide] = etree.tostring(root, encoding="UTF-16")


def nameless(archive: Archive) -> None:
    """Give media names that do not say what they are."""
    for slide, suffix in ((3, "bin"), (4, "mov"), (5, "dat")):
        film, image = media_of(archive, slide)
        archive.rename(film, film.replace("mp4", suffix))
        archive.rename(image, image.replace("png", "tmp"))
    for suffix in ("bin", "mov", "dat", "tmp"):
        archive.edit_xml("[Content_Types].xml", partial(declare, suffix))


def absolute(archive: Archive) -> None:
    """Have relations name their targets from the root, as some libraries do."""
    archive.replace('Target="../', 'Target="/ppt/', r"slides/_rels/.*rels$")


def copies(archive: Archive) -> None:
    """Have every slide its own copy of the still of slide 3, which looks like theirs."""
    _, first = media_of(archive, 3)
    for slide in (4, 5, 6):
        archive[media_of(archive, slide)[1]] = archive[first]


def shared(archive: Archive) -> None:
    """Have the slides 3 to 6 show one picture, as Impress saves pictures that look the same."""
    first = media_of(archive, 3)[1].rpartition("/")[2]
    for slide in (4, 5, 6):
        image = media_of(archive, slide)[1]
        archive.replace(image.rpartition("/")[2], first, r"slides/_rels/.*rels$")
        del archive[image]


RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"


def relate(archive: Archive, entry: str, name: str, kind: str, target: str) -> None:
    """Give an entry a relation of this id and type."""
    folder, _, file = entry.rpartition("/")
    relations = f"{folder}/_rels/{file}.rels".lstrip("/")
    archive.setdefault(relations, f'<Relationships xmlns="{RELATIONS}"/>'.encode())
    archive.edit_xml(
        relations,
        lambda root: etree.SubElement(
            root, f"{{{RELATIONS}}}Relationship", Id=name, Type=kind, Target=target
        ),
    )


def declare_part(archive: Archive, entry: str, kind: str) -> None:
    """Declare the content type of an entry."""
    archive.edit_xml(
        "[Content_Types].xml",
        lambda types: etree.SubElement(
            types,
            f"{{{etree.QName(types).namespace}}}Override",
            PartName=f"/{entry}",
            ContentType=f"application/vnd.openxmlformats-{kind}+xml",
        ),
    )


def in_smartart(archive: Archive) -> None:
    """Have a SmartArt on slide 1 show a copy of the still of slide 7."""
    copied, data = "ppt/media/in-smartart.png", "ppt/diagrams/data1.xml"
    archive[copied] = archive[media_of(archive, 7)[1]]
    archive[data] = (
        f'<d:dataModel xmlns:d="{DRAWING}/diagram" xmlns:a="{DRAWING}/main" '
        f'xmlns:r="{OFFICE}/relationships"><d:ptLst><d:pt modelId="1"><d:spPr><a:blipFill>'
        '<a:blip r:embed="rId1"/></a:blipFill></d:spPr></d:pt></d:ptLst></d:dataModel>'
    ).encode()
    declare_part(archive, data, "officedocument.drawingml.diagramData")
    relate(archive, data, "rId1", f"{OFFICE}/relationships/image", f"/{copied}")
    slide = archive.slides()[0]
    relate(archive, slide, "rIdData", f"{OFFICE}/relationships/diagramData", f"/{data}")


def in_notes(archive: Archive, slide: int = 1, is_shared: bool = False) -> None:
    """Have the notes of a slide show the still of slide 7, or a copy, where people explain it."""
    copied = still = media_of(archive, 7)[1]
    if not is_shared:
        copied = "ppt/media/in-notes.png"
        archive[copied] = archive[still]
    page = archive.slides()[slide - 1]
    (notes,) = [one for one in archive.targets(page).values() if "notes" in one]
    relate(archive, notes, "rIdStill", f"{OFFICE}/relationships/image", f"/{copied}")

    def show(root: Any) -> None:
        blip = etree.SubElement(next(root.iter("{*}spPr")), f"{{{DRAWING}/main}}blipFill")
        still = etree.SubElement(blip, f"{{{DRAWING}/main}}blip")
        still.set(f"{{{OFFICE}/relationships}}embed", "rIdStill")

    archive.edit_xml(notes, show)


def sign(archive: Archive) -> None:
    """Sign the package."""
    kind, origin = f"{RELATIONS}/digital-signature", "_xmlsignatures/origin.xml"
    signature = "_xmlsignatures/sig1.xml"
    archive[origin] = b"<origin/>"
    archive[signature] = b'<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/>'
    declare_part(archive, signature, "package.digital-signature-xmlsignature")
    relate(archive, origin, "rId1", f"{kind}/signature", f"/{signature}")
    relate(archive, "", "rIdOrigin", f"{kind}/origin", f"/{origin}")


def of_an_earlier_version(path: Path) -> Path:
    """Take the digests and beats out of all marks."""
    change = with_keys("digest", "beats")

    def edit(archive: Archive) -> None:
        for name in archive:
            if name.endswith(".mp4"):
                archive[name] = media.muxed_again(archive[name], mark=change)
            elif "/media/" in name:
                said = change(json.loads(media.comment_of(archive[name])))
                archive[name] = media.saved(media.image(archive[name]), comment=json.dumps(said))

    return with_archive(edit)(path)


def with_keys(*without: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return a change of a mark that leaves out some keys."""
    return lambda said: {key: value for key, value in said.items() if key not in without}


def content_type(kind: str, suffix: str) -> Callable[[Path], Path]:
    """Return how PowerPoint saves a show or a template: another content type, another suffix."""
    old = "openxmlformats-officedocument.presentationml.presentation.main"
    return with_archive(lambda archive: archive.replace(old, f"{kind}.main"), suffix)
