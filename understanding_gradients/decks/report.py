"""The report about the clips in a presentation, for the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from descent.checks.texts import in_a_line
from understanding_gradients.decks.presentation import Presentation
from understanding_gradients.decks.update import ClipStatus, State

FOREIGN = "not made by this project"


def report(presentation: Presentation, statuses: Sequence[ClipStatus]) -> Iterator[str]:
    """Yield a line for all fresh clips, a line for each other one, and a last line with counts.

    Names in a presentation may come from anywhere: unprintable characters are left out.
    """
    for line in lines(presentation, statuses):
        yield in_a_line(line)


def lines(presentation: Presentation, statuses: Sequence[ClipStatus]) -> Iterator[str]:
    """Yield the lines of the report as they are."""
    counts: dict[str, int] = {FOREIGN: len(presentation.foreign)}
    for state in State:
        groups = grouped(status for status in statuses if status.state == state)
        counts[state] = len(groups)
        if state == State.FRESH and groups:
            slides = {slide for numbers, *_ in groups for slide in numbers}
            yield f"{state}: {slide_list(sorted(slides))}"
            continue
        for (slides, name, reason), kinds in groups.items():
            why = f" ({reason})" if reason else ""
            yield f"{slide_list(slides)}: {name}: {' and '.join(sorted(kinds))} {state}{why}"
    for entry, slides in presentation.foreign.items():
        yield f"{slide_list(slides)}: {entry}: {FOREIGN}, left as it is"
    yield from outdated_notes(presentation, statuses)
    order = (State.SWAPPED, State.STALE, State.FRESH, State.FAILED, State.UNKNOWN, FOREIGN)
    yield ", ".join(f"{counts[state]} {state}" for state in order if counts[state])


def grouped(statuses: Iterable[ClipStatus]) -> dict[tuple[tuple[int, ...], str, str], list[str]]:
    """Return the formats of the files with the same line, by slides, name and reason."""
    groups: dict[tuple[tuple[int, ...], str, str], list[str]] = {}
    for status in statuses:
        key = (status.file.slides, status.file.provenance.name, status.reason)
        groups.setdefault(key, []).append(status.file.kind)
    return groups


def outdated_notes(presentation: Presentation, statuses: Iterable[ClipStatus]) -> Iterator[str]:
    """Yield a line for every slide whose notes contain the caption that its clip had before."""
    changed = {
        (slide, status.file.provenance.caption, status.caption)
        for status in statuses
        if status.state in (State.FRESH, State.SWAPPED)
        and status.caption != status.file.provenance.caption != ""
        for slide in status.file.slides
    }
    for slide, old, new in sorted(changed):
        if old in presentation.notes.get(slide, ""):
            yield f'slide {slide}: its notes still say "{old}", but its clip now "{new}"'


def slide_list(slides: Sequence[int]) -> str:
    """Return increasing slide numbers as text: "slides 1-3, 5"."""
    if not slides:
        return "on no slide"
    runs: list[list[int]] = []
    for slide in slides:
        if runs and slide == runs[-1][-1] + 1:
            runs[-1].append(slide)
        else:
            runs.append([slide])
    words = [f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs]
    return f"slide{'s' * (len(slides) > 1)} {', '.join(words)}"
