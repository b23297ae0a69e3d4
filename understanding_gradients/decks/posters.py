"""The posters of films: what is seen before a film plays follows the film.

A poster is found through the picture that plays the film. Programs encode posters again, make them
of another frame, or keep one for all films that look the same at their end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache

from understanding_gradients.decks.frames import CannotCompare, frame_shown
from understanding_gradients.decks.package import Package
from understanding_gradients.decks.pages import Page, Picture
from understanding_gradients.decks.presentation import EmbeddedFile, Presentation
from understanding_gradients.decks.status import CURRENT, ClipStatus, State

# FFmpeg's names of the container formats of films.
CONTAINERS = {"mov": "mov", "mp4": "mp4", "webm": "matroska"}
OWN_PICTURE = (
    "it shows no frame of its video: if you did not choose it, reset it in PowerPoint at Video "
    "Format > Poster Frame, and update again"
)
NOT_COMPARED = "it cannot be compared with its video: see whether it still fits"
LEFT_WITH_FILM = "its video stays as it is"


def posters(
    presentation: Presentation, statuses: Sequence[ClipStatus], package: Package
) -> Iterator[tuple[EmbeddedFile, ClipStatus]]:
    """Yield the posters that do not say themselves that they belong to their film.

    Each comes with the status of its film. A poster without a `frame` is the still of the film's
    beat, unless it is the owner's own picture.
    """
    by_entry = {status.file.entry: status for status in statuses}

    @cache
    def shown(film: str, image: str) -> int | str:
        try:
            container = CONTAINERS[by_entry[film].file.kind]
            frame = frame_shown(package.content(film), package.content(image), container)
        except CannotCompare:
            return NOT_COMPARED
        return OWN_PICTURE if frame is None else frame

    for page, picture in presentation.pictures:
        film, image = by_entry.get(picture.film), by_entry.get(picture.image)
        if not picture.image or film is None or film.file.kind not in CONTAINERS:
            continue
        still = None if image is None else image.file
        if film.state not in CURRENT or (still and is_still_of(still, film.file)):
            continue
        frame = shown(picture.film, picture.image)
        # A picture that shows another clip was put there on purpose.
        if still is None or isinstance(frame, int):
            yield poster(film.file, still, page, picture, frame), film


def is_still_of(image: EmbeddedFile, film: EmbeddedFile) -> bool:
    """Return whether a picture says that it is a still of what a film shows."""
    still, shown = image.provenance, film.provenance
    return still.slug == shown.slug and shown.beat in (still.beat, "")


def poster(
    film: EmbeddedFile,
    still: EmbeddedFile | None,
    page: Page,
    picture: Picture,
    frame: int | str,
) -> EmbeddedFile:
    """Return the file that a poster stands for; `frame` is that of its film, or why it has none."""
    said = replace(film.provenance, key="", digest="")
    if still is not None and (still.provenance.slug, still.provenance.options) == (
        said.slug,
        said.options,
    ):
        # One still of the clip is like the other, so their keys are the same.
        said = replace(said, key=still.provenance.key, digest=still.provenance.digest)
    slides = page.slides if page.kind == "slide" else ()
    is_still = frame == -1 and bool(said.beat)
    own = frame if isinstance(frame, str) else ""
    position = None if own or is_still or isinstance(frame, str) else frame
    return EmbeddedFile(picture.image, said, slides, (picture,), position, own)


def merged(files: Sequence[ClipStatus]) -> list[ClipStatus]:
    """Return one status for all pictures that show the same file in the same role."""
    found: dict[tuple[object, ...], ClipStatus] = {}
    for status in files:
        file = status.file
        key = (file.entry, file.provenance, file.frame, status.state, status.reason, status.remarks)
        if key in found:
            other = found[key].file
            slides = tuple(sorted({*other.slides, *file.slides}))
            file = replace(file, slides=slides, uses=other.uses + file.uses)
        found[key] = replace(status, file=file)
    return list(found.values())


def with_posters(
    presentation: Presentation, statuses: Sequence[ClipStatus], found: Sequence[ClipStatus]
) -> list[ClipStatus]:
    """Return all statuses; a picture of `found` is no longer among what shows the whole file."""
    claimed = {use for status in found for use in status.file.uses}
    wholes = []
    for status in statuses:
        pages = unclaimed(presentation, status.file.entry, claimed)
        if pages or not any(use.image == status.file.entry for use in claimed):
            slides = {n for page in pages if page.kind == "slide" for n in page.slides}
            file = replace(status.file, slides=tuple(sorted(slides)))
            wholes.append(replace(status, file=file))
    return [*wholes, *merged(found)]


def unclaimed(presentation: Presentation, entry: str, claimed: set[Picture]) -> list[Page]:
    """Return the pages that show an entry by more than the `claimed` pictures."""
    found = []
    for page in presentation.pages:
        if entry in page.shown:
            uses = [one for one in page.pictures if one.image == entry]
            # It may also be a film, a background, a picture in the notes.
            if entry in page.elsewhere or any(use not in claimed for use in uses):
                found.append(page)
    return found


def after_films(presentation: Presentation, statuses: Sequence[ClipStatus]) -> list[ClipStatus]:
    """Return the statuses, with what stands before a film that stays as it is LEFT with it."""
    wholes = {status.file.entry: status for status in statuses if not status.file.uses}
    roles = {use: status for status in statuses for use in status.file.uses}
    left = []
    # Of what stands before such a film, the owner's own pictures are no news.
    statuses = [
        one
        for one in statuses
        if not one.file.own or wholes[one.file.uses[0].film].state in CURRENT
    ]
    for page, picture in presentation.pictures:
        film, status = wholes.get(picture.film), roles.get(picture, wholes.get(picture.image))
        is_current = not picture.plays or (film is not None and film.state in CURRENT)
        if status is None or is_current or status.state not in (State.STALE, State.SWAPPED):
            continue
        slides = page.slides if page.kind == "slide" else ()
        file = replace(status.file, slides=slides, uses=(picture,))
        left.append(ClipStatus(file, State.LEFT, LEFT_WITH_FILM))
    if not left:
        return statuses
    taken = {use for status in left for use in status.file.uses}
    others = [without(status, taken) for status in statuses if status.file.uses]
    kept = [status for status in others if status.file.uses]
    return with_posters(presentation, list(wholes.values()), [*kept, *left])


def without(status: ClipStatus, taken: set[Picture]) -> ClipStatus:
    """Return the status of a poster without some of the pictures that show it."""
    uses = tuple(use for use in status.file.uses if use not in taken)
    return replace(status, file=replace(status.file, uses=uses))
