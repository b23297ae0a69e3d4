"""What a person is told about a talk whose clips were looked at, or swapped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from descent.checks.texts import in_a_line
from understanding_gradients.decks.presentation import Presentation
from understanding_gradients.decks.update import FRESH, STALE, SWAPPED, UNKNOWN, ClipStatus

STRANGE = "none of ours"


def report(talk: Presentation, verdicts: Sequence[ClipStatus]) -> Iterator[str]:
    """Yield lines about all clips in `talk`, ours or not: what is fresh in one, the rest singly.

    The last one counts them. Names in a talk may be anybody's: what cannot be printed is left out.
    """
    for line in lines(talk, verdicts):
        yield in_a_line(line)


def lines(talk: Presentation, verdicts: Sequence[ClipStatus]) -> Iterator[str]:
    """Yield these lines as they are."""
    counts = {STRANGE: len(talk.strange)}
    for state in (FRESH, STALE, SWAPPED, UNKNOWN):
        alike = together(one for one in verdicts if one.state == state)
        counts[state] = len(alike)
        if state == FRESH and alike:
            shown = {slide for slides, *_ in alike for slide in slides}
            yield f"{FRESH}: {whereabouts(sorted(shown))}"
            continue
        for (slides, name, reason), kinds in alike.items():
            why = f" ({reason})" if reason else ""
            yield f"{whereabouts(slides)}: {name}: {' and '.join(sorted(kinds))} {state}{why}"
    for entry, slides in talk.strange.items():
        yield f"{whereabouts(slides)}: {entry}: {STRANGE}, left as it is"
    yield from old_notes(talk, verdicts)
    order = (SWAPPED, STALE, FRESH, UNKNOWN, STRANGE)
    yield ", ".join(f"{counts[state]} {state}" for state in order if counts[state])


def together(
    verdicts: Iterable[ClipStatus],
) -> dict[tuple[tuple[int, ...], str, str], list[str]]:
    """Return the kinds of files of which the same is said, by slides, name and reason."""
    alike: dict[tuple[tuple[int, ...], str, str], list[str]] = {}
    for one in verdicts:
        key = (one.found.slides, one.found.identity.name, one.reason)
        alike.setdefault(key, []).append(one.found.kind)
    return alike


def old_notes(talk: Presentation, verdicts: Iterable[ClipStatus]) -> Iterator[str]:
    """Yield a line for every slide whose notes have the caption that its clip had before."""
    said = {
        (slide, one.found.identity.caption, one.caption)
        for one in verdicts
        if one.state == SWAPPED and one.caption != one.found.identity.caption != ""
        for slide in one.found.slides
    }
    for slide, old, new in sorted(said):
        if old in talk.notes.get(slide, ""):
            yield f'slide {slide}: its notes still say "{old}", but its clip now "{new}"'


def whereabouts(slides: Sequence[int]) -> str:
    """Return where in a talk something is, for a person, given increasing numbers."""
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
