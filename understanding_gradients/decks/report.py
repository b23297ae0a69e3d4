"""The report about the clips in a presentation, for the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from descent.checks.texts import in_a_line
from understanding_gradients.decks.details import Detail, plain, still_says
from understanding_gradients.decks.new_beats import new_beats
from understanding_gradients.decks.pages import Page
from understanding_gradients.decks.posters import CONTAINERS
from understanding_gradients.decks.presentation import EmbeddedFile, Presentation
from understanding_gradients.decks.status import CURRENT, NEW, ClipStatus, State
from understanding_gradients.decks.update import Updated
from understanding_gradients.export.targets import lock_of

FOREIGN = "not made by this project"
LEFT_VIDEO = (
    f"a video is left that is {FOREIGN}, or that PowerPoint compressed; if it is a clip, insert it "
    "anew"
)
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
        found = [one for one in updated.statuses if one.state == state]
        groups = grouped(found, presentation.pages)
        counts[state] = len(groups)
        if state == State.FRESH and groups:
            yield f"{state}: {places_of(found, presentation.pages)}"
        else:
            yield from lines_of(state, groups, presentation.pages)
    yield from remarks(updated.statuses, presentation.pages)
    yield from sentences(
        ([page for page in presentation.pages if entry in page.shown], LEFT_VIDEO)
        for entry in presentation.foreign
    )
    yield from links(presentation)
    yield from sentences(followed(updated.details, "to be replaced" if is_dry else "replaced"))
    yield from sentences(([one.page], one.said) for one in updated.details if one.said)
    yield from sentences(outdated_texts(presentation, updated.statuses))
    yield from new_beats(updated.statuses, presentation.pages)
    if presentation.is_signed and is_changed(updated):
        yield SIGNED
    counts |= {FOREIGN: len(presentation.foreign), "linked": len(presentation.links)}
    order = (State.SWAPPED, State.STALE, State.FRESH, State.LEFT, State.FAILED, State.UNKNOWN)
    yield ", ".join(f"{counts[one]} {one}" for one in (*order, FOREIGN, "linked") if counts[one])


def grouped(statuses: Iterable[ClipStatus], pages: Sequence[Page]) -> list[list[ClipStatus]]:
    """Return the files of each beat in the same place that are in a state for the same reason."""
    groups: dict[tuple[str, str, str], list[ClipStatus]] = {}
    for status in statuses:
        key = (places_of([status], pages), status.file.provenance.name, status.reason)
        groups.setdefault(key, []).append(status)
    return list(groups.values())


def lines_of(
    state: State, groups: Iterable[Sequence[ClipStatus]], pages: Sequence[Page]
) -> Iterator[str]:
    """Yield a line for those of `groups` with the same formats and the same names or reason."""
    merged: dict[tuple[str, str, str], list[ClipStatus]] = {}
    for group in groups:
        reason = group[0].reason
        key = (kinds_of(group), reason, "" if reason else names_of(group))
        merged.setdefault(key, []).extend(group)
    for group in merged.values():
        why = f" ({group[0].reason})" if group[0].reason else ""
        yield f"{places_of(group, pages)}: {names_of(group)}: {kinds_of(group)} {state}{why}"


def names_of(statuses: Iterable[ClipStatus]) -> str:
    """Return what files show: "stepping, step-1, step-2; arriving"."""
    names: dict[str, dict[str, None]] = {}
    for status in statuses:
        said = status.file.provenance
        names.setdefault(said.slug, {}).update(dict.fromkeys([said.beat] if said.beat else []))
    return "; ".join(", ".join([slug, *beats]) for slug, beats in names.items())


def kinds_of(statuses: Iterable[ClipStatus]) -> str:
    """Return what files are in the words of a talk: "video and picture"."""
    kinds = {status.file.kind for status in statuses}
    words = {"video" if kind in CONTAINERS else kind.upper() for kind in kinds - {"png"}}
    return " and ".join([*sorted(words, reverse=True), *(["picture"] if "png" in kinds else [])])


def remarks(statuses: Iterable[ClipStatus], pages: Sequence[Page]) -> Iterator[str]:
    """Yield once, with all their slides, what the owner should know of files that are swapped."""
    groups: dict[str, list[ClipStatus]] = {}
    for status in statuses:
        for remark in status.remarks if status.state in NEW else ():
            groups.setdefault(remark, []).append(status)
    for remark, group in groups.items():
        yield f"{places_of(group, pages)}: {remark}"


def links(presentation: Presentation) -> Iterator[str]:
    """Yield a line about the films and pictures that are not inside."""
    pages = [page for page, _ in presentation.links]
    names = dict.fromkeys(name for _, name in presentation.links)
    if pages:
        what = f"{LINKED}: {', '.join(names)} (only what is inside is updated: insert it)"
        yield from sentences([(pages, what)])


def is_changed(updated: Updated) -> bool:
    """Return whether anything in the presentation is changed, or would be."""
    is_swapped = any(one.state in NEW for one in updated.statuses)
    return is_swapped or any(one.edit for one in updated.details)


def last_lines(
    presentation: Presentation, updated: Updated, is_dry: bool, target: str
) -> Iterator[str]:
    """Yield whether a program has the presentation open, and which file was written, if any."""
    name, lock = in_a_line(presentation.path.name), lock_of(presentation.path)
    if lock is not None:
        yield in_a_line(
            f"{name} is open in {lock.program}: what was not saved there is not seen here; save it "
            f"and update again, or delete '{lock.name}' beside it if it is open nowhere"
        )
    hint = "; without --dry-run, a copy is written" if is_dry and is_changed(updated) else ""
    yield target if updated.is_written else f"{name} stays as it is{hint}."


def sentences(found: Iterable[tuple[Iterable[Page], str]]) -> Iterator[str]:
    """Yield a line for every sentence, with all pages of which it is true."""
    groups: dict[str, dict[Page, None]] = {}
    for pages, sentence in found:
        groups.setdefault(sentence, {}).update(dict.fromkeys(pages))
    for sentence, group in groups.items():
        slides = sorted(slide for page in group if page.kind == "slide" for slide in page.slides)
        behind = [page_name(page) for page in group if page.kind != "slide"]
        yield f"{pages_named(slides, behind)}: {sentence}"


def followed(details: Iterable[Detail], replaced: str) -> Iterator[tuple[list[Page], str]]:
    """Yield every page on which something follows its clip, and what."""
    pages: dict[Page, dict[str, None]] = {}
    for detail in details:
        if detail.what:
            pages.setdefault(detail.page, {})[detail.what] = None
    for page, found in pages.items():
        yield [page], f"{' and '.join(found)} {replaced}"


def outdated_texts(
    presentation: Presentation, statuses: Iterable[ClipStatus]
) -> Iterator[tuple[list[Page], str]]:
    """Yield every slide that has the caption of before, on itself or in its notes."""
    changed = {
        (slide, status.file.provenance.caption, status.caption)
        for status in statuses
        if status.state in CURRENT and status.caption != status.file.provenance.caption != ""
        for page in shown_on(status.file, presentation.pages)
        for slide in page.slides
    }
    slides = {page.slides[0]: page for page in presentation.pages if page.kind == "slide"}
    for slide, old, new in sorted(changed):
        page = slides[slide]
        texts = {"notes": page.notes, "text": page.text}
        places = [place for place, text in texts.items() if plain(old) in plain(text)]
        if places:
            yield [page], still_says(places, old, new)


def shown_on(file: EmbeddedFile, pages: Iterable[Page]) -> list[Page]:
    """Return the pages that show a file."""
    if file.uses:
        entries = {use.page for use in file.uses}
        return [page for page in pages if page.entry in entries]
    return [page for page in pages if file.entry in page.shown]


def places_of(statuses: Iterable[ClipStatus], pages: Sequence[Page]) -> str:
    """Return where files are shown: "slides 1-3, 5", "on a layout of slide 2"."""
    slides: set[int] = set()
    behind: dict[str, None] = {}
    for file in (status.file for status in statuses):
        slides |= {*file.slides}
        others = [page for page in shown_on(file, pages) if page.kind != "slide"]
        behind |= dict.fromkeys(page_name(page) for page in others)
    return pages_named(sorted(slides), behind)


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
