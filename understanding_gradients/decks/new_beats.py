"""Beats that a clip has today and that are on no slide, because it had fewer before."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence

from understanding_gradients.decks.pages import Page
from understanding_gradients.decks.status import CURRENT, ClipStatus
from understanding_gradients.installation import program
from understanding_gradients.spec.options import RenderOptions


def new_beats(statuses: Iterable[ClipStatus], pages: Sequence[Page]) -> list[str]:
    """Return the lines about beats that clips did not have before, each once."""
    return list(dict.fromkeys(lines(statuses, pages)))


def lines(statuses: Iterable[ClipStatus], pages: Sequence[Page]) -> Iterator[str]:
    """Yield a line for every clip with beats that it did not have when its files were made.

    Files of earlier versions do not say which beats there were: then every beat that is on no slide
    is named. Beats of which the owner took no slide are not new.
    """
    shown = {entry for page in pages for entry in page.shown}
    groups: dict[tuple[str, RenderOptions], list[ClipStatus]] = {}
    for status in statuses:
        said = status.file.provenance
        if status.state in CURRENT and status.timeline is not None and status.file.entry in shown:
            groups.setdefault((said.slug, said.options), []).append(status)
    for (slug, options), group in groups.items():
        said = [status.file.provenance for status in group]
        known = {beat for one in said for beat in (one.beat, *one.beats)}
        beats = [] if group[0].timeline is None else [one.name for one in group[0].timeline.beats]
        new = [beat for beat in beats if beat not in known]
        # A film of the whole clip has every beat.
        if new and all(one.beat for one in said):
            command = shlex.join(["clip", slug, "--beat", new[0], *options.words()])
            yield (
                f"{slug}: on no slide: {', '.join(new)} (new today: `{program()} {command}` writes "
                "the first, to be inserted)"
            )
