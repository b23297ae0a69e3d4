"""The pages of a presentation, and the pictures on them: a film is a picture that plays.

Pages are slides, and the layouts and masters that slides show through themselves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote

from understanding_gradients.decks.package import (
    Package,
    Relation,
    local_name,
    reference,
    references,
)

VIDEOS = (".avi", ".gif", ".m4v", ".mov", ".mp4", ".mpg", ".webm", ".wmv")
FILM_RELATIONS = ("media", "movie", "video")
STILLS = (".gif", ".png")
PLAYERS = ("quickTimeFile", "videoFile")
# What belongs to a page and has relations of its own.
PARTS = ("chart", "diagramData", "diagramDrawing", "notesSlide")


@dataclass(frozen=True)
class Picture:
    """A picture on a page, which may play a film.

    Attributes:
        page: The entry of its page.
        number: Its position among the pictures of the page, from 0.
        image: The entry of what is seen before the film plays; "" if it is in no entry.
        film: The entry of its film; "" if it plays none, or one that is linked.
        plays: Whether it plays a film, here or elsewhere.
        description: Its alternative text.
        milliseconds: How long the animation of the page plays it; None if it does not say.
        trim: How many milliseconds of the film are left out at its start and at its end.
        has_bookmarks: Whether places in the film have names.
        title: The title of its alternative text, which some programs show beside it.
    """

    page: str
    number: int
    image: str = ""
    film: str = ""
    plays: bool = False
    description: str = ""
    milliseconds: float | None = None
    trim: tuple[float, float] = (0, 0)
    has_bookmarks: bool = False
    title: str = ""


@dataclass(frozen=True)
class Page:
    """A slide, a layout or a master.

    Attributes:
        entry: Its name in the package.
        kind: "slide", "layout" or "master".
        slides: Its number, from 1; of a layout or master, those of the slides that show it.
        shown: The entries that it shows, also in its SmartArt, charts and notes.
        elsewhere: Those of them that it shows by something else than its pictures.
        links: The names of films and pictures that it links, and that are not in the package.
        pictures: Its pictures, in their order.
        title: The text of its title.
        notes: The speaker notes.
        advance: After how many milliseconds the next slide follows; None if on a click.
        text: All text on it, but not in its SmartArt and charts.
    """

    entry: str
    kind: str
    slides: tuple[int, ...]
    shown: frozenset[str]
    elsewhere: frozenset[str] = frozenset()
    links: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    title: str = ""
    notes: str = ""
    advance: float | None = None
    text: str = ""


def read_pages(package: Package) -> list[Page]:
    """Return all pages: the slides in their order, then layouts and masters."""
    (main,) = (one.target for one in package.relations("", "officeDocument"))
    by_id = {one.id: one.target for one in package.relations(main, "slide")}
    listed = package.xml(main).iterfind("{*}sldIdLst/{*}sldId")
    slides = [by_id[reference(one, "id")] for one in listed]
    if len(set(slides)) < len(slides):
        raise ValueError("a slide is listed twice")
    # What belongs to pages is parsed once, however many refer to it.
    part = cache(partial(read_part, package))
    pages = [read_page(package, part, one, "slide", (at,)) for at, one in enumerate(slides, 1)]
    layouts = shown_through(package, {entry: (at,) for at, entry in enumerate(slides, 1)}, "Layout")
    masters = shown_through(package, layouts, "Master")
    for one in package.relations(main, "slideMaster"):
        masters.setdefault(one.target, ())
    for master in masters:
        for one in package.relations(master, "slideLayout"):
            layouts.setdefault(one.target, ())
    behind = [("layout", *one) for one in layouts.items()] + [
        ("master", *one) for one in masters.items()
    ]
    pages += [
        read_page(package, part, one, kind, at) for kind, one, at in behind if package.has(one)
    ]
    return pages


def shown_through(
    package: Package, pages: dict[str, tuple[int, ...]], kind: str
) -> dict[str, tuple[int, ...]]:
    """Return the layouts or masters of `pages`, with the numbers of the slides that show them."""
    found: dict[str, set[int]] = {}
    for entry, slides in pages.items():
        for one in package.relations(entry, f"slide{kind}"):
            found.setdefault(one.target, set()).update(slides)
    return {entry: tuple(sorted(slides)) for entry, slides in found.items()}


def read_part(package: Package, entry: str) -> tuple[frozenset[str], str]:
    """Return what a part of a page shows, and its text."""
    root = package.xml(entry)
    return shown_by(references(root), package.relations(entry)), text_of(root)


def shown_by(used: Counter[str], relations: list[Relation]) -> frozenset[str]:
    """Return the entries that an XML document shows by the ids that it uses."""
    # Programs leave relations of what was deleted.
    return frozenset(one.target for one in relations if not one.is_external and one.id in used)


def read_page(
    package: Package,
    part: Callable[[str], tuple[frozenset[str], str]],
    entry: str,
    kind: str,
    slides: tuple[int, ...],
) -> Page:
    """Return what one page shows; `part` reads what belongs to it."""
    relations = package.relations(entry)
    inside = {one.id: one.target for one in relations if not one.is_external}
    root = package.xml(entry)
    parts = {one.target: one.kind for one in relations if one.kind in PARTS}
    found = {name: part(name) for name in sorted(parts) if package.has(name)}
    behind = frozenset[str]().union(*(shown for shown, _ in found.values()))
    used = references(root)
    others = used - Counter(reference(blip_of(one), "embed") for one in root.iter("{*}pic"))
    return Page(
        entry,
        kind,
        slides,
        shown_by(used, relations) | behind,
        shown_by(others, relations) | behind,
        tuple(sorted({name for one in relations if (name := linked_name(one))})),
        tuple(read_pictures(root, entry, inside)),
        title_of(root),
        "\n".join(text for name, (_, text) in found.items() if parts[name] == "notesSlide"),
        advance_of(root),
        text_of(root),
    )


def linked_name(relation: Any) -> str:
    """Return the name of the film or picture that a relation links; "" if it links none."""
    if not relation.is_external:
        return ""
    name = PurePosixPath(unquote(relation.target).partition("?")[0].replace("\\", "/")).name
    suffix = PurePosixPath(name).suffix.lower()
    is_film = relation.kind in FILM_RELATIONS or suffix in VIDEOS
    return (name or relation.target) if is_film or suffix in STILLS else ""


def read_pictures(root: Any, page: str, inside: dict[str, str]) -> Iterator[Picture]:
    """Yield the pictures of a page, also those in groups; `inside` has the entries by relation."""
    # Of shapes that were copied with their id, the first is meant.
    durations = durations_of(root)
    for number, element in enumerate(root.iter("{*}pic")):
        player = next((one for name in PLAYERS for one in element.iter(f"{{*}}{name}")), None)
        media = next(element.iter("{*}media"), None)
        ids = reference(media, "embed"), reference(player, "link")
        trim = next(element.iter("{*}trim"), None)
        properties = next(element.iter("{*}cNvPr"), None)
        yield Picture(
            page,
            number,
            inside.get(reference(blip_of(element), "embed"), ""),
            next((inside[one] for one in ids if one in inside), ""),
            player is not None or media is not None,
            "" if properties is None else properties.get("descr", ""),
            None if properties is None else durations.pop(properties.get("id", ""), None),
            (number_in(trim, "st") or 0, number_in(trim, "end") or 0),
            next(element.iter("{*}bmk"), None) is not None,
            "" if properties is None else properties.get("title", ""),
        )


def blip_of(picture: Any) -> Any:
    """Return the element of a picture that says what it shows; None if it has none."""
    return next(picture.iter("{*}blip"), None)


def durations_of(root: Any) -> dict[str, float]:
    """Return how many milliseconds the animation of a page plays each film, by its shape's id."""
    return {
        shape: milliseconds
        for shape, timing in film_timings(root)
        if (milliseconds := number_in(timing, "dur")) is not None
    }


