"""What people do to the slides of a talk, as PowerPoint writes it."""

from __future__ import annotations

import copy
from io import BytesIO
from pathlib import Path
from typing import Any

from lxml import etree
from pptx import Presentation
from pptx.opc.packuri import PackURI
from pptx.util import Inches

from tests.talks import marks_of_media as media
from tests.talks.edit_tools import (
    movie,
)

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"


def duplicate(deck: Any, number: int, other: Any = None) -> Any:
    """Copy a slide to the end of a deck, as PowerPoint does: its media are shared, not copied."""
    source = (other or deck).slides[number - 1]
    page = deck.slides.add_slide(deck.slide_layouts[6])
    ids = {}
    for old, relation in source.part.rels.items():
        if relation.reltype.endswith(("/video", "/media", "/image")):
            if other is not None:
                name = str(relation.target_part.partname)
                relation.target_part.partname = PackURI(name.replace("/media/", "/media/other-"))
            ids[old] = page.part.rels.get_or_add(relation.reltype, relation.target_part)
    for element in list(page.element.cSld.spTree)[2:]:
        page.element.cSld.spTree.remove(element)
    for element in list(source.element.cSld.spTree)[2:]:
        page.element.cSld.spTree.append(copy.deepcopy(element))
    timing = source.element.find("{*}timing")
    if timing is not None:
        page.element.append(copy.deepcopy(timing))
    for element in page.element.iter():
        for key, value in element.attrib.items():
            if "relationships" in key and value in ids:
                element.set(key, ids[value])
    return page


def merge_other_talk(path: Path) -> Path:
    """Take slides of another talk, which was made with another rate, into this one."""
    deck, other = Presentation(str(path)), Presentation(str(path.parent / "other.pptx"))
    for number in (1, 2):
        page = duplicate(deck, number, other)
        page.shapes.title.text = f"From my other talk, {number}"
    deck.save(str(path))
    return path


def move_and_hide(deck: Any) -> None:
    """Move the last slide to the front, hide another, and leave one out."""
    order = deck.slides._sldIdLst
    deck.slides[3].element.set("show", "0")
    order.remove(order[0])
    order.insert(0, order[-1])


def leave_out(deck: Any, slide: int) -> None:
    """Leave a slide out."""
    order = deck.slides._sldIdLst
    order.remove(order[slide - 1])


def group(deck: Any, depth: int = 1) -> None:
    """Group the film of slide 3, in a group in a group if `depth` is 2."""
    page = deck.slides[2]
    element, place = movie(page).element, page.shapes
    for _ in range(depth):
        place = place.add_group_shape().shapes
    place._spTree.append(element)


def still_alone(deck: Any) -> None:
    """Put the still of slide 7 on a slide of its own and behind another one."""
    blob = movie(deck.slides[6]).poster_frame.blob
    page = deck.slides.add_slide(deck.slide_layouts[6])
    page.shapes.add_picture(BytesIO(blob), 0, 0)
    _, relation = page.part.get_or_add_image_part(BytesIO(blob))
    fill = (
        '<p:bg xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
        f'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:r="{OFFICE}/'
        f'relationships"><p:bgPr><a:blipFill><a:blip r:embed="{relation}"/><a:stretch/>'
        "</a:blipFill><a:effectLst/></p:bgPr></p:bg>"
    )
    page.element.cSld.insert(0, etree.fromstring(fill))


def insert_by_hand(path: Path) -> Path:
    """Insert the film of a whole clip with its first frame before it, as PowerPoint does."""
    deck = Presentation(str(path))
    (film,) = (path.parent / "own").glob("stepping_*.mp4")
    poster = media.saved(media.frame(film.read_bytes(), 0))
    page = deck.slides.add_slide(deck.slide_layouts[6])
    size = Inches(2)
    page.shapes.add_movie(
        str(film), 0, 0, size, size, poster_frame_image=BytesIO(poster), mime_type="video/mp4"
    )
    deck.save(str(path))
    return path


