"""Update the clips in a presentation: those whose picture would be another now are rendered again.

Each is rendered with the options it was made with, and with today's settings. A file is fresh if
the key that it carries is the one that it would get now.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path

from descent.checks.errors import InvalidArgument
from scenes import registry
from understanding_gradients.cache.keys import clip_key
from understanding_gradients.cache.sources import Sources
from understanding_gradients.cache.tempdirs import temporary_folder
from understanding_gradients.commands.request import resolve_request
from understanding_gradients.commands.workspace import Workspace
from understanding_gradients.decks.presentation import EmbeddedFile, Presentation, write_swapped
from understanding_gradients.export.clip_part import ClipPart, clip_parts
from understanding_gradients.export.exporter import check_format_options, export, exporters
from understanding_gradients.export.provenance import recorded_options
from understanding_gradients.export.subtitles import captioned_timeline
from understanding_gradients.export.targets import new_file, writable_file
from understanding_gradients.lecture.settings import is_loss_file
from understanding_gradients.spec.errors import OperationFailed
from understanding_gradients.spec.job import Job
from understanding_gradients.spec.options import OPTIONS, RenderOptions
from understanding_gradients.workers.pool import Pool, RenderResult


class State(StrEnum):
    """What is known about a file in a presentation; the values are part of the report.

    Attributes:
        FRESH: Its picture is today's.
        STALE: It would be rendered again.
        SWAPPED: It was rendered again.
        FAILED: It could not be rendered.
        UNKNOWN: It cannot be rendered again as it was.
    """

    FRESH = "fresh already"
    STALE = "to be swapped"
    SWAPPED = "swapped"
    FAILED = "failed"
    UNKNOWN = "not known"


class CannotUpdate(Exception):
    """A file that cannot be rendered again as it was; the text says why."""


def state_after(error: Exception) -> State:
    """Return the state of a file whose update ended with `error`."""
    return State.FAILED if isinstance(error, OperationFailed) else State.UNKNOWN


@dataclass(frozen=True)
class ClipStatus:
    """The state of one file, and the reason why it is UNKNOWN or FAILED.

    `job` renders its clip if it is STALE; `caption` is today's caption of its beat if it is FRESH
    or SWAPPED.
    """

    file: EmbeddedFile
    state: State
    reason: str = ""
    job: Job | None = None
    caption: str = ""


class DeckUpdater:
    """Classifies the exported files in a presentation, and renders again those that are stale.

    Args:
        workspace: The folder of the store and of logs.
        pool: Renders the clips.
        options: The settings, and a loss file that may be run, as typed.
        are_settings_named: Whether the user named the settings.
    """

    def __init__(
        self, workspace: Workspace, pool: Pool, options: RenderOptions, are_settings_named: bool
    ) -> None:
        self._workspace, self._pool = workspace, pool
        self._options = options
        self._recorded = recorded_options(options)
        self._are_settings_named = are_settings_named
        self._find = cache(workspace.store.find)
        self._captions = resolve_request(RenderOptions(settings=options.settings))[0].captions

    def classify(self, files: Sequence[EmbeddedFile]) -> list[ClipStatus]:
        """Return the status of each of `files`, in their order."""
        sources = Sources()
        statuses: dict[str, ClipStatus] = {}
        for (options, kind), group in groups_of(files).items():
            try:
                jobs = self._jobs(options, kind, {file.provenance.slug for file in group})
            except (CannotUpdate, InvalidArgument, OperationFailed) as error:
                state = state_after(error)
                statuses |= {file.entry: ClipStatus(file, state, str(error)) for file in group}
            else:
                for file in group:
                    statuses[file.entry] = self._status(file, jobs, sources)
        return [statuses[file.entry] for file in files]

    def write(
        self, presentation: Presentation, statuses: Sequence[ClipStatus], path: Path
    ) -> list[ClipStatus]:
        """Render what is stale, and write the presentation with it, unless nothing is.

        Returns:
            The statuses as they are now; if none is SWAPPED, nothing was written.
        """
        stale = [status for status in statuses if status.state == State.STALE]
        with temporary_folder() as folder:
            rendered = list(self._rendered(stale, folder))
            swaps = {status.file.entry: file for status, file in rendered if file}
            if swaps:
                write_swapped(swaps, presentation.path, path)
        now = {status.file.entry: status for status, _ in rendered}
        return [now.get(status.file.entry, status) for status in statuses]

    def _jobs(self, options: RenderOptions, kind: str, slugs: set[str]) -> dict[str, Job]:
        """Return the jobs that render the clips of these slugs, by slug."""
        check_provenance(options, kind, self._recorded, self._are_settings_named)
        known = tuple(clip.slug for clip in registry.CLIPS if clip.slug in slugs)
        if not known:
            return {}
        today = replace(options, settings=self._options.settings)
        if is_loss_file(options.loss):
            # It may be in another folder by now.
            today = replace(today, loss=self._options.loss)
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

    def _status(self, file: EmbeddedFile, jobs: dict[str, Job], sources: Sources) -> ClipStatus:
        """Return the status of one file, given the jobs that render the clips now."""
        slug, key = file.provenance.slug, file.provenance.key
        if slug not in jobs:
            return ClipStatus(file, State.UNKNOWN, f"the lecture has no clip '{slug}'")
        if clip_key(jobs[slug], exporters()[file.kind].output, sources) != key:
            return ClipStatus(file, State.STALE, job=jobs[slug])
        return ClipStatus(file, State.FRESH, caption=self._caption(file))

    def _caption(self, file: EmbeddedFile) -> str:
        """Return today's caption of a fresh file's beat; its own where nothing is known."""
        slug, beat, key = file.provenance.slug, file.provenance.beat, file.provenance.key
        entry = self._find(key)
        if entry is None:
            return self._captions.get(f"{slug}.{beat}", file.provenance.caption)
        beats = captioned_timeline(entry, slug, self._captions).beats
        return next((one.caption for one in beats if one.name == beat), file.provenance.caption)

    def _rendered(
        self, stale: Sequence[ClipStatus], folder: Path
    ) -> Iterator[tuple[ClipStatus, Path | None]]:
        """Render what is stale, and yield each status with its new file in `folder`.

        A file is None where the clip failed, or has no such beat any more.
        """
        statuses = {status.file.entry: status for status in stale}
        groups = groups_of(status.file for status in stale)
        for number, ((_, kind), group) in enumerate(groups.items()):
            jobs = {file.provenance.slug: statuses[file.entry].job for file in group}
            planned = [job for job in jobs.values() if job is not None]
            result = self._workspace.render(planned, exporters()[kind].output, self._pool)
            self._workspace.report_failures(result)
            place = folder / str(number)
            place.mkdir()
            for file in group:
                yield self._exported(statuses[file.entry], result, place)

    def _exported(
        self, status: ClipStatus, result: RenderResult, folder: Path
    ) -> tuple[ClipStatus, Path | None]:
        """Return the status of a file whose clip was rendered again, and the new file."""
        slug, kind = status.file.provenance.slug, status.file.kind
        reasons = {failure.slug: failure.reason for failure in result.failures}
        if slug in reasons:
            return replace(status, state=State.FAILED, reason=reasons[slug]), None
        try:
            part = self._part(status.file, result.entries[slug])
            (path,) = export([part], folder, kind)
        except (CannotUpdate, OperationFailed) as error:
            return replace(status, state=state_after(error), reason=str(error)), None
        caption = "" if part.beat is None else part.beat.caption
        return replace(status, state=State.SWAPPED, caption=caption), path

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
        names = [one.name for one in whole.timeline.beats]
        if beat not in names:
            raise CannotUpdate(f"its clip has no beat '{beat}' now")
        return whole.at(names.index(beat))


def destination(path: Path, output: Path | None) -> Path:
    """Return the path of the updated presentation: `output`, or a new file beside `path`."""
    suffix = path.suffix.lower()
    if output is not None:
        # A link is kept, and its target is written.
        return writable_file(output.resolve(), suffix)
    return writable_file(new_file(path.with_stem(f"{path.stem}-fresh")), suffix)


def groups_of(files: Iterable[EmbeddedFile]) -> dict[tuple[RenderOptions, str], list[EmbeddedFile]]:
    """Return files by the options they were made with and their format."""
    groups: dict[tuple[RenderOptions, str], list[EmbeddedFile]] = {}
    for file in files:
        groups.setdefault((file.provenance.options, file.kind), []).append(file)
    return groups


def check_provenance(
    options: RenderOptions, kind: str, today: RenderOptions, are_settings_named: bool
) -> None:
    """Check that a file of format `kind` may be rendered again with the options that it carries.

    `today` has today's settings, and a loss file that may be run, as an exported file carries them.
    """
    check_settings(options, today, are_settings_named)
    for name, option in OPTIONS.items():
        value = getattr(options, name)
        if option.choices and value is not None and value not in option.choices:
            raise CannotUpdate(f"there is no {name} '{value}'")
    # Code never runs because a file says so.
    if is_loss_file(options.loss) and options.loss != today.loss:
        raise CannotUpdate(
            "its loss is in a file; if you trust that one, refresh it with --loss "
            f"{shlex.quote(str(options.loss))}"
        )
    has_max_mb = "max_mb" in exporters()[kind].options
    relevant = options if has_max_mb else replace(options, max_mb=None)
    check_format_options(kind, relevant)


def check_settings(options: RenderOptions, today: RenderOptions, are_settings_named: bool) -> None:
    """Check that a file was made from today's settings.

    Settings of the same name are the same if their place or their content is. Files of earlier
    versions carry the name alone.
    """
    option = f"--settings {shlex.quote(options.settings)}"
    if options.settings != today.settings:
        raise CannotUpdate(f"made from other settings: {option} refreshes it")
    has_digests = bool(options.settings_content or options.settings_place)
    is_same = (
        options.settings_place == today.settings_place
        or options.settings_content == today.settings_content
    )
    if has_digests and not is_same and not are_settings_named:
        raise CannotUpdate(
            f"made from other settings called {options.settings}: "
            f"{option} refreshes it with today's"
        )
