"""Update the clips in a presentation: those whose picture would be another now are rendered again.

Each is rendered with the options it was made with, and with today's settings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from scenes import registry
from understanding_gradients.cache.tempdirs import temporary_folder
from understanding_gradients.commands.tables import known_timelines
from understanding_gradients.commands.workspace import Workspace
from understanding_gradients.decks.classify import Classifier, groups_of
from understanding_gradients.decks.details import Detail, details
from understanding_gradients.decks.edits import Edits
from understanding_gradients.decks.frames import write_frame
from understanding_gradients.decks.package_copy import write_changed
from understanding_gradients.decks.pages import Picture
from understanding_gradients.decks.posters import CONTAINERS, after_films, unclaimed
from understanding_gradients.decks.presentation import EmbeddedFile, Presentation, reopened
from understanding_gradients.decks.status import (
    KEEP,
    CannotUpdate,
    ClipStatus,
    State,
    state_after,
)
from understanding_gradients.export.clip_part import ClipPart, clip_parts
from understanding_gradients.export.exporter import export, exporters
from understanding_gradients.export.subtitles import captioned_timeline
from understanding_gradients.export.targets import lock_of, new_file, writable_file
from understanding_gradients.spec.errors import OperationFailed
from understanding_gradients.spec.job import Job, Output
from understanding_gradients.spec.timeline import Timeline
from understanding_gradients.workers.pool import Pool
from understanding_gradients.workers.results import RenderResult


class Updated(NamedTuple):
    """What became of a presentation: the statuses of its files, and what its pages say of them."""

    statuses: list[ClipStatus]
    details: list[Detail]
    is_written: bool = False


class DeckUpdater:
    """Renders the files of a presentation again that are stale.

    Args:
        workspace: The folder of the store and of logs.
        pool: Renders the clips.
        classifier: Knows today's settings.
    """

    def __init__(self, workspace: Workspace, pool: Pool, classifier: Classifier) -> None:
        self._workspace, self._pool = workspace, pool
        self._recorded, self._captions = classifier.recorded, classifier.captions

    def preview(self, presentation: Presentation, statuses: Sequence[ClipStatus]) -> Updated:
        """Return what `write` would do, as far as the beats of the clips tell; nothing is drawn."""
        jobs = {id(one.job): one.job for one in statuses if one.job}
        counted = self._counted(list(jobs.values()))
        now = [previewed(one, counted[id(one.job)]) if one.job else one for one in statuses]
        now = after_films(presentation, now)
        return Updated(now, list(details(presentation, now)))

    def write(
        self, presentation: Presentation, statuses: Sequence[ClipStatus], path: Path
    ) -> Updated:
        """Render what is stale, and write the presentation with it, unless nothing changes."""
        with temporary_folder() as folder:
            rendered = list(self._rendered([one for one in statuses if one.job], folder))
            by_file = {status.file: status for status, _ in rendered}
            now = after_films(presentation, [by_file.get(one.file, one) for one in statuses])
            found = list(details(presentation, now))
            with reopened(presentation) as package:
                edits = Edits(package)
                swap(presentation, now, new_contents(rendered), edits)
                for detail in found:
                    if detail.edit is not None:
                        detail.edit(edits)
                changes = edits.changes
            if changes:
                check_still_closed(path)
                write_changed(changes, presentation.path, path)
        return Updated(now, found, bool(changes))

    def _counted(self, jobs: Sequence[Job]) -> dict[int, Timeline | str]:
        """Return the beats of the clip of each job, or why there are none, by identity."""
        found: dict[int, Timeline | str] = {}
        for job in jobs:
            known = known_timelines([job], self._workspace.store)
            planned = [] if known else [job]
            result = self._workspace.render(planned, Output.FRAME_COUNT, self._pool)
            for failure in result.failures:
                found[id(job)] = failure.reason
            for slug, entry in (known | result.entries).items():
                found[id(job)] = captioned_timeline(entry, slug, self._captions)
        return found

    def _rendered(
        self, stale: Sequence[ClipStatus], folder: Path
    ) -> Iterator[tuple[ClipStatus, Path | None]]:
        """Render what is stale, and yield each status with its new file in `folder`.

        A file is None where the clip failed, or has no such beat any more.
        """
        statuses = {one.file: one for one in stale if one.file.frame is None}
        films: dict[str, tuple[ClipStatus, Path | None]] = {}
        for number, ((_, kind), group) in enumerate(groups_of(statuses).items()):
            jobs = {file.provenance.slug: statuses[file].job for file in group}
            planned = [job for job in jobs.values() if job is not None]
            result = self._workspace.render(planned, exporters()[kind].output, self._pool)
            self._workspace.report_failures(result)
            for place, file in enumerate(group):
                own = folder / f"{number}-{place}"
                own.mkdir()
                films[file.entry] = self._exported(statuses[file], result, own)
                yield films[file.entry]
        # What shows a frame of a film is made of the new film.
        for number, status in enumerate(one for one in stale if one.file.frame is not None):
            film, path = films[status.file.uses[0].film]
            new = folder / f"frame-{number}.png"
            if path is not None:
                write_frame(path, CONTAINERS[film.file.kind], status.file.frame or 0, new)
            yield replace(film, file=status.file), new if new.exists() else None

    def _exported(
        self, status: ClipStatus, result: RenderResult, folder: Path
    ) -> tuple[ClipStatus, Path | None]:
        """Return the status of a file whose clip was rendered again, and the new file."""
        file = status.file
        reasons = {failure.slug: failure.reason for failure in result.failures}
        if file.provenance.slug in reasons:
            return failed(status, reasons[file.provenance.slug]), None
        try:
            part = self._part(file, result.entries[file.provenance.slug])
            (path,) = export([part], folder, file.kind)
        except (CannotUpdate, OperationFailed) as error:
            return replace(status, state=state_after(error), reason=str(error)), None
        caption = "" if part.beat is None else part.beat.caption
        now = replace(status, state=State.SWAPPED, timeline=part.timeline, caption=caption)
        return now, path

    def _part(self, file: EmbeddedFile, entry: Path) -> ClipPart:
        """Return the part of a clip that a file shows."""
        slug, beat = file.provenance.slug, file.provenance.beat
        made_with = replace(
            file.provenance.options,
            settings_content=self._recorded.settings_content,
            settings_place=self._recorded.settings_place,
        )
        (whole,) = clip_parts(
            [registry.clip(slug)], {slug: entry}, options=made_with, captions=self._captions
        )
        if not beat and not exporters()[file.kind].has_file_per_beat:
            return whole
        return whole.at(position_of(beat, whole.timeline))


def previewed(status: ClipStatus, found: Timeline | str) -> ClipStatus:
    """Return the status of a stale file, given the beats of its clip or why there are none."""
    if isinstance(found, str):
        return failed(status, found)
    said = status.file.provenance
    if not said.beat and (status.file.kind != "png" or status.file.frame is not None):
        return replace(status, timeline=found)
    try:
        beat = found.beats[position_of(said.beat, found)]
    except CannotUpdate as error:
        return replace(status, state=State.UNKNOWN, reason=str(error))
    return replace(status, timeline=found, caption=beat.caption)


def position_of(beat: str, timeline: Timeline) -> int:
    """Return the position of a beat of this name."""
    names = [one.name for one in timeline.beats]
    if beat not in names:
        raise CannotUpdate(f"its clip has no such beat now: {KEEP}")
    return names.index(beat)


def failed(status: ClipStatus, reason: str) -> ClipStatus:
    """Return the status of a file whose clip failed."""
    return replace(status, state=State.FAILED, reason=reason)


def new_contents(
    rendered: Iterable[tuple[ClipStatus, Path | None]],
) -> dict[str | Picture, Path]:
    """Return the new files by what shows them: the pictures of a poster, else an entry."""
    found: dict[str | Picture, Path] = {}
    for status, path in rendered:
        if path is not None:
            found |= dict.fromkeys(status.file.uses or (status.file.entry,), path)
    return found


def swap(
    presentation: Presentation,
    statuses: Iterable[ClipStatus],
    new: Mapping[str | Picture, Path],
    edits: Edits,
) -> None:
    """Give entries their new content, and pictures that share an entry one of their own.

    Args:
        presentation: The presentation.
        statuses: The statuses of its files, of which those that are SWAPPED are swapped.
        new: The new files.
        edits: Collects what is changed.
    """
    posters: dict[str, dict[Picture, Path | None]] = {}
    for status in statuses:
        is_swapped = status.state == State.SWAPPED
        if not status.file.uses and is_swapped:
            edits.replace(status.file.entry, new[status.file.entry])
        for use in status.file.uses:
            posters.setdefault(use.image, {})[use] = new[use] if is_swapped and use in new else None
    for entry, contents in posters.items():
        is_shared = bool(unclaimed(presentation, entry, set(contents)))
        rest = edits.replaced(entry)
        first = next(iter(contents.values()))
        if not is_shared and first is not None and is_like(first, entry):
            edits.replace(entry, first)
            rest = first
        for use, content in contents.items():
            if content != rest:
                edits.show(use, content)
        if not is_shared and rest is None and None not in contents.values():
            edits.drop(entry)


def is_like(path: Path, entry: str) -> bool:
    """Return whether a file is of the format that the name of an entry says."""
    return path.suffix.lower() == Path(entry).suffix.lower()


def check_still_closed(path: Path) -> None:
    """Check that no program opened the file to write since the work began."""
    lock = lock_of(path)
    if lock is not None:
        raise OperationFailed(
            f"'{path.name}' was opened in {lock.program} meanwhile; nothing was written: "
            f"{lock.repair}, and update again."
        )


def destination(path: Path, output: Path | None) -> Path:
    """Return the path of the updated presentation: `output`, or a new file beside `path`."""
    suffix = path.suffix.lower()
    if output is not None:
        # A link is kept, and its target is written.
        return writable_file(output.resolve(), suffix)
    return writable_file(new_file(path.with_stem(f"{path.stem}-fresh")), suffix)