def change_notes(deck: Any) -> None:
    """Write notes around the caption."""
    notes = deck.slides[2].notes_slide.notes_text_frame
    notes.text = f"First wait.\n{notes.text} Then ask."


def alternate(slide: Any) -> None:
    """Put the films of a slide into a choice with a fallback, as PowerPoint may."""
    compatibility = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    for picture in list(slide.iter("{*}pic")):
        outer = etree.Element(f"{{{compatibility}}}AlternateContent", nsmap={"mc": compatibility})
        picture.getparent().replace(picture, outer)
        choice = etree.SubElement(outer, f"{{{compatibility}}}Choice", Requires="p14")
        choice.append(picture)
        fallback = etree.SubElement(outer, f"{{{compatibility}}}Fallback")
        fallback.append(copy.deepcopy(picture))


def trim(slide: Any, start: str = "100", end: str = "50", bookmark: bool = False) -> None:
    """Trim the film of a slide, as PowerPoint does: the film itself stays whole."""
    for one in slide.iter("{*}media"):
        space = etree.QName(one).namespace
        etree.SubElement(one, f"{{{space}}}trim", st=start, end=end)
        if bookmark:
            marks = etree.SubElement(one, f"{{{space}}}bmkLst")
            etree.SubElement(marks, f"{{{space}}}bmk", name="here", time="150")
    for one in slide.iter("{*}cmd"):
        timing = next(one.iter("{*}cTn"))
        timing.set("dur", str(int(timing.get("dur")) - int(start) - int(end)))


def advance(slide: Any, seconds: float | None = None) -> None:
    """Let the next slide follow after some seconds, or when the film is over."""
    timing = slide.find("{*}timing")
    length = next(one for one in timing.iter("{*}cTn") if (one.get("dur") or "").isdigit())
    time = length.get("dur") if seconds is None else str(round(1000 * seconds))
    tag = f"{{{etree.QName(slide).namespace}}}transition"
    timing.addprevious(etree.Element(tag, advTm=time, spd="slow"))


def describe(slide: Any, text: str) -> None:
    """Give the film of a slide an alternative text of one's own."""
    for one in slide.iter("{*}pic"):
        next(one.iter("{*}cNvPr")).set("descr", text)


def describe_by_title(slide: Any, text: str = "") -> None:
    """Move the alternative text of a film into its title, or give it a title of one's own."""
    for one in slide.iter("{*}pic"):
        properties = next(one.iter("{*}cNvPr"))
        properties.set("title", text or properties.attrib.pop("descr"))


def quote_notes(deck: Any) -> None:
    """Show the caption of slide 3 to the hall, in a text box."""
    page = deck.slides[2]
    text = page.notes_slide.notes_text_frame.text
    page.shapes.add_textbox(0, 0, Inches(4), Inches(1)).text_frame.text = f"Note: {text}"


def play_for(slide: Any, milliseconds: str) -> None:
    """Let a slide play its film for another time."""
    for one in slide.iter("{*}cmd"):
        next(one.iter("{*}cTn")).set("dur", milliseconds)


def beside_itself(slide: Any) -> None:
    """Copy the film of a slide beside itself, as Ctrl-D does: both have the same relations."""
    picture = next(slide.iter("{*}pic"))
    twin = copy.deepcopy(picture)
    next(twin.iter("{*}cNvPr")).set("id", "99")
    picture.addnext(twin)


def without_extension(slide: Any) -> None:
    """Leave out what PowerPoint 2010 added to films, as older programs do."""
    for one in list(slide.iter("{*}extLst")):
        one.getparent().remove(one)


def animate(slide: Any) -> None:
    """Let the film of a slide fade in as well, for 700 milliseconds."""
    command = next(slide.iter("{*}cmd"))
    effect = copy.deepcopy(command)
    effect.tag = command.tag.replace("cmd", "animEffect")
    next(effect.iter("{*}cTn")).set("dur", "700")
    command.addprevious(effect)
