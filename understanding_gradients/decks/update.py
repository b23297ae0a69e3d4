"""The clips of ours in a talk, drawn again where anything changed that could change their picture.

Each is drawn with what was asked for when it was made, and with today's settings. A file is fresh
if the key that it carries is the one that it would get now.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from scenes import registry
from understanding_gradients.cache.keys import clip_key
from understanding_gradients.cache.sources import Sources
from understanding_gradients.cache.tempdirs import temporary_folder
from understanding_gradients.commands.request import resolve_request
from understanding_gradients.commands.workspace import Workspace
from understanding_gradients.decks.presentation import EmbeddedFile, Presentation, write_with
from understanding_gradients.export.files import FORMATS, Section, check_format_options, export
from understanding_gradients.export.targets import new_file, writable_file
from understanding_gradients.spec.job import Job
from understanding_gradients.spec.options import RenderOptions
from understanding_gradients.spec.quality import QUALITIES
from understanding_gradients.spec.timeline import Timeline
from understanding_gradients.workers.pool import Pool

FRESH, STALE, UNKNOWN, SWAPPED = "fresh already", "to be swapped", "not known", "swapped"


@dataclass(frozen=True)
class ClipStatus:
    """What is to be done about one file.

    Attributes:
        found: The file.
        state: FRESH, STALE, or UNKNOWN if it cannot be drawn again; SWAPPED once it was.
        reason: Why it is UNKNOWN.
        job: What draws it, if it is STALE.
        caption: What is said during it, if it is SWAPPED.
    """

    found: EmbeddedFile
    state: str
    reason: str = ""
    job: Job | None = None
    caption: str = ""


class DeckUpdater:
    """Judges the files of ours in a talk, and draws those anew that are stale.

    Args:
        workspace: Where the work is done.
        pool: The workers.
        options: Today's settings, and a loss FILE.py:NAME that was named on the command line.
    """

    def __init__(self, workspace: Workspace, pool: Pool, options: RenderOptions) -> None:
        self._workspace, self._pool, self._options = workspace, pool, options

    def judge(self, ours: Sequence[EmbeddedFile]) -> list[ClipStatus]:
        """Return what is to be done about each of `ours`, in their order."""
        sources = Sources()
        verdicts: dict[str, ClipStatus] = {}
        for (wishes, kind), group in ordered_alike(ours).items():
            try:
                jobs = self._jobs(wishes, kind, {found.identity.slug for found in group})
            except (ValueError, TypeError, OSError) as error:
                verdicts |= {one.entry: ClipStatus(one, UNKNOWN, str(error)) for one in group}
                continue
            for found in group:
                verdicts[found.entry] = verdict(found, jobs.get(found.identity.slug), sources)
        return [verdicts[found.entry] for found in ours]

    def write(
        self, talk: Presentation, verdicts: Sequence[ClipStatus], path: Path
    ) -> list[ClipStatus]:
        """Draw what is stale, and write `talk` with it to `path`, unless nothing is.

        Returns:
            The verdicts as they are now; if none is SWAPPED, nothing was written.
        """
        stale = [one for one in verdicts if one.state == STALE]
        with temporary_folder() as folder:
            fresh = list(self._drawn(stale, folder))
            swaps = {one.found.entry: file for one, file in fresh if file}
            if swaps:
                write_with(swaps, talk.path, path)
        now = {one.found.entry: one for one, _ in fresh}
        return [now.get(one.found.entry, one) for one in verdicts]

    def _jobs(self, wishes: RenderOptions, kind: str, slugs: set[str]) -> dict[str, Job]:
        """Return the jobs that draw the clips called `slugs`, those that there are."""
        transparent = check_order(
            wishes, kind, Path(self._options.settings).name, self._options.loss
        )
        known = tuple(clip.slug for clip in registry.CLIPS if clip.slug in slugs)
        if not known:
            return {}
        # A loss file may lie in another folder by now.
        loss = self._options.loss if is_file(wishes.loss) else wishes.loss
        today = replace(wishes, settings=self._options.settings, loss=loss)
        settings, clips = resolve_request(today, known)
        quality = FORMATS[kind].quality_called(wishes.quality)
        jobs = self._workspace.plan(settings, clips, quality, self._pool, transparent)
        return {job.clip.slug: job for job in jobs}

    def _drawn(
        self, stale: Sequence[ClipStatus], folder: Path
    ) -> Iterator[tuple[ClipStatus, Path | None]]:
        """Draw what is stale, and yield each with the file in `folder` that takes its place.

        A beat that its clip no longer has is yielded as UNKNOWN, without a file.
        """
        verdicts = {one.found.entry: one for one in stale}
        groups = ordered_alike(one.found for one in stale)
        for number, ((wishes, kind), group) in enumerate(groups.items()):
            jobs = {one.identity.slug: verdicts[one.entry].job for one in group}
            planned = [job for job in jobs.values() if job is not None]
            made = self._workspace.render(planned, FORMATS[kind].output, self._pool)
            self._workspace.report(made)
            place = folder / str(number)
            place.mkdir()
            for found in group:
                try:
                    part = section_of(found, made.entries[found.identity.slug], wishes)
                    (path,) = export([part], place, kind, wishes.max_mb)
                except (ValueError, RuntimeError) as error:
                    gone = replace(verdicts[found.entry], state=UNKNOWN, reason=str(error))
                    yield gone, None
                    continue
                caption = "" if part.position is None else part.beats[0][1].caption
                yield replace(verdicts[found.entry], state=SWAPPED, caption=caption), path


def destination(path: Path, output: Path | None) -> Path:
    """Return where the talk at `path` goes with fresh clips: `output`, or a new file beside it.

    Raises:
        ValueError: If it cannot be written there.
    """
    suffix = path.suffix.lower()
    if output is not None:
        # A link stays one; what it leads to is written.
        return writable_file(output.resolve(), suffix)
    return writable_file(new_file(path.with_stem(f"{path.stem}-fresh")), suffix)


def verdict(found: EmbeddedFile, job: Job | None, sources: Sources) -> ClipStatus:
    """Return what is to be done about one file, given the job that draws its clip now."""
    if job is None:
        return ClipStatus(found, UNKNOWN, f"the lecture has no clip '{found.identity.slug}'")
    if clip_key(job, FORMATS[found.kind].output, sources) == found.identity.key:
        return ClipStatus(found, FRESH)
    return ClipStatus(found, STALE, job=job)


def ordered_alike(
    ours: Iterable[EmbeddedFile],
) -> dict[tuple[RenderOptions, str], list[EmbeddedFile]]:
    """Return files that were asked for alike, and are of one kind, together."""
    groups: dict[tuple[RenderOptions, str], list[EmbeddedFile]] = {}
    for found in ours:
        groups.setdefault((found.identity.wishes, found.kind), []).append(found)
    return groups


def check_order(wishes: RenderOptions, kind: str, settings: str, allowed_loss: str | None) -> bool:
    """Return whether what a file asks for is transparent, if it may be drawn again at all.

    Args:
        wishes: What the file says that was asked for.
        kind: What it is.
        settings: The name of the settings file that there is now.
        allowed_loss: A loss FILE.py:NAME that the person at the keyboard named.

    Raises:
        ValueError: If it may not.
    """
    if wishes.settings != settings:
        raise ValueError(f"made from other settings: --settings {wishes.settings} refreshes it")
    if wishes.quality not in QUALITIES:
        raise ValueError(f"there is no quality '{wishes.quality}'")
    # Code never runs because a file says so.
    loss = wishes.loss
    if is_file(loss) and (allowed_loss is None or loss != Path(allowed_loss).name):
        raise ValueError(
            "its loss is in a file; if you trust that one, refresh it with --loss "
            f"{shlex.quote(str(loss))}"
        )
    return check_format_options(kind, wishes.max_mb if kind == "gif" else None, wishes.transparent)


def is_file(loss: str | None) -> bool:
    """Return whether a loss is asked for by the name of a file."""
    return loss is not None and not loss.isidentifier()


def section_of(found: EmbeddedFile, entry: Path, wishes: RenderOptions) -> Section:
    """Return the part of a clip that a file shows.

    Raises:
        ValueError: If the clip has no such beat.
    """
    title = next(clip.title for clip in registry.CLIPS if clip.slug == found.identity.slug)
    whole = Section(found.identity.slug, title, entry, Timeline.load(entry), wishes)
    beat = found.identity.beat
    # A still is always of a beat.
    if not beat and found.kind != "png":
        return whole
    names = [one.name for one in whole.timeline.beats]
    if beat not in names:
        raise ValueError(f"its clip has no beat '{beat}' now")
    return replace(whole, position=names.index(beat))
