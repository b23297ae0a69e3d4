"""What a new presentation says about itself: its properties, its thumbnail, the form of its slides.

python-pptx begins with a presentation of its author's from 2013, of 4:3, with a printer's settings.
"""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.oxml.ns import qn
from pptx.util import Inches

from understanding_gradients.installation import PROJECT

WIDTH, HEIGHT = Inches(40 / 3), Inches(7.5)
THUMBNAIL = 256, 144
APPLICATION = f"""\
<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">\
<Application>{PROJECT}</Application><PresentationFormat>Widescreen</PresentationFormat></Properties>
"""


def set_properties(deck: Any, title: str, first_still: Path) -> None:
    """Give a new presentation its title, today's date, no author, and a thumbnail."""
    core, now = deck.core_properties, datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    core.title, core.author, core.last_modified_by, core.comments = title, "", "", ""
    core.created = core.modified = now
    package = deck.part.package
    package.part_related_by(RELATIONSHIP_TYPE.EXTENDED_PROPERTIES)._blob = APPLICATION.encode()
    package.part_related_by(RELATIONSHIP_TYPE.THUMBNAIL)._blob = thumbnail(first_still)
    for name, relation in list(deck.part.rels.items()):
        if relation.reltype == RELATIONSHIP_TYPE.PRINTER_SETTINGS:
            deck.part.rels.pop(name)


def thumbnail(still: Path) -> bytes:
    """Return a small JPEG of a still."""
    file = BytesIO()
    with Image.open(still) as image:
        image.convert("RGB").resize(THUMBNAIL, Image.Resampling.LANCZOS).save(file, format="JPEG")
    return file.getvalue()


def set_widescreen(deck: Any) -> None:
    """Make the slides 16:9, also on pages of notes, and widen the placeholders of all layouts."""
    factor = WIDTH / deck.slide_width
    deck.slide_width, deck.slide_height = WIDTH, HEIGHT
    deck.element.sldSz.attrib.pop("type", None)
    for page in (deck.slide_master, *deck.slide_layouts):
        # A placeholder without its own position inherits the master's.
        for box in page.element.iter(qn("a:xfrm")):
            box.off.x, box.ext.cx = round(box.off.x * factor), round(box.ext.cx * factor)
    for box in deck.notes_master.placeholders:
        if box.placeholder_format.type == PP_PLACEHOLDER.SLIDE_IMAGE:
            box.height = round(box.width * HEIGHT / WIDTH)
