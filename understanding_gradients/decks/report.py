"""The report about the clips in a presentation, for the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from descent.checks.texts import in_a_line
from understanding_gradients.decks.details import NEW, Detail, plain
from understanding_gradients.decks.new_beats import new_beats
from understanding_gradients.decks.pages import Page
from understanding_gradients.decks.presentation import EmbeddedFile, Presentation
from understanding_gradients.decks.status import CURRENT, ClipStatus, State
from understanding_gradients.decks.update import Updated

FOREIGN = "not made by this project"
LINKED = "linked, not inside the talk"
SIGNED = "the digital signature is of the talk as it was: sign the new one"


def report(presentation: Presentation, updated: Updated, is_dry: bool = False) -> Iterator[str]:
    """Yield a line for all fresh clips, a line for each other one, and a last line with counts.

    Names in a presentation may come from anywhere: unprintable characters are left out.
    """
    for line in lines(presentation, updated, is_dry):
        yield in_a_line(line)


def lines(presentation: Presentation, updated: Updated, is_dry: bool) -> Iterator[str]:
    """Yield the lines of the report as they are."""
    counts: dict[str, int] = {}
    for state in State:
        groups = grouped(
            (one for one in updated.statuses if one.state == state), presentation.pages
        )
        counts[state] = len(groups)
        if state == State.FRESH and groups:
            fresh = [one for one in updated.statuses if one.state == State.FRESH]
            yield f"{state}: {places_of([one.file for one in fresh], presentation.pages)}"
            continue
        for (place, name, reason), kinds in groups.items():
            why = f" ({reason})" if reason else ""
            yield f"{place}: {name}: {' and '.join(sorted(set(kinds)))} {state}{why}"
    for entry, slides in presentation.foreign.items():
        place = place_of(entry, slides, presentation.pages)
        yield f"{place}: {entry}: {FOREIGN}, left as it is"
    for page, name in presentation.links:
        yield f"{page_name(page)}: {LINKED}: {name}"
    yield from sentences(followed(updated.details, "to be replaced" if is_dry else "replaced"))
    yield from sentences((one.page, one.said) for one in updated.details if one.said)
    yield from sentences(outdated_notes(presentation, updated.statuses))
    yield from new_beats(updated.statuses, presentation.pages)
    if presentation.is_signed and is_changed(updated):
        yield SIGNED
    counts |= {FOREIGN: len(presentation.foreign), "linked": len(presentation.links)}
    order = (State.SWAPPED, State.STALE, State.FRESH, State.LEFT, State.FAILED, State.UNKNOWN)
    yield ", ".join(f"{counts[one]} {one}" for one in (*order, FOREIGN, "linked") if counts[one])


def grouped(
    statuses: Iterable[ClipStatus], pages: Sequence[Page]
) -> dict[tuple[str, str, str], list[str]]:
    """Return the formats of the files with the same line, by place, name and reason."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for status in statuses:
        file = status.file
        key = (places_of([file], pages), file.provenance.name, status.reason)
        groups.setdefault(key, []).append(file.kind)
    return groups


def is_changed(updated: Updated) -> bool:
    """Return whether anything in the presentation is changed, or would be."""
    is_swapped = any(one.state in NEW for one in updated.statuses)
    return is_swapped or any(one.edit for one in updated.details)


def sentences(found: Iterable[tuple[Page, str]]) -> Iterator[str]:
    """Yield a line for every sentence, with all pages of which it is true."""
    groups: dict[str, dict[Page, None]] = {}
    for page, sentence in found:
        groups.setdefault(sentence, {})[page] = None
    for sentence, pages in groups.items():
        slides = sorted(slide for page in pages if page.kind == "slide" for slide in page.slides)
        behind = [page_name(page) for page in pages if page.kind != "slide"]
        yield f"{pages_named(slides, behind)}: {sentence}"


def followed(details: Iterable[Detail], replaced: str) -> Iterator[tuple[Page, str]]:
    """Yield every page on which something follows its clip, and what."""
    pages: dict[Page, dict[str, None]] = {}
    for detail in details:
        if detail.what:
            pages.setdefault(detail.page, {})[detail.what] = None
    for page, found in pages.items():
        yield page, f"{' and '.join(found)} {replaced}"


def outdated_notes(
    presentation: Presentation, statuses: Iterable[ClipStatus]
) -> Iterator[tuple[Page, str]]:
    """Yield every slide whose notes contain the caption that its clip had before."""
    changed = {
        (slide, status.file.provenance.caption, status.caption)
        for status in statuses
        if status.state in CURRENT and status.caption != status.file.provenance.caption != ""
        for page in shown_on(status.file, presentation.pages)
        for slide in page.slides
    }
    slides = {page.slides[0]: page for page in presentation.pages if page.kind == "slide"}
    for slide, old, new in sorted(changed):
        if plain(old) in plain(slides[slide].notes):
            yield slides[slide], f'its notes still say "{old}", but its clip now "{new}"'


def shown_on(file: EmbeddedFile, pages: Iterable[Page]) -> list[Page]:
    """Return the pages that show a file."""
    if file.uses:
        entries = {use.page for use in file.uses}
        return [page for page in pages if page.entry in entries]
    return [page for page in pages if file.entry in page.shown]


def places_of(files: Iterable[EmbeddedFile], pages: Sequence[Page]) -> str:
    """Return where files are shown: "slides 1-3, 5", "on a layout of slide 2"."""
    slides: set[int] = set()
    behind: dict[str, None] = {}
    for file in files:
        slides |= {*file.slides}
        others = [page for page in shown_on(file, pages) if page.kind != "slide"]
        behind |= dict.fromkeys(page_name(page) for page in others)
    return pages_named(sorted(slides), behind)


def place_of(entry: str, slides: Sequence[int], pages: Sequence[Page]) -> str:
    """Return where an entry is shown."""
    behind = [page_name(page) for page in pages if page.kind != "slide" and entry in page.shown]
    return pages_named(slides, behind)


def pages_named(slides: Sequence[int], behind: Iterable[str]) -> str:
    """Return slides and what they show through themselves as one place."""
    return " and ".join([*([slide_list(slides)] if slides else []), *behind]) or "on no slide"


def page_name(page: Page) -> str:
    """Return what a page is called: "slide 3", "on a layout of slides 1-2"."""
    if page.kind == "slide":
        return slide_list(page.slides)
    of = f" of {slide_list(page.slides)}" if page.slides else ""
    return f"on a {page.kind}{of}"


def slide_list(slides: Sequence[int]) -> str:
    """Return increasing slide numbers as text: "slides 1-3, 5"."""
    runs: list[list[int]] = []
    for slide in slides:
        if runs and slide == runs[-1][-1] + 1:
            runs[-1].append(slide)
        else:
            runs.append([slide])
    words = [f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs]
    return f"slide{'s' * (len(slides) > 1)} {', '.join(words)}"
