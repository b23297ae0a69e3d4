"""What people and programs do to a talk, one function per edit, and what must be said of it.

The talk has the slides 1-2 of a clip that stays as it is, 3-6 of one whose pictures, captions and
lengths change and that gets two more beats, and 7 of one whose picture changes.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

from lxml import etree
from pptx import Presentation
from pptx.opc.packuri import PackURI
from pptx.util import Inches

from tests.talks import marks_of_media as media
from tests.talks.archives import Archive
from tests.talks.programs import saved_by_impress

SWAPPED = tuple(f"slide {number}: stepping, step-{number - 3}: mp4 and png" for number in (4, 5, 6))
STEPS = ("slide 3: stepping, start: mp4 and png swapped", *(f"{one} swapped" for one in SWAPPED))
ALL = (*STEPS, "slide 7: arriving, arrive: mp4 and png swapped")
NEW = "stepping: on no slide: step-4, step-5"
CHANGED = "it was changed since it was made"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"


@dataclass(frozen=True)
class Edit:
    """An edit of a talk.

    Attributes:
        make: Edits the talk at a path, and returns the path of the edited one.
        says: Lines that `--update` prints, or what they begin with.
        current: How many films show today's pictures in the end.
        program: The program that it needs; "" if none.
    """

    make: Callable[[Path], Path]
    says: tuple[str, ...]
    current: int = 7
    program: str = ""


def with_pptx(edit: Callable[[Any], None]) -> Callable[[Path], Path]:
    """Return an edit by python-pptx."""

    def make(path: Path) -> Path:
        deck = Presentation(str(path))
        edit(deck)
        deck.save(str(path))
        return path

    return make


def with_archive(edit: Callable[[Archive], None], suffix: str = ".pptx") -> Callable[[Path], Path]:
    """Return an edit of the entries of a talk."""

    def make(path: Path) -> Path:
        archive = Archive.read(path)
        edit(archive)
        return archive.write(path.with_suffix(suffix))

    return make


def movie(page: Any) -> Any:
    """Return the film on a slide."""
    return next(one for one in page.shapes if one.shape_type == 16)


def each_slide(edit: Callable[[Any], None]) -> Callable[[Archive], None]:
    """Return an edit of the XML of every slide."""

    def make(archive: Archive) -> None:
        for slide in archive.slides():
            archive.edit_xml(slide, edit)

    return make


def media_of(archive: Archive, slide: int) -> tuple[str, str]:
    """Return the entries of the film and of the poster of a slide."""
    entry = archive.slides()[slide - 1]
    found = set(archive.targets(entry).values())
    (film,) = [one for one in found if one.endswith(".mp4")]
    (image,) = [one for one in found if one.endswith(".png")]
    return film, image


def on_films(change: Callable[[bytes], bytes], *slides: int) -> Callable[[Path], Path]:
    """Return an edit of the films of some slides."""

    def edit(archive: Archive) -> None:
        for slide in slides:
            film, _ = media_of(archive, slide)
            archive[film] = change(archive[film])

    return with_archive(edit)


def on_posters(
    change: Callable[[bytes, bytes], bytes], suffix: str = "png", *slides: int
) -> Callable[[Path], Path]:
    """Return an edit of the posters of some slides; `change` gets the poster and the film."""

    def edit(archive: Archive) -> None:
        for slide in slides or range(1, 8):
            film, image = media_of(archive, slide)
            archive[image] = change(archive[image], archive[film])
            archive.rename(image, image.replace("png", suffix))
        archive.edit_xml("[Content_Types].xml", partial(declare, suffix))

    return with_archive(edit)


def declare(suffix: str, types: Any) -> None:
    """Declare the content type of JPEG files, if there are any."""
    if suffix == "jpg":
        one = etree.SubElement(types, types[0].tag, Extension="jpg", ContentType="image/jpeg")
        types.insert(0, one)


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


def percent_signs(archive: Archive) -> None:
    """Have media with blanks and umlauts in their names, as Keynote's export does."""
    for slide in (3, 4):
        film, _ = media_of(archive, slide)
        archive.rename(film, f"ppt/media/Mein Film ü {slide}.mp4")
        archive.replace(f"Mein Film ü {slide}", f"Mein%20Film%20%C3%BC%20{slide}", r"\.rels$")


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


