"""What a page says of a clip: its alternative text and its length.

What nobody touched follows the clip. Of the rest it is said what is no longer true.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from scenes import registry
from understanding_gradients.decks.edits import Edits
from understanding_gradients.decks.pages import Page, Picture
from understanding_gradients.decks.presentation import Presentation
from understanding_gradients.decks.slide import slide_title
from understanding_gradients.decks.status import CURRENT, NEW, ClipStatus

TRIM = "see whether it fits, at Playback > Trim Video"
BOOKMARKS = "the bookmarks stay at the times of the video before: set them anew, at Playback"
ROUNDING = 50  # milliseconds by which programs differ about the length of a film


@dataclass(frozen=True)
class Detail:
    """Something that a page says of a clip.

    Attributes:
        page: The page.
        what: What follows the clip: "alt text", "length"; "" if nothing does.
        edit: Lets it follow.
        said: What is no longer true, as one sentence.
    """

    page: Page
    what: str = ""
    edit: Callable[[Edits], None] | None = None
    said: str = ""


def details(presentation: Presentation, statuses: Sequence[ClipStatus]) -> Iterator[Detail]:
    """Yield what all pages say of the clips that they show."""
    wholes = {status.file.entry: status for status in statuses if not status.file.uses}
    for page, picture in presentation.pictures:
        status = wholes.get(picture.film if picture.plays else picture.image)
        if status is None or status.state not in CURRENT:
            continue
        yield from text_details(page, picture, status)
        if picture.plays and status.milliseconds is not None:
            yield from length_details(page, picture, status, status.milliseconds)


def text_details(page: Page, picture: Picture, status: ClipStatus) -> Iterator[Detail]:
    """Yield what a page says of a clip in words."""
    for attribute, text in (("descr", picture.description), ("title", picture.title)):
        yield from alt_text_details(page, picture, status, attribute, plain(text))
    title = title_today(status)
    if title and title != plain(page.title) and is_title(status, page.title):
        yield Detail(page, said=still_says(["title"], plain(page.title), title))


def alt_text_details(
    page: Page, picture: Picture, status: ClipStatus, attribute: str, said: str
) -> Iterator[Detail]:
    """Yield what an attribute of a picture that describes it says of its clip."""
    new, old = status.caption or title_today(status), plain(status.file.provenance.caption)
    is_untouched = said == old != plain(new) if old else is_title(status, said)
    if new and plain(new) != said and is_untouched:
        yield Detail(page, "alt text", lambda edits: edits.describe(picture, attribute, new))
    elif old and said not in ("", old, plain(new)) and old != plain(new) and not is_name(said):
        yield Detail(
            page,
            said=f'the alt text stays "{said}", as you wrote it: see whether it fits the clip, '
            f'which now says "{plain(new)}"',
        )


def length_details(
    page: Page, picture: Picture, status: ClipStatus, old: float
) -> Iterator[Detail]:
    """Yield what a page says of how long a film plays; `old` is its length until now."""
    new, out = length_today(status, old), sum(picture.trim)
    is_longer = status.state in NEW and not is_about(old, new)
    plays = picture.milliseconds
    if plays is not None and is_about(plays, old - out) and abs(new - old) >= 1:
        yield Detail(page, "length", lambda edits: edits.play_for(picture, max(new - out, 1)))
    elif plays is not None and not is_about(plays, new - out):
        yield Detail(
            page,
            said=f"the slide plays its video for {seconds(plays)} of {seconds(new - out)}: delete "
            "the video's entry in the Animation Pane, and add Play again",
        )
    advance = page.advance
    if advance is not None and is_longer and is_about(advance, old - out):
        yield Detail(page, "length", lambda edits: edits.advance_after(page.entry, new - out))
    elif advance is not None and is_longer:
        yield Detail(
            page,
            said=f"the next slide follows after {seconds(advance)}, as before, but its "
            f"video takes {seconds(new - out)} now: set the time at Transitions > After",
        )
    if status.state in NEW:
        yield from cut_details(page, picture, new)


def cut_details(page: Page, picture: Picture, new: float) -> Iterator[Detail]:
    """Yield what was cut from the film before, and is cut from the new one."""
    start, end = picture.trim
    if start + end >= new:
        yield Detail(
            page, said=f"the trim leaves nothing of a video that takes {seconds(new)} now: {TRIM}"
        )
    elif start + end:
        yield Detail(
            page,
            said=f"the trim stays, {seconds(start)} at the start and {seconds(end)} at the end, "
            f"of a video that takes {seconds(new)} now: {TRIM}",
        )
    if picture.has_bookmarks:
        yield Detail(page, said=BOOKMARKS)


def length_today(status: ClipStatus, old: float) -> float:
    """Return how many milliseconds a film will last; it is `old` until it is swapped."""
    timeline, beat = status.timeline, status.file.provenance.beat
    if timeline is None or status.state not in NEW:
        return old
    frames = next((one.end - one.start for one in timeline.beats if one.name == beat), None)
    return 1000 * (timeline.frames if frames is None else frames) / timeline.frame_rate


def title_today(status: ClipStatus) -> str:
    """Return the title that the slide of a beat has today; "" if it is not known."""
    names = [] if status.timeline is None else [one.name for one in status.timeline.beats]
    slug, beat = status.file.provenance.slug, status.file.provenance.beat
    if beat not in names:
        return ""
    return slide_title(registry.clip(slug).title, names.index(beat) + 1, len(names))


def is_title(status: ClipStatus, text: str) -> bool:
    """Return whether a text is the title of a slide of the same clip, at any time."""
    title = re.escape(registry.clip(status.file.provenance.slug).title)
    return bool(re.fullmatch(rf"{title}(, \d+ of \d+)?", plain(text)))


def still_says(places: Sequence[str], old: str, new: str) -> str:
    """Return what is said of words in some places of a page that are no longer true."""
    is_one = len(places) == 1 and places[0] != "notes"
    where = " and ".join(f"the {place}" for place in places)
    return f'{where} still {"says" if is_one else "say"} "{old}": write "{new}"'


def plain(text: str) -> str:
    """Return a text without its line breaks, which programs write in several ways."""
    return " ".join(text.split())


def is_name(text: str) -> bool:
    """Return whether a text is the name of a file, which programs give a picture."""
    return bool(re.search(r"\.\w{3,4}$", text))


def is_about(one: float, other: float) -> bool:
    """Return whether two lengths are the same but for rounding."""
    return abs(one - other) <= ROUNDING


def seconds(milliseconds: float) -> str:
    """Return a length as "1.5 s"."""
    return f"{milliseconds / 1000:.4g} s"