def film_timings(root: Any) -> Iterator[tuple[str, Any]]:
    """Yield the id of a film's shape and the element that says for how long it plays."""
    for command in root.iter("{*}cmd", "{*}cMediaNode"):
        is_playing = local_name(command.tag) == "cMediaNode" or command.get("cmd", "")[:4] == "play"
        target = next(command.iter("{*}spTgt"), None)
        timing = next(command.iter("{*}cTn"), None)
        if is_playing and target is not None and timing is not None:
            yield target.get("spid", ""), timing


def advance_of(root: Any) -> float | None:
    """Return after how many milliseconds the next slide follows; None if on a click."""
    return next(
        (
            time
            for one in root.iter("{*}transition")
            if (time := number_in(one, "advTm")) is not None
        ),
        None,
    )


def number_in(element: Any, name: str) -> float | None:
    """Return the number in an attribute; None if it has none."""
    try:
        value = float(element.get(name, "") if element is not None else "")
    except ValueError:
        return None
    return value if 0 <= value < 1e9 else None


def title_of(root: Any) -> str:
    """Return the text of the title of a page."""
    for shape in root.iter("{*}sp"):
        place = next(shape.iter("{*}ph"), None)
        if place is not None and place.get("type") in ("title", "ctrTitle"):
            return text_of(shape)
    return ""


def text_of(element: Any) -> str:
    """Return the text in an element, one line per paragraph."""
    return "\n".join("".join(p.itertext("{*}t")) for p in element.iter("{*}p"))
