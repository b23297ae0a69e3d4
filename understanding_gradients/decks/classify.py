"""Classify the exported files in a presentation: which of them show today's picture.

A file is fresh if the key that it carries is the one that it would get now.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from descent.checks.errors import InvalidArgument
from scenes import registry
from understanding_gradients.cache.keys import clip_key
from understanding_gradients.cache.sources import Sources
from understanding_gradients.commands.request import resolve_request
from understanding_gradients.commands.workspace import Workspace
from understanding_gradients.decks.checks import (
    are_other_settings,
    check_provenance,
    named_again,
    other_settings,
)
from understanding_gradients.decks.frames import milliseconds_of
from understanding_gradients.decks.package import Package
from understanding_gradients.decks.posters import (
    CONTAINERS,
    after_films,
    posters,
    with_posters,
)
from understanding_gradients.decks.presentation import EmbeddedFile, Presentation, reopened
from understanding_gradients.decks.status import (
    INSERT,
    KEEP,
    CannotUpdate,
    ClipStatus,
    State,
    state_after,
)
from understanding_gradients.export.exporter import exporters
from understanding_gradients.export.provenance import recorded_options
from understanding_gradients.export.subtitles import captioned_timeline
from understanding_gradients.spec.errors import OperationFailed
from understanding_gradients.spec.job import Job, Output
from understanding_gradients.spec.options import RenderOptions
from understanding_gradients.spec.timeline import Timeline
from understanding_gradients.workers.pool import Pool

CHANGED = f"it was changed since it was made; {INSERT}"
WRITTEN_AGAIN = "another program wrote the picture again: there is nothing to do"
# PowerPoint keeps a picture of a drawing beside it, which other programs show.
HAS_A_COPY = f"a drawing, of which PowerPoint keeps a picture beside it; {INSERT}"
MEANT = "today's is used: if that is not meant, keep the talk as it was"
NO_DIGEST = (
    "made by an earlier version, so a change of yours cannot be seen: if you changed a video or a "
    "picture, take it from the talk as it was"
)


class Classifier:
    """Classifies files by what they say of themselves.

    Args:
        workspace: The folder of the store.
        pool: Starts while recordings are made.
        options: The settings, and a loss file that may be run, as typed.
        are_settings_named: Whether the user named the settings.
    """

    def __init__(
        self, workspace: Workspace, pool: Pool, options: RenderOptions, are_settings_named: bool
    ) -> None:
        self._workspace, self._pool = workspace, pool
        self._options = options
        self.recorded = recorded_options(options)
        self._are_settings_named = are_settings_named
        self._find = cache(workspace.store.find)
        self.captions = resolve_request(RenderOptions(settings=options.settings))[0].captions

    def classify(self, presentation: Presentation) -> list[ClipStatus]:
        """Return the status of every file of `presentation`, and of the posters of its films."""
        with reopened(presentation) as package:
            statuses = self._statuses(presentation.ours, package)
            found = list(posters(presentation, statuses, package))
            stills = {file: film for file, film in found if file.is_still}
            others = [
                ClipStatus(file, State.LEFT, file.own) if file.own else replace(film, file=file)
                for file, film in found
                if not file.is_still
            ]
            for status in self._statuses(list(stills), package):
                is_alone = stills[status.file].state == State.FRESH and status.state == State.STALE
                others.append(replace(status, remarks=(WRITTEN_AGAIN,)) if is_alone else status)
        return after_films(presentation, with_posters(presentation, statuses, others))

    def _statuses(self, files: Sequence[EmbeddedFile], package: Package) -> list[ClipStatus]:
        """Return the status of each of `files`, in their order."""
        sources = Sources()
        statuses: dict[EmbeddedFile, ClipStatus] = {}
        for (options, kind), group in groups_of(files).items():
            try:
                jobs = self._jobs(options, kind, {file.provenance.slug for file in group})
            except (CannotUpdate, InvalidArgument, OperationFailed) as error:
                state = state_after(error)
                statuses |= {file: ClipStatus(file, state, str(error)) for file in group}
            else:
                for file in group:
                    statuses[file] = self._status(file, jobs, sources, package)
        return [statuses[file] for file in files]

    def _jobs(self, options: RenderOptions, kind: str, slugs: set[str]) -> dict[str, Job]:
        """Return the jobs that render the clips of these slugs, by slug."""
        check_provenance(options, kind, self.recorded, self._are_settings_named)
        known = tuple(clip.slug for clip in registry.CLIPS if clip.slug in slugs)
        if not known:
            return {}
        today = replace(options, settings=self._options.settings)
        # Files may be in another folder by now.
        files: dict[str, Any] = {
            name: getattr(self._options, name) for name in named_again(options)
        }
        today = replace(today, **files)
        settings, clips = resolve_request(today, known)
        exporter = exporters()[kind]
        jobs = self._workspace.plan(
            settings,
            clips,
            exporter.quality_for(options),
            self._pool,
            transparent=exporter.is_transparent_with(options),
        )
        return {job.clip.slug: job for job in jobs}

    def _status(
        self, file: EmbeddedFile, jobs: dict[str, Job], sources: Sources, package: Package
    ) -> ClipStatus:
        """Return the status of one file, given the jobs that render the clips now."""
        said = file.provenance
        if said.problem:
            return ClipStatus(file, State.UNKNOWN, f"{said.problem}; {INSERT}")
        if said.slug not in jobs:
            reason = f"the lecture has no clip '{said.slug}' now: {KEEP}"
            return ClipStatus(file, State.UNKNOWN, reason)
        if clip_key(jobs[said.slug], exporters()[file.kind].output, sources) == said.key:
            timeline = self._timeline(file)
            status = ClipStatus(file, State.FRESH, "", None, timeline)
            status = replace(status, caption=self._caption(file, timeline))
        elif is_changed(file, package):
            return ClipStatus(file, State.LEFT, CHANGED)
        elif exporters()[file.kind].output == Output.DRAWINGS:
            return ClipStatus(file, State.LEFT, HAS_A_COPY)
        else:
            status = ClipStatus(file, State.STALE, "", jobs[said.slug])
            status = replace(status, remarks=tuple(self._remarks(file)))
        return replace(status, milliseconds=length_in(package, file))

    def _remarks(self, file: EmbeddedFile) -> Iterator[str]:
        """Yield what the owner should know of a file that will be swapped."""
        options = file.provenance.options
        if are_other_settings(options, self.recorded):
            yield f"{other_settings(options)}; {MEANT}"
        if file.provenance.key and not file.provenance.digest:
            yield NO_DIGEST

    def _timeline(self, file: EmbeddedFile) -> Timeline | None:
        """Return the captioned beats of the clip of a fresh file, if they are in the store."""
        entry = self._find(file.provenance.key)
        return entry and captioned_timeline(entry, file.provenance.slug, self.captions)

    def _caption(self, file: EmbeddedFile, timeline: Timeline | None) -> str:
        """Return today's caption of a fresh file's beat; its own where nothing is known."""
        said = file.provenance
        if timeline is None:
            return self.captions.get(f"{said.slug}.{said.beat}", said.caption)
        return next((one.caption for one in timeline.beats if one.name == said.beat), said.caption)


def is_changed(file: EmbeddedFile, package: Package) -> bool:
    """Return whether the content of a file is not what this project wrote."""
    if not file.provenance.key:
        # A poster that another program made is known by its film.
        return False
    content, exporter = package.content(file.entry), exporters()[file.kind]
    if content is None or not file.provenance.digest:
        return content is None or exporter.is_retouched(content)
    return exporter.digest_of(content) != file.provenance.digest


def length_in(package: Package, file: EmbeddedFile) -> float | None:
    """Return how many milliseconds a film in a presentation lasts; None if it is no film."""
    content = package.content(file.entry) if file.kind in CONTAINERS else None
    return None if content is None else milliseconds_of(content, CONTAINERS[file.kind])


def groups_of(files: Iterable[EmbeddedFile]) -> dict[tuple[RenderOptions, str], list[EmbeddedFile]]:
    """Return files by the options they were made with and their format."""
    groups: dict[tuple[RenderOptions, str], list[EmbeddedFile]] = {}
    for file in files:
        groups.setdefault((file.provenance.options, file.kind), []).append(file)
    return groups