def on_slides(edit: Callable[[Any], None], *slides: int) -> Callable[[Path], Path]:
    """Return an edit of the XML of some slides."""

    def make(archive: Archive) -> None:
        for slide in slides:
            archive.edit_xml(archive.slides()[slide - 1], edit)

    return with_archive(make)


def describe(slide: Any, text: str) -> None:
    """Give the film of a slide an alternative text of one's own."""
    for one in slide.iter("{*}pic"):
        next(one.iter("{*}cNvPr")).set("descr", text)


def play_for(slide: Any, milliseconds: str) -> None:
    """Let a slide play its film for another time."""
    for one in slide.iter("{*}cmd"):
        next(one.iter("{*}cTn")).set("dur", milliseconds)


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


def with_keys(*without: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return a change of a mark that leaves out some keys."""
    return lambda said: {key: value for key, value in said.items() if key not in without}


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


def content_type(kind: str, suffix: str) -> Callable[[Path], Path]:
    """Return how PowerPoint saves a show or a template: another content type, another suffix."""
    old = "vnd.openxmlformats-officedocument.presentationml.presentation.main"
    return with_archive(lambda archive: archive.replace(old, kind), suffix)


LEFT_FILM = "slide 7: arriving, arrive: mp4 left (it was changed since it was made)"
LEFT_POSTER = "slide 7: arriving, arrive: png left (the film behind it is left)"
OTHERS = (*STEPS, LEFT_FILM, LEFT_POSTER)

EDITS: dict[str, Edit] = {
    "nothing": Edit(lambda path: path, (*ALL, NEW)),
    "parts renamed": Edit(with_archive(rename_parts), (*ALL, NEW)),
    "moved, hidden and left out": Edit(
        with_pptx(move_and_hide), ("slide 1: arriving, arrive: mp4 and png swapped", NEW), 6
    ),
    "a step left out": Edit(
        with_pptx(partial(leave_out, slide=5)),
        ("slide 5: stepping, step-3: mp4 and png swapped", NEW, "4 swapped, 2 fresh"),
        6,
    ),
    "a slide duplicated": Edit(
        with_pptx(lambda deck: duplicate(deck, 3)),
        (
            "slides 3, 8: stepping, start: mp4 and png swapped",
            "slides 3, 8: alt text and length replaced",
            NEW,
        ),
        8,
    ),
    "another talk merged": Edit(
        merge_other_talk,
        (*ALL, "slide 8: stepping, start: mp4 and png swapped", NEW),
        9,
    ),
    "grouped": Edit(with_pptx(group), ALL),
    "grouped twice": Edit(with_pptx(partial(group, depth=2)), ALL),
    "a choice with a fallback": Edit(with_archive(each_slide(alternate)), ALL, 14),
    "posters compressed": Edit(
        on_posters(lambda image, _: media.saved(media.image(image))), (*ALL, NEW)
    ),
    "posters as JPEG": Edit(
        on_posters(lambda image, _: media.saved(media.image(image), "jpeg"), "jpg"), (*ALL, NEW)
    ),
    "posters of the first frame": Edit(
        on_posters(lambda _, film: media.saved(media.frame(film, 0)), "png", 1, 2, 7), ALL
    ),
    "posters of a frame between": Edit(
        on_posters(lambda _, film: media.saved(media.frame(film, 4)), "png", 1), ALL
    ),
    "a poster of one's own": Edit(
        on_posters(lambda *_: media.saved(media.own_picture()), "png", 3, 7),
        (
            "slide 3: stepping, start: png left (it shows no frame of the film behind it)",
            "slide 7: arriving, arrive: png left (it shows no frame of the film behind it)",
        ),
    ),
    "a poster drawn upon": Edit(
        on_posters(
            lambda image, _: media.saved(media.drawn_upon(image), comment=media.comment_of(image)),
            "png",
            7,
        ),
        (f"slide 7: arriving, arrive: png left ({CHANGED})",),
    ),
    "a poster drawn upon without its mark": Edit(
        on_posters(lambda image, _: media.saved(media.drawn_upon(image)), "png", 7),
        ("slide 7: arriving, arrive: png left (it shows no frame of the film behind it)",),
    ),
    "a mark kept by what compresses": Edit(
        on_posters(
            lambda image, _: media.saved(media.image(image), comment=media.comment_of(image))
        ),
        ALL,
    ),
    "copied into another container": Edit(on_films(media.muxed_again, *range(1, 8)), ALL),
    "dubbed": Edit(on_films(partial(media.muxed_again, voice=True), 7), OTHERS, 6),
    "trimmed": Edit(on_films(partial(media.muxed_again, keep=lambda at: at < 4), 7), OTHERS, 6),
    "encoded again": Edit(
        on_films(media.encoded_again, 7), (*STEPS, "slide 7: ppt/media/", LEFT_POSTER), 6
    ),
    "dubbed, with a mark of an earlier version": Edit(
        on_films(partial(media.muxed_again, voice=True, mark=with_keys("digest", "beats")), 7),
        OTHERS,
        6,
    ),
    "marks of an earlier version": Edit(
        of_an_earlier_version,
        (
            "slide 7: arriving, arrive: mp4 and png swapped (made from other settings called "
            "small.toml; an earlier version made it, so a change of it cannot be seen)",
            NEW,
        ),
    ),
    "linked": Edit(
        with_archive(partial(lambda archive: link_films(archive, 3, 7))),
        (
            "slide 3: linked, not inside the talk: media3.mp4",
            "slide 7: linked, not inside the talk: media7.mp4",
            LEFT_POSTER,
        ),
        5,
    ),
    "all linked": Edit(
        with_archive(lambda archive: link_films(archive, *range(1, 8))),
        ("slide 1: linked, not inside the talk: media1.mp4", LEFT_POSTER),
        0,
    ),
    "trimmed by PowerPoint": Edit(
        on_slides(trim, 3),
        (
            "slide 3: its trim stays, 0.1 s at the start and 0.05 s at the end, of a clip that "
            "takes 1 s now",
            "slide 3: alt text and length replaced",
        ),
    ),
    "trimmed to more than there is today": Edit(
        on_slides(partial(trim, start="200", end="100"), 7),
        ("slide 7: its trim stays",),
    ),
    "bookmarked": Edit(
        on_slides(partial(trim, start="0", end="0", bookmark=True), 3),
        ("slide 3: its bookmarks are at the times of the clip before",),
    ),
    "going on by itself": Edit(on_slides(advance, 3), ("slide 3: alt text and length replaced",)),
    "going on after a while": Edit(
        on_slides(partial(advance, seconds=9), 3),
        ("slide 3: the next slide follows after 9 s, as before; its clip takes 1 s now",),
    ),
    "another length": Edit(
        on_slides(partial(play_for, milliseconds="4000"), 3),
        ("slide 3: it plays its clip for 4 s of 1 s",),
    ),
    "an alternative text of one's own": Edit(
        on_slides(partial(describe, text="What happens next?"), 3, 7),
        ('slide 3: its alt text stays "What happens next?", but its clip now "5 steps are to',),
    ),
    "Strict Open XML": Edit(with_archive(make_strict), (*ALL, NEW)),
    "on a layout": Edit(
        with_archive(to_layout), ("on a layout of slides 1-7: arriving, arrive: mp4", NEW), 6
    ),
    "blanks in names": Edit(with_archive(percent_signs), (*ALL, NEW)),
    "names in capitals": Edit(
        with_archive(lambda archive: archive.replace("../media/", "../MEDIA/", r"\.rels$")), ALL
    ),
    "a show": Edit(
        content_type("vnd.openxmlformats-officedocument.presentationml.slideshow.main", ".ppsx"),
        ALL,
    ),
    "a template": Edit(
        content_type("vnd.openxmlformats-officedocument.presentationml.template.main", ".potx"),
        ALL,
    ),
    "with macros": Edit(
        content_type("vnd.ms-powerpoint.presentation.macroEnabled.main", ".pptm"), ALL
    ),
    "a still alone and as a background": Edit(
        with_pptx(still_alone), ("slides 7-8: arriving, arrive: png swapped",)
    ),
    "inserted by hand": Edit(insert_by_hand, ("slide 8: stepping: mp4 and png swapped",), 8),
    "saved by Impress": Edit(lambda path: saved_by_impress(path, "pptx"), (NEW,), 7, "soffice"),
}
for way in ("odp pptx", "pptm", "ppsx", "potx", "odp pptx odp pptx", "pptx odp pptm"):
    EDITS[f"saved by Impress as {way}"] = Edit(
        lambda path, way=way: saved_by_impress(path, *way.split()), (NEW,), 7, "soffice"
    )
